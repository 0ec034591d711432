"""Data set: the sites of one task with their sequences at one length; and base composition along the window."""

from collections import Counter
from collections.abc import Iterable, Mapping

import polars as pl

from lncprom import random_keys
from lncprom.errors import InputError
from lncprom.tables import sites
from lncprom.tables.base import Column, Table, TsvTable, integer, number, string


def _sequences(rows: pl.DataFrame) -> str | None:
    odd = rows.filter(~rows["sequence"].str.contains("^[ACGTN]+$"))
    return f"{odd['sample_id'][0]} has a sequence that is empty or not of A, C, G, T, N" if odd.height else None


def _tss(rows: pl.DataFrame) -> str | None:
    outside = (pl.col("tss_index") < 0) | (pl.col("tss_index") >= pl.col("sequence").str.len_bytes().cast(pl.Int64))
    odd = rows.filter(outside)
    if not odd.height:
        return None
    name, place, sequence = odd.select("sample_id", "tss_index", "sequence").row(0)
    return (
        f"{name} has tss_index {place}, which is outside of its sequence of {len(sequence):,} bases (the first is 0). "
        "Make the data set again with the right index, or with none."
    )


TABLE = Table(
    "dataset",
    sites.COLUMNS
    | {
        "start": integer("first base of the window on the forward strand, 0-based", nullable=True),
        "end": integer("base after the window's last one on the forward strand", nullable=True),
        "tss_index": Column(pl.Int32, "0-based index of the TSS in `sequence`", nullable=True),
        "sequence": string("bases A, C, G, T, N, read in the gene's direction, after the transform"),
        "repeat_fraction": number(
            "fraction of the window that is lower case in the genome, which marks repeats; empty where the genome has "
            "no lower case; only where build_length_variants is given the soft-mask",
            nullable=True,
            optional=True,
        ),
    },
    key=("sample_id",),
    checks=(*sites.CHECKS, _sequences, _tss),
)

read, write, check = TABLE.read, TABLE.write, TABLE.check

COMPOSITION = TsvTable(
    "composition",
    "build_length_variants",
    {
        "dataset": string("name of the data set"),
        "label": integer("1 or 0"),
        "position": integer("relative to the TSS, which is 0; the 0-based index where the set has no TSS"),
        "n": integer("sequences that reach this position"),
        **{base: number(f"fraction with {base} here", nullable=True) for base in "ACGT"},
        "CpG": number("fraction with C here and G after it; empty where every sequence ends here", nullable=True),
    },
)


def require_tss(rows: pl.DataFrame, source: str) -> pl.DataFrame:
    """The rows, where the TSS is known of all samples or of none."""
    unknown = rows.filter(pl.col("tss_index").is_null())["sample_id"]
    if 0 < len(unknown) < rows.height:
        raise InputError(f"{source}, {unknown[0]}: has no tss_index, others have. Give it to all samples or to none.")
    return rows


def of_split(rows: pl.DataFrame, split: int, source: str) -> pl.DataFrame:
    """The rows with the folds of one of several assignments, counted from 1; a set without several has the first only.

    Raises
    ------
    InputError
        if the data set has fewer.
    """
    number = number_of_splits(rows)
    if split > number:
        raise InputError(f"{source}: split {split} of {number}. Give --splits {split} to assign_folds.")
    return rows.with_columns(fold=pl.col("folds").list.get(split - 1)) if number > 1 else rows


def number_of_splits(rows: pl.DataFrame) -> int:
    """How many assignments of folds a data set has."""
    return (rows["folds"].list.len().min() if "folds" in rows.columns else None) or 1


def without_test(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of train and dev: what a choice of settings may see."""
    return rows.filter(pl.col("fold") != "test")


def of_fraction(rows: pl.DataFrame, fraction: float, seed: int) -> pl.DataFrame:
    """The rows with a fraction of train, drawn by `seed`; all of dev and test stay.

    Groups are drawn whole, and of groups that are mostly positive or negative the same fraction of samples each, at
    least one group. With one seed a smaller fraction is a part of each larger one.
    """
    if fraction == 1:
        return rows
    group = pl.col("group").fill_null(pl.col("sample_id"))
    train = rows.filter(pl.col("fold") == "train").group_by(group.alias("group"))
    groups = train.agg(pl.len().alias("size"), pl.col("label").mean() >= 0.5).sort("group")
    key = random_keys.keys(groups["group"], seed, "train_fraction")
    before, total = pl.col("size").cum_sum() - pl.col("size"), pl.col("size").sum()
    drawn = groups.with_columns(key=pl.Series(key)).sort("key").filter((before < fraction * total - 1e-9).over("label"))
    return rows.filter((pl.col("fold") != "train") | group.is_in(drawn["group"].implode()))


def labels_by_fold(labels: Mapping[str, Iterable[int]]) -> dict[str, dict[str, int]]:
    """For a card: samples of each class, 0 and 1, in each fold; from the labels of each fold."""
    found = {fold: Counter(map(int, of)) for fold, of in labels.items()}
    return {fold: {str(label): of[label] for label in (0, 1)} for fold, of in found.items()}


def require_folds(rows: pl.DataFrame, source: str) -> None:
    """Stop if a sample is in none of train, dev and test."""
    if missing := rows["fold"].null_count():
        first = rows.filter(pl.col("fold").is_null())["sample_id"][0]
        raise InputError(f"{source}, {first}: {missing:,} samples have no fold. Run assign_folds first.")


def require_training(rows: pl.DataFrame, source: str, chosen: str) -> None:
    """Stop if there is nothing to learn from, or no dev sample to choose `chosen` by, e.g. `the penalty`."""
    require_folds(rows, source)
    for fold, use in (("train", "to learn from"), ("dev", f"to choose {chosen} by")):
        if not (rows["fold"] == fold).any():
            raise InputError(f"{source}: no sample in {fold} {use}. Give more samples, or a larger fraction to {fold}.")
    train = rows.filter(pl.col("fold") == "train")
    if train["label"].n_unique() == 1:
        raise InputError(
            f"{source}: all {train.height:,} samples of train are of class {train['label'][0]}. "
            "Give samples of both classes."
        )
