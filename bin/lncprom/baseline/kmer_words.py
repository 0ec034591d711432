"""K-mers as numbers, and how often sequences contain each.

A k-mer is a number in base 6, first letter first, digits as in `_ALPHABET`, with as many digits as the longest k-mer
has letters. Shorter k-mers end in zeros, so numbers sort as the k-mers do. At each position of a sequence starts one
word, the longest k-mer there; every shorter k-mer is a prefix of the word at its position. A matrix of word counts
therefore holds the counts of all k-mers, in a third of the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse

from lncprom.errors import InputError

LONGEST = 8  # 6 ** 8 = 1.7 million numbers: a table of them is small
_ALPHABET = "\0ACGNT"  # 0: the sequence has ended
BASE = len(_ALPHABET)
_FOREIGN = 255
_DIGITS = np.full(256, _FOREIGN, np.uint8)
_DIGITS[np.frombuffer(_ALPHABET.encode(), np.uint8)] = np.arange(BASE)
_CELLS = 1 << 17  # of one block: small enough for a processor's cache
_ROWS = 1 << 12


def count_words(sequences: Sequence[str], shortest: int, longest: int) -> sparse.csr_array:
    """How often each sequence contains each word of `shortest` to `longest` letters.

    Parameters
    ----------
    sequences
        Of the letters A, C, G, T, N.
    shortest, longest
        Letters of the k-mers, 1 to 8.

    Returns
    -------
    csr_array
        (sequences, 6 ** longest) counts, column numbers ascending; an empty row for a sequence shorter than `shortest`.

    Raises
    ------
    InputError
        if the lengths are impossible or a sequence has other letters.

    >>> [name_of(code) for code in count_words(["ACGTA"], 3, 4).indices]
    ['ACGT', 'CGTA', 'GTA']
    """
    if not 1 <= shortest <= longest <= LONGEST:
        raise InputError(
            f"k-mers of {shortest} to {longest} letters are impossible. Give 1 to {LONGEST}, shorter first."
        )
    lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
    positions = np.maximum(lengths - shortest + 1, 0)
    columns, counts = np.empty(positions.sum(), np.int32), np.empty(positions.sum())
    row_ends, filled = np.zeros(len(sequences) + 1, np.int64), 0
    for first, last in _blocks(lengths):
        words = words_at(sequences[first:last], int(lengths[first:last].max()), shortest, longest)
        words.sort(axis=1)
        new = np.ones(words.shape, bool)  # differs from the word before it in its row
        np.not_equal(words[:, 1:], words[:, :-1], out=new[:, 1:])
        starts = np.flatnonzero(new)
        found = words.ravel()[starts]
        times = np.diff(starts, append=words.size)
        real = found > 0
        size = np.count_nonzero(real)
        columns[filled : filled + size] = found[real]
        counts[filled : filled + size] = times[real]
        rows = np.bincount(starts[real] // max(words.shape[1], 1), minlength=last - first)
        row_ends[first + 1 : last + 1] = filled + np.cumsum(rows)
        filled += size
    index = np.int32 if filled < 1 << 31 else np.int64
    matrix = (counts[:filled], columns[:filled].astype(index, copy=False), row_ends.astype(index))
    return sparse.csr_array(matrix, shape=(len(sequences), BASE**longest))


def rolled(letters: np.ndarray, k: int) -> np.ndarray:
    """The number of the k-mer at each position of a long sequence."""
    digits, positions = _DIGITS[letters], len(letters) - k + 1
    words = np.zeros(positions, np.uint16 if BASE**k <= 1 << 16 else np.uint32)
    for letter in range(k):
        words *= words.dtype.type(BASE)
        words += digits[letter : letter + positions]
    return words


def name_of(code: int) -> str:
    """The letters of a k-mer's number.

    >>> name_of(1 * 36 + 2 * 6 + 0)
    'AC'
    """
    letters = ""
    while code:
        code, digit = divmod(code, BASE)
        letters = _ALPHABET[digit] + letters
    return letters.rstrip("\0")


def codes_of(names: Sequence[str], longest: int) -> np.ndarray:
    """The numbers of k-mers of at most `longest` letters."""
    digits = np.frombuffer("".join(name.ljust(longest, "\0") for name in names).encode(), np.uint8)
    digits = _DIGITS[digits].reshape(len(names), longest).astype(np.int64)
    return digits @ BASE ** np.arange(longest - 1, -1, -1)


def by_length(words: sparse.csr_array, shortest: int, longest: int) -> Iterator[tuple[int, int, sparse.csr_array]]:
    """Letters, first row and counts of k-mers: a block of rows at a time, from the longest k-mers down.

    Among the k-mers are words that ended earlier; their last digit is 0.
    """
    for first, last in _blocks(np.diff(words.indptr)):
        counts = words[first:last]
        for letters in range(longest, shortest - 1, -1):
            yield letters, first, counts
            prefixes = (counts.data, counts.indices // BASE, counts.indptr)
            counts = sparse.csr_array(prefixes, shape=(last - first, BASE ** (letters - 1)), copy=True)
            counts.sum_duplicates()


def _blocks(widths: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of rows that, padded to the widest row, have about `_CELLS` cells."""
    first = 0
    while first < len(widths):
        ahead = widths[first : first + _ROWS]
        cells = np.maximum.accumulate(ahead) * np.arange(1, len(ahead) + 1)
        last = first + max(1, int(np.searchsorted(cells, _CELLS, side="right")))
        yield first, last
        first = last


def words_at(sequences: Sequence[str], width: int, shortest: int, longest: int) -> np.ndarray:
    """The word at each position of each sequence (rows); 0 where fewer than `shortest` letters are left."""
    padded = width + longest - 1
    text = "".join(sequence.ljust(padded, "\0") for sequence in sequences)
    digits = _DIGITS[np.frombuffer(text.encode("ascii", "replace"), np.uint8)].reshape(len(sequences), padded)
    if digits.size and digits.max() == _FOREIGN:
        record = sequences[int(np.flatnonzero((digits == _FOREIGN).any(axis=1))[0])]
        raise InputError(f"A sequence beginning {record[:20]!r} has letters besides A, C, G, T, N. Mask them with N.")
    kind = np.uint16 if BASE**longest <= 1 << 16 else np.uint32
    positions = max(width - shortest + 1, 0)
    words = np.zeros((len(sequences), positions), kind)
    for letter in range(longest):
        words *= kind(BASE)
        words += digits[:, letter : letter + positions]
    words[digits[:, shortest - 1 : shortest - 1 + positions] == 0] = 0
    return words
