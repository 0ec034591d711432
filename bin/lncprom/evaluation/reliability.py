"""Of the samples predicted with a probability of 0.8, are 80% positive? The bins of a reliability curve."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.special import stdtrit

from lncprom.evaluation import group_means, metrics


def bins(ranked: metrics.Ranked, group: np.ndarray, confidence: float) -> Iterator[tuple]:
    """Number of each bin, from the lowest probabilities on; mean predicted, observed, its limits; samples, groups.

    Parameters
    ----------
    group
        (samples,) group of each sample, in the order in which the samples were given.
    """
    ends = np.append(0, ranked.last[ranked.bins[1:] - 1] + 1)[::-1]
    for number, (end, start) in enumerate(pairwise(ends), start=1):
        positive, of = ranked.positive[start:end], group[ranked.order[start:end]]
        low, high, groups = observed(positive, of, confidence)
        predicted = float(ranked.probability[start:end].mean())
        yield number, predicted, float(positive.mean()), low, high, len(positive), groups


def observed(positive: np.ndarray, group: np.ndarray, confidence: float) -> tuple[float, float, int]:
    """Limits of a fraction of samples that come in groups, and the number of groups.

    Wilson's interval for as many independent samples as have the fraction's standard error over groups; the number of
    groups where all samples are of one class.

    Source: Wilson (1927), J. Am. Stat. Assoc. 22:209-212; effective sample size as in Korn and Graubard (1998), Survey
    Methodology 24:193-201.
    """
    share = positive.mean()
    error, groups = group_means.error(positive, group)
    n = share * (1 - share) / error**2 if error > 0 else groups
    t = stdtrit(max(groups - 1, 1), (1 + confidence) / 2)
    centre, scale = share + t**2 / (2 * n), 1 + t**2 / n
    reach = t * np.sqrt(share * (1 - share) / n + t**2 / (4 * n**2))
    low, high = (centre - reach) / scale, (centre + reach) / scale
    # of a fraction of 0 or 1 the limit is that fraction, from which rounding may depart
    return float(np.clip(low, 0, share)), float(np.clip(high, share, 1)), groups
