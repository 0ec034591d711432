"""Intervals that overlap, on many chromosomes at once."""

from __future__ import annotations

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
