"""Logistic regression on features of k-mers: the study's baseline, fitted to the minimum, so without any chance.

Of a data set with targets it is a ridge regression, whose score is a target on its scale (`datasets.targets.Scale`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import expit

from lncprom.baseline import newton
from lncprom.baseline.feature_set import FeatureSet, Matrix
from lncprom.baseline.gapped_kmers import GappedKmers
from lncprom.baseline.kmer_tfidf import Vocabulary
from lncprom.baseline.position_ladder import PositionLadder
from lncprom.datasets.targets import Scale
from lncprom.errors import InputError

FILE = "model.json"
FEATURE_SETS: dict[str, type[FeatureSet]] = {made.kind: made for made in (Vocabulary, PositionLadder, GappedKmers)}
_FORMAT = "lncprom logistic regression 1"
_AT_ONCE = 20_000_000  # letters


@dataclass(frozen=True)
class LogisticRegression:
    """A feature set with one weight for each feature, and the inverse penalty c they were fitted with.

    `lengths`: bases of the shortest and of the longest training sequence, where known. `mean`: the mean contribution
    over the training sequences (FeatureSet.mean_contributions), where known. `scale`: of the targets of a regression.
    `by_tissue`: of a regression of all tissues a row for each, its weights and then its intercept.
    """

    feature_set: FeatureSet
    weights: np.ndarray
    intercept: float
    c: float
    lengths: tuple[int, int] | None = None
    mean: np.ndarray | None = None
    scale: Scale | None = None
    by_tissue: np.ndarray | None = None

    def logit(self, sequences: Sequence[str]) -> np.ndarray:
        """The logit of the positive class, or the score of a regression, for each sequence of A, C, G, T, N."""
        found = [np.empty(0)]
        longest = max(map(len, sequences), default=0)
        step = max(1, _AT_ONCE // max(longest, 1))
        for first in range(0, len(sequences), step):
            features = self.feature_set.features(sequences[first : first + step])
            found.append(features.times(self.weights) + self.intercept)
        return np.concatenate(found)

    def scores(self, sequences: Sequence[str]) -> np.ndarray:
        """(sequences,): `logit`; of a regression of all tissues (sequences, outputs), with each tissue's after it."""
        if self.by_tissue is None:
            return self.logit(sequences)
        of = (replace(self, weights=row[:-1], intercept=row[-1]) for row in self.by_tissue)
        return np.column_stack([self.logit(sequences), *(model.logit(sequences) for model in of)])

    def window_logits(self, letters: np.ndarray, starts: range, length: int) -> np.ndarray:
        """As `logit`, of windows of a long sequence (FeatureSet.window_scores)."""
        return self.feature_set.window_scores(letters, starts, length, self.weights) + self.intercept

    def predict_probability(self, sequences: Sequence[str]) -> np.ndarray:
        """The logistic function of `scores`: the probability that each sequence is of the positive class."""
        return expit(self.scores(sequences))

    def centred(self, sequences: Sequence[str]) -> LogisticRegression:
        """The model with the mean contribution over these sequences."""
        return replace(self, mean=self.feature_set.mean_contributions(sequences, self.weights))

    def contributions(self, text: str) -> np.ndarray:
        """(bases,): what each base adds to the logit, beyond the mean over the training sequences; NaN if not seen.

        They add up to the logit minus `base_value`. Source: linear SHAP, Lundberg and Lee (2017): weight * (x - mean).
        """
        return self.feature_set.contributions(text, self.weights) - self.feature_set.spread(self.mean, len(text))

    def base_value(self, bases: int) -> float:
        """The intercept and the mean contribution: the mean logit of the training sequences, if of so many bases."""
        return self.intercept + float(np.nansum(self.feature_set.spread(self.mean, bases)))

    def save(self, path: Path) -> None:
        """JSON, every number as exact as it was fitted."""
        content = {"format": _FORMAT, "c": self.c, "intercept": self.intercept, "train_lengths": self.lengths}
        if self.feature_set.kind != Vocabulary.kind:
            content["features"] = self.feature_set.kind
        content |= self.feature_set.record() | {"weights": self.weights.tolist()}
        if self.scale is not None:
            content["target"] = self.scale.record()
        if self.by_tissue is not None:
            content["by_tissue"] = self.by_tissue.tolist()
        if self.mean is not None:
            content["train_mean_contribution"] = self.mean.tolist()
        path.write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, folder: Path) -> LogisticRegression:
        path = Path(folder) / FILE
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != _FORMAT:
                raise ValueError(f"its format is {content['format']!r}, not {_FORMAT!r}")
            feature_set = FEATURE_SETS[content.get("features", Vocabulary.kind)].of_record(content)
            weights, mean = np.array(content["weights"], np.float64), content.get("train_mean_contribution")
            mean = None if mean is None else np.array(mean, np.float64)
            if len(weights) != len(feature_set.names) or (mean is not None and mean.shape != feature_set.mean_shape):
                raise ValueError("its lists differ in length")
            scale, lengths = content.get("target"), content.get("train_lengths")
            scale = None if scale is None else Scale.of_record(scale)
            by_tissue = np.array(content["by_tissue"]) if "by_tissue" in content else None
            return cls(feature_set, weights, content["intercept"], content["c"], lengths, mean, scale, by_tissue)
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise InputError(f"{path}: no model that can be loaded ({fault}); train it again") from None


def fit(
    candidates: Iterable[tuple[FeatureSet, Matrix]],
    sequences: Sequence[str],
    answer: np.ndarray,
    grid: Sequence[float],
    scale: Scale | None = None,
) -> Iterator[tuple[LogisticRegression, newton.Fit]]:
    """A model for each candidate, given with its features of the sequences, and each c of the grid.

    `answer`: labels, or targets on their `scale`.
    """
    lengths = [len(sequence) for sequence in sequences]
    for feature_set, features in candidates:
        for c, found in newton.fit_path(features, answer, grid):
            shortest_and_longest = (min(lengths), max(lengths))
            yield (
                LogisticRegression(feature_set, found.weights, found.intercept, c, shortest_and_longest, scale=scale),
                found,
            )


def of_tissues(model: LogisticRegression, sequences: Sequence[str], answers: np.ndarray) -> LogisticRegression:
    """The model with a ridge regression for each tissue, of its own features and c; answers (tissues, sequences)."""
    if not len(answers):
        return model
    features, rows = model.feature_set.features(sequences), []
    for answer in answers:
        ((_, found),) = newton.fit_path(features, answer, [model.c])
        rows.append([*found.weights, found.intercept])
    return replace(model, by_tissue=np.array(rows))


def mean_loss(answer: np.ndarray, score: np.ndarray) -> float:
    """Log loss of scores for labels, mean squared error for targets (floating point)."""
    return float(((score - answer) ** 2 if answer.dtype.kind == "f" else log_losses(answer, expit(score))).mean())


def log_losses(label: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Negative logarithm of the probability given to the true class of each sample."""
    given = np.where(label == 1, probability, 1 - probability)
    return -np.log(np.maximum(given, np.finfo(float).tiny))
