"""Imported splits to one data set: ids, groups of similar sequences, missing splits, and leakage between splits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from lncprom import random_keys
from lncprom.datasets import sequences
from lncprom.errors import InputError
from lncprom.genome import similarity
from lncprom.tables.base import FOLDS
from lncprom.tables.sites import COLUMNS

SPLIT_OFF = 0.1


class Assembled(NamedTuple):
    """The rows of a data set, and counts and notes for the card."""

    rows: pl.DataFrame
    counts: dict[str, object]
    notes: list[str]


def assemble(folds: Mapping[str, pl.DataFrame], name: str, tss_index: int | None, seed: int) -> Assembled:
    """The splits as one data set; a tenth of train's sequences replaces a missing dev or test split.

    Near duplicates form one group, whatever their splits; a group stays in one split when train is divided.

    Parameters
    ----------
    folds
        `train`, and if given `dev` and `test`, or `test` alone -> rows of `readers.read_fold`.

    Raises
    ------
    InputError
        If the TSS lies outside a sequence, or train is too small to divide.
    """
    rows = pl.concat([_numbered(folds[fold], fold, name) for fold in FOLDS if fold in folds])
    sample_id = pl.coalesce("id", "made")
    if rows.select(sample_id).to_series().is_duplicated().any():  # ids of two FASTA files: preceded by split and class
        kind = pl.when(pl.col("label") == 1).then(pl.lit("positive")).otherwise(pl.lit("negative"))
        sample_id = pl.coalesce(pl.format("{}:{}:{}", "fold", kind, "id"), "made")
    rows = rows.with_columns(sample_id=sample_id)
    _refuse_tss_outside(rows, tss_index)
    rows = rows.with_columns(group=pl.col("sample_id").first().over("sequence"))
    absent = [fold for fold in ("test", "dev") if fold not in folds and "train" in folds]
    notes = [f"no {fold} split given: {SPLIT_OFF:.0%} of train's sequences of each class form it" for fold in absent]
    shared, more = _shared(rows)
    rows, near = _grouped(rows)
    rows = _split_off(rows, absent, seed) if absent else rows
    index = pl.lit(tss_index, dtype=pl.Int32)
    columns = [name for name, column in COLUMNS.items() if not column.optional]
    unknown = {name: pl.lit(None, dtype=COLUMNS[name].dtype) for name in columns if name not in rows.columns}
    known = {"task": pl.lit(name), "transform": pl.lit("none"), "start": None, "end": None, "tss_index": index}
    rows = rows.with_columns(**(unknown | known)).select(*columns, "start", "end", "tss_index", "sequence")
    return Assembled(rows, shared, [*notes, *more, *near])


def _numbered(rows: pl.DataFrame, fold: str, name: str) -> pl.DataFrame:
    """Rows with split and id: the row number (from 1) in a table, the record's name in a FASTA, sorted by name."""
    rows = rows.with_columns(
        fold=pl.lit(fold), made=pl.format("{}:{}:{}", pl.lit(name), pl.lit(fold), pl.int_range(1, pl.len() + 1))
    )
    return rows if rows["id"].null_count() else rows.sort("label", "id", descending=[True, False])


def _refuse_tss_outside(rows: pl.DataFrame, tss_index: int | None) -> None:
    short = rows.filter(pl.col("sequence").str.len_bytes() <= (-1 if tss_index is None else tss_index))
    if short.height:
        first = short.row(0, named=True)
        raise InputError(
            f"{first['file']}, {first['record']}: {len(first['sequence'])} bases, so --tss-index {tss_index} "
            "(0-based) lies outside. Give the index of the TSS in every sequence, or omit it."
        )


def _split_off(rows: pl.DataFrame, absent: list[str], seed: int) -> pl.DataFrame:
    """Rows with a tenth of train's sequences of each class in each missing split; the order of rows does not matter.

    A group of near duplicates counts for the smaller of its labels. Groups of more than that tenth come last, so that
    they stay in train; no missing split takes more groups than train keeps.
    """
    train = rows.filter(pl.col("fold") == "train")
    units = train.group_by("group").agg(
        pl.col("sequence", "label", "file").min(), pl.col("sequence").n_unique().cast(pl.Int64).alias("held")
    )
    units = units.sort("sequence")
    units = units.with_columns(key=pl.Series(random_keys.keys(units["sequence"].to_list(), seed, "split off")))
    units = units.with_columns(size=pl.len().over("label"), all=pl.col("held").sum().over("label"))
    few = units.filter(pl.col("size") <= len(absent)).sort("label", "sequence")
    if few.height:
        size, label = few["size"][0], few["label"][0]
        raise InputError(
            f"{few['file'][0]}: {size} different sequences of label {label} (near duplicates once), too few for "
            f"{', '.join(['train', *absent])}. Give {' and '.join(f'--{fold}' for fold in absent)}."
        )
    each = (pl.col("all") * SPLIT_OFF).round().cast(pl.Int64).clip(1)
    units = units.with_columns(each=each, large=pl.col("held") > each).sort("label", "large", "key")
    by_samples = (pl.col("held").cum_sum().over("label") - pl.col("held")) // pl.col("each")
    by_groups = pl.int_range(pl.len()).over("label") // (pl.col("size") // (len(absent) + 1))
    place = pl.max_horizontal(by_samples, by_groups).rank("dense").over("label") - 1  # none is skipped
    names = dict(enumerate(absent))
    units = units.with_columns(moved=place.replace_strict(names, default="train", return_dtype=pl.String))
    rows = rows.join(units.select("group", "moved"), on="group", how="left", maintain_order="left")
    return rows.with_columns(fold=pl.when(pl.col("fold") == "train").then("moved").otherwise("fold")).drop("moved")


def _grouped(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Rows with groups of near duplicates, named by their first sample, and a note where there are any."""
    different = rows.unique("sequence", keep="first", maintain_order=True)
    of = similarity.clusters(sequences.to_codes(different["sequence"]))
    different = different.select("sequence", near=pl.Series(of)).with_columns(size=pl.len().over("near"))
    rows = rows.join(different, on="sequence", how="left", maintain_order="left")
    rows = rows.with_columns(group=pl.col("group").first().over("near"))
    alike = rows.filter(pl.col("size") > 1)
    largest = rows["group"].value_counts()["count"].max()
    note = (
        f"{alike.height:,} samples have a near duplicate (identity of 0.8 or more over half of the shorter sequence); "
        f"groups of them serve the intervals, the largest has {largest:,} samples"
    )
    return rows.drop("near", "size"), [note] if alike.height else []


def _shared(rows: pl.DataFrame) -> tuple[dict[str, object], list[str]]:
    """Counts of equal sequences within and between the given splits, and notes on their effect on scores."""
    group = rows["group"]
    counts: dict[str, object] = {"repeated_sequences": rows.height - group.n_unique()}
    notes = []
    train = rows.filter(pl.col("fold") == "train")["group"].unique()
    for fold in ("dev", "test"):
        of_fold = rows.filter(pl.col("fold") == fold)
        if of_fold.is_empty():
            continue
        number = int(of_fold["group"].is_in(train.implode()).sum())
        counts.setdefault("sequence_also_in_train", {})[fold] = number
        if number:
            notes.append(
                f"leakage: {number:,} of {of_fold.height:,} {fold} samples have a sequence that is also in train; "
                "a model can memorise them"
            )
    both = rows.group_by("group").agg(pl.col("label").n_unique(), pl.len()).filter(pl.col("label") > 1)
    counts["sequences_with_both_labels"] = both.height
    if both.height:
        notes.append(f"{both.height:,} of {group.n_unique():,} sequences have both labels; no model can predict both")
    return counts, notes
