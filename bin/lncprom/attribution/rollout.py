"""Attention rollout (Abnar and Zuidema 2020): how much of each token arrives in [CLS] through all layers.

Half of what a layer hands on is its attention, mean over heads, half the token itself; the layers' matrices are
multiplied. Only the [CLS] row of the product is asked for, so it is carried from the last layer down to the first as
a row, and of each layer's attention a few rows at a time are made: nothing of T x T is kept, let alone by head or
layer. What is kept instead are the hidden states of all layers, of so many sequences at a time that they stay small.
"""

from __future__ import annotations

import torch

from lncprom.attribution import attention
from lncprom.models.base import Family

_KEPT = 1 << 26  # numbers: 256 MiB
_PLACES = 64  # queries at a time


def rollout(family: Family, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """(rows, T)."""
    layers = family.self_attentions()
    width = family.embedding().weight.shape[-1]
    at_once = max(1, _KEPT // (len(layers) * ids.shape[1] * width))
    masks = [None] * len(ids) if mask is None else mask.split(at_once)
    found = [_rollout(family, part, masks[at]) for at, part in enumerate(ids.split(at_once))]
    return torch.cat(found)


def _rollout(family: Family, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    kept: list[torch.Tensor] = []
    layers = family.self_attentions()
    attention.forward_until_last(family, ids, mask, layers, lambda layer, hidden: kept.append(hidden))
    row = torch.zeros(ids.shape, device=ids.device)
    row[:, attention.CLS] = 1
    with torch.inference_mode():
        for layer in reversed(layers):
            hidden, through = kept.pop(), torch.zeros_like(row)
            for first in range(0, ids.shape[1], _PLACES):
                places = slice(first, min(first + _PLACES, ids.shape[1]))
                look = attention.weights(layer, hidden, places, mask).mean(dim=1)
                through += torch.einsum("rp,rpt->rt", row[:, places], look)
            row = (row + through) / 2
    return row
