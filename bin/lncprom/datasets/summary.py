"""Counts and card of a data set, built or imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from lncprom import provenance

_NOT_GIVEN = "not given"


def counts(rows: pl.DataFrame) -> dict:
    """Samples by label, split and biotype, and by label within each split and biotype, in a stable order."""
    table = {"samples": rows.height, "label": _count(rows["label"])}
    for column in ("fold", "biotype", "negative_kind", "transform"):
        if rows[column].null_count() < rows.height and rows[column].n_unique() > (column == "transform"):
            table[column] = _count(rows[column])
    for column in ("fold", "biotype"):
        if column in table:
            parts = rows.with_columns(pl.col(column).fill_null(_NOT_GIVEN)).partition_by(column, as_dict=True)
            table[f"{column}_by_label"] = {value: _count(parts[(value,)]["label"]) for value in table[column]}
    lengths = rows["sequence"].str.len_bytes()
    return table | {"shortest": int(lengths.min()), "longest": int(lengths.max())}


def card(
    step: str,
    name: str,
    rows: pl.DataFrame,
    inputs: Mapping[str, Path | None],
    parameters: Mapping[str, object],
    dropped: Mapping[str, int],
    notes: Sequence[str],
    upstream: Sequence[Path] = (),
) -> dict:
    """The card of a data set: name, task, length (None if sequences differ), then the record of `provenance.make`."""
    found = counts(rows)
    if without := rows["fold"].null_count():
        notes = [*notes, f"{without:,} samples have no split; assign_folds assigns one"]
    made = provenance.make(
        step, inputs=inputs, parameters=parameters, counts=found, dropped=dropped, notes=notes, upstream=upstream
    )
    length = found["longest"] if found["longest"] == found["shortest"] else None
    head = {"step": step, "dataset": name, "task": rows["task"][0], "length": length}
    return head | made


def _count(values: pl.Series) -> dict[str, int]:
    if values.name == "negative_kind":
        values = values.drop_nulls()
    found = values.cast(pl.String).fill_null(_NOT_GIVEN).value_counts().rows()
    order = {name: rank for rank, name in enumerate(("train", "dev", "test"))}
    return dict(sorted(found, key=lambda row: (order.get(row[0], 3), row[0])))
