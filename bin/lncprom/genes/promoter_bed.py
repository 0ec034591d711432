"""Promoters of a BED file: TSS, strand and a unique name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.genome.coordinates import five_prime

_EPD_COLUMNS = 8
_LAYOUTS = "Give BED6 (chrom, start, end, name, score, strand) or EPD's BED8."
_POSITION = re.compile(rf"[0-9]{{1,{files.POSITION_DIGITS}}}")
_SCHEMA = {"name": pl.String, "chrom": pl.String, "strand": pl.String, "tss": pl.Int64}


class Promoters(NamedTuple):
    """One row per promoter (name, chrom, strand, tss; unique names), and the columns that give the TSS."""

    rows: pl.DataFrame
    layout: str
    repeated: int = 0  # lines that repeat an earlier promoter


def read(path: Path) -> Promoters:
    """The promoters of a BED file, sorted by name.

    Eight columns are EPD's layout: the TSS is the 5' end of the thick part, that is thickStart on the forward strand
    and thickEnd - 1 on the reverse strand. With more columns (FANTOM5's BED9), a thick part of one base inside the
    interval is the TSS. Everywhere else the TSS is the 5' end of the interval.

    Raises
    ------
    InputError
        If a line has too few columns, no strand or a wrong interval.
    """
    rows: list[tuple[str, str, str, int]] = []
    by_base = width = 0
    for where, columns, first, end in _lines(path):
        chrom, name, strand, width = columns[0], columns[3], columns[5], len(columns)
        if width == _EPD_COLUMNS:
            thick = _interval(where, columns[6], columns[7], "thickStart", "thickEnd")
            if thick[0] < first or thick[1] > end:
                raise InputError(f"{where}: the thick part lies outside {first}-{end}. Correct the line.")
            first, end = thick
        elif width > _EPD_COLUMNS and (base := _one_base(first, end, columns[6], columns[7])) is not None:
            first, end, by_base = base, base + 1, by_base + 1
        rows.append((name, chrom, strand, five_prime(first, end, strand)))
    layout = "thick part, 5' end (BED8 of EPD)" if width == _EPD_COLUMNS else f"interval, 5' end (BED{width})"
    if by_base:
        others = "; in the others interval, 5' end" if by_base < len(rows) else ""
        layout = f"thick part of one base in {by_base:,} of {len(rows):,} rows (BED{width}){others}"
    once = _one_each(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
    return Promoters(once, layout, len(rows) - once.height)


def peaks(path: Path) -> pl.DataFrame:
    """Chromosome, start, end and strand of each CAGE peak of a BED file (FANTOM5's BED9, refTSS's BED6).

    Raises
    ------
    InputError
        As `read`.
    """
    rows = [(columns[0], first, end, columns[5]) for _, columns, first, end in _lines(path)]
    return pl.DataFrame(
        rows, {"chrom": pl.String, "start": pl.Int64, "end": pl.Int64, "strand": pl.String}, orient="row"
    )


def _lines(path: Path) -> Iterator[tuple[str, list[str], int, int]]:
    """Each line's place for messages, columns, start and end; all have as many columns, and a strand."""
    width, file = 0, path.name
    for number, text in files.read_lines(path):
        if not text.strip() or text.startswith(("#", "track", "browser")):
            continue
        columns = text.split("\t")
        where = f"{file}, line {number}"
        if len(columns) < 6:
            found = "one column, not separated by tabs" if len(columns) == 1 else f"{len(columns)} columns"
            raise InputError(f"{where}: {found}. {_LAYOUTS}")
        if len(columns) != (width := width or len(columns)):
            raise InputError(f"{where}: {len(columns)} columns, the lines before have {width}. Use one layout.")
        if columns[5] not in ("+", "-"):
            raise InputError(f"{where}: promoter {columns[3]} has strand {columns[5]!r}. Write + or -.")
        yield where, columns, *_interval(where, columns[1], columns[2], "start", "end")
    if not width:
        raise InputError(f"{path.name}: no promoter. {_LAYOUTS}")


def _one_base(first: int, end: int, thick_start: str, thick_end: str) -> int | None:
    """The thick part if it is one base inside the interval; in BED12 it is usually a coding sequence."""
    if not (thick_start.isdecimal() and thick_end.isdecimal() and len(thick_start) <= files.POSITION_DIGITS):
        return None
    base = int(thick_start)
    return base if base + 1 == int(thick_end) and first <= base < end else None


def _interval(where: str, start: str, end: str, *called: str) -> tuple[int, int]:
    """Start and end from text: BED is 0-based, half-open."""
    if not (_POSITION.fullmatch(start) and _POSITION.fullmatch(end)):
        given = zip((start, end), called, strict=True)
        text, name = next(each for each in given if not _POSITION.fullmatch(each[0]))
        if not (text.isascii() and text.isdigit()):
            raise InputError(f"{where}: {name} {text!r} is not a position. Write a whole number.")
        raise InputError(f"{where}: {name} has {len(text)} digits, longer than any chromosome. Correct it.")
    first, last = int(start), int(end)
    if first >= last:
        raise InputError(f"{where}: {called[0]} {start} does not lie before {called[1]} {end}. Correct the line.")
    return first, last


def _one_each(rows: pl.DataFrame) -> pl.DataFrame:
    """Every promoter once, with a unique name, sorted by name.

    A name of several loci is followed by the locus, `A@chr1:99:+`; the name `.` is replaced by the locus. The same
    name twice at one locus is one promoter.
    """
    locus = pl.format("{}:{}:{}", "chrom", "tss", "strand")
    name = pl.when(pl.col("name").is_in(["", "."])).then(locus).otherwise("name")
    rows = rows.with_columns(name.alias("name")).unique()
    while (several := rows["name"].is_duplicated()).any():
        name = pl.when(several).then(pl.format("{}@{}", "name", locus)).otherwise("name")
        rows = rows.with_columns(name.alias("name")).unique()
    return rows.sort("name")
