"""Composition: base frequencies along the window, by class. Written by build_length_variants and import_dataset."""

import polars as pl

from lncprom.tables.base import Column
from lncprom.tables.tsv import TsvTable

COMPOSITION = TsvTable(
    "composition",
    "build_length_variants",
    {
        "dataset": Column(pl.String, "name of the data set"),
        "label": Column(pl.Int64, "1 or 0"),
        "position": Column(pl.Int64, "relative to the TSS, which is 0; the 0-based index where the set has no TSS"),
        "n": Column(pl.Int64, "sequences that reach this position"),
        **{base: Column(pl.Float64, f"fraction with {base} here", nullable=True) for base in "ACGT"},
        "CpG": Column(
            pl.Float64, "fraction with C here and G after it; empty where every sequence ends here", nullable=True
        ),
    },
)
