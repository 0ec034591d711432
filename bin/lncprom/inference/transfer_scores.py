"""Predictions of a trained model, and of the trivial baselines beside it, for samples of another data set."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit

from lncprom.baseline import platt, trivial
from lncprom.datasets import transfer
from lncprom.datasets.targets import Scale
from lncprom.errors import InputError
from lncprom.inference import fasta_scores
from lncprom.tables import predictions


class Scored(NamedTuple):
    """Predictions of a pair (see `transfer.pair`), and counts and notes for the card."""

    predictions: pl.DataFrame
    counts: dict
    notes: list[str]


def score(
    trained: pl.DataFrame, tested: pl.DataFrame, own: pl.DataFrame, name: str, predict: fasta_scores.Predict
) -> Scored:
    """Probabilities of the test samples of `tested`, and of the model's own dev samples as they were.

    Probabilities are calibrated on the model's own dev split. A trivial baseline is fitted to its train split again.

    Parameters
    ----------
    own
        Predictions of the model (and of trivial baselines) for `trained`, of the first split.
    name
        Of the data set `tested`.
    """
    first = own.row(0, named=True) if own.height else {}
    if first.get("split", 1) != 1 or not first:
        raise InputError("--predictions: none of the first split. Give those of the model for its own data set.")
    trained = trained.sort("sample_id")  # as in training
    pair = transfer.pair(trained, tested, first["dataset"], name)
    rows, parts, notes = pair.test.sort("sample_id"), [], [*pair.notes]
    scale = Scale.of_train(trained, first["dataset"])
    answer = scale._replace(tissues=()).forth(trained) if scale else trained["label"].to_numpy()
    known = trained.with_columns(answer=answer)
    unknown = rows.with_columns(answer=pl.lit(0, known["answer"].dtype))
    for model in own["model"].unique().sort() if rows.height else ():
        if model in trivial.BASELINES:
            found, note = trivial.BASELINES[model](pl.concat([known, unknown], how="diagonal"))
            if found is None:
                notes.append(note)
                continue
            found = expit(found[trained.height :]) if scale else found[trained.height :]
        else:
            found, _ = predict(rows["sample_id"].to_list(), rows["sequence"].to_list())
            found = np.atleast_2d(found.T)[0]  # of several outputs the first
        samples = rows.select("sample_id", "label", "fold", probability=pl.Series(np.asarray(found, np.float64)))
        if scale and "target" in rows.columns:
            samples = samples.with_columns(prediction=scale.of_probability(samples["probability"].to_numpy()))
        dev = transfer.own_dev(own.filter(pl.col("model") == model)).select(samples.columns)
        of = {"dataset": pl.lit(transfer.name(first["dataset"], name)), "model": pl.lit(model)}
        parts.append(pl.concat([dev, samples]).with_columns(**of, seed=pl.lit(first["seed"], pl.Int64)))
    if not parts:
        return Scored(predictions.TABLE.empty(), pair.counts, notes)
    found, _ = platt.calibrated(pl.concat(parts))
    return Scored(predictions.of_split(found, 1), pair.counts, notes)
