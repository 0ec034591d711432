"""Predictions of one data set against its labels: metrics with intervals for each model and fold, and curves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.evaluation import jackknife, metrics
from lncprom.tables import dataset as dataset_table
from lncprom.tables import metrics as metrics_tables
from lncprom.tables import predictions
from lncprom.tables.base import FOLDS


class Settings(NamedTuple):
    """Confidence of intervals; the seed that deals more than 1,000 groups into blocks."""

    confidence: float = 0.95
    seed: int = 42


class Evaluated(NamedTuple):
    """Three tables, and counts and notes for the card."""

    metrics: pl.DataFrame
    seeds: pl.DataFrame
    curves: pl.DataFrame
    counts: dict
    notes: list[str]


class Measured(NamedTuple):
    """One model and seed on one fold: ranking, metrics, and these without each group; samples, positives, groups."""

    ranked: metrics.Ranked
    values: dict[str, float]
    without: dict[str, np.ndarray]
    sizes: tuple[int, int, int]


def named(paths: Sequence[Path]) -> dict[str, Path]:
    """File name -> path, in an order independent of the command line's; files of one name get a number."""
    found: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (path.name, files.sha256(path))):
        alike = sum(other.name == path.name for other in found.values())
        found[f"{path.name} ({alike + 1})" if alike else path.name] = path
    return found


def grouped(dataset: pl.DataFrame, source: str) -> pl.DataFrame:
    """Samples by name, each with label, fold and group; a sample without a group is a group of its own."""
    dataset_table.require_folds(dataset, source)
    group = pl.col("group").fill_null(pl.col("sample_id"))
    return dataset.select("sample_id", "label", "fold", group).sort("sample_id")


def first_split(rows: pl.DataFrame) -> pl.DataFrame:
    """Predictions of models trained on the first split, without the columns that only some files have."""
    rows = rows.filter(pl.col("split") == 1) if "split" in rows.columns else rows
    return rows.select(name for name, column in predictions.TABLE.columns.items() if not column.optional)


def combine(given: Mapping[str, Path], samples: pl.DataFrame, name: str, source: str) -> pl.DataFrame:
    """All predictions, in the order of model, seed and sample, each with its sample's group.

    Raises
    ------
    InputError
        unless each model and seed predicts each sample of the data set once, with the label and fold that it has there.
    """
    parts = []
    for file, path in given.items():
        parts.append(first_split(predictions.read(path)).with_columns(file=pl.lit(file)))
        others = parts[-1].filter(pl.col("dataset") != name)
        if others.height:
            raise InputError(f"{file}: predictions of {others['dataset'][0]}, not of {name}. Give those of {name}.")
    rows = pl.concat(parts).sort("model", "seed", "sample_id")
    if rows.is_empty():
        raise InputError(f"{next(iter(given))}: no predictions in it. Train a model on {name} first.")
    if (twice := rows.select("model", "seed", "sample_id").is_duplicated()).any():
        row = rows.filter(twice).row(0, named=True)
        raise InputError(
            f"{row['file']}, {row['sample_id']}: predicted twice by {row['model']} with seed {row['seed']}. "
            "Give each model and seed once."
        )
    known = samples.select("sample_id", "group", pl.col("label").alias("_label"), pl.col("fold").alias("_fold"))
    rows = rows.join(known, on="sample_id", how="left", maintain_order="left")
    for is_odd, fact in (
        (pl.col("_label").is_null(), "{sample_id}: no such sample in {source}"),
        (pl.col("label") != pl.col("_label"), "{sample_id}: label {label} here, {_label} in {source}"),
        (pl.col("fold") != pl.col("_fold"), "{sample_id}: fold {fold} here, {_fold} in {source}"),
    ):
        if (odd := rows.filter(is_odd)).height:
            row = odd.row(0, named=True) | {"source": source}
            raise InputError(f"{row['file']}, {fact.format(**row)}. Give predictions of this data set.")
    for (model, seed), part in rows.group_by("model", "seed", maintain_order=True):
        if missing := samples.height - part.height:
            absent = samples.join(part, on="sample_id", how="anti", maintain_order="left")
            raise InputError(
                f"{part['file'][0]}: {model} with seed {seed} lacks {missing:,} of {samples.height:,} samples of "
                f"{source} ({_where(absent, samples)}), e.g. {absent['sample_id'][0]}. Predict all of them."
            )
    return rows.drop("_label", "_fold")


def task_and_length(dataset: pl.DataFrame) -> tuple[str, int | None]:
    """The task and the length of all sequences; None as length where they differ."""
    lengths = dataset["sequence"].str.len_bytes().unique()
    return dataset["task"][0], lengths[0] if len(lengths) == 1 else None


def evaluate(
    given: Mapping[str, Path],
    dataset: pl.DataFrame,
    name: str,
    source: str,
    settings: Settings,
    log: Callable[[str], None],
) -> Evaluated:
    """Metrics by model, seed and fold, and over the seeds of each model; curves of the test fold.

    Parameters
    ----------
    given
        Name of each file of predictions, as faults name it, -> its path.
    name, source
        Name of the data set, and of its file in faults.
    """
    samples = grouped(dataset, source)
    rows = combine(given, samples, name, source)
    scores, means, points = [], [], []
    for (model,), of_model in rows.group_by("model", maintain_order=True):
        about, runs = (name, *task_and_length(dataset), model), {}
        for (seed,), of_seed in of_model.group_by("seed", maintain_order=True):
            for fold in FOLDS:
                of_fold = of_seed.filter(pl.col("fold") == fold)
                if of_fold.is_empty():
                    continue
                found = measure(of_fold, settings, f"{name}\0{fold}")
                runs.setdefault(fold, []).append(found)
                for metric, value in found.values.items():
                    limits = jackknife.interval(metric, over_seeds(metric, [found]), settings.confidence)
                    scores.append((*about, seed, fold, metric, *cells(value, *limits), *found.sizes))
                for curve, points_of in metrics.curves(found.ranked).items() if fold == "test" else ():
                    points += [(*about, seed, curve, *map(float, point)) for point in zip(*points_of, strict=True)]
                log(f"{model}, seed {seed}, {fold}: MCC {found.values['mcc']:.4f}")
        for fold, each in runs.items():
            means += [(*about, fold, *row) for row in _seed_rows(each, settings)]
    folds = {fold: int((samples["fold"] == fold).sum()) for fold in FOLDS}
    return Evaluated(
        metrics_tables.METRICS.frame(scores),
        metrics_tables.SEEDS.frame(means),
        metrics_tables.CURVES.frame(points),
        {"fold": folds, "models": rows["model"].unique().sort().to_list()},
        _notes(samples, rows),
    )


def measure(rows: pl.DataFrame, settings: Settings, name: str) -> Measured:
    """Metrics of predictions in the order of their samples; all models on the samples `name` get the same blocks."""
    label = rows["label"].to_numpy()
    ranked = metrics.Ranked.of(label, rows["probability"].to_numpy())
    # numbered in the order of the groups' names, whatever the order of the rows
    group = np.unique(rows["group"].to_numpy(), return_inverse=True)[1]
    without = jackknife.left_out(ranked, group, settings.seed, name)
    values = {metric: float(value[0]) for metric, value in metrics.values(ranked).items()}
    return Measured(ranked, values, without, (len(label), int(label.sum()), int(group.max()) + 1))


def over_seeds(metric: str, runs: Sequence[Measured]) -> jackknife.Scores:
    """A metric of the seeds of one model on the same samples."""
    n, _, groups = runs[0].sizes
    value = np.array([run.values[metric] for run in runs])
    return jackknife.Scores(value, np.stack([run.without[metric] for run in runs]), groups, n)


def _seed_rows(runs: Sequence[Measured], settings: Settings) -> Iterator[tuple]:
    """Of each metric the mean over seeds, its standard deviation (none of one seed), lower and upper bound, note."""
    for metric in metrics.NAMES:
        scores = over_seeds(metric, runs)
        deviation = scores.value.std(ddof=1) if len(runs) > 1 else np.nan
        limits = jackknife.interval(metric, scores, settings.confidence)
        yield metric, len(runs), *cells(scores.value.mean(), deviation, *limits), *runs[0].sizes


def cells(*values: float | str) -> tuple[float | str | None, ...]:
    """Cells of a table, empty for a number that is undefined and for a text without letters."""
    return tuple((value or None) if isinstance(value, str) else _number(value) for value in values)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _where(absent: pl.DataFrame, samples: pl.DataFrame) -> str:
    """In which folds samples lack a prediction: `the whole fold test`, `2 in dev, 1 in test`."""
    lacking = {fold: int((absent["fold"] == fold).sum()) for fold in FOLDS}
    return ", ".join(
        f"the whole fold {fold}" if number == (samples["fold"] == fold).sum() else f"{number:,} in {fold}"
        for fold, number in lacking.items()
        if number
    )


def _notes(samples: pl.DataFrame, rows: pl.DataFrame) -> list[str]:
    """Folds that are empty or have one class or group, and models that predict one class for every sample."""
    notes = []
    for fold in FOLDS:
        part = samples.filter(pl.col("fold") == fold)
        if part.is_empty():
            notes.append(f"{fold}: no samples, so no metrics")
            continue
        if part["label"].n_unique() == 1:
            notes.append(f"{fold}: class {part['label'][0]} only; MCC is 0, AUROC and AUPRC are undefined")
        if part["group"].n_unique() == 1:
            notes.append(f"{fold}: a single group, so no intervals")
    predicted = (pl.col("probability") >= metrics.THRESHOLD).cast(pl.Int8)
    classes = rows.group_by("model", "seed", "fold", maintain_order=True).agg(
        predicted.n_unique().alias("number"), predicted.first().alias("one")
    )
    for row in classes.filter(pl.col("number") == 1).sort("model", "seed", "fold").iter_rows(named=True):
        notes.append(
            f"{row['model']}, seed {row['seed']}, {row['fold']}: predicts class {row['one']} for every sample; MCC is 0"
        )
    return notes
