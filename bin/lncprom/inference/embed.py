"""Embeddings of sequences: hidden states of several layers, pooled over tokens, from one forward pass a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import torch

from lncprom.errors import InputError
from lncprom.inference import batches, encode, predict
from lncprom.inference.device import Machine
from lncprom.models import base, out_of_memory
from lncprom.models.base import Family
from lncprom.tables.embeddings import POOLINGS, Embedded

_DEPTHS = (0, 1 / 4, 1 / 2, 3 / 4, 1)  # of the layers that are embedded where none are asked for
_LARGEST = float(np.finfo(np.float16).max)


class Done(NamedTuple):
    """Embeddings by layer and pooling, names of their samples, counts and notes for the card."""

    samples: list[str]
    parts: list[Embedded]
    counts: dict
    notes: list[str]


def opened(
    name: str, checkpoint: Path | None, options: Mapping[str, object], init: str, seed: int, machine: Machine
) -> Family:
    """A language model on its device, without LoRA; with `init` random every weight is drawn from the seed."""
    family = base.load(name, checkpoint, seed=seed, options=base.without_lora(name, options), init=init)
    with out_of_memory.needed(machine.name, "the model's weights"):
        family.module.to(machine.device)
    return family


def embed(
    rows: pl.DataFrame,
    source: str,
    family: Family,
    truncation: str,
    layers: Sequence[int],
    poolings: Sequence[str],
    machine: Machine,
    size: int,
    log: Callable[[str], None],
) -> Done:
    """Embeddings of every sample of a data set, in the order of their names.

    Raises
    ------
    InputError
        if the model has no such layer or pooling, or a sequence is too long and may not be cut.
    """
    check(family, layers, poolings)
    rows = rows.sort("tss_index", "sample_id")
    data, seen = encode.encode(family, rows, truncation, source, machine.device)
    found = pooled(family, data, layers, poolings, machine, size, log)
    clipped = int((np.abs(found) == np.float16(_LARGEST)).sum())
    order = rows["sample_id"].arg_sort().to_numpy()
    parts = [
        Embedded(layer, pooling, found[at, number, order])
        for at, layer in enumerate(layers)
        for number, pooling in enumerate(poolings)
    ]
    counts = {"samples": rows.height, "width": found.shape[-1], "layers": family.depth, **seen.counts()}
    notes = [*family.notes, *encode.unknown_bases(family, rows), *([machine.note] if machine.note else [])]
    notes += [f"{clipped:,} numbers were beyond float16 and were cut to {_LARGEST:,.0f}"] if clipped else []
    return Done(rows["sample_id"].sort().to_list(), parts, counts, notes)


def at_depths(depth: int) -> list[int]:
    """The embeddings, the last of so many layers and those at a quarter, a half and three quarters.

    >>> at_depths(12)
    [0, 3, 6, 9, 12]
    """
    return sorted({round(part * depth) for part in _DEPTHS})


def check(family: Family, layers: Sequence[int], poolings: Sequence[str]) -> None:
    """Refuse what a model does not have."""
    for layer in layers:
        if not 0 <= layer <= family.depth:
            raise InputError(
                f"--layers {layer}: the model has layers 1 to {family.depth}; 0 stands for its embeddings."
            )
    for pooling in poolings:
        if pooling not in POOLINGS:
            raise InputError(f"--poolings {pooling}: not one of {', '.join(POOLINGS)}.")
        if pooling == "cls" and not family.vocabulary.before:
            raise InputError(f"--poolings cls: the family {family.name} has no token before the bases. Give last.")


def pooled(
    family: Family,
    data: batches.Encoded,
    layers: Sequence[int],
    poolings: Sequence[str],
    machine: Machine,
    size: int,
    log: Callable[[str], None] = lambda line: None,
) -> np.ndarray:
    """float16 (layers, poolings, sequences, width); of a sequence cut into chunks the mean over its chunks."""
    found = np.empty(0, np.float16)

    def keep(chosen: np.ndarray) -> None:
        nonlocal found
        batch = batches.gather(data, chosen)
        with machine.autocast():
            states = family.hidden_states(batch.ids, batch.mask, layers)
        place = torch.arange(batch.ids.shape[1], device=batch.ids.device)
        count = torch.from_numpy(batch.lengths.astype(np.int64)).to(batch.ids.device)[:, None]
        first, last = len(family.vocabulary.before), count - len(family.vocabulary.after)
        bases = ((place >= first) & (place < last))[..., None]
        made = [list(_poolings(state.float(), bases, count - 1, poolings)) for state in states]
        values = torch.stack([batches.over_chunks(part, batch, len(chosen)) for parts in made for part in parts])
        if not found.size:
            found = np.empty((len(layers) * len(poolings), len(data), values.shape[-1]), np.float16)
        found[:, chosen] = values.clamp(-_LARGEST, _LARGEST).cpu().numpy()

    predict.in_batches(family, data, machine, size, log, keep)
    return found.reshape(len(layers), len(poolings), *found.shape[1:])


def _poolings(
    state: torch.Tensor, bases: torch.Tensor, last: torch.Tensor, poolings: Sequence[str]
) -> Iterator[torch.Tensor]:
    """(rows, width) for each pooling of hidden states (rows, T, width); `bases` (rows, T, 1): tokens of bases."""
    for pooling in poolings:
        if pooling == "mean":
            yield (bases.transpose(1, 2).to(state.dtype) @ state)[:, 0] / bases.sum(dim=1)
        elif pooling == "max":
            yield state.masked_fill(~bases, -torch.inf).amax(dim=1)
        elif pooling == "cls":
            yield state[:, 0]
        else:
            yield state[torch.arange(len(state), device=state.device), last[:, 0]]
