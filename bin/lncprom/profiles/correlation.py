"""Agreement of scores along a promoter: correlations row by row, over the bases that both sides saw."""

from __future__ import annotations

import numpy as np
import polars as pl


def ranked(matrix: np.ndarray) -> np.ndarray:
    """The rank of each absolute score within its row, equal ones sharing the mean rank; NaN where unseen.

    >>> ranked(np.array([[-3.0, 0.0, 1.0, np.nan]]))
    array([[ 3.,  1.,  2., nan]])
    """
    size = np.abs(matrix.astype(np.float64))
    unseen = np.isnan(size)
    return np.where(unseen, np.nan, _ranks(np.where(unseen, np.inf, size)))


def _ranks(rows: np.ndarray) -> np.ndarray:
    """Ranks within each row from 1, equal values sharing their mean rank."""
    return pl.from_numpy(rows.T).select(pl.all().rank()).to_numpy().T


def by_row(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Pearson's correlation of each row with the same row of the other; NaN where one of them is constant."""
    both = np.isfinite(one) & np.isfinite(other)
    count = np.maximum(both.sum(axis=1, keepdims=True), 1)
    one, other = np.where(both, one, 0.0), np.where(both, other, 0.0)
    one = np.where(both, one - one.sum(axis=1, keepdims=True) / count, 0.0)
    other = np.where(both, other - other.sum(axis=1, keepdims=True) / count, 0.0)
    spread = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    # what is left of a constant row after rounding is no spread
    least = 1e-12 * count[:, 0] * np.abs(one).max(axis=1, initial=0) * np.abs(other).max(axis=1, initial=0)
    return np.divide((one * other).sum(axis=1), spread, out=np.full(len(one), np.nan), where=spread > least)


def of_curves(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation of two mean profiles; NaN where one of them is constant or unseen."""
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < 3:
        return float("nan")
    return float(by_row(_ranks(one[both][None]), _ranks(other[both][None]))[0])


def others_mean(rows: np.ndarray) -> np.ndarray:
    """For each row the mean of all other rows, column by column, over those that have a number."""
    seen = np.isfinite(rows)
    filled = np.where(seen, rows, 0.0)
    count = seen.sum(axis=0) - seen
    return np.divide(filled.sum(axis=0) - filled, count, out=np.full_like(filled, np.nan), where=count > 0)


def mean(values: np.ndarray | list) -> np.ndarray:
    """The mean along the first axis over those that are numbers; NaN where none is."""
    values = np.asarray(values, dtype=np.float64)
    seen = np.isfinite(values)
    count, total = seen.sum(axis=0), np.where(seen, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)
