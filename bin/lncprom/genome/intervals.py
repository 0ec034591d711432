"""Intervals that overlap, on many chromosomes at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Clusters(NamedTuple):
    """The cluster of each interval, and the extent of each cluster; sorted by chromosome and start."""

    of: np.ndarray
    chrom: np.ndarray
    start: np.ndarray
    end: np.ndarray


def clusters(chrom: np.ndarray, start: np.ndarray, end: np.ndarray) -> Clusters:
    """Clusters of overlapping intervals; 0-based, half-open: intervals that only touch do not overlap.

    Parameters
    ----------
    chrom
        Number of the chromosome, from 0.

    >>> clusters(np.zeros(3, int), np.array([0, 5, 12]), np.array([6, 12, 20])).of
    array([0, 0, 1])
    """
    if not len(start):
        none = np.empty(0, np.int64)
        return Clusters(none, none, none, none)
    lowest = int(start.min())
    # all chromosomes on one line, with gaps between them
    line = chrom.astype(np.int64) * (int(end.max()) - lowest + 1) - lowest
    order = np.argsort(line + start, kind="stable")
    first, last = (line + start)[order], np.maximum.accumulate((line + end)[order])
    opens = np.r_[True, first[1:] >= last[:-1]]
    of = np.empty(len(order), np.int64)
    of[order] = np.cumsum(opens) - 1
    begins = np.flatnonzero(opens)
    ends = np.r_[begins[1:], len(order)] - 1
    head = order[begins]
    return Clusters(of, chrom[head], start[head], last[ends] - line[head])


def overlaps(own: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> np.ndarray:
    """How many of `others` each of `own` overlaps; both are chromosome number, start and end, 0-based, half-open.

    >>> overlaps(([0, 0], [0, 6], [5, 9]), ([0, 0, 1], [4, 5, 0], [5, 8, 9]))
    array([1, 1])
    """
    own, others = ([np.asarray(part, np.int64) for part in places] for places in (own, others))
    highest = max((part.max(initial=0) for part in (own[2], others[2])), default=0) + 1
    first, last = (own[0] * highest + part for part in own[1:])
    starts, ends = (np.sort(others[0] * highest + part) for part in others[1:])
    return np.searchsorted(starts, last, "left") - np.searchsorted(ends, first, "right")
