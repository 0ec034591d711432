"""Predictions of one data set against its labels: metrics with intervals for each model and fold, and curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import bootstrap, metrics
from lncprom.errors import InputError
from lncprom.tables.base import FOLDS

_ABOUT = {"dataset": pl.String, "task": pl.String, "length": pl.Int64, "model": pl.String, "seed": pl.Int64}
_METRICS = _ABOUT | {
    **dict.fromkeys(("fold", "metric"), pl.String),
    **dict.fromkeys(("value", "ci_low", "ci_high"), pl.Float64),
    **dict.fromkeys(("n", "n_positive", "n_groups"), pl.Int64),
}
_CURVES = _ABOUT | {"curve": pl.String, "x": pl.Float64, "y": pl.Float64}


class Settings(NamedTuple):
    """How intervals are made: bootstrap replicates (0: none), the share they cover, the seed of the draws."""

    bootstrap: int = 1000
    confidence: float = 0.95
    seed: int = 42


class Evaluated(NamedTuple):
    """The two tables of the step, and counts and notes for its card."""

    metrics: pl.DataFrame
    curves: pl.DataFrame
    counts: dict
    notes: list[str]


def combine(tables: Sequence[tuple[str, pl.DataFrame]], samples: pl.DataFrame, name: str, source: str) -> pl.DataFrame:
    """All predictions, in the order of model, seed and sample, each with its sample's group.

    Raises
    ------
    InputError
        unless each model and seed predicts each sample of the data set once, with the label and fold it has there.
    """
    found = []
    for file, rows in tables:
        others = rows.filter(pl.col("dataset") != name)
        if others.height:
            raise InputError(f"{file}: predictions of {others['dataset'][0]}, not of {name}; give those of {name}")
        found.append(rows.with_columns(pl.lit(file).alias("file")))
    rows = pl.concat(found).sort("model", "seed", "sample_id")
    if rows.is_empty():
        raise InputError(f"{tables[0][0]}: no predictions in it; train a model on {name} first")
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
            first = samples.join(part, on="sample_id", how="anti", maintain_order="left")["sample_id"][0]
            raise InputError(
                f"{part['file'][0]}: {model} with seed {seed} lacks {missing:,} of {samples.height:,} samples of "
                f"{source}, e.g. {first}; predict all of them"
            )
    return rows.drop("_label", "_fold")


def evaluate(
    tables: Sequence[tuple[str, pl.DataFrame]],
    dataset: pl.DataFrame,
    name: str,
    source: str,
    settings: Settings,
    tell: Callable[[str], None],
) -> Evaluated:
    """Metrics by model, seed and fold; curves of the test fold. A sample without a group is one by itself."""
    if dataset["fold"].null_count():
        first = dataset.filter(pl.col("fold").is_null())["sample_id"][0]
        raise InputError(f"{source}, {first}: has no fold; run assign_folds before")
    samples = dataset.select("sample_id", "label", "fold", pl.col("group").fill_null(pl.col("sample_id")))
    rows = combine(tables, samples.sort("sample_id"), name, source)
    lengths = dataset["sequence"].str.len_bytes().unique()
    task, length = dataset["task"][0], lengths[0] if len(lengths) == 1 else None
    scores, points, notes = [], [], _notes(samples, rows)
    for (model, run), part in rows.group_by("model", "seed", maintain_order=True):
        about = (name, task, length, model, run)
        for fold in FOLDS:
            fold_rows = part.filter(pl.col("fold") == fold)
            if fold_rows.is_empty():
                continue
            label = fold_rows["label"].to_numpy()
            ranked = metrics.Ranked.of(label, fold_rows["probability"].to_numpy())
            # numbered in the order of the groups' names, whatever the order of the rows
            group = np.unique(fold_rows["group"].to_numpy(), return_inverse=True)[1]
            sizes = (len(label), int(label.sum()), int(group.max()) + 1)
            limits = bootstrap.intervals(ranked, group, *settings, f"{name}\0{fold}")
            for metric, value in metrics.values(ranked).items():
                numbers = (float(value[0]), *limits[metric])
                numbers = (None if np.isnan(number) else number for number in numbers)
                scores.append((*about, fold, metric, *numbers, *sizes))
            if fold == "test":
                for curve, (x, y) in metrics.curves(ranked).items():
                    points += [(*about, curve, *point) for point in zip(x.tolist(), y.tolist(), strict=True)]
            tell(f"{model}, seed {run}, {fold}: MCC {metrics.values(ranked)['mcc'][0]:.4f}")
    folds = {fold: int((samples["fold"] == fold).sum()) for fold in FOLDS}
    counts = {"fold": folds, "models": rows["model"].unique().sort().to_list()}
    return Evaluated(
        pl.DataFrame(scores, schema=_METRICS, orient="row"),
        pl.DataFrame(points, schema=_CURVES, orient="row"),
        counts,
        notes,
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
