"""Names for patterns: Tomtom's p-values against every known motif, and q-values over all of them.

Matrix ids are the keys: names occur twice, and families share consensus sequences, so several hits are reported.

Source: Gupta et al. 2007 (Tomtom), as in memelite.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lncprom.motifs import enrichment_tests
from lncprom.motifs.databases import FEWEST, Database

KEPT, MOST = 5, 25  # hits of a pattern that are listed; and at most, where they are within the rate


class Matches(NamedTuple):
    """Of each pattern (row) and known motif (column): p, q, columns that overlap, offset, and strand (1: reversed)."""

    p: np.ndarray
    q: np.ndarray
    overlap: np.ndarray
    offset: np.ndarray
    reverse: np.ndarray

    def nearest(self, pattern: int, fdr: float) -> np.ndarray:
        """Columns of the nearest motifs: the first five, and further ones within the rate, 25 at most."""
        order = np.lexsort((np.arange(self.p.shape[1]), self.p[pattern]))[:MOST]
        return order[(np.arange(len(order)) < KEPT) | (self.q[pattern, order] <= fdr)]


def match(patterns: Sequence[Sequence[np.ndarray]], database: Database) -> list[Matches]:
    """Groups of patterns, each (4, width) of shares, against the database's motifs on both strands.

    q-values are over all patterns of all groups and the known motifs. Tomtom's null comes from the columns of all
    targets, fillers included.
    """
    known, queries = len(database.motifs), [np.ascontiguousarray(pattern) for group in patterns for pattern in group]
    if not queries:
        return [Matches(*(np.zeros((0, known)) for _ in Matches._fields)) for _ in patterns]
    from memelite import tomtom

    targets = [*(motif.shares for motif in database.motifs), *database.fillers]
    if len(targets) < FEWEST:
        raise ValueError(f"{len(targets)} targets; Tomtom's null needs {FEWEST}")
    p, _, offset, overlap, strand = (part[:, :known] for part in tomtom(queries, targets))
    p = np.clip(p, 0, 1)
    every = (p, enrichment_tests.false_discovery(p), overlap, offset, strand)
    edges = np.cumsum([len(group) for group in patterns])[:-1]
    return [Matches(*parts) for parts in zip(*(np.split(part, edges) for part in every), strict=True)]
