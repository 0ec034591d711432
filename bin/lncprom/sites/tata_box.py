"""TATA boxes at their place in promoters.

Source: the matrix is that of Bucher (1990), J. Mol. Biol. 212:563-578, table 3, with the counts of JASPAR's MA0108.
The place follows the selection tool of EPD: -28 +- 3 from the TSS. In all TATA promoters that GUE takes from EPD,
position 0 of the matrix (the second T of TATA) lies 31 to 26 bases upstream of the TSS. Bucher's cut-off is -8.16;
with weights of two decimals it is -8.17, the lowest score among those promoters.
"""

from __future__ import annotations

import numpy as np

from lncprom.genome.bases import CODES
from lncprom.genome.coordinates import DOWNSTREAM

FIRST, LAST = -31, -26  # first and last place of position 0, relative to the TSS
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
_NEVER = -10_000  # weight of N: no box over unknown bases
UPSTREAM = _ANCHOR - FIRST  # bases needed before the TSS
WINDOW = UPSTREAM + DOWNSTREAM + 1  # the shortest window that holds them

_BY_CODE = np.vstack([WEIGHTS, np.full((1, WEIGHTS.shape[1]), _NEVER, dtype=np.int32)])


def best_scores(windows: np.ndarray, tss_index: int) -> np.ndarray:
    """The best score of each window (n,), in hundredths, over the allowed places of position 0.

    Parameters
    ----------
    windows
        ASCII letters ACGTN in the gene's direction: uint8 (n, length), with the TSS at `tss_index`.
    """
    width = WEIGHTS.shape[1]
    best = np.full(len(windows), np.iinfo(np.int32).min, dtype=np.int32)
    for offset in range(FIRST, LAST + 1):
        start = tss_index + offset - _ANCHOR
        score = _BY_CODE[CODES[windows[:, start : start + width]], np.arange(width)].sum(axis=1, dtype=np.int32)
        np.maximum(best, score, out=best)
    return best


def has_tata(windows: np.ndarray, tss_index: int) -> np.ndarray:
    """Whether each window has a TATA box at its place: bool (n,)."""
    return best_scores(windows, tss_index) >= CUTOFF
