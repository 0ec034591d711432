"""Gapped k-mers: 6 known letters within 8 bases, counted on both strands; the features of gkm-SVM, written out.

Source: Ghandi et al. (2014), PLoS Comput Biol 10:e1003711; Lee (2016), Bioinformatics 32:2196.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
from scipy import sparse

from lncprom.baseline import feature_set
from lncprom.baseline.feature_set import FeatureSet, Matrix
from lncprom.genome.bases import words_at

SPAN, KNOWN = 8, 6
PATTERNS = [(0, *others) for others in combinations(range(1, SPAN), KNOWN - 1)]  # offsets of the known letters
_NUMBERS = 4**KNOWN
_ROWS = 1 << 9  # sequences encoded at once: 21 words a base


@cache
def columns() -> tuple[np.ndarray, np.ndarray]:
    """Feature of each word, (patterns, words), and the word that names each feature (pattern * words + number).

    A word and its reverse complement are one feature: of the mirrored pattern, or of the same.
    """
    number = np.arange(_NUMBERS)
    letters = number[:, None] >> 2 * np.arange(KNOWN) & 3  # last letter first
    complement = (3 - letters) @ 4 ** np.arange(KNOWN)[::-1]
    mirrored = [PATTERNS.index(tuple(pattern[-1] - at for at in reversed(pattern))) for pattern in PATTERNS]
    here = np.arange(len(PATTERNS))[:, None] * _NUMBERS + number
    there = np.array(mirrored)[:, None] * _NUMBERS + complement
    named, column = np.unique(np.minimum(here, there), return_inverse=True)
    return column.reshape(here.shape).astype(np.int32), named


@dataclass(frozen=True)
class GappedKmers(FeatureSet):
    """Counts of all gapped k-mers of a sequence, scaled to a row of length 1."""

    kind = "gapped_kmers"

    @property
    def names(self) -> list[str]:
        found = []
        for pattern, number in (divmod(word, _NUMBERS) for word in columns()[1].tolist()):
            letters = dict(zip(PATTERNS[pattern], feature_set.word_of(number, KNOWN), strict=True))
            found.append("".join(letters.get(at, ".") for at in range(PATTERNS[pattern][-1] + 1)))
        return found

    def features(self, sequences: Sequence[str]) -> Matrix:
        starts = range(0, max(len(sequences), 1), _ROWS)
        values = sparse.vstack([self._counted(sequences[at : at + _ROWS]) for at in starts], "csr")
        lengths = np.repeat(feature_set.row_lengths(values), np.diff(values.indptr))
        values.data /= lengths
        return Matrix(values)

    def _counted(self, sequences: Sequence[str]) -> sparse.csr_array:
        cells = np.concatenate(self._columns(sequences), axis=1)
        return feature_set.counted(cells, np.ones(cells.shape[1]), len(columns()[1]))

    def _columns(self, sequences: Sequence[str]) -> list[np.ndarray]:
        """For each pattern (sequences, positions): the feature there, -1 for none."""
        bases = feature_set.digits(sequences, max(map(len, sequences), default=0) or 1)
        words = [words_at(bases, pattern) for pattern in PATTERNS]
        return [np.where(found < 0, -1, column[found]) for found, column in zip(words, columns()[0], strict=True)]

    def contributions(self, text: str, weights: np.ndarray) -> np.ndarray:
        total, squares, found = np.zeros(len(text)), self._counted([text]).power(2).sum(), self._columns([text])
        for pattern, (features,) in zip(PATTERNS, found, strict=True):
            values = np.where(features < 0, 0, weights[features]) / KNOWN
            for offset in pattern:
                total[offset : offset + len(values)] += values
        return total / np.sqrt(squares or 1)
