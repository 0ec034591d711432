"""Sites: one row per sample of a task, its place in the genome, label, group and fold."""

import polars as pl

from lncprom.tables.base import FOLDS, Column, Table, one_of

TRANSFORMS = ("none", "substitute", "shuffle", "dinucleotide_shuffle")

COLUMNS = {
    "sample_id": Column(
        pl.String, "gene id, promoter's name, `chrom:tss:strand` of a genomic negative, `<positive>~<kind>`"
    ),
    "task": Column(pl.String, "name of the task; of a ready-made set its own name"),
    "label": Column(pl.Int8, "1: the task's positive class; 0"),
    "chrom": Column(pl.String, "as in the FASTA; missing in ready-made sets", nullable=True),
    "tss": Column(pl.Int64, "0-based; of a genomic negative: where a TSS would be", nullable=True),
    "strand": Column(pl.String, "`+` or `-`; of a genomic negative drawn at random", nullable=True),
    "gene_id": Column(pl.String, "where the sample is a gene's promoter", nullable=True),
    "gene_name": Column(pl.String, "likewise", nullable=True),
    "biotype": Column(pl.String, "likewise", nullable=True),
    "transform": Column(pl.String, "how the window's bases are changed: `none`, or the kind of an artificial negative"),
    "negative_kind": Column(pl.String, "kind of negative; empty in positives", nullable=True),
    "group": Column(pl.String, "merged locus `chrom:start-end`; overlapping windows share one", nullable=True),
    "fold": Column(pl.String, "`train`, `dev` or `test`; one for a whole group, in every task", nullable=True),
}

CHECKS = (
    one_of("label", (0, 1)),
    one_of("strand", ("+", "-")),
    one_of("transform", TRANSFORMS),
    one_of("fold", FOLDS),
)

TABLE = Table("sites", COLUMNS, key=("task", "sample_id"), checks=CHECKS)

read, write, check = TABLE.read, TABLE.write, TABLE.check
