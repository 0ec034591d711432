"""What composition explains of a model's importance, and whether the places of a motif exceed it.

A model of mono- and dinucleotide frequencies holds no motif. Yet its best windows hold more of some words than windows
beside them, and patterns, known motifs and elements follow. So the importance of 9 bases is predicted from the
dinucleotides in them and about them, and the places of a motif must exceed this prediction. It is fitted to the
importance rather than to the labels: two models of dinucleotides with different penalties choose different windows,
and each looks as if it knew motifs that the other does not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from lncprom import random_keys
from lncprom.evaluation import group_means
from lncprom.genome.bases import UNKNOWN
from lncprom.motifs import seqlets
from lncprom.motifs.sequences_and_scores import Scored

MARGIN = 0.2
_PAIRS, _NO_PAIR = np.arange(16), 16
_HALF = seqlets.WIDTH // 2
# Where dinucleotides are counted, by the distance of their first base from the middle of the 9 bases: those that begin
# there, those that end there, and those about them, since methods that score tokens or redraw windows blur their scores
_SPANS = ((-_HALF, _HALF + 1), (-_HALF - 1, _HALF), (-2 * _HALF - 1, 2 * _HALF + 2))
_BASES, _STRIDE = 300_000, 3  # of random samples that the prediction is fitted to, and every third window there


class Expected(NamedTuple):
    """Mean importance of the 9 bases about each base (samples, positions), and what composition predicts.

    Both are taken from the sequence's mean, since some methods scale or shift whole sequences. `score` is NaN where one
    of the 9 bases was not seen; `spread` is the standard deviation of the prediction.
    """

    score: np.ndarray
    expected: np.ndarray
    spread: float
    group: np.ndarray


def expected(scored: Scored, seed: int) -> Expected:
    """Of the model as trained: predicted by least squares over windows of the explained samples of both classes."""
    codes, given = scored.codes, scored.scores[""].astype(np.float64)
    score = _sums(np.nan_to_num(given), -_HALF, _HALF + 1) / seqlets.WIDTH
    seen = _sums(~np.isnan(given), -_HALF, _HALF + 1) == seqlets.WIDTH
    score[~seen] = np.nan
    if not seen.any():
        return Expected(score, np.zeros(score.shape), 0.0, scored.group)
    score -= _mean(score, seen)
    known = (codes[:, :-1] != UNKNOWN) & (codes[:, 1:] != UNKNOWN)
    pairs = np.full(codes.shape, _NO_PAIR)
    pairs[:, :-1][known] = (4 * codes[:, :-1].astype(np.int64) + codes[:, 1:])[known]
    many = max(1, _BASES // codes.shape[1])
    chosen = random_keys.of_words(seed, "composition").permutation(len(codes))[:many]
    given, fitted = score[chosen, ::_STRIDE], seen[chosen, ::_STRIDE]
    held = [_sums(pairs[chosen, :, None] == _PAIRS, *span)[:, ::_STRIDE] for span in _SPANS]
    held = np.concatenate(held, axis=2, dtype=np.float64)
    held = (held - _mean(held, fitted[:, :, None]))[fitted]
    weights = np.linalg.lstsq(held.T @ held, held.T @ given[fitted], rcond=None)[0].reshape(len(_SPANS), -1)
    found = sum(_sums(np.append(part, 0)[pairs], *span) for span, part in zip(_SPANS, weights, strict=True))
    found -= _mean(found, seen)
    return Expected(score, found, float(found[seen].std()), scored.group)


def above(given: Expected, row: np.ndarray, middle: np.ndarray, sign: int) -> dict[str, float]:
    """Do these places of a motif have a higher importance than composition explains? Columns of the tables.

    The excess counts beyond a fifth of the importance and of the prediction's standard deviation: what the fit leaves
    of models of composition alone, whose scores are blurred or scaled by sequence, is less. The p-value is Student's,
    one-sided, over groups; 1 where fewer than two groups have a place, or the importance is below the sequences' mean.

    Parameters
    ----------
    row, middle
        Of each place, the sample and the column of its middle base.
    sign
        1 or -1: makes importance that supports the class positive.
    """
    score, predicted = (sign * part[row, middle] for part in (given.score, given.expected))
    seen = ~np.isnan(score)
    excess = ((1 - MARGIN) * score - predicted)[seen] - MARGIN * given.spread
    error, groups = group_means.error(excess, given.group[row[seen]])
    if groups < 2 or score[seen].mean() <= 0:
        return {"composition_share": np.nan, "composition_p": 1.0}
    p = stats.t.sf(excess.mean() / error, groups - 1) if error > 0 else excess.mean() <= 0
    return {"composition_share": float(predicted[seen].mean() / score[seen].mean()), "composition_p": float(p)}


def _mean(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Mean of each row (axis 1) where `among` says so, 0 where nowhere."""
    total = np.where(among, values, 0).sum(axis=1, keepdims=True)
    return total / np.maximum(among.sum(axis=1, keepdims=True), 1)


def _sums(values: np.ndarray, first: int, last: int) -> np.ndarray:
    """From each place of axis 1, the sum of the places at the distances `first` to `last` - 1; outside is 0."""
    ends = [(0, 0)] * values.ndim
    ends[1] = (1 - first, last)
    total, length = np.cumsum(np.pad(values, ends), axis=1), values.shape[1]
    return total[:, last - first : last - first + length] - total[:, :length]
