"""The tables that score_attention writes as text: curves of deletion and insertion, and what each head looks at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from lncprom.errors import InputError
from lncprom.tables.tsv import TsvTable


def read(paths: Sequence[Path], table: TsvTable, dataset: str, model: str) -> pl.DataFrame:
    """All rows of the files, of this data set and model, each key once."""
    parts = [table.frame().with_columns(file=pl.lit(""))]
    for path in sorted(paths, key=lambda path: path.name):
        rows = table.read(path).with_columns(pl.col("control").fill_null(""))
        for column, wanted, what in (("dataset", dataset, "the data set"), ("model", model, "the model")):
            others = rows.filter(pl.col(column) != wanted)
            if others.height:
                raise InputError(f"{path.name}: of {what} {others[column][0]}, not {wanted}; give that of {wanted}")
        parts.append(rows)
    rows = pl.concat(parts)
    if (twice := rows.select(table.key).is_duplicated()).any():
        row = rows.filter(twice).row(-1, named=True)
        row_key = " ".join(f"{name} {row[name]}" for name in table.key if row[name] != "")
        raise InputError(f"{row['file']}: {row_key} is given twice. Give the file of each seed and control once.")
    return rows.drop("file").sort(table.key)
