"""The tables that score_attention writes as text: curves of deletion and insertion, and what each head looks at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from lncprom.errors import InputError
from lncprom.tables import tsv

_RUN = {"dataset": pl.String, "model": pl.String, "seed": pl.Int64, "control": pl.String}
CURVES = _RUN | {
    "method": pl.String,
    "kind": pl.String,
    "bases": pl.Int64,
    "n": pl.Int64,
    **dict.fromkeys(("mean", "sd", "random_mean", "random_sd", "ci_low", "ci_high"), pl.Float64),
}
HEADS = _RUN | {"layer": pl.Int64, "head": pl.Int64, "share_first80": pl.Float64, "entropy_bits": pl.Float64}
CURVES_KEY = ("seed", "control", "method", "kind", "bases")
HEADS_KEY = ("seed", "control", "layer", "head")


def read(paths: Sequence[Path], columns: dict, key: tuple[str, ...], dataset: str, model: str) -> pl.DataFrame:
    """All rows of the files, of this data set and model, each key once."""
    parts = [pl.DataFrame(schema=columns | {"file": pl.String})]
    for path in sorted(paths, key=lambda path: path.name):
        rows = tsv.read(path, columns, "score_attention").with_columns(pl.col("control").fill_null(""))
        for column, wanted, what in (("dataset", dataset, "the data set"), ("model", model, "the model")):
            others = rows.filter(pl.col(column) != wanted)
            if others.height:
                raise InputError(f"{path.name}: of {what} {others[column][0]}, not {wanted}; give that of {wanted}")
        parts.append(rows)
    rows = pl.concat(parts)
    if (twice := rows.select(key).is_duplicated()).any():
        row = rows.filter(twice).row(-1, named=True)
        told = " ".join(f"{name} {row[name]}" for name in key if row[name] != "")
        raise InputError(f"{row['file']}: {told} stands twice; give the file of each seed and control once")
    return rows.drop("file").sort(key)
