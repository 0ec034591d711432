"""What BERT, MosaicBERT and ESM have in common: their sizes, attention, rotation, a linear map added to its input.

The three are written here in torch alone, because importing transformers costs more than fine-tuning a small model.
Tests compare them with transformers' classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional


class Settings(NamedTuple):
    """The entries of a config.json that shape a model, under their published names, and what the vocabulary fixes."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    pad_id: int
    mask_id: int = -1
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    layer_norm_eps: float = 1e-12
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    classifier_dropout: float | None = None  # None: as hidden_dropout_prob
    emb_layer_norm_before: bool = False
    token_dropout: bool = False
    rotary: bool = False  # positions turn query and key; with it ESM's feed-forward part is gated, without biases
    eager: bool = False  # attention in separate steps that return the weights, instead of the fused one
    num_labels: int = 2


_SIZES = ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")
_SIZES += ("max_position_embeddings", "type_vocab_size")
_FRACTIONS = ("layer_norm_eps", "hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout")


def settings(config: Mapping[str, object], **fixed: object) -> Settings:
    """Settings of a config.json.

    Raises
    ------
    KeyError
        if a size is missing.
    ValueError
        if a value is outside its range.
    """
    found = read_settings(Settings, config, fixed, _SIZES, _FRACTIONS)
    if found.hidden_size % found.num_attention_heads:
        raise ValueError(f"{found.hidden_size} hidden units cannot be divided by {found.num_attention_heads} heads")
    return found


def read_settings(
    kind: type[NamedTuple], config: Mapping[str, object], fixed: Mapping, sizes: Iterable[str], fractions: Iterable[str]
):
    """The fields of a NamedTuple that a config.json has, whole numbers (`sizes`) and fractions checked; see above."""
    given = {name: config[name] for name in kind._fields if config.get(name) is not None} | fixed
    for name in kind._fields:
        if name not in kind._field_defaults and name not in given:
            raise KeyError(name)
    found = kind(**given)
    for name in sizes:
        value = getattr(found, name)
        if type(value) is not int or value < 1:
            raise ValueError(f"{name} is {value!r}, not a whole number of at least 1")
    for name in fractions:
        value = getattr(found, name)
        if value is not None and (isinstance(value, (bool, str)) or not 0 <= value <= 1):
            raise ValueError(f"{name} is {value!r}, not a number from 0 to 1")
    return found


class Output(NamedTuple):
    """Logits (rows, classes); with eager attention the weights of each layer (rows, heads, T, T)."""

    logits: torch.Tensor
    attentions: tuple[torch.Tensor, ...] | None


@contextmanager
def no_initial_values() -> Iterator[None]:
    """Layers built inside keep their weights unset and draw no random number: a checkpoint fills them."""
    before = {kind: kind.reset_parameters for kind in (nn.Linear, nn.Embedding, nn.LayerNorm)}
    for kind in before:
        kind.reset_parameters = lambda layer: None
    try:
        yield
    finally:
        for kind, method in before.items():
            kind.reset_parameters = method


def attend(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias: torch.Tensor | None, dropout: float, scale: float, eager
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Weighted means of the values (rows, T, width), and the weights if `eager`.

    Parameters
    ----------
    q, k, v
        (rows, heads, T, width of a head).
    bias
        Added to the scores before the softmax, or true where a key may be seen; broadcast to (rows, heads, T, T).
    """
    weights = None
    if eager:
        scores = q @ k.transpose(-1, -2) * scale
        if bias is not None:
            scores = scores.masked_fill(~bias, -math.inf) if bias.dtype == torch.bool else scores + bias
        weights = scores.softmax(dim=-1).to(v.dtype)
        found = functional.dropout(weights, dropout) @ v
    else:
        found = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=dropout, scale=scale)
    return found.transpose(1, 2).flatten(2), weights


class Rotary(nn.Module):
    """Turns the pairs of numbers (i, i + half) of a query or key by angles that grow with the token's position.

    Source: Su et al. 2021, https://arxiv.org/abs/2104.09864
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inv_freq = nn.Buffer(10000.0 ** (-torch.arange(0, width, 2) / width))  # a checkpoint has its own

    def forward(self, x: torch.Tensor, places: torch.Tensor | None = None) -> torch.Tensor:
        """Return x (rows, heads, places, width of a head) as it is at these places, by default 0, 1, 2 and so on."""
        places = torch.arange(x.shape[2], device=x.device) if places is None else places
        angle = places[:, None] * self.inv_freq
        cos, sin, (first, second) = angle.cos(), angle.sin(), x.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1).type_as(x)


class SelfAttention(nn.Module):
    """Self-attention with a linear map each for query, key and value."""

    def __init__(self, sizes: Settings, scale_query: bool) -> None:
        super().__init__()
        self.heads, self.eager, self.scale_query = sizes.num_attention_heads, sizes.eager, scale_query
        self.dropout = sizes.attention_probs_dropout_prob
        width = sizes.hidden_size
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.rotary_embeddings = Rotary(width // self.heads) if sizes.rotary else None

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor | None]:
        shape = (*x.shape[:2], self.heads, x.shape[2] // self.heads)
        q, k, v = (part(x).view(shape).transpose(1, 2) for part in (self.query, self.key, self.value))
        scale = shape[-1] ** -0.5
        if self.scale_query:  # ESM scales the query, BERT the scores: the same but for rounding
            q, scale = q * scale, 1.0
        if self.rotary_embeddings is not None:
            q, k = self.rotary_embeddings(q), self.rotary_embeddings(k)
        return attend(q, k, v, mask, self.dropout if self.training else 0.0, scale, self.eager)


class AddedLinear(nn.Module):
    """A linear map with dropout, added to an earlier state, then a LayerNorm if the model has one there."""

    def __init__(self, inputs: int, sizes: Settings, norm: bool, bias: bool = True) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, sizes.hidden_size, bias=bias)
        self.LayerNorm = nn.LayerNorm(sizes.hidden_size, eps=sizes.layer_norm_eps) if norm else nn.Identity()
        self.dropout = nn.Dropout(sizes.hidden_dropout_prob)

    def forward(self, x: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        return self.LayerNorm(self.dropout(self.dense(x)) + before)


def key_mask(mask: torch.Tensor | None) -> torch.Tensor | None:
    """(rows, 1, 1, T), true for the tokens that may be seen, from `mask` (rows, T); None if nothing is padded."""
    return None if mask is None else mask.bool()[:, None, None]
