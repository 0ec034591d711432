"""Metrics: how well each model predicts; by seed, over all seeds, and as curves. Written by evaluate."""

import polars as pl

from lncprom.tables.base import Column
from lncprom.tables.tsv import TsvTable

_SAMPLE_SET = {
    "dataset": Column(pl.String, "name of the data set"),
    "task": Column(pl.String, "its task"),
    "length": Column(pl.Int64, "bases of every sequence; empty where they differ", nullable=True),
}
_MODEL = {"model": Column(pl.String, "name of the model or trivial baseline")}
_SEED = {"seed": Column(pl.Int64, "seed of training")}
_SPLIT = {"fold": Column(pl.String, "`train`, `dev` or `test`")}
_SIZES = {
    "n": Column(pl.Int64, "samples"),
    "n_positive": Column(pl.Int64, "positive samples"),
    "n_groups": Column(pl.Int64, "groups, which the bootstrap draws"),
}

METRICS = TsvTable(
    "metrics",
    "evaluate",
    _SAMPLE_SET
    | _MODEL
    | _SEED
    | _SPLIT
    | {
        "metric": Column(pl.String, "`accuracy`, `f1`, `mcc`, `auroc`, `auprc` or `brier`"),
        "value": Column(pl.Float64, "MCC from -1 to 1, the others from 0 to 1", nullable=True),
        "ci_low": Column(pl.Float64, "lower limit of the interval, at `--confidence`", nullable=True),
        "ci_high": Column(pl.Float64, "upper limit", nullable=True),
    }
    | _SIZES,
    key=("dataset", "model", "seed", "fold", "metric"),
)

SEEDS = TsvTable(
    "seeds",
    "evaluate",
    _SAMPLE_SET
    | _MODEL
    | _SPLIT
    | {
        "metric": Column(pl.String, "as in [metrics.tsv](#metricstsv)"),
        "seeds": Column(pl.Int64, "number of seeds of training"),
        "mean": Column(pl.Float64, "mean over seeds", nullable=True),
        "sd": Column(pl.Float64, "standard deviation over seeds (n - 1); empty for one seed", nullable=True),
        "ci_low": Column(pl.Float64, "lower limit of the interval, which draws groups and seeds", nullable=True),
        "ci_high": Column(pl.Float64, "upper limit", nullable=True),
    }
    | _SIZES,
    key=("dataset", "model", "fold", "metric"),
)

CURVES = TsvTable(
    "curves",
    "evaluate",
    _SAMPLE_SET
    | _MODEL
    | _SEED
    | {
        "curve": Column(pl.String, "`roc` or `pr`"),
        "x": Column(pl.Float64, "false positive rate; of `pr` recall"),
        "y": Column(pl.Float64, "true positive rate; of `pr` precision"),
    },
)
