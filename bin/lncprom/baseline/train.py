"""The baseline of one data set: logistic regression with its penalty chosen on dev, and the trivial baselines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.baseline import classifier, trivial
from lncprom.datasets import summary
from lncprom.errors import InputError
from lncprom.tables.base import FOLDS


class Settings(NamedTuple):
    """What can change a number. `model` is the name that the regression goes by in the predictions."""

    model: str = "logistic_regression"
    kmer_min: int = 3
    kmer_max: int = 6
    c_grid: tuple[float, ...] = (0.01, 0.1, 1, 10, 100)
    trivial_baselines: bool = True
    seed: int = 42

    def check(self) -> None:
        summary.check_name(self.model, "--model")
        if self.model in trivial.BASELINES:
            raise InputError(f"--model {self.model}: the name of a trivial baseline. Choose another.")
        if self.kmer_min > self.kmer_max:
            raise InputError(f"--kmer-min {self.kmer_min} is above --kmer-max {self.kmer_max}; give the shorter first")
        for c in self.c_grid:
            if not (math.isfinite(c) and 1e-6 <= c <= 1e6):
                raise InputError(f"--c-grid {c:g}: not between 1e-06 and 1e+06; leave it out")


class Trained(NamedTuple):
    """Predictions of all models for all samples, the model with the chosen c, counts and notes for the card."""

    predictions: pl.DataFrame
    model: classifier.LogisticRegression
    counts: dict
    notes: list[str]


def train(rows: pl.DataFrame, name: str, source: str, settings: Settings, tell: Callable[[str], None]) -> Trained:
    """Fit on train, choose c by the log loss on dev (ties: the smaller c), predict every sample.

    Log loss rather than MCC: it changes smoothly with c, so that a small dev fold does not choose by luck.
    """
    settings.check()
    check_folds(rows, source, settings)
    rows = rows.sort("sample_id")  # so that the order of the file changes no bit
    fold, label = rows["fold"].to_numpy(), rows["label"].to_numpy()
    texts = {part: rows.filter(pl.col("fold") == part)["sequence"].to_list() for part in FOLDS}
    labels = {part: label[fold == part] for part in FOLDS}
    best, tried = None, []
    fits = classifier.fit(texts["train"], labels["train"], settings.kmer_min, settings.kmer_max, settings.c_grid)
    for model, fit in fits:
        loss = log_loss(labels["dev"], model.predict_probability(texts["dev"]))
        tried.append({"c": model.c, "dev_log_loss": loss, "newton_steps": fit.steps})
        tell(f"c={model.c:g}: log loss on dev {loss:.4f}, {fit.steps} Newton steps")
        if best is None or loss < best[0]:
            best = (loss, model)
    model = best[1]
    tell(f"c={model.c:g} is kept, {len(model.weights):,} k-mers")
    probability = np.empty(rows.height)
    for part in FOLDS:
        probability[fold == part] = model.predict_probability(texts[part])
    found = {settings.model: probability}
    notes = [f"{settings.model}: c={model.c:g}, of least log loss on dev"]
    if len(set(labels["dev"].tolist())) == 1:
        notes.append(f"dev holds class {labels['dev'][0]} only, so c was chosen on one class")
    if not len(labels["test"]):
        notes.append("no sample in test")
    for baseline, rule in trivial.BASELINES.items() if settings.trivial_baselines else ():
        result = rule(rows)
        notes.append(result.note)
        if result.probability is not None:
            found[baseline] = result.probability
    counts = {
        "samples": rows.height,
        "fold_by_label": {part: _by_label(labels[part]) for part in FOLDS},
        "kmers": len(model.weights),
        "models": sorted(found),
        "c": model.c,
        "tried": tried,
    }
    return Trained(_table(rows, name, found, settings.seed), model, counts, notes)


def check_folds(rows: pl.DataFrame, source: str, settings: Settings) -> None:
    """Stop where there is nothing to learn from or nothing to choose by."""
    if homeless := rows["fold"].null_count():
        first = rows.filter(pl.col("fold").is_null())["sample_id"][0]
        raise InputError(f"{source}, {first}: {homeless:,} samples have no fold; run assign_folds before")
    for part, use in (("train", "to learn from"), ("dev", "to choose the penalty by")):
        if not (rows["fold"] == part).any():
            raise InputError(f"{source}: no sample in {part} {use}; give more samples, or a larger share to {part}")
    known = rows.filter(pl.col("fold") == "train")
    if known["label"].n_unique() == 1:
        raise InputError(
            f"{source}: all {known.height:,} samples of train are of class {known['label'][0]}; "
            "give samples of both classes"
        )
    longest = known["sequence"].str.len_bytes().max()
    if longest < settings.kmer_min:
        raise InputError(
            f"{source}: train sequences have {longest} letters at most, fewer than --kmer-min {settings.kmer_min}; "
            "lower it"
        )


def log_loss(label: np.ndarray, probability: np.ndarray) -> float:
    """Mean negative logarithm of the probability given to the true class."""
    given = np.where(label == 1, probability, 1 - probability)
    return float(-np.log(np.maximum(given, np.finfo(float).tiny)).mean())


def _by_label(label: np.ndarray) -> dict[str, int]:
    return {str(value): int((label == value).sum()) for value in (0, 1)}


def _table(rows: pl.DataFrame, name: str, found: dict[str, Sequence[float]], seed: int) -> pl.DataFrame:
    parts = [
        rows.select(
            pl.lit(name).alias("dataset"),
            pl.lit(model).alias("model"),
            pl.lit(seed, pl.Int64).alias("seed"),
            "sample_id",
            "label",
            "fold",
            pl.Series("probability", probability),
        )
        for model, probability in found.items()
    ]
    return pl.concat(parts)
