"""Scores of windows along a chromosome, both strands, block by block.

A block is a fixed stretch of a chromosome, whatever part of it is asked for: so any division into tasks gives the same
numbers to the last bit, and memory does not grow with the chromosome.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view

from lncprom.application.ensemble import Ensemble, Member
from lncprom.errors import InputError
from lncprom.genome.bases import reverse_complement, texts_of
from lncprom.genome.coordinates import DOWNSTREAM, tss_index
from lncprom.genome.reader import Genome
from lncprom.genome.soft_mask import SoftMask
from lncprom.tables.scores import SCAN

BLOCK = 1 << 16  # positions of a TSS
_AT_ONCE = 1 << 12  # windows cut out for a network


class Settings(NamedTuple):
    """Distance of windows (bp), largest fraction of N, and of repeats where `mask` has them, in a scored window."""

    step: int = 50
    max_n_share: float = 0
    max_repeat_share: float = 1
    mask: SoftMask | None = None


class Stretch(NamedTuple):
    """Positions of a TSS on a chromosome to be scored, 0-based and half-open."""

    chrom: str
    first: int
    last: int


def scan(
    models: Ensemble, genome: Genome, stretch: Stretch, settings: Settings, only: pl.DataFrame | None = None
) -> Iterator[pl.DataFrame]:
    """Rows of tables.scores.SCAN, a block at a time: the mean logit at each TSS that is a multiple of the step.

    Parameters
    ----------
    only
        Regions (start, end) of the chromosome, sorted and apart, in which a TSS has to lie; None: anywhere.
    """
    if stretch.chrom not in genome.lengths:
        raise InputError(f"{genome.path.name}: no sequence {stretch.chrom}. Give a name of the FASTA.")
    last = 0 if only is not None and only.is_empty() else min(stretch.last, genome.lengths[stretch.chrom])
    for block in range(stretch.first // BLOCK * BLOCK, last, BLOCK):
        rows = _block(models, genome, stretch.chrom, block, settings, only)
        rows = rows.filter(pl.col("tss").is_between(stretch.first, last - 1))
        yield rows.filter(pl.col("plus").is_not_null() | pl.col("minus").is_not_null())


def _block(
    models: Ensemble, genome: Genome, chrom: str, block: int, settings: Settings, only: pl.DataFrame | None
) -> pl.DataFrame:
    size, length = genome.lengths[chrom], models.length
    tss = np.arange(-(-block // settings.step) * settings.step, min(block + BLOCK, size), settings.step)
    wanted = np.ones(len(tss), bool) if only is None else _inside(tss, only)
    low, high = max(block - length, 0), min(block + BLOCK + length, size)
    found = {"chrom": np.full(len(tss), chrom), "tss": tss}
    if not wanted.any():
        return SCAN.empty()
    letters = _letters(genome, chrom, low, high)
    index = tss_index(length) if models.tss_index is None else models.tss_index
    for strand, before in (("plus", index), ("minus", length - 1 - index)):
        start = tss - before
        scored = np.flatnonzero((start >= 0) & (start + length <= size))
        values = np.full(len(tss), np.nan, np.float32)
        if len(scored):
            begin = start[scored] - low
            kept = wanted[scored] & _usual(letters, begin, chrom, low, length, settings)
            turned = begin if strand == "plus" else len(letters) - length - begin
            text = letters if strand == "plus" else reverse_complement(letters)
            values[scored[kept]] = np.mean([_logits(one, text, turned, kept, length) for one in models.members], axis=0)
        found[strand] = values
    return SCAN.check(pl.DataFrame(found).fill_nan(None), chrom)


def _letters(genome: Genome, chrom: str, low: int, high: int) -> np.ndarray:
    """ASCII letters of the forward strand."""
    length = high - low
    return genome.windows([chrom], [low + length - DOWNSTREAM - 1], ["+"], length)[0]


def _inside(tss: np.ndarray, only: pl.DataFrame) -> np.ndarray:
    start, end = only["start"].to_numpy(), only["end"].to_numpy()
    region = np.searchsorted(start, tss, side="right") - 1
    return (region >= 0) & (tss < end[region])


def _usual(letters: np.ndarray, begin: np.ndarray, chrom: str, low: int, length: int, settings: Settings) -> np.ndarray:
    """Whether windows have few enough N and repeats; one of N alone has no score."""
    sums = np.append(0, np.cumsum(letters == ord("N")))
    unknown = sums[begin + length] - sums[begin]
    kept = (unknown <= settings.max_n_share * length) & (unknown < length)
    if settings.mask is not None and settings.max_repeat_share < 1:
        start = begin + low
        repeats = settings.mask.fractions(pl.Series(np.full(len(start), chrom)), start, start + length)
        kept &= ~(repeats > settings.max_repeat_share)
    return kept


def _logits(member: Member, letters: np.ndarray, begin: np.ndarray, kept: np.ndarray, length: int) -> np.ndarray:
    """float64 (kept windows,): of a linear model all windows roll by; a network gets those that are kept."""
    if member.model.linear is not None:
        step = int(begin[1] - begin[0]) if len(begin) > 1 else 1
        starts = range(int(begin.min()), int(begin.max()) + 1, abs(step))
        return member.model.linear.window_logits(letters, starts, length)[:: 1 if step > 0 else -1][kept]
    windows, begin, found = sliding_window_view(letters, length), begin[kept], [np.empty(0)]
    for at in range(0, len(begin), _AT_ONCE):
        texts = texts_of(windows[begin[at : at + _AT_ONCE]])
        found.append(member.model.score(["a window"] * len(texts), texts)[0])
    return np.concatenate(found)
