"""Where a model looks: the best windows of each sequence, or seqlets; and random windows to compare them with.

The best two windows of 9 bases a sequence are the default: on simulated promoters the chain named all three planted
motifs from them with every kind of model, while seqlets of blocky scores (DNABERT-2) lost one, and a strict error rate
can leave too few seqlets to align.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

from lncprom.genome.bases import UNKNOWN

WIDTH, PER_SEQUENCE = 9, 2
APART = 15  # bases between the starts of a sequence's two windows, so that no motif is met twice
_SHORTEST, _LONGEST, _GAP = 4, 19, 3  # bases of seqlets, and between two that are one
NEAR, FAR = 15, 60  # bases between a window and the one beside it that it is held against


class Windows(NamedTuple):
    """Stretches of sequences: row, columns [start, end), mean score, and a seqlet's p-value (NaN of a window)."""

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray
    score: np.ndarray
    p: np.ndarray

    @property
    def size(self) -> int:
        return len(self.row)

    @property
    def centre(self) -> np.ndarray:
        return (self.start + self.end - 1) // 2


_NONE = Windows(*np.zeros((3, 0), np.int64), *np.zeros((2, 0)))


def best(codes: np.ndarray, scores: np.ndarray) -> Windows:
    """The two windows of highest mean score in each row, if it is above 0 and all their bases are known and seen."""
    if codes.shape[1] < WIDTH:
        return _NONE
    total, bad = _sums(np.nan_to_num(scores.astype(np.float64))), _sums(np.isnan(scores) | (codes == UNKNOWN))
    means = (total[:, WIDTH:] - total[:, :-WIDTH]) / WIDTH
    means[bad[:, WIDTH:] > bad[:, :-WIDTH]] = -np.inf
    everyone, found = np.arange(len(means)), []
    for _ in range(PER_SEQUENCE):
        start = means.argmax(axis=1)
        found.append((everyone, start, means[everyone, start]))
        means[np.abs(np.arange(means.shape[1]) - start[:, None]) < APART] = -np.inf
    row, start, score = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((start, row))
    row, start, score = (part[order[score[order] > 0]] for part in (row, start, score))
    return Windows(row, start, start + WIDTH, score, np.full(len(row), np.nan))


def recursive(codes: np.ndarray, scores: np.ndarray, control: np.ndarray, fdr: float) -> Windows:
    """Seqlets by tangermeme at this rate of false discovery, compared with the control's scores; none is a result.

    Bases that were not seen count 0, as do those of the control, and no seqlet may hold one. Those of a sequence that
    are at most 3 bases apart are made one, so that a motif is met once.
    """
    from tangermeme.seqlet import recursive_seqlets

    if scores.shape[1] < _LONGEST or not len(scores) or not len(control):
        return _NONE
    given, held = (np.nan_to_num(part).astype(np.float64) for part in (scores, control))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where no threshold reaches the rate: none then
        sizes = {"min_seqlet_len": _SHORTEST, "max_seqlet_len": _LONGEST}
        found = recursive_seqlets(given, X_control=held, target_fdr=fdr, **sizes).sort_values(["example_idx", "start"])
    row, start, end = (found[name].to_numpy(dtype=np.int64) for name in ("example_idx", "start", "end"))
    total, bad = _sums(given), _sums(np.isnan(scores) | (codes == UNKNOWN))
    clean = bad[row, end] == bad[row, start]
    row, start, end, p = (part[clean] for part in (row, start, end, found["p-value"].to_numpy(dtype=np.float64)))
    new = np.diff(row, prepend=-1) != 0
    new[1:] |= start[1:] - end[:-1] > _GAP
    first = np.flatnonzero(new)
    row, start, end, p = row[first], start[first], np.maximum.reduceat(end, first), np.minimum.reduceat(p, first)
    return Windows(row, start, end, (total[row, end] - total[row, start]) / (end - start), p)


def elsewhere(windows: Windows, codes: np.ndarray, rows: np.ndarray, chance: np.random.Generator) -> Windows:
    """For each window one at the same place of a random other sequence of `rows`, without scores; none with N."""
    if len(rows) < 2:
        return _NONE
    unknown = np.full(windows.size, np.nan)
    return _known(windows._replace(row=other(windows, rows, chance), score=unknown, p=unknown), codes)


def other(windows: Windows, rows: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """For each window a random other sequence of the ascending `rows`."""
    return rows[(np.searchsorted(rows, windows.row) + chance.integers(1, len(rows), windows.size)) % len(rows)]


def nearby(windows: Windows, codes: np.ndarray, chance: np.random.Generator) -> Windows:
    """For each window one 15 to 60 bases away in the same sequence, to either side at random."""
    size = chance.integers(NEAR, FAR + 1, size=windows.size)
    shift = size * chance.choice([-1, 1], size=windows.size)
    fits = (windows.start + shift >= 0) & (windows.end + shift <= codes.shape[1])
    shift = np.where(fits, shift, -shift)
    return _known(windows._replace(start=windows.start + shift, end=windows.end + shift), codes)


def covered(codes: np.ndarray, row: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Which places of each sequence lie in one of these stretches."""
    edges = np.zeros((len(codes), codes.shape[1] + 1), dtype=np.int64)
    np.add.at(edges, (row, np.maximum(start, 0)), 1)
    np.add.at(edges, (row, np.minimum(end, codes.shape[1])), -1)
    return np.cumsum(edges, axis=1)[:, :-1] > 0


def _sums(values: np.ndarray) -> np.ndarray:
    """Sums of the first 0, 1, 2 ... of each row."""
    return np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)


def _known(windows: Windows, codes: np.ndarray) -> Windows:
    """Those inside of their sequence, all of whose bases are known."""
    inside, bad = (windows.start >= 0) & (windows.end <= codes.shape[1]), _sums(codes == UNKNOWN)
    start, end = np.clip(windows.start, 0, codes.shape[1]), np.clip(windows.end, 0, codes.shape[1])
    inside &= bad[windows.row, end] == bad[windows.row, start]
    return Windows(*(part[inside] for part in windows))
