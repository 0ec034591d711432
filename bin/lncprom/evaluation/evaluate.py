"""Predictions of one data set against its labels: metrics with intervals for each model and fold, and curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.evaluation import bootstrap, metrics
from lncprom.tables import metrics as metrics_tables
from lncprom.tables import predictions
from lncprom.tables.base import FOLDS


class Settings(NamedTuple):
    """How intervals are made: bootstrap replicates (0: none), the share they cover, the seed of the draws."""

    bootstrap: int = 1000
    confidence: float = 0.95
    seed: int = 42


class Evaluated(NamedTuple):
    """The three tables of the step, and counts and notes for its card."""

    metrics: pl.DataFrame
    seeds: pl.DataFrame
    curves: pl.DataFrame
    counts: dict
    notes: list[str]


def named(paths: Sequence[Path]) -> dict[str, Path]:
    """File name -> path, in an order that the command line's does not change; files of one name get a number."""
    found: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (path.name, files.sha256(path))):
        alike = sum(other.name == path.name for other in found.values())
        found[f"{path.name} ({alike + 1})" if alike else path.name] = path
    return found


def combine(given: Mapping[str, Path], samples: pl.DataFrame, name: str, source: str) -> pl.DataFrame:
    """All predictions, in the order of model, seed and sample, each with its sample's group.

    Raises
    ------
    InputError
        unless each model and seed predicts each sample of the data set once, with the label and fold it has there.
    """
    found = []
    for file, path in given.items():
        rows = predictions.read(path)
        others = rows.filter(pl.col("dataset") != name)
        if others.height:
            raise InputError(f"{file}: predictions of {others['dataset'][0]}, not of {name}; give those of {name}")
        found.append(rows.with_columns(pl.lit(file).alias("file")))
    rows = pl.concat(found).sort("model", "seed", "sample_id")
    if rows.is_empty():
        raise InputError(f"{next(iter(given))}: no predictions in it; train a model on {name} first")
    key = ["model", "seed", "sample_id"]
    if (twice := rows.select(key).is_duplicated()).any():
        row = rows.filter(twice).row(0, named=True)
        raise InputError(
            f"{row['file']}, {row['sample_id']}: predicted twice by {row['model']} with seed {row['seed']}; "
            "give each model and seed once"
        )
    known = samples.select("sample_id", "group", pl.col("label").alias("_label"), pl.col("fold").alias("_fold"))
    rows = rows.join(known, on="sample_id", how="left", maintain_order="left")
    for fault, what in (
        (pl.col("_label").is_null(), "{sample_id}: no such sample in {source}"),
        (pl.col("label") != pl.col("_label"), "{sample_id}: label {label} here, {_label} in {source}"),
        (pl.col("fold") != pl.col("_fold"), "{sample_id}: fold {fold} here, {_fold} in {source}"),
    ):
        if (odd := rows.filter(fault)).height:
            row = odd.row(0, named=True) | {"source": source}
            raise InputError(f"{row['file']}, {what.format(**row)}; give predictions of this very data set")
    for (model, seed), part in rows.group_by("model", "seed", maintain_order=True):
        if missing := samples.height - part.height:
            absent = samples.join(part, on="sample_id", how="anti", maintain_order="left")
            raise InputError(
                f"{part['file'][0]}: {model} with seed {seed} lacks {missing:,} of {samples.height:,} samples of "
                f"{source} ({_where(absent, samples)}), e.g. {absent['sample_id'][0]}; predict all of them"
            )
    return rows.drop("_label", "_fold")


def grouped(dataset: pl.DataFrame, source: str) -> pl.DataFrame:
    """Samples by name, each with label, fold and group; one without a group is one by itself."""
    if dataset["fold"].null_count():
        first = dataset.filter(pl.col("fold").is_null())["sample_id"][0]
        raise InputError(f"{source}, {first}: has no fold; run assign_folds before")
    group = pl.col("group").fill_null(pl.col("sample_id"))
    return dataset.select("sample_id", "label", "fold", group).sort("sample_id")


def task_and_length(dataset: pl.DataFrame) -> tuple[str, int | None]:
    """The task and the length of all sequences; no length where they differ."""
    lengths = dataset["sequence"].str.len_bytes().unique()
    return dataset["task"][0], lengths[0] if len(lengths) == 1 else None


def evaluate(
    given: Mapping[str, Path],
    dataset: pl.DataFrame,
    name: str,
    source: str,
    settings: Settings,
    tell: Callable[[str], None],
) -> Evaluated:
    """Metrics by model, seed and fold; curves of the test fold."""
    samples = grouped(dataset, source)
    rows = combine(given, samples, name, source)
    task, length = task_and_length(dataset)
    scores, over, points, notes = [], [], [], _notes(samples, rows)
    for (model,), runs in rows.group_by("model", maintain_order=True):
        about, by_fold = (name, task, length, model), {}
        for (run,), part in runs.group_by("seed", maintain_order=True):
            for fold in FOLDS:
                fold_rows = part.filter(pl.col("fold") == fold)
                if fold_rows.is_empty():
                    continue
                found = measure(fold_rows, settings, f"{name}\0{fold}")
                by_fold.setdefault(fold, []).append(found)
                for metric, value in found.values.items():
                    limits = bootstrap.middle(found.drawn[metric], settings.confidence)
                    scores.append((*about, run, fold, metric, *_cells(value, *limits), *found.sizes))
                if fold == "test":
                    for curve, (x, y) in metrics.curves(found.ranked).items():
                        points += [(*about, run, curve, *point) for point in zip(x.tolist(), y.tolist(), strict=True)]
                tell(f"{model}, seed {run}, {fold}: MCC {found.values['mcc']:.4f}")
        for fold, each in by_fold.items():
            for metric, numbers in _over_seeds(each, settings, f"{name}\0{fold}\0{model}").items():
                over.append((*about, fold, metric, len(each), *numbers, *each[0].sizes))
    folds = {fold: int((samples["fold"] == fold).sum()) for fold in FOLDS}
    counts = {"fold": folds, "models": rows["model"].unique().sort().to_list()}
    return Evaluated(
        metrics_tables.METRICS.frame(scores),
        metrics_tables.SEEDS.frame(over),
        metrics_tables.CURVES.frame(points),
        counts,
        notes,
    )


class Measured(NamedTuple):
    """One model and seed on one fold: its ranking, metrics, their replicates; samples, positives and groups."""

    ranked: metrics.Ranked
    values: dict[str, float]
    drawn: bootstrap.Replicates
    sizes: tuple[int, int, int]


def measure(rows: pl.DataFrame, settings: Settings, name: str) -> Measured:
    """Metrics of predictions in the order of their samples; `name` tells the draws of groups from others."""
    label = rows["label"].to_numpy()
    ranked = metrics.Ranked.of(label, rows["probability"].to_numpy())
    # numbered in the order of the groups' names, whatever the order of the rows
    group = np.unique(rows["group"].to_numpy(), return_inverse=True)[1]
    drawn = bootstrap.replicates(ranked, group, settings.bootstrap, settings.seed, name)
    values = {metric: float(value[0]) for metric, value in metrics.values(ranked).items()}
    return Measured(ranked, values, drawn, (len(label), int(label.sum()), int(group.max()) + 1))


def _over_seeds(runs: Sequence[Measured], settings: Settings, name: str) -> dict[str, tuple[float | None, ...]]:
    """Of each metric the mean over seeds, its standard deviation (none of one seed), lower and upper bound."""
    found = {}
    for metric in metrics.NAMES:
        values = np.array([run.values[metric] for run in runs])
        spread = values.std(ddof=1) if len(values) > 1 else np.nan
        means = bootstrap.over_seeds(metric, [run.drawn[metric] for run in runs], settings.seed, name)
        found[metric] = _cells(values.mean(), spread, *bootstrap.middle(means, settings.confidence))
    return found


def _cells(*numbers: float) -> tuple[float | None, ...]:
    """Numbers for a table, an empty cell for what is undefined."""
    return tuple(None if np.isnan(number) else float(number) for number in numbers)


def _where(absent: pl.DataFrame, samples: pl.DataFrame) -> str:
    """In which folds samples lack a prediction: `the whole fold test`, `2 in dev, 1 in test`."""
    numbers = {fold: int((absent["fold"] == fold).sum()) for fold in FOLDS}
    whole = {fold: int((samples["fold"] == fold).sum()) for fold in FOLDS}
    return ", ".join(
        f"the whole fold {fold}" if number == whole[fold] else f"{number:,} in {fold}"
        for fold, number in numbers.items()
        if number
    )


def _notes(samples: pl.DataFrame, rows: pl.DataFrame) -> list[str]:
    """What a reader of the numbers must know: folds that are missing or lopsided, models that call one class only."""
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
    calls = rows.group_by("model", "seed", "fold", maintain_order=True).agg(
        (pl.col("probability") >= metrics.THRESHOLD).n_unique().alias("classes"),
        (pl.col("probability") >= metrics.THRESHOLD).first().cast(pl.Int8).alias("called"),
    )
    for row in calls.filter(pl.col("classes") == 1).sort("model", "seed", "fold").iter_rows(named=True):
        notes.append(
            f"{row['model']}, seed {row['seed']}, {row['fold']}: every sample is called class {row['called']}; MCC is 0"
        )
    return notes
