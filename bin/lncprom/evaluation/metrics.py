"""How well probabilities separate two classes, and what they mean: metrics and two curves, in every special case.

| metric   | where it is undefined |
|----------|-----------------------|
| accuracy, brier and its terms | never |
| f1       | no sample is positive or predicted positive: 0 |
| mcc      | one class only, or one predicted class only: 0 |
| auroc    | one class only: NaN |
| auprc    | one class only: NaN (scikit-learn: 0 or 1) |
| at a prevalence | one class only: NaN; precision where no sample is predicted positive: 0 |
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_LOWEST = {"mcc": -1, "mcc_at_prevalence": -1, "spearman": -1, "pearson": -1, "r2": -np.inf}
THRESHOLD = 0.5  # from this probability on a sample is predicted positive, where classes are balanced
BALANCED = 0.4  # fraction of the smaller class from which on they are
BINS, SMALLEST = 15, 10  # bins of predicted probabilities at most, samples in each at least
POINTS = 200  # of a curve at most


class Ranked(NamedTuple):
    """Samples from the highest probability down; `last`: indices at which runs of equal probabilities end.

    `prevalence`: the fraction of positives for which metrics are asked, besides that of the samples.
    """

    positive: np.ndarray
    called: np.ndarray
    probability: np.ndarray
    last: np.ndarray
    order: np.ndarray
    prevalence: float | None

    @classmethod
    def of(
        cls, label: np.ndarray, probability: np.ndarray, threshold: float = THRESHOLD, prevalence: float | None = None
    ) -> Ranked:
        order = np.argsort(-probability, kind="stable")
        sorted_ = probability[order]
        last = np.flatnonzero(np.append(np.diff(sorted_) != 0, True))
        return cls(label[order] == 1, sorted_ >= threshold, sorted_, last, order, prevalence)

    @property
    def bins(self) -> np.ndarray:
        """Ends of bins with about equally many samples, in runs, 0 first; equal probabilities share a bin."""
        n = len(self.order)
        ends = np.arange(1, (number := max(1, min(BINS, n // SMALLEST))) + 1) * n / number
        return np.append(0, np.unique(np.searchsorted(self.last, np.ceil(ends) - 1)) + 1)


def lowest(metric: str) -> float:
    """The smallest value that a metric can have, also of one within a biotype; the largest is 1."""
    return _LOWEST.get(metric.partition(":")[0], 0)


def values(ranked: Ranked, weights: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Accuracy, F1, MCC, AUROC, AUPRC, Brier score and its terms, and those at a prevalence, once per row of weights.

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
        brier = (weights * (ranked.probability - positive) ** 2).sum(axis=1) / total
    one_class = (positives == 0) | (negatives == 0)
    found = {
        "accuracy": accuracy,
        "f1": np.where(2 * tp + fp + fn == 0, 0.0, f1),
        "mcc": mcc(tp, fp, positives, negatives),
        "auroc": np.where(one_class, np.nan, auroc),
        "auprc": np.where(one_class, np.nan, auprc),
        "brier": brier,
    }
    found |= _terms(ranked, weights, true[:, ranked.bins], false[:, ranked.bins])
    return found if ranked.prevalence is None else found | _at(ranked.prevalence, true, false, cut)


def _terms(ranked: Ranked, weights: np.ndarray, true: np.ndarray, false: np.ndarray) -> dict[str, np.ndarray]:
    """The terms of the Brier score, from bins of predicted probabilities; true and false at their ends.

    Calibration error squared - resolution + uncertainty is the Brier score but for differences within bins. All are
    free of the bias by which noise looks like a lack of calibration. So the squared error of a good model may be
    below 0; it is returned as the root of its size with its sign.

    Source: Ferro and Fricker (2012), Q. J. R. Meteorol. Soc. 138:1954-1960; Kumar, Liang and Ma (2019), NeurIPS 32.
    """
    starts = np.append(0, ranked.last[ranked.bins[1:-1] - 1] + 1)
    predicted = np.add.reduceat(weights * ranked.probability, starts, axis=1)
    positives, number = np.diff(true), np.diff(true) + np.diff(false)
    total, base = number.sum(axis=1), (positives.sum(axis=1) / number.sum(axis=1))[:, None]
    observed, mean = positives / np.maximum(number, 1), predicted / np.maximum(number, 1)
    noise = observed * (1 - observed) / np.maximum(number - 1, 1)
    uncertainty = (base * (1 - base))[:, 0]
    error, resolution = ((number * ((observed - other) ** 2 - noise)).sum(axis=1) / total for other in (mean, base))
    of_all = uncertainty / np.maximum(total - 1, 1)
    return {
        "rms_calibration_error": np.sign(error) * np.sqrt(np.abs(error)),
        "brier_resolution": resolution + of_all,
        "brier_uncertainty": uncertainty + of_all,
    }


def _at(prevalence: float, true: np.ndarray, false: np.ndarray, cut: int) -> dict[str, np.ndarray]:
    """What the rates of true and false positives amount to where this fraction of samples is positive."""
    with np.errstate(invalid="ignore", divide="ignore"):
        tp = prevalence * true / true[:, -1:]
        fp = (1 - prevalence) * false / false[:, -1:]
        precision = np.where(tp + fp == 0, 0.0, tp / (tp + fp))
    return {
        "mcc_at_prevalence": mcc(tp[:, cut], fp[:, cut], prevalence, 1 - prevalence),
        "precision_at_prevalence": precision[:, cut],
        "auprc_at_prevalence": (np.diff(tp) * precision[:, 1:]).sum(axis=1) / prevalence,
    }


def unbalanced(label: np.ndarray) -> bool:
    """Whether there are two classes, one of them with less than 40% of the samples."""
    positives = int(label.sum())
    return 0 < min(positives, len(label) - positives) < BALANCED * len(label)


def threshold(label: np.ndarray, probability: np.ndarray) -> float:
    """The probability with the best MCC where classes are unbalanced, halfway to the next lower one; else 0.5."""
    if not unbalanced(label):
        return THRESHOLD
    ranked = Ranked.of(label, probability)
    true, false = (_cumulated(kind[None], ranked.last)[0] for kind in (ranked.positive, ~ranked.positive))
    best = int(mcc(true, false, true[-1], false[-1]).argmax())
    return float(ranked.probability[ranked.last[best - 1 : best + 1]].mean()) if best else THRESHOLD


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
