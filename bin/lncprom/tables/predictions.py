"""Predictions: one row a sample and model, with the probability of the positive class."""

import polars as pl

from lncprom.tables.base import FOLDS, Column, Table, one_of


def _probability(rows: pl.DataFrame) -> str | None:
    odd = rows.filter(~pl.col("probability").is_between(0, 1))  # NaN is not between either
    return f"{odd['sample_id'][0]} has probability {odd['probability'][0]}, not within 0 and 1" if odd.height else None


TABLE = Table(
    "predictions",
    {
        "dataset": Column(pl.String),
        "model": Column(pl.String),
        "seed": Column(pl.Int64),
        "sample_id": Column(pl.String),
        "label": Column(pl.Int8),
        "fold": Column(pl.String),
        "probability": Column(pl.Float64),
    },
    key=("dataset", "model", "seed", "sample_id"),
    checks=(one_of("label", (0, 1)), one_of("fold", FOLDS), _probability),
)

read, write, check = TABLE.read, TABLE.write, TABLE.check
