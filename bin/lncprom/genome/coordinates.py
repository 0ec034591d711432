"""Where a window lies around its TSS and how the minus strand reads: the one place of the strand rule.

A window of length l holds l-51 bases upstream, the TSS at index l-51, and 50 bases downstream. Coordinates are 0-based,
half-open.
"""

from __future__ import annotations

import numpy as np

DOWNSTREAM = 50  # bases after the TSS


def tss_index(length: int) -> int:
    """0-based index of the TSS in a window, e.g. 249 of 300."""
    return length - DOWNSTREAM - 1


def window_bounds(tss, strand, length: int):
    """Start and end of windows on the forward strand, 0-based, half-open.

    >>> window_bounds(1000, "+", 300), window_bounds(1000, "-", 300)
    ((751, 1051), (950, 1250))
    """
    tss, strand = np.asarray(tss, dtype=np.int64), np.asarray(strand)
    reverse = strand == "-"
    if not np.all(reverse | (strand == "+")):
        raise ValueError("strand is + or -")
    start = np.where(reverse, tss - DOWNSTREAM, tss - tss_index(length))
    if start.ndim == 0:
        return int(start), int(start) + length
    return start, start + length
