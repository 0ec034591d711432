"""How a model hands out the attention of its layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch


class SelfAttention(NamedTuple):
    """The self-attention of one layer.

    `module` is called with the layer's hidden states (rows, T, width) as its first argument. `query` and `key` map
    those to (rows, T, heads x d), a head's d numbers side by side. A token's weights are the softmax of
    q . k / sqrt(d), plus, where the model has one, `bias(places, T)`: (heads, places, T) for the queries at `places`.
    `rotate(x, places)` turns queries or keys (rows, heads, places, d) by their places, where the model does so.
    """

    module: torch.nn.Module
    heads: int
    query: Callable[[torch.Tensor], torch.Tensor]
    key: Callable[[torch.Tensor], torch.Tensor]
    bias: Callable[[torch.Tensor, int], torch.Tensor] | None = None
    rotate: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None = None


class WholeAttention(NamedTuple):
    """The self-attention of one layer of a model that hands out all of it or none, by `Family.whole_attention`."""

    heads: int
