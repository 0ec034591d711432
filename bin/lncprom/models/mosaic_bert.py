"""MosaicBERT, the encoder of DNABERT-2, with the names that its published weights have.

ALiBi in place of positions, one matrix for query, key and value, a gated feed-forward part, norms behind each part.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional


class Settings(NamedTuple):
    """Those of the config.json that shape the model."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    type_vocab_size: int = 2
    layer_norm_eps: float = 1e-12
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.0
    num_labels: int = 2
    attention: str = "sdpa"


class Output(NamedTuple):
    """Logits (rows, classes), and from eager attention the weights of each layer (rows, heads, T, T)."""

    logits: torch.Tensor
    attentions: tuple[torch.Tensor, ...] | None


def slopes(heads: int) -> list[float]:
    """How fast each head's attention falls off with distance (Press et al. 2022, section 3).

    >>> slopes(2)
    [0.0625, 0.00390625]
    """
    if heads & (heads - 1) == 0:
        return [2.0 ** (-8 * (head + 1) / heads) for head in range(heads)]
    power = 1 << (heads.bit_length() - 1)
    return slopes(power) + slopes(2 * power)[::2][: heads - power]


class Embeddings(nn.Module):
    def __init__(self, settings: Settings, pad_id: int) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(settings.vocab_size, settings.hidden_size, padding_idx=pad_id)
        self.token_type_embeddings = nn.Embedding(settings.type_vocab_size, settings.hidden_size)
        self.LayerNorm = nn.LayerNorm(settings.hidden_size, eps=settings.layer_norm_eps)
        self.dropout = nn.Dropout(settings.hidden_dropout_prob)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.dropout(self.LayerNorm(self.word_embeddings(ids) + self.token_type_embeddings.weight[0]))


class SelfAttention(nn.Module):
    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.heads, self.eager = settings.num_attention_heads, settings.attention == "eager"
        self.dropout = settings.attention_probs_dropout_prob
        self.Wqkv = nn.Linear(settings.hidden_size, 3 * settings.hidden_size)

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
        dropout, weights = self.dropout if self.training else 0.0, None
        if self.eager:
            scores = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + bias
            weights = scores.softmax(dim=-1).to(v.dtype)
            found = functional.dropout(weights, dropout) @ v
        else:
            found = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype), dropout_p=dropout)
        return found.transpose(1, 2).reshape(rows, length, width), weights


class SelfOutput(nn.Module):
    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.dense = nn.Linear(settings.hidden_size, settings.hidden_size)
        self.LayerNorm = nn.LayerNorm(settings.hidden_size, eps=settings.layer_norm_eps)
        self.dropout = nn.Dropout(settings.hidden_dropout_prob)

    def forward(self, x: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        return self.LayerNorm(self.dropout(self.dense(x)) + before)


class GatedFeedForward(nn.Module):
    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.gated_layers = nn.Linear(settings.hidden_size, 2 * settings.intermediate_size, bias=False)
        self.wo = nn.Linear(settings.intermediate_size, settings.hidden_size)
        self.dropout = nn.Dropout(settings.hidden_dropout_prob)
        self.layernorm = nn.LayerNorm(settings.hidden_size, eps=settings.layer_norm_eps)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate, value = self.gated_layers(x).chunk(2, dim=-1)
        return self.layernorm(self.wo(self.dropout(functional.gelu(gate) * value)) + x)


class Layer(nn.Module):
    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.attention = nn.ModuleDict({"self": SelfAttention(settings), "output": SelfOutput(settings)})
        self.mlp = GatedFeedForward(settings)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        found, weights = self.attention["self"](x, bias)
        return self.mlp(self.attention["output"](found, x)), weights


class MosaicBert(nn.Module):
    def __init__(self, settings: Settings, pad_id: int) -> None:
        super().__init__()
        self.embeddings = Embeddings(settings, pad_id)
        layers = nn.ModuleList(Layer(settings) for _ in range(settings.num_hidden_layers))
        self.encoder = nn.ModuleDict({"layer": layers})
        self.pooler = nn.ModuleDict({"dense": nn.Linear(settings.hidden_size, settings.hidden_size)})
        self.slopes = nn.Buffer(torch.tensor(slopes(settings.num_attention_heads)), persistent=False)

    def alibi(self, places: torch.Tensor, length: int) -> torch.Tensor:
        """What is added to the scores of the queries at `places`, (heads, places, T)."""
        other = torch.arange(length, device=self.slopes.device, dtype=torch.float32)  # whole numbers, so exact
        return (places.float()[:, None] - other).abs_() * -self.slopes[:, None, None]

    def bias(self, length: int, mask: torch.Tensor | None) -> torch.Tensor:
        """What is added to the scores, (1 or rows, heads, T, T): ALiBi, and minus infinity at padding."""
        found = self.alibi(torch.arange(length, device=self.slopes.device), length)
        return found[None] if mask is None else found[None].masked_fill(~mask.bool()[:, None, None], float("-inf"))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor | None) -> tuple[torch.Tensor, list[torch.Tensor | None]]:
        x, bias, attentions = self.embeddings(ids), self.bias(ids.shape[1], mask), []
        for layer in self.encoder["layer"]:
            x, weights = layer(x, bias)
            attentions.append(weights)
        return x, attentions


class MosaicBertForSequenceClassification(nn.Module):
    """Tanh of a linear map of the first token, then the classifier."""

    def __init__(self, settings: Settings, pad_id: int) -> None:
        super().__init__()
        if settings.hidden_size % settings.num_attention_heads:
            raise ValueError(f"{settings.hidden_size} hidden units for {settings.num_attention_heads} heads")
        self.settings = settings
        self.bert = MosaicBert(settings, pad_id)
        self.dropout = nn.Dropout(settings.hidden_dropout_prob)
        self.classifier = nn.Linear(settings.hidden_size, settings.num_labels)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> Output:
        hidden, attentions = self.bert(input_ids, attention_mask)
        pooled = torch.tanh(self.bert.pooler["dense"](hidden[:, 0]))
        eager = self.settings.attention == "eager"
        return Output(self.classifier(self.dropout(pooled)), tuple(attentions) if eager else None)
