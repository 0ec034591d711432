"""Logistic regression on TF-IDF of k-mers: the study's baseline, fitted to the minimum, so without any chance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from lncprom.baseline import kmer_tfidf, newton
from lncprom.errors import InputError

FILE = "model.json"
_FORMAT = "lncprom logistic regression 1"
_AT_ONCE = 20_000_000  # letters


@dataclass(frozen=True)
class LogisticRegression:
    """The k-mers of the training sequences with one weight each, and the inverse penalty c they were fitted with.

    `lengths`: bases of the shortest and of the longest training sequence, where known.
    """

    vocabulary: kmer_tfidf.Vocabulary
    weights: np.ndarray
    intercept: float
    c: float
    lengths: tuple[int, int] | None = None

    def predict_probability(self, sequences: Sequence[str]) -> np.ndarray:
        """The probability that each sequence is of the positive class; sequences of A, C, G, T, N."""
        found = [np.empty(0)]
        longest = max(map(len, sequences), default=0)
        step = max(1, _AT_ONCE // max(longest, 1))
        for first in range(0, len(sequences), step):
            features = features_of(sequences[first : first + step], self.vocabulary)
            found.append(expit(features.times(self.weights) + self.intercept))
        return np.concatenate(found)

    def save(self, path: Path) -> None:
        """JSON, every number as exact as it was fitted."""
        content = {
            "format": _FORMAT,
            "kmer_min": self.vocabulary.shortest,
            "kmer_max": self.vocabulary.longest,
            "c": self.c,
            "intercept": self.intercept,
            "train_sequences": self.vocabulary.sequences,
            "train_lengths": self.lengths,
            "kmers": self.vocabulary.names,
            "train_sequences_with_kmer": self.vocabulary.documents.tolist(),
            "weights": self.weights.tolist(),
        }
        path.write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, folder: Path) -> LogisticRegression:
        path = Path(folder) / FILE
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != _FORMAT:
                raise ValueError(f"its format is {content['format']!r}, not {_FORMAT!r}")
            names = content["kmers"]
            vocabulary = kmer_tfidf.Vocabulary(
                content["kmer_min"],
                content["kmer_max"],
                content["train_sequences"],
                kmer_tfidf.codes_of(names, content["kmer_max"]),
                np.array(content["train_sequences_with_kmer"], np.int64),
            )
            weights = np.array(content["weights"], np.float64)
            if not len(names) == len(weights) == len(vocabulary.documents):
                raise ValueError("its lists differ in length")
            if vocabulary.names != sorted(names):
                raise ValueError("its k-mers are not of A, C, G, N, T in alphabetical order")
            return cls(vocabulary, weights, content["intercept"], content["c"], content.get("train_lengths"))
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise InputError(f"{path}: no model that can be loaded ({fault}); train it again") from None


def features_of(sequences: Sequence[str], vocabulary: kmer_tfidf.Vocabulary) -> kmer_tfidf.Features:
    return kmer_tfidf.Features(kmer_tfidf.count_words(sequences, vocabulary.shortest, vocabulary.longest), vocabulary)


def fit(
    sequences: Sequence[str], label: np.ndarray, shortest: int, longest: int, grid: Sequence[float]
) -> Iterator[tuple[LogisticRegression, newton.Fit]]:
    """A model for each c of the grid, from the smallest up; each starts from the one before it."""
    words = kmer_tfidf.count_words(sequences, shortest, longest)
    vocabulary = kmer_tfidf.Vocabulary.of(words, shortest, longest)
    features = kmer_tfidf.Features(words, vocabulary)
    lengths = [len(sequence) for sequence in sequences]
    found = None
    for c in sorted(grid):
        found = newton.fit_logistic(features.times, features.transposed_times, label, features.shape[1], c, found)
        yield LogisticRegression(vocabulary, found.weights, found.intercept, c, (min(lengths), max(lengths))), found
