"""Intervals and tests from leaving out one group of overlapping promoters at a time, and from the seeds of training.

Overlapping promoters are not independent, so a group is left out as a whole. A model's score is judged on a scale
without limits (atanh of MCC and correlations, R2 as it is, logit of the others), the difference of two models on its
own scale. Seeds of training add their own variance.

Sources: delete-one-group jackknife, Shao and Tu, The Jackknife and Bootstrap (1995), section 2.3; with more groups than
blocks, the delete-a-group jackknife, Kott (2001), J. Off. Stat. 17:521-526; degrees of freedom of a sum of variances,
Satterthwaite (1946), Biometrics Bull. 2:110-114.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit, stdtr, stdtrit  # scipy.stats takes a second to import

from lncprom import random_keys
from lncprom.evaluation import metrics

BLOCKS = 1000  # of groups at most; bounds the cost
FEW = 50  # below so many groups an interval is marked
FEW_GROUPS = f"fewer than {FEW} groups"
BOUND = "bound: no group changes the value"
_CELLS = 1 << 19  # blocks x samples held at once
_NOTHING = 1e-24  # a variance below this is rounding


class Interval(NamedTuple):
    """Lower and upper limit, NaN where there is none; `note`: what is special about it, else empty."""

    low: float
    high: float
    note: str


class Difference(NamedTuple):
    """One model's score minus another's: interval, standard error, degrees of freedom, two-sided p, note.

    `mdd`: the least difference that this test would find in 80 of 100 test sets, at p < 0.05. What is undefined is NaN.
    """

    value: float
    low: float
    high: float
    se: float
    df: float
    p_value: float
    mdd: float
    note: str

    @classmethod
    def by_t(cls, value: float, se: float, df: float, confidence: float, note: str) -> Difference:
        """Interval, p and least difference of Student's t-test."""
        far, least = stdtrit(df, (1 + confidence) / 2) * se, (stdtrit(df, 0.975) + stdtrit(df, 0.8)) * se
        return cls(value, value - far, value + far, se, df, 2 * stdtr(df, -abs(value) / se), least, note)


class Scores(NamedTuple):
    """A metric of one model on `groups` groups: `value` (seeds), and `without` each block of groups (seeds, blocks)."""

    value: np.ndarray
    without: np.ndarray
    groups: int
    n: int

    @property
    def undefined(self) -> bool:
        """Whether there is no interval: a single group, or one without which a class is missing."""
        return self.groups < 2 or bool(np.isnan(self.without).any())

    @property
    def note(self) -> str:
        return FEW_GROUPS if self.groups < FEW else ""


def left_out(ranked: metrics.Ranked, group: np.ndarray, seed: int, name: str) -> dict[str, np.ndarray]:
    """Each metric without each group, in the order of the groups; without each of 1,000 blocks if there are more.

    Parameters
    ----------
    group
        Number of each sample's group, 0 to groups - 1, in the order in which the samples were given.
    seed, name
        Decide which groups share a block: all models on the samples `name` get the same blocks.

    Returns
    -------
    dict of str to ndarray
        Metric -> (blocks,); NaN where it is undefined, (0,) for a single group.
    """
    group, number = blocks(group, seed, name)
    if number == 1:
        return {metric: np.empty(0) for metric in metrics.values(ranked)}
    group = group[ranked.order]
    at_once = max(1, _CELLS // len(group))
    parts: list[dict[str, np.ndarray]] = []
    for first in range(0, number, at_once):
        left = np.arange(first, min(first + at_once, number))[:, None]
        parts.append(metrics.values(ranked, (group != left).astype(np.int64)))
    return {metric: np.concatenate([part[metric] for part in parts]) for metric in parts[0]}


def blocks(group: np.ndarray, seed: int, name: str) -> tuple[np.ndarray, int]:
    """The number of each sample's block of groups, and the number of blocks: 1,000 at most, see `left_out`."""
    number = int(group.max()) + 1
    if number <= BLOCKS:
        return group, number
    return (random_keys.named(name, seed, "jackknife").permutation(number) % BLOCKS)[group], BLOCKS


def interval(metric: str, scores: Scores, confidence: float) -> Interval:
    """The interval of a model's mean over seeds; a bound where no group changes it, as for a perfect model."""
    if scores.undefined:
        return Interval(np.nan, np.nan, "")
    mean = scores.value.mean()
    # half a sample from the end of the scale, where a whole score would be infinite
    end = min(0.001, 0.5 / scores.n)
    for forth, back in _scales(metric, end):
        variance, df = _variance(forth(scores.without.mean(axis=0)), [forth(scores.value)])
        if variance > _NOTHING:
            far = stdtrit(df, (1 + confidence) / 2) * np.sqrt(variance)
            # the score itself may lie beyond the end of the scale
            low, high = min(mean, back(forth(mean) - far)), max(mean, back(forth(mean) + far))
            return Interval(*_within(metric, low, high), scores.note)
    reach = _reach(metric, mean, 1 - (1 - confidence) ** (1 / scores.groups))
    return Interval(*_within(metric, mean - reach, mean + reach), _joined(scores.note, BOUND))


def difference(metric: str, a: Scores, b: Scores, confidence: float, paired: bool = False) -> Difference:
    """The mean over seeds of `a` minus that of `b`, measured on the same samples.

    `paired`: both were trained with the same seeds, in their order, so that the variance is that of the differences
    between runs of one seed. The interval excludes 0 exactly where p is below 1 - `confidence`.
    """
    value = a.value.mean() - b.value.mean()
    if a.undefined or b.undefined:
        return Difference(value, *[np.nan] * 6, "")
    seeds = [a.value - b.value] if paired else [a.value, b.value]
    variance, df = _variance(a.without.mean(axis=0) - b.without.mean(axis=0), seeds)
    if variance > _NOTHING:
        return Difference.by_t(value, np.sqrt(variance), df, confidence, a.note)
    means = (a.value.mean(), b.value.mean())
    reach = max(_reach(metric, mean, 1 - (1 - confidence) ** (1 / a.groups)) for mean in means)
    p_value = max((1 - _share_for(metric, mean, abs(value))) ** a.groups for mean in means)
    return Difference(value, value - reach, value + reach, 0.0, np.nan, p_value, reach, _joined(a.note, BOUND))


def _scales(metric: str, end: float):
    """Pairs of functions to a scale without limits and back, and to the metric's own, for scores at its ends."""
    if metric == "rms_calibration_error":
        yield (lambda value: value * np.abs(value), lambda value: np.sqrt(np.maximum(value, 0)))
    elif metric.startswith(("mcc", "spearman", "pearson")):
        yield (lambda value: np.arctanh(np.clip(value, end - 1, 1 - end)), np.tanh)
    elif not metric.startswith("r2"):
        yield (lambda value: logit(np.clip(value, end, 1 - end)), expit)
    yield (np.asarray, np.asarray)


def _variance(without: np.ndarray, models: Sequence[np.ndarray]) -> tuple[float, float]:
    """Variance of a value over groups and over the seeds of each model, and its degrees of freedom (Satterthwaite)."""
    blocks = len(without)
    parts = [((blocks - 1) / blocks * ((without - without.mean()) ** 2).sum(), blocks - 1)]
    parts += [(values.var(ddof=1) / len(values), len(values) - 1) for values in models if len(values) > 1]
    total = sum(variance for variance, _ in parts)
    return total, total**2 / sum(variance**2 / df for variance, df in parts) if total > _NOTHING else np.nan


def _reach(metric: str, value: float, share: float) -> float:
    """How far a metric can move if this share of the groups were predicted otherwise, where classes are balanced.

    Each wrong call costs accuracy one sample, MCC and the areas up to two. A model that predicts one class for every
    sample has an MCC of 0; a share of right calls of the other class gives it the root of share / (1 - share).

    If none of n groups is an exception, the share of exceptions is at most 1 - (1 - confidence)^(1/n): Hanley and
    Lippman-Hand (1983), JAMA 249:1743-1745.
    """
    if metric == "mcc" and value == 0:
        return float(np.sqrt(share / (1 - share)))
    return _CALLS.get(metric, 1) * share


def _share_for(metric: str, value: float, reach: float) -> float:
    """The share of groups that moves a metric so far: the inverse of `_reach`."""
    share = reach**2 / (1 + reach**2) if metric == "mcc" and value == 0 else reach / _CALLS.get(metric, 1)
    return min(1.0, share)


# at a prevalence a few wrong calls of the larger class may change everything
_CALLS = {"mcc": 2, "auroc": 2, "auprc": 2}
_CALLS |= dict.fromkeys(("mcc_at_prevalence", "precision_at_prevalence", "auprc_at_prevalence"), np.inf)


def _within(metric: str, low: float, high: float) -> tuple[float, float]:
    return max(metrics.lowest(metric), float(low)), min(1.0, float(high))


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
