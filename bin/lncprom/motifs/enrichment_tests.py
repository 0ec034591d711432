"""Tables of two by two, many at once: odds ratios with intervals, exact tests, and rates of false discovery.

Overlapping promoters are not independent: `over_groups` and `higher` widen intervals and weaken p-values where samples
of one group agree.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from lncprom.evaluation import group_means

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


def over_groups(odds: dict[str, float], found: np.ndarray, first: np.ndarray, group: np.ndarray) -> dict[str, float]:
    """One table of `enriched`, two-sided, with the interval and p-value that groups of samples allow.

    Parameters
    ----------
    odds
        The columns of `enriched`.
    found, first
        Of each sample, whether it is found in it, and whether it is of the first class: bool (n,).
    """
    if np.isnan(odds["odds_ratio"]):
        return odds
    influence = np.zeros(len(found))  # on the log odds ratio
    for mine, sign in ((first, 1), (~first, -1)):
        share = (found[mine].sum() + 0.5) / (mine.sum() + 1)
        influence[mine] = sign * (found[mine] - share) / (share * (1 - share) * mine.mean())
    wider = _wider(influence, group)
    middle = odds["odds_ratio"]
    limits = {name: middle * (odds[name] / middle) ** wider for name in ("ci_low", "ci_high")}
    return odds | limits | {"p_value": float(2 * stats.norm.sf(stats.norm.isf(odds["p_value"] / 2) / wider))}


def higher(inside: np.ndarray, outside: np.ndarray, groups: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    """Probability that a number inside is above one outside, ties half, and Mann-Whitney's p that it is above a half.

    `groups`: of the numbers inside, and of those outside. The p-value is one-sided, and allows for groups.
    """
    test = stats.mannwhitneyu(inside, outside, alternative="greater", method="asymptotic")
    below, above = (
        (np.searchsorted(other, mine, "left") + np.searchsorted(other, mine, "right")) / 2 / len(other)
        for mine, other in ((inside, np.sort(outside)), (outside, np.sort(inside)))
    )
    superiority = float(test.statistic / (len(inside) * len(outside)))
    influence = [(below - superiority) / len(inside), (1 - superiority - above) / len(outside)]
    wider = _wider(np.concatenate(influence), np.concatenate(groups))
    return superiority, float(stats.norm.sf(stats.norm.isf(test.pvalue) / wider))


def _wider(influence: np.ndarray, group: np.ndarray) -> float:
    """By how much a standard error grows if whole groups are resampled, at least 1 (root of Kish's design effect).

    `influence`: of each sample on what is estimated.

    Source: Kish, Survey Sampling (1965); for ranks, Obuchowski (1997), Biometrics 53:567.
    """
    alone, together = (group_means.error(influence, of)[0] for of in (np.arange(len(influence)), group))
    return max(1.0, together / alone) if alone > 0 else 1.0


def false_discovery(p: np.ndarray) -> np.ndarray:
    """q-values by Benjamini and Hochberg (1995) over all p-values of the array; NaN stay out and stay NaN."""
    p = np.asarray(p, dtype=float)
    q = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = stats.false_discovery_control(p[known])
    return q
