"""In which order promoters stand in a heat map, and how scores are thinned for a picture."""

from __future__ import annotations

import numpy as np
from scipy.cluster import hierarchy

from lncprom import random_keys

CLUSTERED = 2000  # promoters of a class at most: distances grow with the square
_BIN = 10  # bases that a cluster looks at together: a motif a few bases away is the same motif


def by_score(matrix: np.ndarray, position: np.ndarray, tss_known: bool) -> tuple[np.ndarray, np.ndarray]:
    """The sum of scores upstream of the TSS (everywhere if unknown) and the rows from the highest sum down."""
    columns = position < 0 if tss_known else np.ones(len(position), bool)
    total = np.nansum(matrix[:, columns].astype(np.float64), axis=1)
    return total, np.argsort(-total, kind="stable")


def by_cluster(matrix: np.ndarray, position: np.ndarray, tss_known: bool) -> np.ndarray:
    """Rows in the order of the leaves of Ward's tree over profiles upstream of the TSS, binned and scaled to unit sum.

    At most `CLUSTERED` rows can be given.
    """
    if len(matrix) < 3:
        return np.arange(len(matrix))
    columns = position < 0 if tss_known else np.ones(len(position), bool)
    near = np.nan_to_num(matrix[:, columns].astype(np.float64))
    whole = near[:, near.shape[1] % _BIN :] if near.shape[1] >= _BIN else near
    if whole.shape[1] >= _BIN:
        whole = whole.reshape(len(whole), -1, _BIN).mean(axis=2)
    size = np.abs(whole).sum(axis=1, keepdims=True)
    scaled = np.divide(whole, size, out=np.zeros_like(whole), where=size > 0)
    return hierarchy.leaves_list(hierarchy.linkage(scaled, method="ward"))


def drawn(samples: list[str], limit: int, seed: int) -> np.ndarray:
    """Rows of at most `limit` samples, ascending; which ones depends on their names and the seed alone."""
    if len(samples) <= limit:
        return np.arange(len(samples))
    return np.sort(np.argsort(random_keys.keys(samples, seed, "heat map"), kind="stable")[:limit])


def thin(matrix: np.ndarray, limit: int, axis: int) -> np.ndarray:
    """At most `limit` rows (axis 0) or columns (1): the mean of neighbours that were seen, NaN where none was."""
    size = matrix.shape[axis]
    if size <= limit:
        return matrix
    edges = np.linspace(0, size, limit + 1).round().astype(int)[:-1]
    seen = np.add.reduceat(np.isfinite(matrix).astype(np.float64), edges, axis=axis)
    total = np.add.reduceat(np.nan_to_num(matrix.astype(np.float64)), edges, axis=axis)
    return np.divide(total, seen, out=np.full_like(total, np.nan), where=seen > 0)


def block(matrix: np.ndarray) -> float:
    """How many neighbouring bases share one score, on average: 1 for a score a base, about 6 for tokens of 6.

    Zeros do not count: a base that has no say is in no token.
    """
    one, two = matrix[:, :-1], matrix[:, 1:]
    both = np.isfinite(one) & np.isfinite(two) & ((one != 0) | (two != 0))
    rows = int(both.any(axis=1).sum())
    runs = int((both & (one != two)).sum()) + rows
    return float((both.sum() + rows) / runs) if runs else 1.0
