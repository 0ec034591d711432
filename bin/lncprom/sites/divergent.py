"""Promoters that share their place with one on the other strand: bidirectional ones."""

from __future__ import annotations

import polars as pl

DISTANCE = 1000  # bases from a TSS to the next one upstream on the other strand, at most


def bidirectional(rows: pl.DataFrame, starts: pl.DataFrame) -> pl.DataFrame:
    """The rows, with whether a TSS of the other strand lies at most 1,000 bp upstream: column `bidirectional`.

    Parameters
    ----------
    rows, starts
        `chrom`, `tss` and `strand` of the promoters and of all TSSs, under the same names of chromosomes.
    """
    parts = []
    for strand, other, upstream in (("+", "-", "backward"), ("-", "+", "forward")):
        near = starts.filter(pl.col("strand") == other).select("chrom", at="tss").sort("at")
        mine = rows.filter(pl.col("strand") == strand).sort("tss")
        how = {"by": "chrom", "strategy": upstream, "tolerance": DISTANCE, "check_sortedness": False}
        parts.append(mine.join_asof(near, left_on="tss", right_on="at", **how))
    return pl.concat(parts).with_columns(bidirectional=pl.col("at").is_not_null()).drop("at")
