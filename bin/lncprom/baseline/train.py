"""The baseline of one data set: logistic regression with its penalty chosen on dev, and the trivial baselines."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit

from lncprom import text
from lncprom.baseline import classifier, gapped_kmers, kmer_tfidf, position_ladder, trivial
from lncprom.baseline.classifier import LogisticRegression, mean_loss
from lncprom.baseline.feature_set import FeatureSet, Matrix
from lncprom.datasets.targets import Scale
from lncprom.errors import InputError
from lncprom.tables import dataset as dataset_table
from lncprom.tables.base import FOLDS

C_GRIDS = {
    "kmers": (0.01, 0.1, 1.0, 10.0, 100.0),
    "position_ladder": (0.003, 0.01, 0.03),
    "gapped_kmers": (0.1, 1.0, 10.0),
}
_ALL, _NONE = ("all",), ("none",)

Log = Callable[[str], None]
Candidate = tuple[FeatureSet, Matrix]


class Settings(NamedTuple):
    """What can change a number. `model` is the name of the logistic regression in the predictions.

    `kmer_min` and `kmer_max` count for the feature set `kmers` alone. `c_grid`: None for that of the feature set.
    """

    model: str = "logistic_regression"
    features: str = "kmers"
    kmer_min: int = 3
    kmer_max: int = 6
    c_grid: tuple[float, ...] | None = None
    baselines: tuple[str, ...] = _ALL
    seed: int = 42
    train_fraction: float = 1

    @property
    def penalties(self) -> tuple[float, ...]:
        return self.c_grid or C_GRIDS[self.features]

    @property
    def chosen_baselines(self) -> tuple[str, ...]:
        """Names of trivial baselines in their order."""
        return tuple(name for name in trivial.BASELINES if name in self.baselines or self.baselines == _ALL)

    def used(self) -> dict:
        """The settings that count, for the card."""
        found = self._asdict() | {"c_grid": self.penalties, "baselines": self.chosen_baselines}
        idle = () if self.features == "kmers" else ("kmer_min", "kmer_max")
        idle += ("train_fraction",) if self.train_fraction == 1 else ()
        return {name: value for name, value in found.items() if name not in idle}

    def check(self) -> None:
        if self.model in trivial.BASELINES:
            raise InputError(f"--model {self.model}: the name of a trivial baseline. Choose another.")
        for name in self.baselines if self.baselines not in (_ALL, _NONE) else ():
            if name in (*_ALL, *_NONE):
                raise InputError(f"--baselines {','.join(self.baselines)}: {name} stands alone. Remove the others.")
            if name not in trivial.BASELINES:
                raise InputError(f"--baselines {name}: no such baseline. {text.nearest(name, trivial.BASELINES)}")
        if self.kmer_min > self.kmer_max:
            raise InputError(f"--kmer-min {self.kmer_min} is above --kmer-max {self.kmer_max}. Give the shorter first.")
        for c in self.penalties:
            if not (math.isfinite(c) and 1e-6 <= c <= 1e6):
                raise InputError(f"--c-grid {c:g}: not between 1e-06 and 1e+06. Leave it out.")


class Trained(NamedTuple):
    """Predictions of all models for all samples, the model with the chosen c, counts and notes for the card."""

    predictions: pl.DataFrame
    model: LogisticRegression
    counts: dict
    notes: list[str]


def train(rows: pl.DataFrame, name: str, source: str, settings: Settings, log: Log) -> Trained:
    """Fit on train, choose c (and the width of tents) by the log loss on dev, predict every sample.

    Raises
    ------
    InputError
        if a setting is impossible, or the data set has no fold, no train or dev samples, one class or no k-mer.
    """
    settings.check()
    dataset_table.require_training(rows, source, "the penalty")
    rows = dataset_table.of_fraction(rows, settings.train_fraction, settings.seed)
    rows = rows.sort("sample_id")  # so that the order of the file changes no bit
    scale = Scale.of_train(rows, source)
    answers = scale.forth(rows) if scale else rows["label"].to_numpy()
    of_outputs = answers.reshape(rows.height, -1).T
    rows = rows.with_columns(answer=of_outputs[0])
    parts = {part: rows.filter(pl.col("fold") == part) for part in FOLDS}
    candidates, remark = _candidates(parts["train"], source, settings)
    model, tried = _chosen(candidates, parts["train"], parts["dev"], settings, scale, log)
    chosen = model.feature_set.settings() | {"c": model.c}
    log(f"{_words(chosen)} is kept, {len(model.weights):,} k-mers")
    in_train = (rows["fold"] == "train").to_numpy()
    model = classifier.of_tissues(model, parts["train"]["sequence"].to_list(), of_outputs[1:, in_train])
    predicted, predict = np.empty(answers.shape), model.scores if scale else model.predict_probability
    for part, samples in parts.items():
        predicted[(rows["fold"] == part).to_numpy()] = predict(samples["sequence"].to_list())
    found = {settings.model: predicted}
    notes = [f"{settings.model}: {_words(chosen)}, which has the smallest {loss_name(scale)} on dev"]
    if remark:
        notes.append(f"{settings.model}: {remark}")
    if parts["dev"]["label"].n_unique() == 1:
        notes.append(f"dev has class {parts['dev']['label'][0]} only, so c was chosen on one class")
    if parts["test"].is_empty():
        notes.append("no sample in test")
    for baseline in settings.chosen_baselines:
        each = [trivial.BASELINES[baseline](rows.with_columns(answer=answer)) for answer in of_outputs]
        notes.append(each[0][1])
        if each[0][0] is not None:
            found[baseline] = np.column_stack([own for own, _ in each])
    counts = {
        "samples": rows.height,
        "fold_by_label": dataset_table.labels_by_fold({part: of["label"] for part, of in parts.items()}),
        "kmers": len(model.weights),
        "models": sorted(found),
        **chosen,
        "tried": tried,
    }
    return Trained(table(rows, name, found, settings.seed, scale), model, counts, notes)


def _candidates(train: pl.DataFrame, source: str, settings: Settings) -> tuple[Iterable[Candidate], str | None]:
    """Feature sets to choose from, each with its features of the train sequences, and a remark for the card."""
    sequences, lengths = train["sequence"].to_list(), train["sequence"].str.len_bytes().to_list()
    option, shortest = {
        "kmers": ("--kmer-min", settings.kmer_min),
        "gapped_kmers": ("--features gapped_kmers", gapped_kmers.KNOWN),
    }.get(settings.features, ("", 0))
    if max(lengths) < shortest:
        raise InputError(
            f"{source}: train sequences have at most {max(lengths)} letters, {option} needs {shortest}. Choose another."
        )
    if settings.features == "kmers":
        return kmer_tfidf.candidates(sequences, settings.kmer_min, settings.kmer_max), None
    sets, remark = [gapped_kmers.GappedKmers()], None
    if settings.features == "position_ladder":
        ladder, remark = position_ladder.anchored(lengths, train["tss_index"].to_list())
        sets = [replace(ladder, width=width) for width in position_ladder.WIDTHS]
    return ((found, found.features(sequences)) for found in sets), remark


def _chosen(
    candidates: Iterable[Candidate],
    train: pl.DataFrame,
    dev: pl.DataFrame,
    settings: Settings,
    scale: Scale | None,
    log: Log,
) -> tuple[LogisticRegression, list[dict]]:
    """The model with the smallest loss on dev (ties: the first, with the smaller c), and all that were tried.

    Log loss rather than MCC: it changes smoothly with c, so a small dev split does not choose at random.
    """
    sequences, texts, answer = train["sequence"].to_list(), dev["sequence"].to_list(), dev["answer"].to_numpy()
    best, tried = None, []
    for model, fit in classifier.fit(candidates, sequences, train["answer"].to_numpy(), settings.penalties, scale):
        about, loss = model.feature_set.settings() | {"c": model.c}, mean_loss(answer, model.logit(texts))
        tried.append(about | {f"dev_{loss_name(scale).replace(' ', '_')}": loss, "newton_steps": fit.steps})
        log(f"{_words(about)}: {loss_name(scale)} on dev {loss:.4f}, {fit.steps} Newton steps")
        if best is None or loss < best[0]:
            best = (loss, model)
    return best[1].centred(sequences), tried


def loss_name(scale: Scale | None) -> str:
    return "squared error" if scale else "log loss"


def _words(about: Mapping[str, float | None]) -> str:
    """`width=15, c=0.01`."""
    return ", ".join(f"{name}={'whole' if value is None else format(value, 'g')}" for name, value in about.items())


def table(
    rows: pl.DataFrame, name: str, found: Mapping[str, np.ndarray], seed: int, scale: Scale | None
) -> pl.DataFrame:
    """Predictions of each model for all rows, from its probabilities or, of a regression, its scores."""
    of_samples = rows.select("sample_id", "label", "fold")
    return pl.concat(
        pl.select(dataset=pl.lit(name), model=pl.lit(model), seed=pl.lit(seed, pl.Int64))
        .join(of_samples, how="cross", maintain_order="left_right")
        .with_columns(_predicted(values, scale))
        for model, values in found.items()
    )


def _predicted(values: np.ndarray, scale: Scale | None) -> pl.DataFrame:
    if scale is None:
        return pl.DataFrame({"probability": values.ravel()})
    score = values.reshape(len(values), -1)
    return scale.columns(score).with_columns(probability=expit(score[:, 0]))
