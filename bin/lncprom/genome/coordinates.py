"""The one strand rule: where a TSS lies in a feature, and where a window lies around a TSS.

A window of length l holds l-51 bases upstream, the TSS at index l-51, and 50 bases downstream. Coordinates are 0-based,
half-open.
"""

from __future__ import annotations

import numpy as np

DOWNSTREAM = 50  # bases after the TSS


def five_prime(start: int, end: int, strand: str) -> int:
    """Position of the first transcribed base of a feature.

    >>> five_prime(100, 200, "+"), five_prime(100, 200, "-")
    (100, 199)
    """
    return start if strand == "+" else end - 1


def tss_index(length: int) -> int:
    """0-based index of the TSS in a window, e.g. 249 of 300."""
    return length - DOWNSTREAM - 1


def window_bounds(tss, strand, length: int):
    """Start and end of windows on the forward strand.

    >>> window_bounds(1000, "+", 300), window_bounds(1000, "-", 300)
    ((751, 1051), (950, 1250))
    """
    tss, strand = np.asarray(tss, dtype=np.int64), np.asarray(strand)
    start = tss - _bases_before(strand, length)
    if start.ndim == 0:
        return int(start), int(start) + length
    return start, start + length


def window_tss(start: np.ndarray, strand: np.ndarray, length: int) -> np.ndarray:
    """Position of the TSS in windows that begin at `start`: the inverse of `window_bounds`."""
    return start + _bases_before(strand, length)


def _bases_before(strand: np.ndarray, length: int) -> np.ndarray:
    """Bases between a window's start on the forward strand and its TSS."""
    return np.where(strand == "-", DOWNSTREAM, tss_index(length))
