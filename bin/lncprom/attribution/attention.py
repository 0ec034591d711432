"""What the [CLS] token looks at, by layer and head: one row of each layer, never a T x T matrix.

All layers run as in prediction (scaled_dot_product_attention, which hands no weights out). A hook takes the hidden
states that enter a layer's self-attention; the query of [CLS] alone against all keys gives its row. Equal to the rows
of the eager attention's layers x heads x T x T tensor.

Rollout (Abnar and Zuidema 2020) is how much of each token arrives in [CLS] through all layers. Half of what a layer
hands on is its attention, mean over heads, half the token itself; the layers' matrices are multiplied. The [CLS] row of
the product is carried from the last layer down to the first, and of each layer's attention a few rows at a time are
made. The hidden states of all layers are kept, of so many sequences at a time that they stay small.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import torch

from lncprom.models.base import Family
from lncprom.models.self_attention import SelfAttention, WholeAttention

CLS = 0  # its place in every family's tokens
_TOKENS = (1 << 9, 1 << 15)  # at a time on a CPU, on a GPU: what lies between two layers does not grow with the batch
_KEPT = 1 << 26  # numbers of hidden states that rollout keeps: 256 MiB
_PLACES = 64  # queries of rollout at a time


def last_layer(family: Family, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """(rows, T): the study's profile, the [CLS] row of the last layer, mean over heads."""
    return cls_rows(family, ids, mask, only_last=True)[-1].mean(dim=1)


def all_layers(family: Family, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """(rows, T): the mean over all layers and heads of the [CLS] row."""
    return cls_rows(family, ids, mask).mean(dim=(0, 2))


def rollout(family: Family, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """(rows, T): how much of each token arrives in [CLS] through all layers."""
    layers = family.self_attentions()
    width = family.embedding().weight.shape[-1]
    at_once = max(1, _KEPT // (len(layers) * ids.shape[1] * width))
    if isinstance(layers[0], WholeAttention):
        found = (
            _whole_rollout(*family.whole_attention(*part)) for part in _split(ids, mask, _whole_at_once(layers, ids))
        )
        return torch.cat(list(found))
    return torch.cat([_rollout(family, *part) for part in _split(ids, mask, at_once)])


def cls_rows(family: Family, ids: torch.Tensor, mask: torch.Tensor | None, only_last: bool = False) -> torch.Tensor:
    """(layers, rows, heads, T) of the [CLS] token's attention; of one layer where `only_last`."""
    layers = family.self_attentions()
    if isinstance(layers[0], WholeAttention):
        parts = _split(ids, mask, _whole_at_once(layers, ids))
        return torch.cat([_whole_rows(*family.whole_attention(*part), only_last) for part in parts], dim=1)
    chosen = layers[-1:] if only_last else layers
    at_once = max(1, _TOKENS[ids.device.type == "cuda"] // ids.shape[1])
    found = []
    for part, part_mask in _split(ids, mask, at_once):
        rows: list[torch.Tensor] = []

        def keep(layer: SelfAttention, hidden: torch.Tensor, rows=rows, part_mask=part_mask) -> None:
            rows.append(weights(layer, hidden, slice(CLS, CLS + 1), part_mask)[:, :, 0])

        _forward(family, part, part_mask, chosen, keep)
        found.append(torch.stack(rows))
    return torch.cat(found, dim=1)


def _split(ids: torch.Tensor, mask: torch.Tensor | None, at_once: int) -> Iterator:
    return zip(ids.split(at_once), itertools.repeat(None) if mask is None else mask.split(at_once), strict=False)


def weights(layer: SelfAttention, hidden: torch.Tensor, places: slice, mask: torch.Tensor | None) -> torch.Tensor:
    """(rows, heads, places, T): what the tokens at `places` look at in one layer."""
    every = torch.arange(hidden.shape[1], device=hidden.device)
    query = layer.query(hidden[:, places]).unflatten(-1, (layer.heads, -1)).transpose(1, 2)
    key = layer.key(hidden).unflatten(-1, (layer.heads, -1)).transpose(1, 2)
    if layer.rotate is not None:
        query, key = layer.rotate(query, every[places]), layer.rotate(key, every)
    scores = (query @ key.transpose(-1, -2)).float() * query.shape[-1] ** -0.5
    if layer.bias is not None:
        scores += layer.bias(every[places], len(every))
    if mask is not None:
        scores.masked_fill_(~mask.bool()[:, None, None], float("-inf"))
    return scores.softmax(dim=-1)


def _forward(family: Family, ids: torch.Tensor, mask: torch.Tensor | None, layers: list, keep: Callable) -> None:
    """Run the model; `keep` gets each of these self-attentions and the hidden states that enter it, in their order."""

    def hook(layer: SelfAttention) -> Callable:
        return lambda module, given, named: keep(layer, given[0] if given else named["hidden_states"])

    handles = [layer.module.register_forward_pre_hook(hook(layer), with_kwargs=True) for layer in layers]
    try:
        with torch.inference_mode():
            family.logits(ids, mask)
    finally:
        for handle in handles:
            handle.remove()


def _rollout(family: Family, ids: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    kept: list[torch.Tensor] = []
    layers = family.self_attentions()
    _forward(family, ids, mask, layers, lambda layer, hidden: kept.append(hidden))
    row = torch.zeros(ids.shape, device=ids.device)
    row[:, CLS] = 1
    with torch.inference_mode():
        for layer in reversed(layers):
            hidden, through = kept.pop(), torch.zeros_like(row)
            for first in range(0, ids.shape[1], _PLACES):
                places = slice(first, min(first + _PLACES, ids.shape[1]))
                look = weights(layer, hidden, places, mask).mean(dim=1)
                through += torch.einsum("rp,rpt->rt", row[:, places], look)
            row = (row + through) / 2
    return row


def _whole_at_once(layers: list[WholeAttention], ids: torch.Tensor) -> int:
    return max(1, _KEPT // (len(layers) * layers[0].heads * ids.shape[1] ** 2))


def _whole_rows(layers: Sequence[torch.Tensor], read: torch.Tensor, only_last: bool) -> torch.Tensor:
    rows = [torch.einsum("rp,rhpt->rht", read, layer.float()) for layer in (layers[-1:] if only_last else layers)]
    return torch.stack(rows)


def _whole_rollout(layers: Sequence[torch.Tensor], row: torch.Tensor) -> torch.Tensor:
    for layer in reversed(layers):
        row = (row + torch.einsum("rp,rpt->rt", row, layer.float().mean(dim=1))) / 2
    return row
