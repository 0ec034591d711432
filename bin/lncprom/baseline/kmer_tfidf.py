"""K-mer counts and TF-IDF of DNA, equal to scikit-learn's over characters, at a fraction of its time and memory.

A k-mer is a number in base 6, first letter first, digits as in `_ALPHABET`, as many as the longest k-mer has
letters. Shorter ones end in zeros, so that numbers sort as the words do. At each position of a sequence stands one
word, the longest k-mer that begins there; every shorter k-mer is a prefix of the word at its place. So a matrix of
word counts holds the counts of all k-mers, in a third of the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from lncprom.errors import InputError

LONGEST = 8  # 6 ** 8 = 1.7 million numbers: a table of them is small
_ALPHABET = "\0ACGNT"  # 0: the sequence has ended
_BASE = len(_ALPHABET)
_FOREIGN = 255
_DIGITS = np.full(256, _FOREIGN, np.uint8)
_DIGITS[np.frombuffer(_ALPHABET.encode(), np.uint8)] = np.arange(_BASE)
_CELLS = 1 << 17  # of one block: small enough for a processor's cache
_ROWS = 1 << 12


def count_words(sequences: Sequence[str], shortest: int, longest: int) -> sparse.csr_array:
    """How often each sequence holds each word of `shortest` to `longest` letters: (sequences, 6 ** longest).

    Column numbers of a row ascend. A sequence with fewer letters than `shortest` is an empty row.

    >>> [name_of(code) for code in count_words(["ACGTA"], 3, 4).indices]
    ['ACGT', 'CGTA', 'GTA']
    """
    if not 1 <= shortest <= longest <= LONGEST:
        raise InputError(f"k-mers of {shortest} to {longest} letters: 1 to {LONGEST} can be had, the shorter first")
    lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
    positions = np.maximum(lengths - shortest + 1, 0)
    columns, counts = np.empty(positions.sum(), np.int32), np.empty(positions.sum())
    ends, filled = np.zeros(len(sequences) + 1, np.int64), 0
    for first, last in _blocks(lengths):
        words = _words(sequences[first:last], int(lengths[first:last].max()), shortest, longest)
        words.sort(axis=1)
        starts = np.flatnonzero(_starts(words))
        found = words.ravel()[starts]
        times = np.diff(starts, append=words.size)
        real = found > 0
        size = np.count_nonzero(real)
        columns[filled : filled + size] = found[real]
        counts[filled : filled + size] = times[real]
        rows = np.bincount(starts[real] // max(words.shape[1], 1), minlength=last - first)
        ends[first + 1 : last + 1] = filled + np.cumsum(rows)
        filled += size
    index = np.int32 if filled < 1 << 31 else np.int64
    matrix = (counts[:filled], columns[:filled].astype(index, copy=False), ends.astype(index))
    return sparse.csr_array(matrix, shape=(len(sequences), _BASE**longest))


class Vocabulary(NamedTuple):
    """The k-mers of a set of sequences in alphabetical order, and in how many of the sequences each occurs."""

    shortest: int
    longest: int
    sequences: int
    codes: np.ndarray
    documents: np.ndarray

    @classmethod
    def of(cls, words: sparse.csr_array, shortest: int, longest: int) -> Vocabulary:
        documents = np.zeros(_BASE**longest, np.int64)
        by_length = {k: np.zeros(_BASE**k, np.int64) for k in range(shortest, longest + 1)}
        for run in _runs(words, shortest, longest):
            by_length[run.letters] += np.bincount(run.codes, minlength=_BASE**run.letters)
        for k, found in by_length.items():
            found[::_BASE] = 0  # words that ended before they had k letters
            documents[:: _BASE ** (longest - k)] += found
        codes = np.flatnonzero(documents)
        return cls(shortest, longest, words.shape[0], codes, documents[codes])

    @property
    def idf(self) -> np.ndarray:
        """Inverse document frequency as scikit-learn smooths it: as if one sequence more held every k-mer."""
        return np.log((1 + self.sequences) / (1 + self.documents)) + 1

    @property
    def names(self) -> list[str]:
        return [name_of(code) for code in self.codes.tolist()]


class Features:
    """TF-IDF of sequences as a linear map, rows of length 1: only words are stored, and only words are multiplied."""

    def __init__(self, words: sparse.csr_array, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.shape = (words.shape[0], len(vocabulary.codes))
        self._words, self._transposed = words, words.T
        self._idf = vocabulary.idf
        self._scale = self._row_scale()

    @property
    def scale(self) -> np.ndarray:
        """One over the length of each sequence's vector of counts times idf, by which it is divided."""
        return self._scale

    def times(self, weights: np.ndarray) -> np.ndarray:
        """Features @ weights, one number a sequence."""
        table = self._table(self._idf * weights)
        for k in range(self.vocabulary.shortest, self.vocabulary.longest):
            below = table.reshape(_BASE**k, _BASE, -1)
            below[:, 1:, 0] += below[:, :1, 0]  # a word also counts for its prefix one letter shorter
        return self._scale * (self._words @ table)

    def transposed_times(self, values: np.ndarray) -> np.ndarray:
        """Features.T @ values, one number a k-mer."""
        table = self._transposed @ (self._scale * values)
        for k in reversed(range(self.vocabulary.shortest, self.vocabulary.longest)):
            below = table.reshape(_BASE**k, _BASE, -1)
            below[:, 0, 0] += below[:, 1:, 0].sum(axis=1)
        return self._idf * table[self.vocabulary.codes]

    def matrix(self) -> sparse.csr_array:
        """The same numbers written out: what TfidfVectorizer(analyzer="char", lowercase=False) returns."""
        codes, longest = self.vocabulary.codes, self.vocabulary.longest
        place = self._table(np.arange(1, len(codes) + 1, dtype=np.int32))
        letters = _BASE ** np.arange(longest - self.vocabulary.shortest + 1)
        words = np.unique(self._words.indices)
        prefixes = place[words - words % letters[:, None]]
        prefixes[1:][prefixes[1:] == prefixes[:-1]] = 0  # the word is shorter than the cut
        cut, word = np.nonzero(prefixes)
        spread = (np.ones(len(word)), (words[word], prefixes[cut, word] - 1))
        spread = sparse.csr_array(spread, shape=(self._words.shape[1], len(codes)))
        found = sparse.diags_array(self._scale) @ (self._words @ spread) @ sparse.diags_array(self._idf)
        found = sparse.csr_array(found)
        found.sort_indices()
        return found

    def _table(self, values: np.ndarray) -> np.ndarray:
        """One cell a possible k-mer, filled where it is known."""
        table = np.zeros(_BASE**self.vocabulary.longest, values.dtype)
        table[self.vocabulary.codes] = values
        return table

    def _row_scale(self) -> np.ndarray:
        squares = self._table(self._idf**2)
        total = np.zeros(self.shape[0])
        by_length = {}
        for k in range(self.vocabulary.shortest, self.vocabulary.longest + 1):
            by_length[k] = squares[:: _BASE ** (self.vocabulary.longest - k)].copy()
            by_length[k][::_BASE] = 0
        for run in _runs(self._words, self.vocabulary.shortest, self.vocabulary.longest):
            weighed = np.append(run.counts**2 * by_length[run.letters][run.codes], 0.0)
            sums = np.add.reduceat(weighed, run.ends[:-1])  # of an empty row: one cell, which scales nothing
            total[run.first : run.first + len(sums)] += sums
        return np.divide(1, np.sqrt(total), out=np.zeros_like(total), where=total > 0)


def name_of(code: int) -> str:
    """The letters of a k-mer's number.

    >>> name_of(1 * 36 + 2 * 6 + 0)
    'AC'
    """
    letters = ""
    while code:
        code, digit = divmod(code, _BASE)
        letters = _ALPHABET[digit] + letters
    return letters.rstrip("\0")


def codes_of(names: Sequence[str], longest: int) -> np.ndarray:
    """The numbers of k-mers of at most `longest` letters."""
    digits = np.frombuffer("".join(name.ljust(longest, "\0") for name in names).encode(), np.uint8)
    digits = _DIGITS[digits].reshape(len(names), longest).astype(np.int64)
    return digits @ _BASE ** np.arange(longest - 1, -1, -1)


class _Run(NamedTuple):
    """K-mers of `letters` letters in some rows, from row `first` on: their numbers, counts and where rows end."""

    letters: int
    first: int
    codes: np.ndarray
    counts: np.ndarray
    ends: np.ndarray


def _runs(words: sparse.csr_array, shortest: int, longest: int) -> Iterator[_Run]:
    """K-mer counts of all lengths, from the longest down, a block of rows at a time.

    Among k-mers of k letters are words that ended earlier; their last digit is 0.
    """
    small = np.uint16 if _BASE**longest <= 1 << 16 else np.uint32
    for first, last in _blocks(np.diff(words.indptr)):
        ends = words.indptr[first : last + 1]
        codes, counts = words.indices[ends[0] : ends[-1]].astype(small), words.data[ends[0] : ends[-1]]
        ends = ends - ends[0]
        for letters in range(longest, shortest - 1, -1):
            yield _Run(letters, first, codes, counts, ends)
            codes = codes // small(_BASE)
            new = _starts(codes)
            new[ends[:-1][ends[:-1] < len(codes)]] = True
            starts = np.flatnonzero(new)
            codes, counts = codes[starts], np.add.reduceat(counts, starts) if len(starts) else counts
            ends = np.searchsorted(starts, ends)


def _blocks(widths: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of rows that, padded to the widest row, have about `_CELLS` cells."""
    first = 0
    while first < len(widths):
        ahead = widths[first : first + _ROWS]
        cells = np.maximum.accumulate(ahead) * np.arange(1, len(ahead) + 1)
        last = first + max(1, int(np.searchsorted(cells, _CELLS, side="right")))
        yield first, last
        first = last


def _words(sequences: Sequence[str], width: int, shortest: int, longest: int) -> np.ndarray:
    """The word at each position of each sequence (rows); 0 where fewer than `shortest` letters are left."""
    padded = width + longest - 1
    text = "".join(sequence.ljust(padded, "\0") for sequence in sequences)
    digits = _DIGITS[np.frombuffer(text.encode("ascii", "replace"), np.uint8)].reshape(len(sequences), padded)
    if digits.size and digits.max() == _FOREIGN:
        record = sequences[int(np.flatnonzero((digits == _FOREIGN).any(axis=1))[0])]
        raise InputError(f"a sequence beginning {record[:20]!r} has letters other than A, C, G, T, N; mask them with N")
    kind = np.uint16 if _BASE**longest <= 1 << 16 else np.uint32
    positions = max(width - shortest + 1, 0)
    words = np.zeros((len(sequences), positions), kind)
    for letter in range(longest):
        words *= kind(_BASE)
        words += digits[:, letter : letter + positions]
    words[digits[:, shortest - 1 : shortest - 1 + positions] == 0] = 0
    return words


def _starts(codes: np.ndarray) -> np.ndarray:
    """Whether a number differs from the one before it (along rows); the first of each row does."""
    new = np.ones(codes.shape, bool)
    np.not_equal(codes[..., 1:], codes[..., :-1], out=new[..., 1:])
    return new
