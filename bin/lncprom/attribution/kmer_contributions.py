"""What each base adds to the logit of the logistic regression, exactly: the k-mers that cover it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lncprom.baseline import classifier, kmer_tfidf
from lncprom.baseline.classifier import LogisticRegression


def scores(model: LogisticRegression, texts: Sequence[str]) -> list[np.ndarray]:
    """(bases,) of each sequence; they add up to its logit without the intercept.

    Each occurrence of a k-mer adds its weight times its inverse document frequency, over the length of the sequence's
    TF-IDF vector, in equal parts to its bases.
    """
    vocabulary = model.vocabulary
    worth = dict(zip(vocabulary.names, (vocabulary.idf * model.weights).tolist(), strict=True))
    scale = classifier.features_of(texts, vocabulary).scale
    return [one * _unscaled(text, worth, vocabulary) for one, text in zip(scale, texts, strict=True)]


def _unscaled(text: str, worth: dict[str, float], vocabulary: kmer_tfidf.Vocabulary) -> np.ndarray:
    found = np.zeros(len(text))
    for k in range(vocabulary.shortest, min(vocabulary.longest, len(text)) + 1):
        values = np.array([worth.get(text[at : at + k], 0.0) for at in range(len(text) - k + 1)])
        found += np.convolve(values, np.full(k, 1 / k))
    return found
