"""Test scores by number of training sequences: models that were also trained on fractions of train."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from lncprom.evaluation import evaluate, predicted, regression
from lncprom.tables.metrics import LEARNING_CURVE

METRICS = ("mcc", "auroc", regression.PREFERRED)


def table(
    given: Mapping[str, Path], dataset: pl.DataFrame, name: str, source: str, settings: evaluate.Settings
) -> pl.DataFrame:
    """Metrics of the test split, over seeds, of each model and fraction of train; of the first split.

    Parameters
    ----------
    given
        Name of each file of predictions -> its path: those of the fractions, and of whole train.

    Raises
    ------
    InputError
        unless each model, fraction and seed predicts each sample of dev and test once.
    """
    rows, found = predicted.read(given, name).filter(pl.col("split") == 1), []
    rows = rows.filter((pl.col("train_fraction") < 1).any().over("model")).sort("model", "train_fraction")
    about, others = (name, *predicted.task_and_length(dataset)), dataset.filter(pl.col("fold") != "train")
    for (model, fraction), part in rows.group_by("model", "train_fraction", maintain_order=True):
        is_train = pl.col("fold") == "train"
        sequences = part.filter(is_train).height / part["seed"].n_unique()
        _, known = predicted.checked(part.filter(~is_train), others, source)
        by_seed = known.group_by("seed", maintain_order=True)
        runs = [evaluate.measure(run, "test", settings, f"{name}\0test") for _, run in by_seed]
        of_model = (*about, model, fraction, round(sequences))
        found += [(*of_model, *row) for row in evaluate.rows_over_seeds(runs, settings) if row[0] in METRICS]
    return LEARNING_CURVE.frame(found)
