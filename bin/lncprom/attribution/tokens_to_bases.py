"""Scores of tokens as scores of bases; special tokens count for none, and a base that no token covers has no score."""

from __future__ import annotations

import numpy as np


def averaged(scores: np.ndarray, spans: np.ndarray, owner: np.ndarray, samples: int, length: int) -> np.ndarray:
    """Attention: the mean over the tokens that cover a base, then over the stretches of its sequence that hold it.

    Parameters
    ----------
    scores
        (rows, ..., T), of the tokens of each stretch.
    spans
        (rows, T, 2), first base and the base after the last of each token; -1 where it covers none.
    owner
        (rows,), ascending: the index of each row's sequence.

    Returns
    -------
    (samples, ..., length) float64, NaN where no token covers a base.

    >>> spans = np.array([[[-1, -1], [0, 3], [1, 4]]])  # [CLS] ACG CGT
    >>> averaged(np.array([[0.7, 0.1, 0.2]]), spans, np.zeros(1, int), 1, 5).round(2)
    array([[0.1 , 0.15, 0.15, 0.2 ,  nan]])
    """
    sums, covered = _spread(scores, spans, length), _spread(np.ones(spans.shape[:2]), spans, length).round()
    channels = (1,) * (scores.ndim - 2)
    covered = covered.reshape(len(covered), *channels, length)
    means = np.divide(sums, covered, out=np.zeros_like(sums), where=covered > 0)
    held = _by_sample(np.minimum(covered, 1), owner, samples)
    total = _by_sample(means, owner, samples)
    return np.divide(total, held, out=np.full_like(total, np.nan), where=held > 0)


def shared(scores: np.ndarray, spans: np.ndarray, owner: np.ndarray, samples: int, length: int) -> np.ndarray:
    """Attributions: a token's score in equal parts to its bases, so that totals are kept.

    A sequence's logits are the mean over its stretches, so each stretch counts with its part in that mean. Shapes and
    gaps as in `averaged`.

    >>> spans = np.array([[[-1, -1], [0, 3], [1, 4]]])
    >>> shared(np.array([[9.0, 0.3, 0.6]]), spans, np.zeros(1, int), 1, 5).round(2)
    array([[0.1, 0.3, 0.3, 0.2, nan]])
    """
    bases = np.maximum(spans[..., 1] - spans[..., 0], 1)
    parts = np.bincount(owner, minlength=samples)[owner]
    channels = (1,) * (scores.ndim - 2)
    weight = (bases * parts[:, None]).reshape(len(scores), *channels, -1)
    total = _by_sample(_spread(scores / weight, spans, length), owner, samples)
    covered = _by_sample(_spread(np.ones(spans.shape[:2]), spans, length), owner, samples) > 0.5
    return np.where(covered.reshape(samples, *channels, length), total, np.nan)


def _spread(scores: np.ndarray, spans: np.ndarray, length: int) -> np.ndarray:
    """(rows, ..., length): the sum over the tokens that cover a base; tokens of a row begin and end each elsewhere."""
    change = np.zeros((len(scores), length + 1, *scores.shape[1:-1]))
    row, token = np.nonzero(spans[..., 0] >= 0)
    values = np.moveaxis(scores, -1, 1)[row, token].astype(np.float64)
    change[row, spans[row, token, 0]] = values
    change[row, spans[row, token, 1]] -= values
    return np.moveaxis(np.cumsum(change, axis=1)[:, :-1], 1, -1)


def _by_sample(values: np.ndarray, owner: np.ndarray, samples: int) -> np.ndarray:
    total = np.zeros((samples, *values.shape[1:]))
    np.add.at(total, owner, values)
    return total
