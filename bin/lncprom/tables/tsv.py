"""Tables that a step writes as text for a person and another step reads: TSV with a header, empty cells unknown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from lncprom.errors import InputError


def read(path: Path, columns: Mapping[str, pl.DataType], writer: str = "lncprom", name: str = "") -> pl.DataFrame:
    """These columns of a table, and `file`: the name by which faults name it (default: the file's).

    Raises
    ------
    InputError
        where a column is missing or a cell is not of its type; `writer` is the step that makes the table anew.
    """
    name = name or path.name
    with open(path, encoding="utf-8-sig", errors="replace") as handle:
        header = handle.readline().rstrip("\r\n").split("\t")
    missing = [column for column in columns if column not in header]
    if missing:
        raise InputError(f"{name}: no column {missing[0]}; give the table as {writer} wrote it")
    try:
        rows = pl.read_csv(path, separator="\t", schema_overrides=dict(columns), null_values=[""])
    except pl.exceptions.PolarsError as fault:
        line = str(fault).splitlines()[0]
        raise InputError(f"{name}: not readable as a table ({line}); make it again with {writer}") from None
    return rows.select(*columns, pl.lit(name).alias("file"))
