"""MosaicBERT for two classes, with the names that DNABERT-2's published weights have.

ALiBi replaces positions; one matrix holds query, key and value; the feed-forward part is gated.

Source: Portes et al. 2023, https://arxiv.org/abs/2312.17482
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from lncprom.models.bert import Bert, BertForSequenceClassification
from lncprom.models.layers import AddedLinear, Settings, attend


def slopes(heads: int) -> list[float]:
    """How fast the attention of each head decreases with distance (Press et al. 2022, section 3).

    >>> slopes(2)
    [0.0625, 0.00390625]
    """
    if heads & (heads - 1) == 0:
        return [2.0 ** (-8 * (head + 1) / heads) for head in range(heads)]
    power = 1 << (heads.bit_length() - 1)
    return slopes(power) + slopes(2 * power)[::2][: heads - power]


class Embeddings(nn.Module):
    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(sizes.vocab_size, sizes.hidden_size, padding_idx=sizes.pad_id)
        self.token_type_embeddings = nn.Embedding(sizes.type_vocab_size, sizes.hidden_size)
        self.LayerNorm = nn.LayerNorm(sizes.hidden_size, eps=sizes.layer_norm_eps)
        self.dropout = nn.Dropout(sizes.hidden_dropout_prob)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.dropout(self.LayerNorm(self.word_embeddings(ids) + self.token_type_embeddings.weight[0]))


class SelfAttention(nn.Module):
    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        self.heads, self.eager = sizes.num_attention_heads, sizes.eager
        self.dropout = sizes.attention_probs_dropout_prob
        self.Wqkv = nn.Linear(sizes.hidden_size, 3 * sizes.hidden_size)

    def query(self, x: torch.Tensor) -> torch.Tensor:
        return self._part(x, 0)

    def key(self, x: torch.Tensor) -> torch.Tensor:
        return self._part(x, 1)

    def _part(self, x: torch.Tensor, number: int) -> torch.Tensor:
        rows = slice(number * x.shape[-1], (number + 1) * x.shape[-1])
        return functional.linear(x, self.Wqkv.weight[rows], self.Wqkv.bias[rows])

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        rows, length, width = x.shape
        q, k, v = self.Wqkv(x).view(rows, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        dropout = self.dropout if self.training else 0.0
        return attend(q, k, v, bias.to(q.dtype), dropout, q.shape[-1] ** -0.5, self.eager)


class GatedFeedForward(nn.Module):
    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        self.gated_layers = nn.Linear(sizes.hidden_size, 2 * sizes.intermediate_size, bias=False)
        self.wo = nn.Linear(sizes.intermediate_size, sizes.hidden_size)
        self.dropout = nn.Dropout(sizes.hidden_dropout_prob)
        self.layernorm = nn.LayerNorm(sizes.hidden_size, eps=sizes.layer_norm_eps)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate, value = self.gated_layers(x).chunk(2, dim=-1)
        return self.layernorm(self.wo(self.dropout(functional.gelu(gate) * value)) + x)


class Layer(nn.Module):
    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        output = AddedLinear(sizes.hidden_size, sizes, norm=True)
        self.attention = nn.ModuleDict({"self": SelfAttention(sizes), "output": output})
        self.mlp = GatedFeedForward(sizes)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        found, weights = self.attention["self"](x, bias)
        return self.mlp(self.attention["output"](found, x)), weights


class MosaicBert(Bert):
    parts = (Embeddings, Layer)

    def __init__(self, sizes: Settings) -> None:
        super().__init__(sizes)
        self.slopes = nn.Buffer(torch.tensor(slopes(sizes.num_attention_heads)), persistent=False)

    def alibi(self, places: torch.Tensor, length: int) -> torch.Tensor:
        """Return what is added to the scores of the queries at `places`: (heads, places, T)."""
        other = torch.arange(length, device=self.slopes.device, dtype=torch.float32)  # whole numbers, so exact
        return (places.float()[:, None] - other).abs_() * -self.slopes[:, None, None]

    def bias(self, length: int, mask: torch.Tensor | None) -> torch.Tensor:
        """Return what is added to the scores, (1 or rows, heads, T, T): ALiBi, and minus infinity at padding."""
        found = self.alibi(torch.arange(length, device=self.slopes.device), length)
        return found[None] if mask is None else found[None].masked_fill(~mask.bool()[:, None, None], float("-inf"))


class MosaicBertForSequenceClassification(BertForSequenceClassification):
    encoder = MosaicBert
