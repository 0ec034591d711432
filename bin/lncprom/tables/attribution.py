"""Attribution: deletion and insertion curves, and attention by head. Written by score_attention."""

import polars as pl

from lncprom.tables.base import Column
from lncprom.tables.tsv import TsvTable

MODEL = {
    "dataset": Column(pl.String, "name of the data set"),
    "model": Column(pl.String, "name of the model"),
    "seed": Column(pl.Int64, "seed of training"),
}

DELETION = TsvTable(
    "deletion",
    "score_attention",
    MODEL
    | {
        "control": Column(
            pl.String, "whose ranking: empty, the model's own; `random_init`; `shuffled_labels`", nullable=True
        ),
        "method": Column(pl.String, "method of explanation"),
        "kind": Column(pl.String, "`deletion`: those bases are replaced; `insertion`: all other bases are redrawn"),
        "bases": Column(pl.Int64, "how many bases: 0, 5, 10, 20, 40, 80"),
        "n": Column(pl.Int64, "positives"),
        "mean": Column(pl.Float64, "mean fall (deletion) or rise (insertion) of the logit"),
        "sd": Column(pl.Float64, "its standard deviation over samples; empty for one sample", nullable=True),
        "random_mean": Column(pl.Float64, "the same of randomly chosen bases"),
        "random_sd": Column(pl.Float64, "its standard deviation", nullable=True),
        "ci_low": Column(pl.Float64, "of mean minus random mean, paired by sample: lower limit (95%)", nullable=True),
        "ci_high": Column(pl.Float64, "upper limit", nullable=True),
    },
    key=("seed", "control", "method", "kind", "bases"),
)

HEADS = TsvTable(
    "heads",
    "score_attention",
    MODEL
    | {
        "control": Column(pl.String, "empty, `random_init` or `shuffled_labels`", nullable=True),
        "layer": Column(pl.Int64, "from 1, the first above the embedding"),
        "head": Column(pl.Int64, "from 1"),
        "share_first80": Column(
            pl.Float64,
            "fraction of the first token's attention on the 80 bases upstream of the TSS; empty without a TSS",
            nullable=True,
        ),
        "entropy_bits": Column(pl.Float64, "entropy of its attention over bases, in bits"),
    },
    key=("seed", "control", "layer", "head"),
)
