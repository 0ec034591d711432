"""Tables that a step writes as text for people and for other steps: TSV with a header; an empty cell is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.tables.base import Column, typed


class TsvTable(NamedTuple):
    """A TSV: its name, the step that writes it, its columns in their order, the columns that identify a row."""

    name: str
    writer: str
    columns: dict[str, Column]
    key: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, pl.DataType]:
        return {name: column.dtype for name, column in self.columns.items()}

    def frame(self, rows: Iterable[tuple] = ()) -> pl.DataFrame:
        """Rows, their cells in the order of the columns, as a frame of the table's types."""
        return pl.DataFrame(list(rows), schema=self.schema, orient="row")

    def check(self, rows: pl.DataFrame, source: str) -> pl.DataFrame:
        """The frame with the table's columns alone, in order and type.

        Raises
        ------
        InputError
            if a column is missing, a cell is not of its type, or a cell is empty that must not be.
        """
        if missing := [name for name in self.columns if name not in rows.columns]:
            raise InputError(f"{source}: no column {missing[0]}. Give the table as {self.writer} wrote it.")
        return typed(rows, self.columns, source, f"Run {self.writer} again.")

    def text(self, rows: pl.DataFrame) -> str:
        """The checked table as TSV; empty strings become empty cells, which polars would write as two quotes."""
        rows = rows.with_columns(pl.col(pl.String).replace("", None))
        return self.check(rows, f"{self.name}.tsv").write_csv(separator="\t")

    def write(self, rows: pl.DataFrame, path: Path) -> None:
        files.write_text(self.text(rows), path)

    def read(self, path: Path, source: str = "") -> pl.DataFrame:
        """The table of a file, checked, with one more column `file`: `source`, by default the file's name."""
        source = source or path.name
        rows = read(path, self.schema, self.writer, source)
        return self.check(rows, source).with_columns(file=pl.lit(source))


def read(path: Path, columns: Mapping[str, pl.DataType], writer: str = "lncprom", name: str = "") -> pl.DataFrame:
    """These columns of a TSV, with one more column `file`: `name`, by default the file's name.

    Raises
    ------
    InputError
        if a column is missing or a cell is not of its type; `writer` is the step to run again.
    """
    name = name or path.name
    with open(path, encoding="utf-8-sig", errors="replace") as handle:
        header = handle.readline().rstrip("\r\n").split("\t")
    if missing := [column for column in columns if column not in header]:
        raise InputError(f"{name}: no column {missing[0]}. Give the table as {writer} wrote it.")
    try:
        rows = pl.read_csv(path, separator="\t", schema_overrides=dict(columns), null_values=[""])
    except pl.exceptions.PolarsError as fault:
        line = str(fault).splitlines()[0]
        raise InputError(f"{name}: not readable as a table ({line}). Run {writer} again.") from None
    return rows.select(*columns, file=pl.lit(name))
