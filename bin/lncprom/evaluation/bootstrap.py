"""Bootstrap intervals that draw groups of overlapping promoters, which are not independent, and seeds of training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lncprom import random_keys
from lncprom.evaluation import metrics

_CELLS = 1 << 19  # replicates x samples held at once

# Each metric's value in every replicate; no values where nothing can be resampled
Replicates = dict[str, np.ndarray]


def replicates(ranked: metrics.Ranked, group: np.ndarray, number: int, seed: int, name: str) -> Replicates:
    """Each metric in `number` replicates, in which groups are drawn with replacement.

    Parameters
    ----------
    group
        Number of each sample's group, 0 to groups - 1, in the order in which the samples were given.
    name
        What is resampled, e.g. data set and fold. With the seed it decides all draws: two models measured on the
        same samples get the same replicates.

    Returns
    -------
    Replicates
        NaN where a metric is undefined in a replicate (AUROC without positives); empty if there is one group only.

    Source: cluster bootstrap, Davison and Hinkley, Bootstrap Methods and their Application (1997), section 3.8.
    """
    groups = int(group.max()) + 1
    if groups < 2:
        number = 0
    draw = random_keys.named(name, seed, "bootstrap")
    group = group[ranked.order]
    found = {metric: np.empty(number) for metric in metrics.NAMES}
    at_once = max(1, _CELLS // max(len(group), groups))
    for first in range(0, number, at_once):
        rows = min(at_once, number - first)
        # one call per replicate: how many are held at once does not change the draws
        counts = np.stack([np.bincount(draw.integers(groups, size=groups), minlength=groups) for _ in range(rows)])
        for metric, value in metrics.values(ranked, counts[:, group]).items():
            found[metric][first : first + rows] = value
    return found


def over_seeds(metric: str, runs: Sequence[np.ndarray], seed: int, name: str) -> np.ndarray:
    """One metric's mean over seeds in every replicate, in which the seeds are drawn with replacement too.

    n seeds drawn from n have only (n - 1) / n of the variance between seeds, much too little for two or three. Each
    draw's distance from the mean of all seeds is therefore multiplied by the root of n / (n - 1). With one seed
    the replicates are those given.

    Parameters
    ----------
    runs
        The metric in every replicate, one array per seed of training, all with the same draws of groups.
    name
        Separates these draws of seeds from others, e.g. data set, fold and model.
    """
    values = np.stack(runs)
    number = len(values)
    over_all = values.mean(axis=0)
    if number == 1:
        return over_all
    draw = random_keys.named(name, seed, "bootstrap of seeds")
    drawn = draw.integers(number, size=(values.shape[1], number))
    mean = np.take_along_axis(values, drawn.T, axis=0).mean(axis=0)
    stretched = over_all + np.sqrt(number / (number - 1)) * (mean - over_all)
    return np.clip(stretched, metrics.LOWEST[metric], 1)


def middle(value: np.ndarray, confidence: float) -> tuple[float, float]:
    """Bounds of the middle `confidence` of the replicates in which the metric is defined; NaN where there are none."""
    value = value[~np.isnan(value)]
    if not len(value):
        return np.nan, np.nan
    tail = (1 - confidence) / 2
    low, high = np.quantile(value, [tail, 1 - tail])
    return float(low), float(high)
