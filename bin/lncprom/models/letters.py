"""DNA as small numbers: the one place where letters of sequences are looked at before a model's tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lncprom.errors import InputError

ORDER = "ATCG"  # the order in which the vocabularies of DNABERT and Nucleotide Transformer list k-mers
N, END = 4, 5  # digits of an N and of what is behind a sequence's end
_FOREIGN = 6
_DIGITS = np.full(256, _FOREIGN, np.uint8)
_DIGITS[np.frombuffer(ORDER.encode(), np.uint8)] = range(4)
_DIGITS[ord("N")] = N
_DIGITS[0] = END
_CELLS = 4_000_000  # of a block: some tens of MB while it is worked on


def check(sequences: Sequence[str], names: Sequence[str] | None = None, shortest: int = 1) -> None:
    """Refuse, by name, a sequence with letters other than upper-case A, C, G, T, N, one of N only or one too short."""

    def refuse(at: int, what: str) -> None:
        raise InputError(f"{names[at] if names is not None else f'sequence {at + 1}'}: {what}")

    for first, digits in blocks(sequences):
        lengths = (digits != END).sum(axis=1)
        for row in np.flatnonzero((digits == _FOREIGN).any(axis=1))[:1]:
            at = int(np.flatnonzero(digits[row] == _FOREIGN)[0])
            letter = sequences[first + row][at]
            mend = "write it in upper case" if letter in "acgtn" else "a model reads A, C, G, T, N only"
            refuse(first + row, f"{letter!r} at base {at + 1}; {mend}")
        for row in np.flatnonzero(lengths < shortest)[:1]:
            refuse(first + row, f"{lengths[row]} bases, the model needs {shortest} or more; leave it out")
        for row in np.flatnonzero((digits >= N).all(axis=1))[:1]:
            refuse(first + row, "nothing but N; leave it out")


def blocks(sequences: Sequence[str]) -> Iterator[tuple[int, np.ndarray]]:
    """Index of the first sequence and digits of some sequences, uint8 (rows, longest), filled up with END."""
    first = 0
    while first < len(sequences):
        width, rows = 1, 0
        for text in sequences[first : first + _CELLS]:
            width = max(width, len(text))
            if rows and width * (rows + 1) > _CELLS:
                break
            rows += 1
        part = sequences[first : first + rows]
        width = max(1, *map(len, part))
        text = "".join(sequence.ljust(width, "\0") for sequence in part).encode("latin-1", "replace")
        yield first, _DIGITS[np.frombuffer(text, np.uint8)].reshape(rows, width)
        first += rows


def codes(digits: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The number of the k-mer at each place, and whether it is one of A, T, C, G only; both (rows, width - k + 1)."""
    places = max(digits.shape[1] - k + 1, 0)
    number = np.zeros((len(digits), places), np.int16 if k < 8 else np.int32)
    for letter in range(k):
        number <<= 2
        number |= digits[:, letter : letter + places] & 3
    whole = np.ones(number.shape, bool)
    foreign = digits >= N
    if foreign.any():
        for letter in range(k):
            whole &= ~foreign[:, letter : letter + places]
    return number, whole


def kmers(k: int) -> list[str]:
    """All k-mers in the order of their numbers.

    >>> kmers(1)
    ['A', 'T', 'C', 'G']
    """
    words = [""]
    for _ in range(k):
        words = [word + letter for word in words for letter in ORDER]
    return words
