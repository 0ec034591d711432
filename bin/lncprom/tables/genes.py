"""Genes: one row a gene, where its transcription starts, and after labelling how it is expressed."""

import polars as pl

from lncprom.tables.base import Column, Table, one_of

EXPRESSION_LABELS = ("high", "low", "neither", "absent")

TABLE = Table(
    "genes",
    {
        "gene_id": Column(pl.String),  # as in the annotation, version included
        "gene_name": Column(pl.String, nullable=True),
        "biotype": Column(pl.String),
        "chrom": Column(pl.String),  # as in the annotation
        "strand": Column(pl.String),
        "tss": Column(pl.Int64),  # 0-based position of the first transcribed base
        # what label_expression adds; `absent`: no such gene in the expression table
        "expression": Column(pl.String, nullable=True, optional=True),
        "tissues_high": Column(pl.Int32, nullable=True, optional=True),
        "tissues_low": Column(pl.Int32, nullable=True, optional=True),
        "median_tpm": Column(pl.Float64, nullable=True, optional=True),
        "max_tpm": Column(pl.Float64, nullable=True, optional=True),
    },
    key=("gene_id",),
    checks=(one_of("strand", ("+", "-")), one_of("expression", EXPRESSION_LABELS)),
)

read, write, check = TABLE.read, TABLE.write, TABLE.check
