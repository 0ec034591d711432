"""What all tables have in common: columns with types and meaning, checked when read and written.

Large tables are Parquet. Tables for people and for the report are TSV with a header, where an empty cell is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from lncprom import files, formats
from lncprom.errors import InputError

FOLDS = ("train", "dev", "test")
_ROW_GROUP = 1 << 16


class Column(NamedTuple):
    """A column's type, what it says, whether cells may be missing, and whether the whole column may be absent.

    docs/reference prints `meaning`; tools/make_docs.py brings it there.
    """

    dtype: pl.DataType | type[pl.DataType]
    meaning: str
    nullable: bool = False
    optional: bool = False


def string(meaning: str, **how: bool) -> Column:
    return Column(pl.String, meaning, **how)


def integer(meaning: str, **how: bool) -> Column:
    return Column(pl.Int64, meaning, **how)


def number(meaning: str, **how: bool) -> Column:
    return Column(pl.Float64, meaning, **how)


def typed(rows: pl.DataFrame, columns: Mapping[str, Column], source: str, remedy: str) -> pl.DataFrame:
    """These columns in their types; a cell of another type, or an empty one that must not be empty, is refused."""
    try:
        rows = rows.select(pl.col(name).cast(column.dtype) for name, column in columns.items())
    except pl.exceptions.PolarsError as fault:
        raise InputError(f"{source}: {str(fault).splitlines()[0]}. {remedy}") from None
    for name, column in columns.items():
        if not column.nullable and (gaps := rows[name].null_count()):
            raise InputError(f"{source}: {gaps:,} rows have no {name}. {remedy}")
    return rows


@contextmanager
def parquet(path: Path) -> Iterator[pq.ParquetFile]:
    """A Parquet file, open; another file is refused."""
    if (found := formats.of(files.head(path))) not in (None, formats.PARQUET):
        raise InputError(found.message(path.name, "a Parquet table of lncprom"))
    try:
        with pq.ParquetFile(path) as file:  # pq.read_table imports pandas where that is installed: 2 s
            yield file
    except (pa.ArrowInvalid, OSError) as fault:
        raise InputError(f"{path.name}: not a Parquet table ({str(fault).splitlines()[0]}). Make it again.") from None


class Table(NamedTuple):
    """A table by name, columns in their order, the columns that identify a row, and further checks.

    Each check takes the frame and returns a line that says what is wrong, or None.
    """

    name: str
    columns: dict[str, Column]
    key: tuple[str, ...] = ()
    checks: tuple[Callable[[pl.DataFrame], str | None], ...] = ()

    def check(self, rows: pl.DataFrame, source: str) -> pl.DataFrame:
        """The frame with the table's columns, in order and type; anything else about it is an InputError."""
        needed = [name for name, column in self.columns.items() if not column.optional]
        if missing := [name for name in needed if name not in rows.columns]:
            raise InputError(f"{source}: no {self.name} table, it lacks the column {missing[0]}. Make it with lncprom.")
        if unknown := [name for name in rows.columns if name not in self.columns]:
            raise InputError(f"{source}: the column {unknown[0]} does not belong in a {self.name} table. Remove it.")
        present = {name: column for name, column in self.columns.items() if name in rows.columns}
        rows = typed(rows, present, source, "Make the table with lncprom.")
        if self.key and (twice := self._duplicated(rows)).any():
            first = rows.filter(twice).select(name for name in self.key if name in rows.columns).row(0)
            raise InputError(f"{source}: {' '.join(map(str, first))} stands more than once. Keep one row of it.")
        for check in self.checks:
            if fault := check(rows):
                raise InputError(f"{source}: {fault}")
        return rows

    def _duplicated(self, rows: pl.DataFrame) -> pl.Series:
        """Whether a row's key stands more than once; hashes alone, where they differ, take a fifth of the memory."""
        keys = rows.select(name for name in self.key if name in rows.columns)
        if keys.hash_rows().n_unique() == rows.height:
            return pl.zeros(rows.height, pl.Boolean, eager=True)
        return keys.is_duplicated()

    def read(self, path: Path, columns: list[str] | None = None) -> pl.DataFrame:
        """All columns, checked; or, of a large table, the named ones only, as they stand."""
        with parquet(path) as file:
            rows = from_arrow(file.read(columns=columns))
        if columns is None:
            return self.check(rows, path.name)
        if absent := [name for name in columns if name not in rows.columns]:
            raise InputError(f"{path.name}: no {self.name} table, it lacks the column {absent[0]}")
        return rows

    def write(self, rows: pl.DataFrame, path: Path) -> None:
        """Parquet whose bytes depend on the rows alone, renamed into place."""
        rows, schema = self.check(rows, path.name), _arrow(self.check(rows.clear(), path.name)).schema
        with files.writing(path) as beside, pq.ParquetWriter(beside, schema, compression="zstd") as out:
            for part in rows.iter_slices(_ROW_GROUP) if rows.height else [rows]:
                out.write_table(_arrow(part), row_group_size=_ROW_GROUP)

    @contextmanager
    def writing(self, path: Path) -> Iterator[Callable[[pl.DataFrame], None]]:
        """As `write`, for a table that does not fit in memory: what it yields adds rows, unchecked, as a group."""
        schema = _arrow(self.empty()).schema
        with files.writing(path) as beside, pq.ParquetWriter(beside, schema, compression="zstd") as out:
            yield lambda rows: out.write_table(_arrow(rows)) if rows.height else None

    def empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema={name: column.dtype for name, column in self.columns.items()})


class _Stream:
    """An Arrow table as polars reads it without pl.from_arrow, which imports pyarrow.compute: 0.15 s."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def from_arrow(table: pa.Table) -> pl.DataFrame:
    return pl.DataFrame(_Stream(table))


def from_numpy(**columns: np.ndarray) -> pl.DataFrame:
    """Numbers as columns, without pl.DataFrame, which imports numpy.ma, and pa.array, which imports pandas."""
    plain = {name: np.packbits(v, bitorder="little") if v.dtype == bool else v for name, v in columns.items()}
    return from_arrow(
        pa.table(
            {
                name: pa.Array.from_buffers(
                    pa.from_numpy_dtype(v.dtype), len(v), [None, pa.py_buffer(plain[name].copy())]
                )
                for name, v in columns.items()
            }
        )
    )


def _arrow(rows: pl.DataFrame) -> pa.Table:
    return rows.to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()


def one_of(column: str, allowed: tuple[str | int, ...]) -> Callable[[pl.DataFrame], str | None]:
    """A check that a column, where it is present and filled, holds these values only."""

    def check(rows: pl.DataFrame) -> str | None:
        if column not in rows.columns:
            return None
        odd = rows[column].drop_nulls().unique().sort().to_list()
        odd = [value for value in odd if value not in allowed]
        return f"{column} {odd[0]!r} is not one of {', '.join(map(str, allowed))}" if odd else None

    return check


class TsvTable(NamedTuple):
    """A TSV: its name, the step that writes it, its columns in their order, the columns that identify a row.

    An optional column stands in a file if it has a value in some row.
    """

    name: str
    writer: str
    columns: dict[str, Column]
    key: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, pl.DataType]:
        return {name: column.dtype for name, column in self.columns.items() if not column.optional}

    def frame(self, rows: Iterable[tuple] = ()) -> pl.DataFrame:
        """Rows, their cells in the order of the columns without optional ones, as a frame of the table's types."""
        return pl.DataFrame(list(rows), schema=self.schema, orient="row")

    def check(self, rows: pl.DataFrame, source: str) -> pl.DataFrame:
        """The frame with the table's columns alone, in order and type.

        Raises
        ------
        InputError
            if a column is missing, a cell is not of its type, or a cell is empty that must not be.
        """
        _refuse_missing(self.schema, rows.columns, source, self.writer)
        present = {name: column for name, column in self.columns.items() if name in rows.columns}
        return typed(rows, present, source, f"Run {self.writer} again.")

    def text(self, rows: pl.DataFrame) -> str:
        """The checked table as TSV; empty strings become empty cells, which polars would write as two quotes."""
        rows = rows.with_columns(pl.col(pl.String).replace("", None))
        optional = [name for name, column in self.columns.items() if column.optional and name in rows.columns]
        rows = rows.drop(name for name in optional if rows[name].null_count() == rows.height)
        return self.check(rows, f"{self.name}.tsv").write_csv(separator="\t")

    def write(self, rows: pl.DataFrame, path: Path) -> None:
        files.write_text(self.text(rows), path)

    def read(self, path: Path, source: str = "") -> pl.DataFrame:
        """The table of a file, checked, with one more column `file`: `source`, by default the file's name."""
        source = source or path.name
        rows = read_tsv(path, self.schema, self.writer, source, self.columns)
        return self.check(rows, source).with_columns(file=pl.lit(source))


def read_tsv(
    path: Path,
    columns: Mapping[str, pl.DataType],
    writer: str = "lncprom",
    name: str = "",
    known: Mapping[str, Column] | None = None,
) -> pl.DataFrame:
    """These columns of a TSV, with one more column `file`: `name`, by default the file's name.

    `known`: also optional columns, empty where the file has them not.

    Raises
    ------
    InputError
        if a column is missing or a cell is not of its type; `writer` is the step to run again.
    """
    name = name or path.name
    with files.open_bytes(path) as handle:
        raw = handle.read()
    header = raw.partition(b"\n")[0].decode("utf-8-sig", "replace").rstrip("\r").split("\t")
    _refuse_missing(columns, header, name, writer)
    try:
        rows = pl.read_csv(raw, separator="\t", schema_overrides=dict(columns), null_values=[""])
    except pl.exceptions.PolarsError as fault:
        line = str(fault).splitlines()[0]
        raise InputError(f"{name}: not readable as a table ({line}). Run {writer} again.") from None
    optional = {name: column.dtype for name, column in (known or {}).items() if column.optional}
    more = [(pl.col(of) if of in header else pl.lit(None)).cast(kind).alias(of) for of, kind in optional.items()]
    return rows.select(*columns, *more, file=pl.lit(name))


def _refuse_missing(needed: Iterable[str], there: Iterable[str], source: str, writer: str) -> None:
    if missing := [name for name in needed if name not in there]:
        raise InputError(f"{source}: no column {missing[0]}. Give the table as {writer} wrote it.")
