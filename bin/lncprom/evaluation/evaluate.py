"""Predictions of one data set against its labels: metrics with intervals, curves, and what probabilities mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.evaluation import jackknife, metrics, predicted, regression, reliability, strata
from lncprom.tables import metrics as metrics_tables
from lncprom.tables.base import FOLDS

# Kind of probability -> its column in predictions
KINDS = {"raw": "probability", "calibrated": "probability_calibrated"}
OF_LEVELS = ("mcc", "auroc", regression.PREFERRED)  # metrics of strata


class Settings(NamedTuple):
    """Confidence of intervals; the seed that deals more than 1,000 groups into blocks; prevalence to report for."""

    confidence: float = 0.95
    seed: int = 42
    prevalence: float | None = None


class Evaluated(NamedTuple):
    """Five tables, and counts and notes for the card."""

    metrics: pl.DataFrame
    seeds: pl.DataFrame
    curves: pl.DataFrame
    reliability: pl.DataFrame
    strata: pl.DataFrame
    counts: dict
    notes: list[str]


class Measured(NamedTuple):
    """One model and seed on one fold: ranking, metrics, and these without each group; samples, positives, groups.

    `probability` and `group`, a number, are those of each sample; predicted positive from `threshold` on.
    """

    ranked: metrics.Ranked
    values: dict[str, float]
    without: dict[str, np.ndarray]
    sizes: tuple[int, int, int]
    probability: np.ndarray
    group: np.ndarray
    threshold: float


def evaluate(
    given: Mapping[str, Path],
    dataset: pl.DataFrame,
    name: str,
    source: str,
    settings: Settings,
    log: Callable[[str], None],
    levels: Mapping[str, pl.DataFrame] | None = None,
) -> Evaluated:
    """Metrics by model, split, seed and fold, and over the seeds of each; curves of the first split's test fold.

    Parameters
    ----------
    given
        Name of each file of predictions, as faults name it, -> its path.
    name, source
        Name of the data set, and of its file in faults.
    levels
        Of `strata.levels`; None: no scores by stratum.
    """
    samples, rows = predicted.combine(given, dataset, name, source)
    scores, means, points, bins, of_levels = [], [], [], [], []
    notes = [*notes_on(samples), *strata.notes(levels or {})]
    first = samples["split"].min()
    for (model, split), of_model in rows.group_by("model", "split", maintain_order=True):
        about, where = (name, *predicted.task_and_length(dataset), model), _where(samples, split)
        for kind, fold in product(KINDS, FOLDS):
            known = of_model.with_columns(probability=KINDS[kind]).drop_nulls("probability")
            known = known if kind == "raw" else known.drop("target", strict=False)  # calibration moves no target
            runs = _runs(known, fold, settings, name, dataset if kind == "raw" else None)
            if not runs:
                continue
            for seed, found in runs.items():
                of, said = (split, seed, fold, kind, found.threshold), f"{where}{model}, seed {seed}, {fold}"
                scores += [
                    (*about, *of, metric, mean, *row) for metric, _, mean, _, *row in rows_over_seeds([found], settings)
                ]
                log(f"{said}, {kind}: MCC {found.values['mcc']:.4f}")
                if kind == "raw" and len(called := np.unique(found.ranked.called)) == 1:
                    notes.append(f"{said}: predicts class {int(called[0])} for every sample; MCC is 0")
            means += [(*about, split, fold, kind, *row) for row in rows_over_seeds([*runs.values()], settings)]
            if (fold, kind) == ("test", "raw"):
                by_level = _by_level(known, levels or {}, settings, f"{name}\0{fold}")
                of_levels += [(*about, split, *row) for row in by_level]
            if (fold, split) == ("test", first):
                points += [(*about, *row) for row in _curve_rows(runs)] if kind == "raw" else []
                seed, found = next(iter(runs.items()))
                of_bins = reliability.bins(found.ranked, found.group, settings.confidence)
                bins += [(*about, seed, kind, *row) for row in of_bins]
    sizes = {fold: samples.filter(split=first, fold=fold).height for fold in FOLDS}
    return Evaluated(
        metrics_tables.METRICS.frame(scores),
        metrics_tables.SEEDS.frame(means),
        metrics_tables.CURVES.frame(points),
        metrics_tables.RELIABILITY.frame(bins),
        metrics_tables.STRATA.frame(of_levels),
        {"fold": sizes, "splits": samples["split"].n_unique(), "models": rows["model"].unique().sort().to_list()},
        notes,
    )


def _runs(
    known: pl.DataFrame, fold: str, settings: Settings, name: str, dataset: pl.DataFrame | None
) -> dict[int, Measured]:
    """Seed -> metrics of one model on one fold; none without its samples. With the data set, also by tissue."""
    if not (known["fold"] == fold).any():
        return {}
    runs = {}
    for (seed,), part in known.group_by("seed", maintain_order=True):
        found = measure(part, fold, settings, f"{name}\0{fold}")
        if fold == "test" and dataset is not None and "tissue_targets" in dataset.columns:
            found = _with_tissues(found, part, dataset, settings, f"{name}\0{fold}")
        runs[seed] = found
    return runs


def measure(rows: pl.DataFrame, fold: str, settings: Settings, name: str) -> Measured:
    """Metrics of one fold from all predictions of a model, split and seed, in the order of their samples.

    All models on the samples `name` get the same blocks of groups.
    """
    dev, rows = (rows.filter(pl.col("fold") == one) for one in ("dev", fold))
    threshold = metrics.threshold(dev["label"].to_numpy(), dev["probability"].to_numpy())
    label, probability = rows["label"].to_numpy(), rows["probability"].to_numpy()
    ranked = metrics.Ranked.of(label, probability, threshold, settings.prevalence)
    # numbered in the order of the groups' names, whatever the order of the rows
    group = np.unique(rows["group"].to_numpy(), return_inverse=True)[1]
    without = jackknife.left_out(ranked, group, settings.seed, name)
    values = {metric: float(value[0]) for metric, value in metrics.values(ranked).items()}
    if "target" in rows.columns and not rows["prediction"].null_count():
        whole, parts = regression.values(rows, *jackknife.blocks(group, settings.seed, name))
        values, without = values | whole, without | parts
    sizes = (len(label), int(label.sum()), int(group.max()) + 1)
    return Measured(ranked, values, without, sizes, probability, group, threshold)


def _with_tissues(
    found: Measured, rows: pl.DataFrame, dataset: pl.DataFrame, settings: Settings, name: str
) -> Measured:
    """With metrics of each tissue on the test samples, where the model predicts all tissues."""
    rows = rows.filter(pl.col("fold") == "test").select("sample_id", "tissue_predictions")
    if rows["tissue_predictions"].null_count():
        return found
    both = rows.join(dataset, on="sample_id", how="left", maintain_order="left")
    truth, of_model = (np.array(both[column].to_list()) for column in ("tissue_targets", "tissue_predictions"))
    blocks = jackknife.blocks(found.group, settings.seed, name)
    whole, parts = regression.by_tissue(dataset["tissues"][0], truth, of_model, *blocks)
    return found._replace(values=found.values | whole, without=found.without | parts)


def over_seeds(metric: str, runs: Sequence[Measured]) -> jackknife.Scores:
    """A metric of the seeds of one model on the same samples."""
    n, _, groups = runs[0].sizes
    value = np.array([run.values[metric] for run in runs])
    return jackknife.Scores(value, np.stack([run.without[metric] for run in runs]), groups, n)


def rows_over_seeds(runs: Sequence[Measured], settings: Settings) -> Iterator[tuple]:
    """Of each metric the seeds, mean, standard deviation (none of one seed), lower and upper bound, note, sizes."""
    for metric in runs[0].values:
        scores = over_seeds(metric, runs)
        deviation = scores.value.std(ddof=1) if len(runs) > 1 else np.nan
        limits = jackknife.interval(metric, scores, settings.confidence)
        # an estimate free of bias may be below the lowest value that a metric can have
        mean = np.maximum(scores.value.mean(), metrics.lowest(metric))
        yield metric, len(runs), *cells(mean, deviation, *limits), *runs[0].sizes


def _by_level(known: pl.DataFrame, levels: Mapping, settings: Settings, name: str) -> Iterator[tuple]:
    """Stratum, level, and scores of its test samples as in `rows_over_seeds`; the threshold is that of all samples."""
    for stratum, of in levels.items():
        on = [column for column in ("split", "sample_id") if column in of.columns]
        rows = known.join(of, on=on, how="left", maintain_order="left")
        for level in strata.in_order(rows.filter(pl.col("fold") == "test")["level"]):
            part = rows.filter((pl.col("fold") == "dev") | (pl.col("level") == level))
            runs = [measure(run, "test", settings, name) for _, run in part.group_by("seed", maintain_order=True)]
            for metric, seeds, mean, _, *limits_and_note, n, positive, groups in rows_over_seeds(runs, settings):
                if metric in OF_LEVELS:
                    known_of_it = 0 < positive < n or metric == regression.PREFERRED
                    shown = (mean, *limits_and_note) if known_of_it else [None] * 4
                    yield stratum, level, metric, seeds, *shown, n, positive, groups


def _curve_rows(runs: Mapping[int, Measured]) -> Iterator[tuple]:
    for seed, found in runs.items():
        for curve, points in metrics.curves(found.ranked).items():
            yield from ((seed, curve, *map(float, point)) for point in zip(*points, strict=True))


def cells(*values: float | str) -> tuple[float | str | None, ...]:
    """Cells of a table, empty for a number that is undefined and for a text without letters."""
    return tuple((value or None) if isinstance(value, str) else _number(value) for value in values)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _where(samples: pl.DataFrame, split: int) -> str:
    """`split 2, ` where there are several."""
    return f"split {split}, " if samples["split"].n_unique() > 1 else ""


def notes_on(samples: pl.DataFrame, folds: Sequence[str] = FOLDS) -> list[str]:
    """Folds that are empty or have one class or group, and where the threshold is chosen on dev."""
    notes = []
    for (split,), of_split in samples.group_by("split", maintain_order=True):
        for fold in folds:
            part, where = of_split.filter(pl.col("fold") == fold), f"{_where(samples, split)}{fold}"
            if part.is_empty():
                notes.append(f"{where}: no samples, so no metrics")
                continue
            if part["label"].n_unique() == 1:
                notes.append(f"{where}: class {part['label'][0]} only; MCC is 0, AUROC and AUPRC are undefined")
            if part["group"].n_unique() == 1:
                notes.append(f"{where}: a single group, so no intervals")
            if fold == "dev" and metrics.unbalanced(part["label"].to_numpy()):
                notes.append(
                    f"{where}: {part['label'].mean():.1%} positive, so each model's threshold is the one with the best "
                    "MCC on dev"
                )
    return notes
