"""Comparisons: each pair of models on the test split, per metric. Written by compare_models."""

import polars as pl

from lncprom.tables.base import Column
from lncprom.tables.tsv import TsvTable

COMPARISONS = TsvTable(
    "comparisons",
    "compare_models",
    {
        "dataset": Column(pl.String, "name of the data set"),
        "task": Column(pl.String, "its task"),
        "length": Column(pl.Int64, "bases of every sequence; empty where they differ", nullable=True),
        "fold": Column(pl.String, "`test`"),
        "model_a": Column(pl.String, "one model or trivial baseline"),
        "model_b": Column(pl.String, "the other; the logistic regression in the first rows, where there is one"),
        "metric": Column(pl.String, "`mcc` or `auroc`"),
        "difference": Column(pl.Float64, "mean over seeds of `model_a` minus that of `model_b`", nullable=True),
        "ci_low": Column(
            pl.Float64,
            "lower limit of its interval: both models get the same draws of groups, each its own draws of seeds",
            nullable=True,
        ),
        "ci_high": Column(pl.Float64, "upper limit", nullable=True),
        "p_value": Column(pl.Float64, "two-sided, by swapping both models' predictions group by group", nullable=True),
        "q_value": Column(pl.Float64, "Benjamini-Hochberg over the pairs of this data set and metric", nullable=True),
        "n": Column(pl.Int64, "samples"),
        "n_groups": Column(pl.Int64, "groups"),
        "seeds_a": Column(pl.Int64, "seeds of `model_a`"),
        "seeds_b": Column(pl.Int64, "seeds of `model_b`"),
    },
    key=("dataset", "model_a", "model_b", "metric"),
)
