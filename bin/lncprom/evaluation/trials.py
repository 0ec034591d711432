"""Trials of a model's settings on dev: which are kept. No trial ever sees a test sample."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.baseline import classifier
from lncprom.errors import InputError
from lncprom.evaluation import group_means, predicted
from lncprom.tables import predictions
from lncprom.tables.training import TRIALS

DEFAULT = 1  # number of the trial with the settings of the models sheet
# Mean of the largest of m draws from a standard normal distribution: what choosing among m equals adds by chance
_LUCK = {1: 0.0, 2: 0.56, 3: 0.85, 4: 1.03, 5: 1.16, 6: 1.27}


class Chosen(NamedTuple):
    """The trial that is kept, a row for each trial, and a note on the luck of the best."""

    trial: int
    rows: list[dict]
    note: str


def read(
    paths: Sequence[Path], asked: Sequence[dict], rows: pl.DataFrame, source: str
) -> tuple[dict[int, np.ndarray], np.ndarray]:
    """Trial, from 1 on in the order given -> log loss of each dev sample; and the samples' groups.

    Raises
    ------
    InputError
        if there are not as many settings as files, or a trial predicts test samples or not every dev sample.
    """
    if len(paths) != len(asked):
        raise InputError(f"--trial: {len(asked)} settings for {len(paths)} files of --predictions. Give one for each.")
    dev = predicted.grouped(rows, source).filter(pl.col("fold") == "dev").drop("label", "fold")
    losses = {}
    for trial, path in enumerate(paths, start=1):
        found = predictions.read(path)
        if (found["fold"] == "test").any():
            raise InputError(f"{path.name}: a trial with test samples. Train it with --trial.")
        found = dev.join(found, on="sample_id", how="inner", maintain_order="left")
        if found.height != dev.height:
            raise InputError(f"{path.name}: predicts {found.height:,} of {dev.height:,} dev samples of {source}.")
        losses[trial] = log_losses(found)
    return losses, dev["group"].to_numpy()


def table(found: Chosen, asked: Sequence[dict], dataset: str, model: str, split: int) -> pl.DataFrame:
    """trials.tsv: a row for each trial."""
    return TRIALS.frame(
        (
            *(dataset, model, split, row["trial"], json.dumps(settings)),
            *(row["dev_loss"], row["difference"], row["se"], int(row["trial"] == found.trial)),
        )
        for row, settings in zip(found.rows, asked, strict=True)
    )


def choose(losses: Mapping[int, np.ndarray], group: np.ndarray) -> Chosen:
    """The default, unless another trial has a lower dev loss by more than the standard error of their difference.

    Parameters
    ----------
    losses
        Trial -> log loss of each dev sample, in one order of samples.
    group
        (samples,) group of each sample, for the standard error.
    """
    if DEFAULT not in losses:
        raise InputError(f"--predictions: no trial {DEFAULT}, the default that the others are compared with.")
    rows = []
    for trial, loss in sorted(losses.items()):
        difference = loss - losses[DEFAULT]
        # with one group nothing can be said
        error = float(np.nan_to_num(group_means.error(difference, group)[0], nan=np.inf)) if trial != DEFAULT else 0.0
        better = bool(difference.mean() < -error) and trial != DEFAULT
        rows.append(
            {"trial": trial, "dev_loss": loss.mean(), "difference": difference.mean(), "se": error, "better": better}
        )
    best = min((row for row in rows if row["better"] or row["trial"] == DEFAULT), key=lambda row: row["dev_loss"])
    error = max(row["se"] for row in rows)
    note = (
        f"trial {best['trial']} of {len(rows)} is kept, by dev loss; among so many equals the best would look better "
        f"by about {_LUCK[len(rows)] * error:.3f} by chance alone"
    )
    return Chosen(best["trial"], rows, note)


def log_losses(rows: pl.DataFrame) -> np.ndarray:
    """Log loss of each prediction; of a regression its squared error."""
    if "prediction" in rows.columns and not rows["prediction"].null_count():
        return (rows["prediction"].to_numpy() - rows["target"].to_numpy()) ** 2
    return classifier.log_losses(rows["label"].to_numpy(), rows["probability"].to_numpy())
