"""Samples through a network, batch by batch: like lengths together, halved where a batch finds no memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
import torch

from lncprom.attribution.explained_model import Network, Rows
from lncprom.attribution.progress import Progress
from lncprom.inference import predict
from lncprom.models import out_of_memory


class Part(NamedTuple):
    """Some samples that go through a model together: their places among all, and what the model is given."""

    places: list[int]
    texts: list[str]
    names: list[str]
    tss_index: int | None


def over(
    model: Network, rows: pl.DataFrame, source: str, work: Callable[[Part, Rows], None], progress: Progress
) -> None:
    """Do the work on every batch of the samples and its tokens, dropout off, in the machine's precision."""
    for whole in parts(model, rows, source):
        waiting = [whole]
        while waiting:
            part = waiting.pop()
            try:
                with predict.evaluating(model.family.module), model.machine.autocast():
                    work(part, model.rows(part.texts, part.names, part.tss_index))
                progress.add(len(part.places))
                continue
            except out_of_memory.FAULTS as fault:
                if not out_of_memory.is_out_of_memory(fault):
                    raise
                if len(part.places) == 1:
                    tokens = int(model.tokens(part.texts, part.names, part.tss_index)[0])
                    raise out_of_memory.one_sequence(model.machine.name, tokens) from None
            torch.cuda.empty_cache()  # outside of `except`, whose traceback would keep the tensors alive
            half = len(part.places) // 2
            waiting += [_cut(part, slice(half, None)), _cut(part, slice(None, half))]


def parts(model: Network, rows: pl.DataFrame, source: str) -> Iterator[Part]:
    """The samples in batches, all of a batch with the TSS at one index, the longest first."""
    rows = rows.with_row_index("place")
    for part in rows.partition_by("tss_index", maintain_order=True):
        tss_index, texts = part["tss_index"][0], part["sequence"].to_list()
        names = [f"{source}, {name}" for name in part["sample_id"]]
        order = np.argsort(-model.tokens(texts, names, tss_index), kind="stable").tolist()
        for first in range(0, len(order), model.batch):
            these = order[first : first + model.batch]
            places = [int(part["place"][at]) for at in these]
            yield Part(places, [texts[at] for at in these], [names[at] for at in these], tss_index)


def _cut(part: Part, which: slice) -> Part:
    return Part(part.places[which], part.texts[which], part.names[which], part.tss_index)
