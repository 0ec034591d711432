"""Genes: one row per gene, its TSS, and after labelling its expression; and TPM by biotype."""

import polars as pl

from lncprom.tables.base import Column, Table, TsvTable, integer, number, one_of, string

TABLE = Table(
    "genes",
    {
        "gene_id": string("as in the annotation, version included"),
        "gene_name": string("symbol, where the annotation has one", nullable=True),
        "biotype": string("as in the annotation; what older ones call lincRNA, antisense, ... is lncRNA"),
        "chrom": string("as in the annotation"),
        "strand": string("`+` or `-`"),
        "tss": integer("0-based position of the first transcribed base"),
        "cage_distance": integer(
            "bp to the nearest CAGE peak of the strand, 0 in a peak; empty where the chromosome has none; "
            "only with `--tss_support`",
            nullable=True,
            optional=True,
        ),
        "tss_support": Column(pl.Boolean, "whether a peak is near enough", nullable=True, optional=True),
        # what label_expression adds
        "expression": string(
            "`high`, `low`, `neither`, or `absent` from the expression table; empty outside the universe",
            nullable=True,
            optional=True,
        ),
        "tissues_high": Column(pl.Int32, "tissues in which it is high", nullable=True, optional=True),
        "tissues_low": Column(pl.Int32, "tissues in which it is low", nullable=True, optional=True),
        "median_tpm": number("median over the tissues that count", nullable=True, optional=True),
        "max_tpm": number("maximum over the tissues that count", nullable=True, optional=True),
        "mean_log_tpm": number("mean of log2(TPM + 1) over the tissues that count", nullable=True, optional=True),
        "max_log_tpm": number("maximum of log2(TPM + 1) over them", nullable=True, optional=True),
        "breadth": number("fraction of them with 1 TPM or more", nullable=True, optional=True),
        "tau": number(
            "tissue specificity: 0 the same in all, 1 in one tissue alone; empty where TPM is 0 in all",
            nullable=True,
            optional=True,
        ),
        "target": number(
            "what the task `expression_level` predicts; only with `--expression_target`", nullable=True, optional=True
        ),
        "tissues": Column(pl.List(pl.String), "the tissues that count; only with `all-tissues`", True, True),
        "tissue_targets": Column(pl.List(pl.Float64), "log2(TPM + 1) in each of them; likewise", True, True),
    },
    key=("gene_id",),
    checks=(one_of("strand", ("+", "-")), one_of("expression", ("high", "low", "neither", "absent"))),
)

read, write, check = TABLE.read, TABLE.write, TABLE.check

# one row per gene with a row in the expression table and tissue that counts, written by label_expression
EXPRESSION = Table(
    "expression",
    {
        "gene_id": string("as in the genes table"),
        "tissue": string("as in the expression table"),
        "log2_tpm": Column(pl.Float32, "log2(TPM + 1)"),
        "quantile": Column(pl.Float32, "fraction of the biotype's genes with less in this tissue, equal ones half"),
    },
    key=("gene_id", "tissue"),
)

# expression of the universe over all pairs of gene and tissue, written by label_expression
TPM = TsvTable(
    "tpm",
    "label_expression",
    {
        "biotype": string("the biotype"),
        "genes": integer("genes with a row in the expression table"),
        "tissues": integer("tissues that count"),
        "mean": number("mean TPM", nullable=True),
        "sd": number("standard deviation (n - 1)", nullable=True),
        "median": number("median", nullable=True),
        "zero_share": number("fraction of values that are 0", nullable=True),
    },
)
