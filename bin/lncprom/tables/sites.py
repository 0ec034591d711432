"""Sites: one row a sample of a task, where it lies in the genome, with its label, group and fold."""

import polars as pl

from lncprom.tables.base import FOLDS, Column, Table, one_of

TRANSFORMS = ("none", "substitute", "shuffle", "dinucleotide_shuffle")

COLUMNS = {
    "sample_id": Column(pl.String),
    "task": Column(pl.String),
    "label": Column(pl.Int8),  # 1: the task's positive class
    "chrom": Column(pl.String, nullable=True),  # as in the FASTA; missing in ready-made sets
    "tss": Column(pl.Int64, nullable=True),  # 0-based; of a genomic negative: where a TSS would stand
    "strand": Column(pl.String, nullable=True),
    "gene_id": Column(pl.String, nullable=True),
    "gene_name": Column(pl.String, nullable=True),
    "biotype": Column(pl.String, nullable=True),
    "transform": Column(pl.String),  # what is done to the window's bases
    "negative_kind": Column(pl.String, nullable=True),  # how the negative was come by; missing in positives
    "group": Column(pl.String, nullable=True),  # overlapping loci share one; filled by assign_folds
    "fold": Column(pl.String, nullable=True),
}

CHECKS = (
    one_of("label", (0, 1)),
    one_of("strand", ("+", "-")),
    one_of("transform", TRANSFORMS),
    one_of("fold", FOLDS),
)

TABLE = Table("sites", COLUMNS, key=("task", "sample_id"), checks=CHECKS)

read, write, check = TABLE.read, TABLE.write, TABLE.check
