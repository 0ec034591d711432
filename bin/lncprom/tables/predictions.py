"""Predictions: one row per sample and model, with the probability of the positive class."""

import polars as pl

from lncprom.tables.base import FOLDS, Column, Table, integer, number, one_of, string


def _probability(rows: pl.DataFrame) -> str | None:
    odd = rows.filter(~pl.col("probability").is_between(0, 1))  # NaN is not between either
    return f"{odd['sample_id'][0]} has probability {odd['probability'][0]}, not within 0 and 1" if odd.height else None


TABLE = Table(
    "predictions",
    {
        "dataset": string("name of the data set"),
        "model": string("name in the models sheet; `gc_cpg` and `biotype` are the trivial baselines"),
        "seed": integer("seed of training"),
        "split": integer("number of the assignment of folds; 1 unless `--splits` asks for several", optional=True),
        "train_fraction": number("fraction of train that the model was trained on; 1 if absent", optional=True),
        "sample_id": string("as in the data set"),
        "label": Column(pl.Int8, "1: the task's positive class; 0"),
        "fold": string("`train`, `dev` or `test`"),
        "probability": number("of the positive class, 0 to 1; of a regression: that the target is above the median"),
        "prediction": number("of a regression: the target, in its unit", nullable=True, optional=True),
        "tissue_predictions": Column(
            pl.List(pl.Float64), "of `all-tissues`: log2(TPM + 1) in each of the data set's `tissues`", True, True
        ),
        "probability_calibrated": number(
            "the same after Platt scaling on dev; empty where dev lacks a class", nullable=True, optional=True
        ),
    },
    key=("dataset", "model", "split", "seed", "sample_id"),
    checks=(one_of("label", (0, 1)), one_of("fold", FOLDS), _probability),
)

read, write, check = TABLE.read, TABLE.write, TABLE.check


def of_split(rows: pl.DataFrame, split: int, train_fraction: float = 1) -> pl.DataFrame:
    """Predictions of a model that was trained on this split, or on a fraction of its train."""
    more = {} if train_fraction == 1 else {"train_fraction": pl.lit(train_fraction)}
    return rows.with_columns(split=pl.lit(split, pl.Int64), **more)
