"""How well probabilities separate two classes: six metrics and two curves, each defined in every special case.

| metric   | where it is undefined |
|----------|-----------------------|
| accuracy, brier | never |
| f1       | no sample is positive or predicted positive: 0 |
| mcc      | one class only, or one predicted class only: 0 |
| auroc    | one class only: NaN |
| auprc    | one class only: NaN (scikit-learn: 0 or 1) |
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

NAMES = ("accuracy", "f1", "mcc", "auroc", "auprc", "brier")
LOWEST = dict.fromkeys(NAMES, 0) | {"mcc": -1}  # smallest value of a metric; the largest is 1
THRESHOLD = 0.5  # from this probability on a sample is predicted positive
POINTS = 200  # of a curve at most


class Ranked(NamedTuple):
    """Samples from the highest probability down; `last`: indices at which runs of equal probabilities end."""

    positive: np.ndarray
    called: np.ndarray
    error: np.ndarray
    last: np.ndarray
    order: np.ndarray

    @classmethod
    def of(cls, label: np.ndarray, probability: np.ndarray) -> Ranked:
        order = np.argsort(-probability, kind="stable")
        sorted_ = probability[order]
        last = np.flatnonzero(np.append(np.diff(sorted_) != 0, True))
        positive = label[order] == 1
        return cls(positive, sorted_ >= THRESHOLD, (sorted_ - positive) ** 2, last, order)


def values(ranked: Ranked, weights: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Accuracy, F1, MCC, AUROC, AUPRC and Brier score, once per row of weights.

    Parameters
    ----------
    weights
        (rows, samples in ranked order) whole numbers, how often each sample counts; None: each once.

    Source: AUROC as the Mann-Whitney statistic, Hanley and McNeil (1982), Radiology 143:29-36; AUPRC as average
    precision, without interpolation.
    """
    if weights is None:
        weights = np.ones((1, len(ranked.order)), np.int64)
    positive, called = ranked.positive, ranked.called
    # cumulated from the top of the ranking: 0 at first, then after each run of equal probabilities
    true = _cumulated(weights * positive, ranked.last)
    false = _cumulated(weights * ~positive, ranked.last)
    positives, negatives = true[:, -1], false[:, -1]
    cut = np.searchsorted(ranked.last, np.count_nonzero(called) - 1, side="left") + 1 if called.any() else 0
    tp, fp = true[:, cut], false[:, cut]
    fn, tn = positives - tp, negatives - fp
    total = positives + negatives
    with np.errstate(invalid="ignore", divide="ignore"):
        area = ((false[:, 1:] - false[:, :-1]) * (true[:, 1:] + true[:, :-1])).sum(axis=1) / 2
        auroc = area / (positives * negatives)
        precision = true[:, 1:] / np.maximum(true[:, 1:] + false[:, 1:], 1)
        auprc = ((true[:, 1:] - true[:, :-1]) * precision).sum(axis=1) / positives
        f1 = 2 * tp / (2 * tp + fp + fn)
        accuracy = (tp + tn) / total
        brier = (weights * ranked.error).sum(axis=1) / total
    one_class = (positives == 0) | (negatives == 0)
    return {
        "accuracy": accuracy,
        "f1": np.where(2 * tp + fp + fn == 0, 0.0, f1),
        "mcc": mcc(tp, fp, positives, negatives),
        "auroc": np.where(one_class, np.nan, auroc),
        "auprc": np.where(one_class, np.nan, auprc),
        "brier": brier,
    }


def mcc(tp: np.ndarray, fp: np.ndarray, positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """Matthews correlation of true and false positives among so many positives and negatives.

    Source: Matthews (1975), Biochim. Biophys. Acta 405:442-451.
    """
    fn, tn = positives - tp, negatives - fp
    # one root, of a product rounded once: that of a perfect prediction is exact, and its MCC 1
    scale = np.sqrt(((tp + fp) * positives).astype(np.float64) * (negatives * (tn + fn)))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(scale == 0, 0.0, (tp * tn - fp * fn) / scale)


def curves(ranked: Ranked) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """`roc`: false and true positive rate; `pr`: recall and precision; no curves where a class is missing.

    Of more than `POINTS` points, evenly spaced ones are kept, the first and the last among them.
    """
    true, false = (_cumulated(kind[None], ranked.last)[0] for kind in (ranked.positive, ~ranked.positive))
    if not true[-1] or not false[-1]:
        return {}
    keep = np.unique(np.linspace(0, len(true) - 1, min(POINTS, len(true))).round().astype(int))
    keep_from_one = np.unique(np.linspace(1, len(true) - 1, min(POINTS, len(true) - 1)).round().astype(int))
    recall, called = true[keep_from_one] / true[-1], true[keep_from_one] + false[keep_from_one]
    return {"roc": (false[keep] / false[-1], true[keep] / true[-1]), "pr": (recall, true[keep_from_one] / called)}


def _cumulated(weights: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Sums of each row up to and including each of `last`, after a column of zeros."""
    sums = np.zeros((len(weights), len(last) + 1))
    sums[:, 1:] = weights.cumsum(axis=1)[:, last]
    return sums
