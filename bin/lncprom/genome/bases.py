"""DNA letters as small integers: A 0, C 1, G 2, T 3, everything else 4. Every folder uses this one encoding."""

from __future__ import annotations

import numpy as np

ORDER = "ACGT"
UNKNOWN = 4  # code of N, of the padding after a sequence's end, and of any other byte
LETTERS = np.frombuffer(b"ACGTN", np.uint8)  # ASCII of each code: LETTERS[codes] decodes
CODES = np.full(256, UNKNOWN, np.uint8)  # code of each ASCII byte: CODES[letters] encodes
CODES[LETTERS] = np.arange(5)

_COMPLEMENT = np.frombuffer(bytes.maketrans(b"ACGT", b"TGCA"), np.uint8)


def reverse_complement(letters: np.ndarray) -> np.ndarray:
    """ASCII letters (..., length) as the other strand reads them: AACGN becomes NCGTT."""
    return _COMPLEMENT[letters[..., ::-1]]


def gc_and_cpg(codes: np.ndarray) -> np.ndarray:
    """GC content and CpG observed/expected of each sequence over its known bases, the same on both strands.

    ACGT: GC content 2 / 4; one CG among 4 bases where 1 * 1 / 4 is expected: 4.

    Parameters
    ----------
    codes
        uint8 (sequences, positions), ASCII letters; 0 after the end of a shorter sequence.

    Returns
    -------
    ndarray
        (sequences, 2); the second is 0 where C or G is absent, both are NaN where no base is known.

    Source: CpG x bases / (C x G), Gardiner-Garden and Frommer (1987), J. Mol. Biol. 196:261-282.
    """
    is_c, is_g = codes == ord("C"), codes == ord("G")
    c, g = np.count_nonzero(is_c, axis=1), np.count_nonzero(is_g, axis=1)
    cpg = np.count_nonzero(is_c[:, :-1] & is_g[:, 1:], axis=1)
    known = np.count_nonzero((codes != ord("N")) & (codes != 0), axis=1).astype(float)
    known[known == 0] = np.nan
    return np.column_stack([(c + g) / known, cpg * known / np.maximum(c * g, 1)])
