"""Random windows of a genome, away from promoters and from each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lncprom import random_keys
from lncprom.genome import intervals
from lncprom.genome.coordinates import window_tss
from lncprom.genome.reader import Genome

_SPARE = 1.25  # windows drawn for each one wanted: some hold N


class Zones(NamedTuple):
    """Bases to avoid: chromosome number, start and end; zones may overlap and reach past chromosome ends."""

    chrom: np.ndarray
    start: np.ndarray
    end: np.ndarray


class Windows(NamedTuple):
    """Windows: chromosome number, start on the forward strand, strand; `lot` in [0, 1) gives their random order."""

    chrom: np.ndarray
    start: np.ndarray
    strand: np.ndarray
    lot: np.ndarray

    def take(self, rows: np.ndarray) -> Windows:
        return Windows(*(column[rows] for column in self))

    def tss(self, length: int) -> np.ndarray:
        """Position of the TSS that makes `window_bounds` return these windows."""
        return window_tss(self.start, self.strand, length)


def joined(parts: list[Windows]) -> Windows:
    """Windows of several parts, in order."""
    return Windows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


class Supply:
    """All windows that may be drawn, without overlaps, in random order on each chromosome.

    The stretches between zones are cut into windows from a random offset shorter than a window, so that every start
    is equally likely. On chromosomes where that leaves fewer than twice the `wanted` windows, the offset is at most
    the rest of the stretch, so that as many windows as possible fit.
    """

    def __init__(self, lengths: Mapping[str, int], zones: Zones, length: int, wanted: np.ndarray, seed: int) -> None:
        self.names = np.array(list(lengths), dtype=object)
        chrom, start, size = _stretches(np.array(list(lengths.values()), np.int64), zones)
        self._key = random_keys.keys(lengths, seed, "windows")
        lot = random_keys.unit(random_keys.bits(random_keys.keys(lengths, seed, "offsets")[chrom], start))
        scarce = np.bincount(chrom, size // length, len(lengths)) < 2 * wanted
        spare = np.where(scarce[chrom], np.minimum(size % length + 1, length), length)
        offset = (lot * spare).astype(np.int64)
        self._number = np.maximum(size - offset, 0) // length
        self._first, self._length = start + offset, length
        self._bounds = np.searchsorted(chrom, np.arange(len(lengths) + 1))
        self.size = np.bincount(chrom, self._number, len(lengths)).astype(np.int64)

    def between(self, low: np.ndarray, high: np.ndarray) -> Windows:
        """The windows whose lot lies in [low, high), given for each chromosome; sorted by lot."""
        drawn = [self._of_chromosome(chrom, low[chrom], high[chrom]) for chrom in np.flatnonzero(high > low)]
        return joined([self._of_chromosome(0, 0, 0), *drawn])

    def _of_chromosome(self, chrom: int, low: float, high: float) -> Windows:
        random = random_keys.bits(self._key[chrom], np.arange(self.size[chrom]))
        lot = random_keys.unit(random)
        chosen = np.flatnonzero((lot >= low) & (lot < high))
        chosen = chosen[np.argsort(lot[chosen], kind="stable")]
        stretches = slice(self._bounds[chrom], self._bounds[chrom + 1])
        until = np.cumsum(self._number[stretches])
        stretch = np.searchsorted(until, chosen, side="right")
        nth = chosen - (until - self._number[stretches])[stretch]
        strand = np.where(random[chosen] & np.uint64(1), "-", "+")  # the lot does not use the last bit
        start = self._first[stretches][stretch] + nth * self._length
        return Windows(np.full(len(chosen), chrom), start, strand, lot[chosen])


class Drawn(NamedTuple):
    """Windows without N; their number on each chromosome; and how many windows with N were skipped."""

    windows: Windows
    number: np.ndarray
    with_n: int


def draw(supply: Supply, genome: Genome, wanted: np.ndarray, length: int) -> Drawn:
    """As many windows of each chromosome as `wanted`; other chromosomes fill gaps, in the same proportions.

    The total is smaller only where the whole supply is used up.
    """
    target, low = wanted.copy(), np.zeros(len(wanted))
    kept = [supply.between(low, low)]
    have, with_n = np.zeros(len(wanted), np.int64), 0
    while True:
        need = target - have
        if not ((need > 0) & (low < 1)).any():
            missing = int(np.maximum(need, 0).sum())
            spare = (low < 1) | (have > target)
            if not missing or not spare.any():
                break
            target = np.minimum(target, have) + largest_remainder(missing, wanted * spare)
            continue
        step = np.where(need > 0, (need * _SPARE + 16) / np.maximum(supply.size, 1), 0)
        high = np.minimum(low + step, 1)
        windows = supply.between(low, high)
        known = ~(read(windows, supply, genome, length) == ord("N")).any(axis=1)
        with_n, low = with_n + int(np.count_nonzero(~known)), high
        kept.append(windows.take(known))
        have += np.bincount(windows.chrom[known], minlength=len(wanted))
    found = joined(kept)
    found = found.take(np.lexsort((found.lot, found.chrom)))
    rank = np.arange(len(found.chrom)) - np.searchsorted(found.chrom, found.chrom)
    return Drawn(found.take(rank < target[found.chrom]), np.minimum(have, target), with_n)


def read(windows: Windows, supply: Supply, genome: Genome, length: int) -> np.ndarray:
    """Letters of the windows: uint8 (windows, length)."""
    return genome.windows(supply.names[windows.chrom], windows.tss(length), windows.strand, length)


def largest_remainder(number: int, weights: np.ndarray) -> np.ndarray:
    """Whole numbers in proportion to `weights` that add up to `number`.

    >>> largest_remainder(4, np.array([5, 3, 0]))
    array([3, 1, 0])
    """
    exact = number * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: number - whole.sum()]] += 1
    return whole


def _stretches(lengths: np.ndarray, zones: Zones) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chromosome number, start and size of every stretch outside the zones, in order."""
    offset = np.cumsum(lengths + 1) - (lengths + 1)  # all chromosomes on one line, one base between
    start = np.clip(zones.start, 0, lengths[zones.chrom]) + offset[zones.chrom]
    end = np.clip(zones.end, 0, lengths[zones.chrom]) + offset[zones.chrom]
    used = end > start
    line_start = np.r_[-1, start[used], offset + lengths]
    line_end = np.r_[0, end[used], offset + lengths + 1]
    taken = intervals.clusters(np.zeros(len(line_start), np.int64), line_start, line_end)
    begin, size = taken.end[:-1], taken.start[1:] - taken.end[:-1]
    chrom = np.searchsorted(offset, begin, side="right") - 1
    return chrom, begin - offset[chrom], size
