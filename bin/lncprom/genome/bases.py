"""DNA letters as small integers: A 0, C 1, G 2, T 3, everything else 4. Every folder uses this one encoding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ORDER = "ACGT"
UNKNOWN = 4  # code of N, of the padding after a sequence's end, and of any other byte
ISLAND = 200  # bases of a CpG island at least
LETTERS = np.frombuffer(b"ACGTN", np.uint8)  # ASCII of each code: LETTERS[codes] decodes
CODES = np.full(256, UNKNOWN, np.uint8)  # code of each ASCII byte: CODES[letters] encodes
CODES[LETTERS] = np.arange(5)

_COMPLEMENT = bytes.maketrans(b"ACGT", b"TGCA")
_OF_TEXT = str.maketrans("ACGT", "TGCA")


def reverse_complement(letters: np.ndarray) -> np.ndarray:
    """ASCII letters (..., length) as the other strand reads them: AACGN becomes NCGTT."""
    turned = letters[..., ::-1].tobytes().translate(_COMPLEMENT)  # three times as fast as an index by letters
    return np.frombuffer(turned, np.uint8).reshape(letters.shape)


def on_other_strand(text: str) -> str:
    """As `reverse_complement`, of one text."""
    return text[::-1].translate(_OF_TEXT)


def texts_of(letters: np.ndarray) -> list[str]:
    """Texts of ASCII letters (sequences, length)."""
    if not len(letters):
        return []
    whole, length = letters.tobytes().decode("ascii"), letters.shape[1]
    return [whole[first : first + length] for first in range(0, len(whole), length)]


def words_at(codes: np.ndarray, offsets: Sequence[int]) -> np.ndarray:
    """int32 (sequences, positions): the number of the word at each position, -1 where one of its bases is unknown.

    `offsets`: distances of the word's letters from its position; the first letter is the highest digit in base 4.
    """
    positions = max(codes.shape[1] - offsets[-1], 0)
    found, known = np.zeros((len(codes), positions), np.int32), np.ones((len(codes), positions), bool)
    for offset in offsets:
        letters = codes[:, offset : offset + positions]
        found = 4 * found + letters
        known &= letters < UNKNOWN
    return np.where(known, found, -1)


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


def has_cpg_island(codes: np.ndarray) -> np.ndarray:
    """Whether 200 bases in a row have a GC content of at least 0.5 and a CpG observed/expected of at least 0.6.

    Parameters
    ----------
    codes
        uint8 (sequences, positions), ASCII letters; 0 after the end of a shorter sequence.

    Source: Gardiner-Garden and Frommer (1987), J. Mol. Biol. 196:261-282.
    """
    is_c, is_g = codes == ord("C"), codes == ord("G")
    c, g, known = (_in_windows(hits, ISLAND) for hits in (is_c, is_g, codes != 0))
    cpg = _in_windows(is_c[:, :-1] & is_g[:, 1:], ISLAND - 1)  # pairs within the window
    island = (2 * (c + g) >= ISLAND) & (cpg > 0) & (5 * cpg * ISLAND >= 3 * c * g) & (known == ISLAND)
    return island.any(axis=1)


def _in_windows(hits: np.ndarray, size: int) -> np.ndarray:
    """Hits in every window of so many positions: int32 (sequences, windows), none where sequences are shorter."""
    sums = np.zeros((len(hits), hits.shape[1] + 1), np.int32)
    np.cumsum(hits, axis=1, out=sums[:, 1:])
    return sums[:, size:] - sums[:, : max(0, sums.shape[1] - size)]
