"""Tables of two by two, many at once: odds ratios with intervals, exact tests, and rates of false discovery."""

from __future__ import annotations

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


def enriched(found, of, found_there, of_there, two_sided: bool = False) -> dict[str, np.ndarray]:
    """Is something found more often here than there? Columns of the tables; NaN where a group is empty.

    Half a count is added to each cell for ratio and interval (Haldane 1956, Anscombe 1956; Woolf's interval), so that
    both stay finite; the p-value is Fisher's exact one.
    """
    a, n, c, m = np.broadcast_arrays(*(np.asarray(part, dtype=np.int64) for part in (found, of, found_there, of_there)))
    b, d = n - a, m - c
    cells = [part + 0.5 for part in (a, b, c, d)]
    log_ratio = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    reach = stats.norm.ppf(0.5 + CONFIDENCE / 2) * np.sqrt(sum(1 / cell for cell in cells))
    if two_sided:
        p = np.vectorize(lambda *cells: stats.fisher_exact(np.reshape(cells, (2, 2))).pvalue)(a, b, c, d)
    else:
        p = np.minimum(1.0, stats.hypergeom.sf(a - 1, n + m, a + c, n))
    low, high = np.exp(log_ratio - reach), np.exp(log_ratio + reach)
    parts = {"odds_ratio": np.exp(log_ratio), "ci_low": low, "ci_high": high, "p_value": p}
    return {name: np.where((n == 0) | (m == 0), np.nan, part) for name, part in parts.items()}


def false_discovery(p: np.ndarray) -> np.ndarray:
    """q-values by Benjamini and Hochberg (1995) over all p-values of the array; NaN stay out and stay NaN."""
    p = np.asarray(p, dtype=float)
    q = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = stats.false_discovery_control(p[known])
    return q
