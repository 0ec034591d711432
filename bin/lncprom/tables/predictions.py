"""Predictions: one row per sample and model, with the probability of the positive class."""

import polars as pl

from lncprom.tables.base import FOLDS, Column, Table, one_of


def _probability(rows: pl.DataFrame) -> str | None:
    odd = rows.filter(~pl.col("probability").is_between(0, 1))  # NaN is not between either
    return f"{odd['sample_id'][0]} has probability {odd['probability'][0]}, not within 0 and 1" if odd.height else None


TABLE = Table(
    "predictions",
    {
        "dataset": Column(pl.String, "name of the data set"),
        "model": Column(pl.String, "name in the models sheet; `gc_cpg` and `biotype` are the trivial baselines"),
        "seed": Column(pl.Int64, "seed of training"),
        "sample_id": Column(pl.String, "as in the data set"),
        "label": Column(pl.Int8, "1: the task's positive class; 0"),
        "fold": Column(pl.String, "`train`, `dev` or `test`"),
        "probability": Column(pl.Float64, "of the positive class, 0 to 1; predicted positive from 0.5 on"),
    },
    key=("dataset", "model", "seed", "sample_id"),
    checks=(one_of("label", (0, 1)), one_of("fold", FOLDS), _probability),
)

read, write, check = TABLE.read, TABLE.write, TABLE.check
