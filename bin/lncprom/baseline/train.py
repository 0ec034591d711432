"""The baseline of one data set: logistic regression with its penalty chosen on dev, and the trivial baselines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.baseline import classifier, trivial
from lncprom.errors import InputError
from lncprom.tables import dataset as dataset_table
from lncprom.tables.base import FOLDS


class Settings(NamedTuple):
    """What can change a number. `model` is the name of the logistic regression in the predictions."""

    model: str = "logistic_regression"
    kmer_min: int = 3
    kmer_max: int = 6
    c_grid: tuple[float, ...] = (0.01, 0.1, 1, 10, 100)
    trivial_baselines: bool = True
    seed: int = 42

    def check(self) -> None:
        if self.model in trivial.BASELINES:
            raise InputError(f"--model {self.model}: the name of a trivial baseline. Choose another.")
        if self.kmer_min > self.kmer_max:
            raise InputError(f"--kmer-min {self.kmer_min} is above --kmer-max {self.kmer_max}. Give the shorter first.")
        for c in self.c_grid:
            if not (math.isfinite(c) and 1e-6 <= c <= 1e6):
                raise InputError(f"--c-grid {c:g}: not between 1e-06 and 1e+06. Leave it out.")


class Trained(NamedTuple):
    """Predictions of all models for all samples, the model with the chosen c, counts and notes for the card."""

    predictions: pl.DataFrame
    model: classifier.LogisticRegression
    counts: dict
    notes: list[str]


def train(rows: pl.DataFrame, name: str, source: str, settings: Settings, log: Callable[[str], None]) -> Trained:
    """Fit on train, choose c by the log loss on dev, predict every sample.

    Raises
    ------
    InputError
        if a setting is impossible, or the data set has no fold, no train or dev samples, one class or no k-mer.
    """
    settings.check()
    dataset_table.require_training(rows, source, "the penalty")
    rows = rows.sort("sample_id")  # so that the order of the file changes no bit
    parts = {part: rows.filter(pl.col("fold") == part) for part in FOLDS}
    longest = parts["train"]["sequence"].str.len_bytes().max()
    if longest < settings.kmer_min:
        raise InputError(
            f"{source}: train sequences have at most {longest} letters, --kmer-min needs {settings.kmer_min}. Lower it."
        )
    model, tried = _chosen(parts["train"], parts["dev"], settings, log)
    log(f"c={model.c:g} is kept, {len(model.weights):,} k-mers")
    probability = np.empty(rows.height)
    for part, samples in parts.items():
        probability[(rows["fold"] == part).to_numpy()] = model.predict_probability(samples["sequence"].to_list())
    found = {settings.model: probability}
    notes = [f"{settings.model}: c={model.c:g}, which has the smallest log loss on dev"]
    if parts["dev"]["label"].n_unique() == 1:
        notes.append(f"dev has class {parts['dev']['label'][0]} only, so c was chosen on one class")
    if parts["test"].is_empty():
        notes.append("no sample in test")
    for baseline, rule in trivial.BASELINES.items() if settings.trivial_baselines else ():
        own, note = rule(rows)
        notes.append(note)
        if own is not None:
            found[baseline] = own
    labels = {part: samples["label"].to_numpy() for part, samples in parts.items()}
    by_label = {part: {str(value): int((of == value).sum()) for value in (0, 1)} for part, of in labels.items()}
    counts = {
        "samples": rows.height,
        "fold_by_label": by_label,
        "kmers": len(model.weights),
        "models": sorted(found),
        "c": model.c,
        "tried": tried,
    }
    return Trained(_table(rows, name, found, settings.seed), model, counts, notes)


def _chosen(
    train: pl.DataFrame, dev: pl.DataFrame, settings: Settings, log: Callable[[str], None]
) -> tuple[classifier.LogisticRegression, list[dict]]:
    """The model of the c with the smallest log loss on dev (ties: the smaller c), and all that were tried.

    Log loss rather than MCC: it changes smoothly with c, so a small dev split does not choose at random.
    """
    texts, label = dev["sequence"].to_list(), dev["label"].to_numpy()
    best, tried = None, []
    for model, fit in classifier.fit(
        train["sequence"].to_list(), train["label"].to_numpy(), settings.kmer_min, settings.kmer_max, settings.c_grid
    ):
        loss = log_loss(label, model.predict_probability(texts))
        tried.append({"c": model.c, "dev_log_loss": loss, "newton_steps": fit.steps})
        log(f"c={model.c:g}: log loss on dev {loss:.4f}, {fit.steps} Newton steps")
        if best is None or loss < best[0]:
            best = (loss, model)
    return best[1], tried


def log_loss(label: np.ndarray, probability: np.ndarray) -> float:
    """Mean negative logarithm of the probability given to the true class."""
    given = np.where(label == 1, probability, 1 - probability)
    return float(-np.log(np.maximum(given, np.finfo(float).tiny)).mean())


def _table(rows: pl.DataFrame, name: str, found: Mapping[str, np.ndarray], seed: int) -> pl.DataFrame:
    """Predictions of each model for all rows."""
    of_samples = rows.select("sample_id", "label", "fold")
    return pl.concat(
        pl.select(dataset=pl.lit(name), model=pl.lit(model), seed=pl.lit(seed, pl.Int64))
        .join(of_samples, how="cross", maintain_order="left_right")
        .with_columns(probability=pl.Series(probability))
        for model, probability in found.items()
    )
