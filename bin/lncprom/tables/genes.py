"""Genes: one row per gene, its transcription start, and after labelling its expression."""

import polars as pl

from lncprom.tables.base import Column, Table, one_of

EXPRESSION_LABELS = ("high", "low", "neither", "absent")

TABLE = Table(
    "genes",
    {
        "gene_id": Column(pl.String, "as in the annotation, version included"),
        "gene_name": Column(pl.String, "symbol, where the annotation has one", nullable=True),
        "biotype": Column(pl.String, "as in the annotation; what older ones call lincRNA, antisense, ... is lncRNA"),
        "chrom": Column(pl.String, "as in the annotation"),
        "strand": Column(pl.String, "`+` or `-`"),
        "tss": Column(pl.Int64, "0-based position of the first transcribed base"),
        # what label_expression adds
        "expression": Column(
            pl.String,
            "`high`, `low`, `neither`, or `absent` from the expression table; empty outside the universe",
            nullable=True,
            optional=True,
        ),
        "tissues_high": Column(pl.Int32, "tissues in which it is high", nullable=True, optional=True),
        "tissues_low": Column(pl.Int32, "tissues in which it is low", nullable=True, optional=True),
        "median_tpm": Column(pl.Float64, "median over the tissues that count", nullable=True, optional=True),
        "max_tpm": Column(pl.Float64, "maximum over the tissues that count", nullable=True, optional=True),
    },
    key=("gene_id",),
    checks=(one_of("strand", ("+", "-")), one_of("expression", EXPRESSION_LABELS)),
)

read, write, check = TABLE.read, TABLE.write, TABLE.check
