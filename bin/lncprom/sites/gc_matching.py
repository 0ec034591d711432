"""Windows of the genome matched one to one to promoters, in GC content and CpG observed/expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.spatial import KDTree

from lncprom import random_keys
from lncprom.sites import genomic_negatives
from lncprom.sites.genomic_negatives import Supply, Windows

MEASURES = ("gc", "cpg_observed_expected")
_PER_TARGET, _PER_CHROMOSOME = 8, 64  # windows in the first round for each open promoter, and besides; then doubled
_ROUND = 1 << 20  # windows a round at most
_BASES = 1 << 26  # read at a time
_PAIRS = 1 << 22  # promoters x near windows held at a time
_APART = 10.0  # more than any tolerance: puts chromosomes out of each other's reach


def measure(codes: np.ndarray) -> np.ndarray:
    """(n, 2): GC share and CpG observed/expected of each window, over its known bases; 0 where C or G is absent.

    CpG observed/expected is CpG x bases / (C x G) (Gardiner-Garden and Frommer 1987); both are the same on either
    strand. A window of N alone has NaN.
    """
    is_c, is_g = codes == ord("C"), codes == ord("G")
    c, g = np.count_nonzero(is_c, axis=1), np.count_nonzero(is_g, axis=1)
    cpg = np.count_nonzero(is_c[:, :-1] & is_g[:, 1:], axis=1)
    known = np.count_nonzero(codes != ord("N"), axis=1).astype(float)
    known[known == 0] = np.nan
    return np.column_stack([(c + g) / known, cpg * known / np.maximum(c * g, 1)])


class Matched(NamedTuple):
    """Which promoters have a window, that window for each, both's measures; and how random windows measure."""

    promoters: np.ndarray
    windows: Windows
    measures: np.ndarray
    random_mean: np.ndarray
    looked_at: int


def match(
    measures: np.ndarray,
    chrom: np.ndarray,
    supply: Supply,
    genome,
    length: int,
    tolerance: float,
    tell: Callable[[str], None] = lambda line: None,
) -> Matched:
    """For each promoter a window of its own, on its chromosome, within the tolerance in both measures.

    Windows are looked at in random order, in growing rounds, until all promoters are served or the supply is used up.

    Parameters
    ----------
    measures, chrom
        Of the promoters: (n, 2) as `measure` gives them, and the number of each one's chromosome in the supply.
    """
    open_rows, low, growth = np.arange(len(chrom)), np.zeros(len(supply.size)), 1
    promoters, windows, found, looked_at = [], [], [], 0
    random_mean = np.full(2, np.nan)
    while len(open_rows):
        unserved = np.bincount(chrom[open_rows], minlength=len(low)) * (low < 1)
        wanted = growth * (_PER_TARGET * unserved + _PER_CHROMOSOME * (unserved > 0))
        if not wanted.any():
            break
        wanted = wanted * min(1, _ROUND / wanted.sum())
        high = np.minimum(low + wanted / np.maximum(supply.size, 1), 1)
        drawn, drawn_measures = _measured(supply.between(low, high), supply, genome, length)
        if looked_at == 0 and len(drawn_measures):
            random_mean = drawn_measures.mean(axis=0)
        looked_at += len(drawn_measures)
        ours, theirs = nearest_pairs(
            np.column_stack([measures[open_rows], chrom[open_rows] * _APART]),
            np.column_stack([drawn_measures, drawn.chrom * _APART]),
            tolerance,
        )
        promoters.append(open_rows[ours])
        windows.append(drawn.take(theirs))
        found.append(drawn_measures[theirs])
        open_rows, low, growth = np.delete(open_rows, ours), high, growth * 2
        tell(f"{len(chrom) - len(open_rows):,} of {len(chrom):,} matched, {looked_at:,} windows looked at")
    if not promoters:
        return Matched(open_rows[:0], supply.between(low, low), np.empty((0, 2)), random_mean, looked_at)
    joined = Windows(*(np.concatenate(columns) for columns in zip(*windows, strict=True)))
    return Matched(np.concatenate(promoters), joined, np.concatenate(found), random_mean, looked_at)


def _measured(windows: Windows, supply: Supply, genome, length: int) -> tuple[Windows, np.ndarray]:
    """The windows that hold no N, and their measures."""
    measures, known = [np.empty((0, 2))], [np.empty(0, bool)]
    rows = max(1, _BASES // length)
    for start in range(0, len(windows.chrom), rows):
        part = windows.take(np.arange(start, min(start + rows, len(windows.chrom))))
        codes = genomic_negatives.read(part, supply, genome, length)
        known.append(~(codes == ord("N")).any(axis=1))
        measures.append(measure(codes[known[-1]]))
    return windows.take(np.concatenate(known)), np.concatenate(measures)


def nearest_pairs(targets: np.ndarray, candidates: np.ndarray, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows of `targets` and of `candidates` that go together, each once: the nearest pair first, then the next.

    Nearness is the greatest difference in any column, at most `tolerance`. In the end no target without a partner is
    within the tolerance of a candidate without one.
    """
    reach = np.nextafter(tolerance + 1e-12, np.inf)  # scipy's bound is exclusive; 0.55 - 0.5 is a little over 0.05
    targets, candidates = (_spread(points, tolerance) for points in (targets, candidates))
    ours, theirs = np.arange(len(targets)), np.arange(len(candidates))
    pairs: list[tuple[np.ndarray, np.ndarray]] = []
    neighbours = 8
    while len(ours) and len(theirs):
        k = min(neighbours, len(theirs), max(8, _PAIRS // len(ours)))
        tree = KDTree(candidates[theirs], balanced_tree=False, compact_nodes=False)
        distance, index = tree.query(targets[ours], k=range(1, k + 1), p=np.inf, distance_upper_bound=reach)
        near, rank = np.nonzero(np.isfinite(distance))
        one, other = _greedy(distance[near, rank], near, index[near, rank], len(ours), len(theirs))
        pairs.append((ours[one], theirs[other]))
        reached = np.isfinite(distance[:, 0])
        reached[one] = False
        ours, theirs, neighbours = ours[reached], np.delete(theirs, other), neighbours * 2
    if not pairs:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return tuple(np.concatenate(column) for column in zip(*pairs, strict=True))


def _spread(points: np.ndarray, tolerance: float) -> np.ndarray:
    """The points with one more column, too small to matter: of many with equal values, each has its own neighbour."""
    lot = random_keys.unit(random_keys.bits(np.uint64(0), np.arange(len(points))))
    return np.column_stack([points, lot * tolerance * 1e-6])


def _greedy(distance, one, other, n_one: int, n_other: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs taken by distance (ties by lot), each side's rows once: all that are first for both, then again."""
    lot = random_keys.bits(one.astype(np.uint64) << np.uint64(32), other)
    order = np.lexsort((lot, distance))
    one, other = one[order], other[order]
    taken: list[tuple[np.ndarray, np.ndarray]] = []
    while len(one):
        backwards = np.arange(len(one))[::-1]
        first_one, first_other = np.empty(n_one, np.int64), np.empty(n_other, np.int64)
        first_one[one[backwards]], first_other[other[backwards]] = backwards, backwards  # the last written is the first
        here = np.arange(len(one))
        mutual = (first_one[one] == here) & (first_other[other] == here)
        taken.append((one[mutual], other[mutual]))
        free_one, free_other = np.ones(n_one, bool), np.ones(n_other, bool)
        free_one[one[mutual]], free_other[other[mutual]] = False, False
        left = free_one[one] & free_other[other]
        one, other = one[left], other[left]
    if not taken:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return tuple(np.concatenate(column) for column in zip(*taken, strict=True))
