"""Sites: one row per sample of a task, its place in the genome, label, group and fold."""

import polars as pl

from lncprom.tables.base import FOLDS, Column, Table, integer, number, one_of, string

GENOMIC_KINDS = ("genomic", "matched")  # kinds of negatives that are windows of the genome
COLUMNS = {
    "sample_id": string("gene id, promoter's name, `chrom:tss:strand` of a genomic negative, `<positive>~<kind>`"),
    "task": string("name of the task; of a ready-made set its own name"),
    "label": Column(pl.Int8, "1: the task's positive class; 0"),
    "chrom": string("as in the FASTA; missing in ready-made sets", nullable=True),
    "tss": integer("0-based; of a genomic negative: where a TSS would be", nullable=True),
    "strand": string("`+` or `-`; of a genomic negative drawn at random", nullable=True),
    "gene_id": string("where the sample is a gene's promoter", nullable=True),
    "gene_name": string("likewise", nullable=True),
    "biotype": string("likewise", nullable=True),
    "tss_support": Column(pl.Boolean, "likewise: whether a peak is near the TSS; only where genes have it", True, True),
    "bidirectional": Column(
        pl.Boolean,
        "whether a TSS lies on the other strand within 1,000 bp upstream; empty in genomic negatives; only with "
        "`--strata` bidirectional",
        True,
        True,
    ),
    "transform": string("how the window's bases are changed: `none`, or the kind of an artificial negative"),
    "negative_kind": string("kind of negative; empty in positives", nullable=True),
    "group": string(
        "merged locus `chrom:start-end` of overlapping windows; in a ready-made set the first of near duplicates",
        nullable=True,
    ),
    "fold": string("`train`, `dev` or `test`; one for a whole group, in every task", nullable=True),
    "target": number(
        "what a regression predicts, e.g. mean log2(TPM + 1); `label` then says whether it is above the median",
        nullable=True,
        optional=True,
    ),
    "tissues": Column(
        pl.List(pl.String), "tissues of `tissue_targets`; only with `--expression_target all-tissues`", True, True
    ),
    "tissue_targets": Column(
        pl.List(pl.Float64),
        "log2(TPM + 1) in each of them, which a regression then predicts beside `target`",
        True,
        True,
    ),
    "pair": string("positive of the matched pair of genes; only with `--match`", nullable=True, optional=True),
    "folds": Column(
        pl.List(pl.String), "the fold in each of several splits, `fold` is the first; only with `--splits`", True, True
    ),
}

CHECKS = (
    one_of("label", (0, 1)),
    one_of("strand", ("+", "-")),
    one_of("transform", ("none", "substitute", "shuffle", "dinucleotide_shuffle")),
    one_of("fold", FOLDS),
)

TABLE = Table("sites", COLUMNS, key=("task", "sample_id"), checks=CHECKS)

read, write, check = TABLE.read, TABLE.write, TABLE.check
