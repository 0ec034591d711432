"""Bases and short k-mers where they stand: what a linear model can know that knows the position of the TSS.

Every base and every 2-mer at each position, and 4-mers in overlapping tents: with tents of width w, a 4-mer at position
p counts 1 - f in tent floor(p / w) and f in the next one, f being the rest of p / w. A shift by one base therefore
changes little. The width is chosen on dev; without a width, 4-mers count over the whole window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import sparse

from lncprom.baseline import feature_set
from lncprom.baseline.feature_set import FeatureSet, Matrix
from lncprom.genome.bases import CODES, UNKNOWN, words_at

WIDTHS = (15, 60, None)  # bases; None: the whole window
_IN_PLACE, _IN_TENTS = (1, 2), 4  # letters
_WINDOWS = 1 << 9  # of a long sequence, scored at once


class Block(NamedTuple):
    """k-mers of one length: their first column, and by position (positions,) the bin and how much they count in it."""

    k: int
    first: int
    bins: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class PositionLadder(FeatureSet):
    """Windows of `length` bases that begin (or, from_end, end) at one place; position 0 is base `zero` of them."""

    length: int
    from_end: bool
    zero: int
    width: int | None
    kind = "position_ladder"

    @property
    def mean_shape(self) -> tuple[int, ...]:
        return (self.length,)

    def blocks(self) -> list[Block]:
        found, first = [], 0
        for k in _IN_PLACE:
            at = np.arange(max(self.length - k + 1, 0))
            found.append(Block(k, first, at, np.ones(len(at))))
            first += 4**k * len(at)
        at = np.arange(max(self.length - _IN_TENTS + 1, 0))
        if self.width is None:
            return [*found, Block(_IN_TENTS, first, 0 * at, np.ones(len(at)))]
        low, rest = np.divmod(at, self.width)
        upper = rest / self.width
        return [*found, Block(_IN_TENTS, first, low, 1 - upper), Block(_IN_TENTS, first, low + 1, upper)]

    @property
    def names(self) -> list[str]:
        found: dict[int, str] = {}
        for k, first, bins, _ in self.blocks():
            for place in np.unique(bins).tolist():
                ending = self._place(k, place)
                found |= {first + place * 4**k + at: feature_set.word_of(at, k) + ending for at in range(4**k)}
        return [found[column] for column in sorted(found)]

    def _place(self, k: int, place: int) -> str:
        """Where a feature's k-mers begin: one position, those of a tent, or anywhere."""
        if k in _IN_PLACE:
            return f"@{place - self.zero}"
        if self.width is None:
            return ""
        last = self.length - k
        low, high = max((place - 1) * self.width + 1, 0), min((place + 1) * self.width - 1, last)
        return f"@{min(low, last) - self.zero}..{high - self.zero}"

    def features(self, sequences: Sequence[str]) -> Matrix:
        return Matrix(sparse.vstack([counted(bases, self.blocks()) for bases in self._digits(sequences)], "csr"))

    def _digits(self, sequences: Sequence[str]) -> list[np.ndarray]:
        """Bases of the windows, some sequences at a time."""
        starts = range(0, max(len(sequences), 1), feature_set.ROWS)
        parts = (sequences[at : at + feature_set.ROWS] for at in starts)
        return [feature_set.digits(part, self.length, self.from_end) for part in parts]

    def contributions(self, text: str, weights: np.ndarray) -> np.ndarray:
        return self.spread(self.mean_contributions([text], weights), len(text))

    def mean_contributions(self, sequences: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """(length,): the mean contribution of each base of the window."""
        total = np.zeros(self.length)
        for bases in self._digits(sequences):
            for k, first, bins, values in self.blocks():
                words = words_at(bases, range(k))
                sums = np.where(words < 0, 0, weights[first + bins * 4**k + words]).sum(axis=0) * values
                total += np.convolve(sums, np.full(k, 1 / k))[: self.length]
        return total / len(sequences)

    def window_scores(self, letters: np.ndarray, starts: range, length: int, weights: np.ndarray) -> np.ndarray:
        """As in FeatureSet, by a table of what the 4-mer at each position of the window adds, with its prefixes."""
        if length != self.length:
            return super().window_scores(letters, starts, length, weights)
        table = np.zeros((length, *[UNKNOWN + 1] * _IN_TENTS))
        for k, first, bins, values in self.blocks():
            own = weights[first + bins[:, None] * 4**k + np.arange(4**k)] * values[:, None]
            part = table[(slice(len(bins)), *[slice(UNKNOWN)] * k)]
            part += own.reshape(-1, *[4] * k, *[1] * (_IN_TENTS - k))
        codes = np.append(CODES[letters], np.full(_IN_TENTS, UNKNOWN, np.uint8)).astype(np.int32)
        words = np.zeros(len(letters), np.int32)
        for offset in range(_IN_TENTS):
            words = words * (UNKNOWN + 1) + codes[offset : offset + len(letters)]
        rows = sliding_window_view(words, length)[starts.start : starts.stop : starts.step]
        places, table = np.arange(length, dtype=np.int32) * (UNKNOWN + 1) ** _IN_TENTS, table.ravel()
        found = np.empty(len(rows))
        for at in range(0, len(rows), _WINDOWS):
            found[at : at + _WINDOWS] = table[rows[at : at + _WINDOWS] + places].sum(axis=1)
        return found

    def spread(self, mean: np.ndarray, bases: int) -> np.ndarray:
        first, last = self.seen(bases)
        found = np.full(bases, np.nan)
        found[first:last] = mean[-(last - first) :] if self.from_end else mean[: last - first]
        return found

    def seen(self, bases: int) -> tuple[int, int]:
        return (max(bases - self.length, 0), bases) if self.from_end else (0, min(bases, self.length))

    def settings(self) -> dict:
        return {"width": self.width}


def counted(bases: np.ndarray, blocks: Sequence[Block]) -> sparse.csr_array:
    """(sequences, features): how much the k-mers of each block count in each column."""
    cells = []
    for k, first, bins, values in blocks:
        words = words_at(bases, range(k))
        cells.append(np.where((words < 0) | (values == 0), -1, first + bins * 4**k + words))
    width = max((first + 4**k * (bins.max(initial=-1) + 1) for k, first, bins, _ in blocks), default=0)
    return feature_set.counted(np.concatenate(cells, axis=1), np.concatenate([block.values for block in blocks]), width)


def anchored(lengths: Sequence[int], tss_index: Sequence[int | None]) -> tuple[PositionLadder, str | None]:
    """The ladder over the whole window of these sequences, and why positions do not count from the TSS, if not.

    Without a TSS, windows of one length begin at one place; windows of several lengths end at one, as in the CNN.
    """
    longest, same, places = max(lengths), len(set(lengths)) == 1, set(tss_index)
    if len(places) == 1 and (same or None not in places):
        return PositionLadder(longest, False, places.pop() or 0, None), None
    if same:
        note = "the TSS is not at one place of the windows, so positions count from the first base"
        return PositionLadder(longest, False, 0, None), note
    note = "windows differ in length, so positions count from the last base"
    return PositionLadder(longest, True, longest - 1, None), note
