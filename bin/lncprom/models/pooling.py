"""A model of hidden states, what stands for a sequence of them, and one linear layer on that."""

from __future__ import annotations

import torch
from torch import nn

WAYS = ("mean", "cls", "last", "max")


class Classifier(nn.Module):
    """Hidden states, pooled over the tokens that are no padding, dropout, one linear layer."""

    def __init__(self, backbone: nn.Module, width: int, pooling: str, dropout: float, outputs: int) -> None:
        super().__init__()
        self.backbone, self.pooling = backbone, pooling
        self.dropout, self.classifier = nn.Dropout(dropout), nn.Linear(width, outputs)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        mask = None if mask is None else mask.bool()
        whole = None if mask is None else mask.long()
        hidden = self.backbone(input_ids=ids, attention_mask=whole).last_hidden_state
        return self.classifier(self.dropout(pooled(hidden, mask, self.pooling)))


def pooled(hidden: torch.Tensor, mask: torch.Tensor | None, way: str) -> torch.Tensor:
    """(rows, width) of hidden states (rows, T, width); `mask` (rows, T) is true where a token is real."""
    if way == "max":
        return (hidden if mask is None else hidden.masked_fill(~mask[..., None], float("-inf"))).amax(dim=1)
    return (weights(hidden, mask, way)[..., None] * hidden).sum(dim=1)


def weights(hidden: torch.Tensor, mask: torch.Tensor | None, way: str) -> torch.Tensor:
    """(rows, T): with which weight each token enters the pooled vector; of `max` as of `mean`."""
    mask = torch.ones(hidden.shape[:2], dtype=torch.bool, device=hidden.device) if mask is None else mask
    if way == "cls":
        mask = torch.arange(mask.shape[1], device=mask.device).expand_as(mask) == 0
    elif way == "last":
        mask = torch.arange(mask.shape[1], device=mask.device) == mask.sum(dim=1, keepdim=True) - 1
    return mask / mask.sum(dim=1, keepdim=True)
