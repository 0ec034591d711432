"""Which promoters have a TATA box where one works.

The matrix is Bucher's (1990, J. Mol. Biol. 212:563-578, table 3; the counts behind it are JASPAR's MA0108). Where the
box must stand follows EPD, whose selection tool asks for it at -28 +- 3 from the TSS. Position 0 of the matrix (the
second T of TATA) stands 31 to 26 bases upstream of the TSS in all promoters that GUE has from EPD as TATA promoters.
Bucher's cut-off is -8.16; with weights of two decimals it is -8.17, the lowest score among those promoters.
"""

from __future__ import annotations

import numpy as np

FIRST, LAST = -31, -26  # where position 0 may stand, relative to the TSS
CUTOFF = -817  # hundredths

# hundredths of Bucher's weights; column 3 is his position 0
WEIGHTS = np.array(
    [
        [-102, -305, 0, -461, 0, 0, 0, 0, -1, -94, -54, -48, -48, -74, -62],  # A
        [-28, -206, -522, -349, -517, -463, -412, -374, -113, -5, 0, -5, -11, -28, -40],  # C
        [0, -274, -428, -461, -377, -473, -265, -150, 0, 0, -9, 0, 0, 0, 0],  # G
        [-168, 0, -228, 0, -234, -52, -365, -37, -140, -97, -140, -82, -66, -54, -61],  # T
    ],
    dtype=np.int32,
)
_ANCHOR = 3
_NEVER = -10_000  # weight of N: a box is not called over unknown bases
UPSTREAM = _ANCHOR - FIRST  # bases before the TSS that must be known
WINDOW = UPSTREAM + 51  # the shortest window, by the rule of windows (50 bases after the TSS), that holds them

_BY_LETTER = np.full((256, WEIGHTS.shape[1]), _NEVER, dtype=np.int32)
_BY_LETTER[list(b"ACGT")] = WEIGHTS


def best_scores(windows: np.ndarray, tss_index: int) -> np.ndarray:
    """The best score of each window, in hundredths, over the places where position 0 may stand.

    `windows` is uint8 of shape (n, l), letters ACGTN in the gene's direction, with the TSS at `tss_index`.
    """
    width = WEIGHTS.shape[1]
    best = np.full(len(windows), np.iinfo(np.int32).min, dtype=np.int32)
    for offset in range(FIRST, LAST + 1):
        start = tss_index + offset - _ANCHOR
        if start < 0:
            raise ValueError(f"{UPSTREAM} bases upstream of the TSS are needed, there are {tss_index}")
        score = _BY_LETTER[windows[:, start : start + width], np.arange(width)].sum(axis=1, dtype=np.int32)
        np.maximum(best, score, out=best)
    return best


def has_tata(windows: np.ndarray, tss_index: int) -> np.ndarray:
    """Which windows have a TATA box at its place."""
    return best_scores(windows, tss_index) >= CUTOFF
