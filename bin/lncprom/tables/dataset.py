"""Data set: the sites of one task with their sequences at one length, read in the gene's direction."""

import polars as pl

from lncprom.tables import sites
from lncprom.tables.base import Column, Table


def _sequences(rows: pl.DataFrame) -> str | None:
    odd = rows.filter(~rows["sequence"].str.contains("^[ACGTN]+$"))
    return f"{odd['sample_id'][0]} has a sequence that is empty or not of A, C, G, T, N" if odd.height else None


TABLE = Table(
    "dataset",
    sites.COLUMNS
    | {
        "start": Column(pl.Int64, "first base of the window on the forward strand, 0-based", nullable=True),
        "end": Column(pl.Int64, "base after the window's last one on the forward strand", nullable=True),
        "tss_index": Column(pl.Int32, "0-based index of the TSS in `sequence`", nullable=True),
        "sequence": Column(pl.String, "bases A, C, G, T, N, read in the gene's direction, after the transform"),
    },
    key=("sample_id",),
    checks=(*sites.CHECKS, _sequences),
)

read, write, check = TABLE.read, TABLE.write, TABLE.check
