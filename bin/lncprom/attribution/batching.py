"""Samples through a network, batch by batch: like lengths together, halved where a batch finds no memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import polars as pl
import torch

from lncprom.attribution.explained_model import Network, Rows
from lncprom.inference import predict
from lncprom.models import out_of_memory

_EVERY = 15  # seconds


class Progress:
    """Log how far a method is: samples done, their rate, the time left; a line every so many seconds."""

    def __init__(self, log: Callable[[str], None], what: str, total: int) -> None:
        self.log, self.what, self.total, self.done = log, what, total, 0
        self.began = self.said = time.monotonic()

    def add(self, samples: int) -> None:
        self.done += samples
        now = time.monotonic()
        if self.done < self.total and now - self.said < _EVERY:
            return
        self.said, seconds = now, max(now - self.began, 1e-9)
        left = int((self.total - self.done) * seconds / self.done)
        ahead = f"{left // 60}:{left % 60:02d} left" if self.done < self.total else f"{seconds:.1f} s"
        self.log(f"{self.what}: {self.done:,} of {self.total:,} samples, {self.done / seconds:.2g} a second, {ahead}")


def over(
    model: Network, rows: pl.DataFrame, source: str, work: Callable[[pl.DataFrame, Rows], None], progress: Progress
) -> None:
    """Do the work on every batch of the samples and its tokens, dropout off, in the machine's precision.

    A batch has the columns `place` (among all samples), `name`, `sequence` and `tss_index`, which is one for all.
    """
    for whole in _batches(model, rows, source):
        waiting = [whole]
        while waiting:
            part = waiting.pop()
            given = _given(part)
            try:
                with predict.evaluating(model.family.module), model.machine.autocast():
                    work(part, model.rows(*given))
                progress.add(part.height)
                continue
            except out_of_memory.FAULTS as fault:
                if not out_of_memory.is_out_of_memory(fault):
                    raise
                if part.height == 1:
                    raise out_of_memory.one_sequence(model.machine.name, int(model.tokens(*given)[0])) from None
            torch.cuda.empty_cache()  # outside of `except`, whose traceback would keep the tensors alive
            half = part.height // 2
            waiting += [part[half:], part[:half]]


def _batches(model: Network, rows: pl.DataFrame, source: str) -> Iterator[pl.DataFrame]:
    """The samples in batches, all of a batch with the TSS at one index, the longest first."""
    name = pl.format("{}, {}", pl.lit(source), "sample_id")
    rows = rows.select("sequence", "tss_index", name.alias("name"), pl.int_range(pl.len()).alias("place"))
    for part in rows.partition_by("tss_index", maintain_order=True):
        yield from part[np.argsort(-model.tokens(*_given(part)), kind="stable")].iter_slices(model.batch)


def _given(part: pl.DataFrame) -> tuple[list[str], list[str], int | None]:
    return part["sequence"].to_list(), part["name"].to_list(), part["tss_index"][0]
