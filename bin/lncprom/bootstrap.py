"""Intervals by resampling groups: overlapping promoters are no independent witnesses."""

from __future__ import annotations

import numpy as np

from lncprom import chance, metrics

_CELLS = 1 << 19  # replicates x samples held at once


def intervals(
    ranked: metrics.Ranked, group: np.ndarray, replicates: int, confidence: float, seed: int, name: str
) -> dict[str, tuple[float, float]]:
    """The middle `confidence` of each metric over replicates, in which groups are drawn with replacement.

    Parameters
    ----------
    group
        A number a sample, 0 to groups - 1, in the order that the samples were given in.
    name
        What is resampled, e.g. data set and fold. With the seed it decides all draws: two models measured on the
        same samples see the same replicates.

    Where a metric is undefined in a replicate (AUROC without positives), the replicate does not count for it. NaN
    where none counts, and where there is but one group: a single witness says nothing about the spread.
    """
    groups = int(group.max()) + 1
    if groups < 2 or not replicates:
        return dict.fromkeys(metrics.NAMES, (np.nan, np.nan))
    draw = np.random.default_rng(int(chance.keys([name], seed, "bootstrap")[0]))
    group = group[ranked.order]
    found = {metric: np.empty(replicates) for metric in metrics.NAMES}
    at_once = max(1, _CELLS // max(len(group), groups))
    for first in range(0, replicates, at_once):
        rows = min(at_once, replicates - first)
        # one call per replicate: how many are held at once does not change the draws
        counts = np.stack([np.bincount(draw.integers(groups, size=groups), minlength=groups) for _ in range(rows)])
        for metric, value in metrics.values(ranked, counts[:, group]).items():
            found[metric][first : first + rows] = value
    tail = (1 - confidence) / 2
    return {metric: _middle(value[~np.isnan(value)], tail) for metric, value in found.items()}


def _middle(value: np.ndarray, tail: float) -> tuple[float, float]:
    if not len(value):
        return np.nan, np.nan
    low, high = np.quantile(value, [tail, 1 - tail])
    return float(low), float(high)
