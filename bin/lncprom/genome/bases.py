"""DNA letters as small integers: A 0, C 1, G 2, T 3, everything else 4. Every folder uses this one encoding."""

from __future__ import annotations

import numpy as np

ORDER = "ACGT"
UNKNOWN = 4  # code of N, of the padding after a sequence's end, and of any other byte
LETTERS = np.frombuffer(b"ACGTN", np.uint8)  # ASCII of each code: LETTERS[codes] decodes
CODES = np.full(256, UNKNOWN, np.uint8)  # code of each ASCII byte: CODES[letters] encodes
CODES[LETTERS] = np.arange(5)

_COMPLEMENT = np.frombuffer(bytes.maketrans(b"ACGT", b"TGCA"), np.uint8)


def letters_of(sequence: str) -> np.ndarray:
    """ASCII letters of one sequence: uint8 (length,)."""
    return np.frombuffer(sequence.encode("ascii"), np.uint8)


def reverse_complement(letters: np.ndarray) -> np.ndarray:
    """ASCII letters (..., length) as the other strand reads them: AACGN becomes NCGTT."""
    return _COMPLEMENT[letters[..., ::-1]]
