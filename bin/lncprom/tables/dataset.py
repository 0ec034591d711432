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
        "start": Column(pl.Int64, nullable=True),  # of the window on the forward strand, 0-based, half-open
        "end": Column(pl.Int64, nullable=True),
        "tss_index": Column(pl.Int32, nullable=True),  # 0-based index of the TSS in `sequence`
        "sequence": Column(pl.String),
    },
    key=("sample_id",),
    checks=(*sites.CHECKS, _sequences),
)

read, write, check = TABLE.read, TABLE.write, TABLE.check
