"""Which samples are explained: chosen by their names alone, whatever the order of rows."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lncprom import random_keys, text
from lncprom.errors import InputError
from lncprom.tables.base import FOLDS
from lncprom.tables.dataset import require_tss


def choose(rows: pl.DataFrame, source: str, fold: str, number: int, seed: int, named: Sequence[str]) -> pl.DataFrame:
    """`number` samples of each class of the fold (0: all), or those that are named; sorted by name.

    A sample's rank is a hash of the seed and its name: every model and method explains the same ones, and fewer are
    the first of more.
    """
    if named:
        there = dict.fromkeys(rows["sample_id"].sort())
        for name in named:
            if name not in there:
                raise InputError(f"{source}: no sample {name} in the column sample_id. {text.nearest(name, there)}")
        return require_tss(rows.filter(pl.col("sample_id").is_in(list(named))).sort("sample_id"), source)
    if fold not in FOLDS:
        raise InputError(f"--fold {fold}: no such split. {text.nearest(fold, FOLDS)}")
    part = rows.filter(pl.col("fold") == fold)
    if not part.height:
        there = ", ".join(name for name in FOLDS if (rows["fold"] == name).any()) or "none: run assign_folds"
        raise InputError(f"{source}: no sample in the fold {fold}; folds that have some: {there}")
    for label in (0, 1):
        if not (part["label"] == label).any():
            raise InputError(
                f"{source}: no sample of class {label} in the fold {fold}, so nothing to compare class {1 - label} "
                "with; choose another --fold, or name samples by --sample"
            )
    part = part.with_columns(pl.Series("rank", [random_keys.sample_rank(seed, name) for name in part["sample_id"]]))
    part = part.sort("rank", "sample_id").with_columns(pl.int_range(pl.len()).over("label").alias("place"))
    if number:
        part = part.filter(pl.col("place") < number)
    return require_tss(part.drop("rank", "place").sort("sample_id"), source)
