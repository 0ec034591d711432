"""Scores: one row per sequence or promoter that trained models were applied to."""

import polars as pl

from lncprom.tables.base import Column, Table, integer, number, one_of, string

SCORES = Table(
    "scores",
    {
        "id": string("name of the record, of the promoter or of the gene"),
        "chrom": string("as in the FASTA; empty where sequences were given", nullable=True),
        "start": integer("0-based start of the window on the forward strand", nullable=True),
        "end": integer("end of the window, not included", nullable=True),
        "strand": string("`+` or `-`", nullable=True),
        "tss": integer("0-based position of the first transcribed base", nullable=True),
        "length": integer("bases of the sequence"),
        "logit": number("mean over the models; of a regression its output, in standard deviations from the median"),
        "sd": number("standard deviation of the logit over the models (n - 1); empty with one model", nullable=True),
        "probability": number("of class 1, mean over the models; of a regression: of being above the median"),
        "probability_calibrated": number("the same after Platt scaling on dev", nullable=True),
        "percentile_class_1": number(
            "percent of the training samples of class 1 with a lower logit, mean over the models", nullable=True
        ),
        "percentile_class_0": number("the same of class 0", nullable=True),
        "prediction": number("of a regression: the target, in its unit", nullable=True, optional=True),
        "flags": string(
            "in what the sequence is unlike the training data, by commas: `length`, `gc`, `cpg`, `n`, `kmers`; `none`; "
            "empty where that is not known",
            nullable=True,
        ),
    },
    key=("id",),
    checks=(one_of("strand", ("+", "-")),),
)

SCAN = Table(
    "scan",
    {
        "chrom": string("as in the FASTA"),
        "tss": integer("0-based position of the TSS of a window, a multiple of the step"),
        "plus": Column(pl.Float32, "logit of the window of the forward strand", nullable=True),
        "minus": Column(pl.Float32, "logit of the window of the reverse strand", nullable=True),
    },
    key=("chrom", "tss"),
)
