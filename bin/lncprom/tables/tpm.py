"""TPM: expression of the universe by biotype, over all pairs of gene and tissue. Written by label_expression."""

import polars as pl

from lncprom.tables.base import Column
from lncprom.tables.tsv import TsvTable

TPM = TsvTable(
    "tpm",
    "label_expression",
    {
        "biotype": Column(pl.String, "the biotype"),
        "genes": Column(pl.Int64, "genes with a row in the expression table"),
        "tissues": Column(pl.Int64, "tissues that count"),
        "mean": Column(pl.Float64, "mean TPM", nullable=True),
        "sd": Column(pl.Float64, "standard deviation (n - 1)", nullable=True),
        "median": Column(pl.Float64, "median", nullable=True),
        "zero_share": Column(pl.Float64, "fraction of values that are 0", nullable=True),
    },
)
