"""Predictions of one data set as they were written, beside the samples that they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.tables import dataset as dataset_table
from lncprom.tables import predictions


def named(paths: Sequence[Path]) -> dict[str, Path]:
    """File name -> path, in an order independent of the command line's; files of one name get a number."""
    found: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (path.name, files.sha256(path))):
        alike = sum(other.name == path.name for other in found.values())
        found[f"{path.name} ({alike + 1})" if alike else path.name] = path
    return found


def grouped(dataset: pl.DataFrame, source: str) -> pl.DataFrame:
    """Samples by name, each with label, fold, group and target; a sample without a group is a group of its own."""
    dataset_table.require_folds(dataset, source)
    group = pl.col("group").fill_null(pl.col("sample_id"))
    more = ["target", "biotype"] if "target" in dataset.columns else []
    return dataset.select("sample_id", "label", "fold", group, *more).sort("sample_id")


def read(given: Mapping[str, Path], name: str) -> pl.DataFrame:
    """All predictions with the columns `file`, `split` and `train_fraction`; those of another data set are refused."""
    parts = []
    for file, path in given.items():
        found = pl.concat([predictions.TABLE.empty(), predictions.read(path)], how="diagonal")
        parts.append(found.with_columns(pl.col("split", "train_fraction").fill_null(1), file=pl.lit(file)))
        others = parts[-1].filter(pl.col("dataset") != name)
        if others.height:
            raise InputError(f"{file}: predictions of {others['dataset'][0]}, not of {name}. Give those of {name}.")
    rows = pl.concat(parts)
    if rows.is_empty():
        raise InputError(f"{next(iter(given))}: no predictions in it. Train a model on {name} first.")
    return rows


def combine(
    given: Mapping[str, Path], dataset: pl.DataFrame, name: str, source: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All predictions of a data set, see `read`, as `checked` returns them."""
    return checked(read(given, name).drop("train_fraction"), dataset, source)


def checked(rows: pl.DataFrame, dataset: pl.DataFrame, source: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The samples of each split; and the predictions by model, split, seed and sample, each with its sample's group.

    Raises
    ------
    InputError
        unless each model and seed predicts each sample of the data set once, with the label and fold that it has there,
        and each model is there in every split.
    """
    key = ["model", "split", "seed"]
    rows = rows.sort(*key, "sample_id")
    splits = rows["split"].unique().sort().to_list()
    in_all = rows.group_by("model", maintain_order=True).agg(pl.col("split").n_unique(), pl.col("file").first())
    for model, number, file in in_all.filter(pl.col("split") < len(splits)).iter_rows():
        raise InputError(f"{file}: {model} in {number} of {len(splits)} splits. Train it on all of them.")
    samples = pl.concat(
        [
            grouped(dataset_table.of_split(dataset, split, source), source).with_columns(split=pl.lit(split, pl.Int64))
            for split in splits
        ]
    )
    if (twice := rows.select(*key, "sample_id").is_duplicated()).any():
        row = rows.filter(twice).row(0, named=True)
        raise InputError(
            f"{row['file']}, {row['sample_id']}: predicted twice by {row['model']} with seed {row['seed']}. "
            "Give each model and seed once."
        )
    known = samples.rename({"label": "_label", "fold": "_fold"})
    rows = rows.join(known, on=["split", "sample_id"], how="left", maintain_order="left")
    for is_odd, fact in (
        (pl.col("_label").is_null(), "{sample_id}: no such sample in {source}"),
        (pl.col("label") != pl.col("_label"), "{sample_id}: label {label} here, {_label} in {source}"),
        (pl.col("fold") != pl.col("_fold"), "{sample_id}: fold {fold} here, {_fold} in {source}"),
    ):
        if (odd := rows.filter(is_odd)).height:
            row = odd.row(0, named=True) | {"source": source}
            raise InputError(f"{row['file']}, {fact.format(**row)}. Give predictions of this data set.")
    for (model, split, seed), part in rows.group_by(key, maintain_order=True):
        asked = samples.filter(pl.col("split") == split)
        if missing := asked.height - part.height:
            absent = asked.join(part, on="sample_id", how="anti", maintain_order="left")
            where = ", ".join(
                f"{(absent['fold'] == fold).sum():,} in {fold}" for fold in absent["fold"].unique().sort()
            )
            raise InputError(
                f"{part['file'][0]}: {model} with seed {seed} lacks {missing:,} of {asked.height:,} samples of "
                f"{source} ({where}), e.g. {absent['sample_id'][0]}. Predict all of them."
            )
    return samples, rows.drop("_label", "_fold")


def task_and_length(dataset: pl.DataFrame) -> tuple[str, int | None]:
    """The task and the length of all sequences; None as length where they differ."""
    lengths = dataset["sequence"].str.len_bytes().unique()
    return dataset["task"][0], lengths[0] if len(lengths) == 1 else None
