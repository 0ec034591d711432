"""Windows of the genome matched one to one to promoters, in GC content and CpG observed/expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import random_keys
from lncprom.genome.bases import gc_and_cpg as measure
from lncprom.genome.reader import Genome
from lncprom.sites import genomic_negatives
from lncprom.sites.genomic_negatives import Supply, Windows

MEASURES = ("gc", "cpg_observed_expected")
_PER_TARGET, _PER_CHROMOSOME = 8, 64  # windows of the first round per promoter and per chromosome; then doubled
_ROUND = 1 << 20  # windows a round at most
_BASES = 1 << 26  # read at a time
_PAIRS = 1 << 22  # promoters x near windows held at a time
_NONE = (np.empty(0, np.int64), np.empty(0, np.int64))  # no pairs
_APART = 10.0  # larger than any tolerance: separates the chromosomes


def measure_sites(sites: pl.DataFrame, genome: Genome, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Measures of the window of each site (n, 2), NaN where unknown; and which windows fit on their chromosome (n,)."""
    fits = genome.fits(sites["chrom"], sites["tss"].to_numpy(), sites["strand"].to_numpy(), length)
    inside = sites.filter(fits)
    windows = genome.windows(inside["chrom"], inside["tss"].to_numpy(), inside["strand"].to_numpy(), length)
    measures = np.full((sites.height, 2), np.nan)
    measures[fits] = measure(windows)
    return measures, fits


class Matched(NamedTuple):
    """Which promoters have a window, that window, its measures; the mean of random windows; windows examined."""

    promoters: np.ndarray
    windows: Windows
    measures: np.ndarray
    random_mean: np.ndarray
    looked_at: int


def agreement(measures: np.ndarray, matched: Matched) -> dict[str, dict[str, float]]:
    """By measure, the differences between promoters (measures: (n, 2)) and their windows, and the mean of each."""
    difference = np.abs(measures - matched.measures)
    columns = {
        "mean_difference": difference.mean(axis=0),
        "greatest_difference": difference.max(axis=0),
        "mean_of_positives": measures.mean(axis=0),
        "mean_of_random_windows": matched.random_mean,
        "mean_of_negatives": matched.measures.mean(axis=0),
    }
    return {
        name: {column: round(float(values[number]), 6) for column, values in columns.items()}
        for number, name in enumerate(MEASURES)
    }


def match(
    measures: np.ndarray,
    chrom: np.ndarray,
    supply: Supply,
    genome: Genome,
    length: int,
    tolerance: float,
    report: Callable[[str], None] = lambda line: None,
) -> Matched:
    """For each promoter a window of its own, on its chromosome, within the tolerance in both measures.

    Windows are examined in random order, in growing rounds, until every promoter has one or the supply is used up.

    Parameters
    ----------
    measures, chrom
        Of the promoters: (n, 2) as `measure` returns them, and the number of each one's chromosome in the supply.
    """
    unmatched, low, growth = np.arange(len(chrom)), np.zeros(len(supply.size)), 1
    promoters, windows, found, looked_at = [unmatched[:0]], [supply.between(low, low)], [np.empty((0, 2))], 0
    random_mean = np.full(2, np.nan)
    while len(unmatched):
        high = _next_round(chrom[unmatched], low, supply, growth)
        if high is None:
            break
        drawn, drawn_measures = _measured(supply.between(low, high), supply, genome, length)
        if looked_at == 0 and len(drawn_measures):
            random_mean = drawn_measures.mean(axis=0)
        looked_at += len(drawn_measures)
        ours, theirs = nearest_pairs(
            np.column_stack([measures[unmatched], chrom[unmatched] * _APART]),
            np.column_stack([drawn_measures, drawn.chrom * _APART]),
            tolerance,
        )
        promoters.append(unmatched[ours])
        windows.append(drawn.take(theirs))
        found.append(drawn_measures[theirs])
        unmatched, low, growth = np.delete(unmatched, ours), high, growth * 2
        report(f"{len(chrom) - len(unmatched):,} of {len(chrom):,} matched, {looked_at:,} windows looked at")
    chosen = genomic_negatives.joined(windows)
    return Matched(np.concatenate(promoters), chosen, np.concatenate(found), random_mean, looked_at)


def _next_round(chrom: np.ndarray, low: np.ndarray, supply: Supply, growth: int) -> np.ndarray | None:
    """By chromosome, up to which rank windows are drawn for these promoters; None where none is left to draw."""
    unserved = np.bincount(chrom, minlength=len(low)) * (low < 1)
    wanted = growth * (_PER_TARGET * unserved + _PER_CHROMOSOME * (unserved > 0))
    if not wanted.any():
        return None
    wanted = wanted * min(1, _ROUND / wanted.sum())
    return np.minimum(low + wanted / np.maximum(supply.size, 1), 1)


def _measured(windows: Windows, supply: Supply, genome: Genome, length: int) -> tuple[Windows, np.ndarray]:
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
    """Paired rows of `targets` and `candidates`, each row in one pair: the nearest pair first, then the next nearest.

    The distance is the largest difference in any column, at most `tolerance`. At the end no unpaired target is within
    the tolerance of an unpaired candidate.
    """
    from scipy.spatial import KDTree  # half a second to import, which most tasks do not need

    reach = np.nextafter(tolerance + 1e-12, np.inf)  # scipy's bound is exclusive; 0.55 - 0.5 is a little over 0.05
    # one more column, too small to matter, so that equal points have different neighbours
    small = random_keys.unit(random_keys.bits(np.uint64(0), np.arange(max(len(targets), len(candidates)))))
    targets, candidates = (
        np.column_stack([points, small[: len(points)] * tolerance * 1e-6]) for points in (targets, candidates)
    )
    ours, theirs = np.arange(len(targets)), np.arange(len(candidates))
    pairs = [_NONE]
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
    return tuple(np.concatenate(column) for column in zip(*pairs, strict=True))


def _greedy(distance, one, other, n_one: int, n_other: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs by distance (ties at random), each row once: all pairs that are first for both rows, then again."""
    tie = random_keys.bits(one.astype(np.uint64) << np.uint64(32), other)
    order = np.lexsort((tie, distance))
    one, other = one[order], other[order]
    taken = [_NONE]
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
    return tuple(np.concatenate(column) for column in zip(*taken, strict=True))
