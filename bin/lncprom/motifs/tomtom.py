"""Names for patterns: Tomtom's p-values against every known motif, and q-values over all of them.

Matrix ids are the keys: names occur twice, and families share consensus sequences, so several hits are reported.

Source: Gupta et al. 2007 (Tomtom), as in memelite.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lncprom.motifs import enrichment_tests
from lncprom.motifs.databases import Database

KEPT, MOST = 5, 25  # hits of a pattern that are listed; and at most, where they are within the rate


def match(patterns: Sequence[np.ndarray], database: Database, fdr: float) -> list[list[dict]]:
    """For each pattern, (4, width) of shares, the nearest known motifs on both strands, as rows of hits.tsv.

    q-values are over all patterns and known motifs. Tomtom's null comes from the columns of all targets, fillers
    included.
    """
    if not patterns:
        return []
    from memelite import tomtom

    queries = [np.ascontiguousarray(pattern) for pattern in patterns]
    targets = [*(motif.shares for motif in database.motifs), *database.fillers]
    p, _, offset, overlap, strand = (part[:, : len(database.motifs)] for part in tomtom(queries, targets))
    p = np.clip(p, 0, 1)
    q, nearest = enrichment_tests.false_discovery(p), np.argsort(p, axis=1, kind="stable")[:, :MOST]
    return [
        [
            {
                "rank": rank,
                **database.motifs[at].about(),
                "tf_class": database.motifs[at].tf_class,
                "p_value": float(p[row, at]),
                "q_value": float(q[row, at]),
                "overlap": int(overlap[row, at]),
                "offset": int(offset[row, at]),
                "strand": "-" if strand[row, at] else "+",
            }
            for rank, at in enumerate(columns, start=1)
            if rank <= KEPT or q[row, at] <= fdr
        ]
        for row, columns in enumerate(nearest)
    ]
