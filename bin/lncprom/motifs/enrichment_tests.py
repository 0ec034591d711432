"""Tables of two by two, many at once: odds ratios with intervals, exact tests, and rates of false discovery."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


class Odds(NamedTuple):
    """Odds ratios with their 95% interval and the p-value of Fisher's exact test; NaN where a group is empty."""

    ratio: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray

    def row(self, at: int | tuple = ()) -> dict[str, float]:
        """One of them, by the columns of the tables."""
        names = ("odds_ratio", "ci_low", "ci_high", "p_value")
        return {name: float(part[at]) for name, part in zip(names, self, strict=True)}


def enriched(found, of, found_there, of_there, two_sided: bool = False) -> Odds:
    """Is something found more often here than there?

    Half a count is added to each cell for ratio and interval (Haldane 1956, Anscombe 1956; Woolf's interval), so that
    both stay finite; the p-value is exact.
    """
    a, n, c, m = np.broadcast_arrays(*(np.asarray(part, dtype=np.int64) for part in (found, of, found_there, of_there)))
    b, d = n - a, m - c
    cells = [part + 0.5 for part in (a, b, c, d)]
    log_ratio = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    reach = stats.norm.ppf(0.5 + CONFIDENCE / 2) * np.sqrt(sum(1 / cell for cell in cells))
    if two_sided:
        tables = zip(*(part.ravel().tolist() for part in (a, b, c, d)), strict=True)
        p = np.array([stats.fisher_exact([[w, x], [y, z]]).pvalue for w, x, y, z in tables]).reshape(a.shape)
    else:
        p = np.minimum(1.0, stats.hypergeom.sf(a - 1, n + m, a + c, n))
    empty = (n == 0) | (m == 0)
    parts = (np.exp(log_ratio), np.exp(log_ratio - reach), np.exp(log_ratio + reach), p)
    return Odds(*(np.where(empty, np.nan, part) for part in parts))


def false_discovery(p: np.ndarray) -> np.ndarray:
    """q-values by Benjamini and Hochberg (1995) over all p-values of the array; NaN stay out and stay NaN."""
    p = np.asarray(p, dtype=float)
    q = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = stats.false_discovery_control(p[known])
    return q
