"""What every feature set of the logistic regression offers, and k-mers of a set as a sparse matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import sparse

from lncprom.genome.bases import CODES, ORDER, texts_of

ROWS = 1 << 12  # sequences encoded at once


class FeatureSet:
    """Numbers of a sequence, each with a name and with the bases that it is read from.

    A feature set also has its `kind` (the name in the models sheet), the `names` of its features, and `features` of
    sequences; `contributions` of a sequence with given weights, (bases,): weight times value of each feature, in equal
    parts to its bases, NaN where not seen.
    """

    mean_shape: tuple[int, ...] = (1,)

    def record(self) -> dict:
        """What the model's file holds beside the weights."""
        return asdict(self)

    @classmethod
    def of_record(cls, content: Mapping) -> FeatureSet:
        return cls(**{field.name: content[field.name] for field in fields(cls)})

    def settings(self) -> dict:
        """What was chosen on dev besides the penalty."""
        return {}

    def statistics(self) -> dict[str, np.ndarray | None]:
        """Columns of the table of weights that only some feature sets have."""
        return {"idf": None, "document_share": None}

    def mean_contributions(self, sequences: Sequence[str], weights: np.ndarray) -> np.ndarray:
        """The mean contribution over sequences: of a whole sequence, (1,), where features have no position."""
        return self.features(sequences).times(weights).mean(keepdims=True)

    def spread(self, mean: np.ndarray, bases: int) -> np.ndarray:
        """(bases,): the mean contribution as the contributions of a sequence, which it is subtracted from."""
        return np.full(bases, mean[0] / max(bases, 1))

    def window_scores(self, letters: np.ndarray, starts: range, length: int, weights: np.ndarray) -> np.ndarray:
        """(windows,): features @ weights of the windows of a long sequence that begin at `starts`.

        Parameters
        ----------
        letters
            uint8 (bases,): A, C, G, T, N as ASCII.
        """
        windows = sliding_window_view(letters, length)[starts.start : starts.stop : starts.step]
        parts = (windows[at : at + ROWS] for at in range(0, max(len(windows), 1), ROWS))
        return np.concatenate([self.features(texts_of(part)).times(weights) for part in parts])

    def seen(self, bases: int) -> tuple[int, int]:
        """First base that is seen of a sequence of so many, and the base after the last."""
        return 0, bases


class Matrix:
    """Features of some sequences (rows), which the fit multiplies with; `norm`: length of the longest row."""

    def __init__(self, values: sparse.csr_array) -> None:
        self.values, self._transposed, self.shape = values, values.T, values.shape
        self.norm = float(row_lengths(values).max(initial=0)) or 1.0

    def times(self, weights: np.ndarray) -> np.ndarray:
        return self.values @ weights

    def transposed_times(self, values: np.ndarray) -> np.ndarray:
        return self._transposed @ values


class DenseMatrix(Matrix):
    """The same for a dense array (rows, features); `einsum` sums in one order for any number of threads."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.shape = values, values.shape
        self.norm = float(np.sqrt(np.einsum("ij,ij->i", values, values)).max(initial=0)) or 1.0

    def times(self, weights: np.ndarray) -> np.ndarray:
        return np.einsum("ij,j->i", self.values, weights)

    def transposed_times(self, values: np.ndarray) -> np.ndarray:
        return np.einsum("ij,i->j", self.values, values)


def row_lengths(values: sparse.csr_array) -> np.ndarray:
    """Euclidean length of each row."""
    return np.sqrt(values.power(2).sum(axis=1))


def digits(sequences: Sequence[str], length: int, from_end: bool = False) -> np.ndarray:
    """uint8 (sequences, length): A 0, C 1, G 2, T 3, else 4; cut or filled with 4 behind, or (from_end) before."""
    cut = [text[-length:].rjust(length) if from_end else text[:length].ljust(length) for text in sequences]
    letters = np.frombuffer("".join(cut).encode("ascii", "replace"), np.uint8)
    return CODES[letters].reshape(len(cut), length)


def word_of(number: int, letters: int) -> str:
    """The letters of a word's number.

    >>> word_of(1, 3)
    'AAC'
    """
    return "".join(ORDER[number >> 2 * at & 3] for at in reversed(range(letters)))


def counted(columns: np.ndarray, values: np.ndarray, width: int) -> sparse.csr_array:
    """(sequences, width): sums of `values` (cells,) by column; `columns` is (sequences, cells), -1 for none."""
    kept = columns >= 0
    ends = np.append(0, np.cumsum(np.count_nonzero(kept, axis=1))).astype(np.int32)
    cells = np.broadcast_to(values, columns.shape)[kept].astype(np.float64)
    found = sparse.csr_array((cells, columns[kept].astype(np.int32), ends), shape=(len(columns), width))
    found.sum_duplicates()
    return found
