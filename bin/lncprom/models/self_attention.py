"""What explaining a model needs to know of its inside, beside where its bases become vectors: what a token looks at."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import nn


class SelfAttention(NamedTuple):
    """The self-attention of one layer.

    `module` is called with the layer's hidden states (rows, T, width) as its first argument. `query` and `key` map
    those to (rows, T, heads x d), a head's d numbers side by side. A token's weights are the softmax of
    q . k / sqrt(d), plus, where the model has one, `bias(places, T)`: (heads, places, T) for the queries at `places`.
    """

    module: nn.Module
    heads: int
    query: Callable[[torch.Tensor], torch.Tensor]
    key: Callable[[torch.Tensor], torch.Tensor]
    bias: Callable[[torch.Tensor, int], torch.Tensor] | None = None


def redraw(modules: Iterable[nn.Module], seed: int, spread: float | None) -> None:
    """Draw every weight anew, as if nothing had ever been trained, embeddings and adapters too.

    Matrices are normal with standard deviation `spread`, or, where that is None, one over the root of the inputs of a
    unit; norms are 1, biases and the padding's embedding 0.
    """
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for part in itertools.chain.from_iterable(module.modules() for module in modules):
            for name, weight in part.named_parameters(recurse=False):
                if weight.ndim == 1:
                    weight.fill_(float(isinstance(part, nn.LayerNorm) and name == "weight"))
                    continue
                deviation = spread or (weight.numel() / len(weight)) ** -0.5
                weight.copy_(torch.randn(weight.shape, generator=chance) * deviation)
            if isinstance(part, nn.Embedding) and part.padding_idx is not None:
                part.weight[part.padding_idx] = 0
