"""Promoters from a BED file: each one's TSS, strand and a name of its own."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import files
from lncprom.errors import InputError

_EPD_COLUMNS = 8
_SCHEMA = {"name": pl.String, "chrom": pl.String, "strand": pl.String, "tss": pl.Int64}


class Promoters(NamedTuple):
    """One row a promoter (name, chrom, strand, tss; names unique), where in a line its TSS was read, and repeats."""

    rows: pl.DataFrame
    layout: str
    repeated: int = 0  # lines that name a promoter once more


def read(path: Path) -> Promoters:
    """The promoters of a BED file in order of name.

    Eight columns are EPD's: the thick part starts at the TSS, so the TSS is its 5' end by strand. That is thickStart
    on the forward strand; EPD's files end the thick part 10 bases downstream, so on the reverse strand it is
    thickEnd - 1. With any other number of columns from six on the TSS is the 5' end of the line's interval.
    """
    rows: list[tuple[str, str, str, int]] = []
    width = 0
    for number, text in files.read_lines(path):
        if not text.strip() or text.startswith(("#", "track", "browser")):
            continue
        columns = text.split("\t")
        where = f"{path.name}, line {number}"
        if len(columns) < 6:
            told = "one column, are they separated by tabs?" if len(columns) == 1 else f"{len(columns)} columns"
            mend = "give BED6 (chrom, start, end, name, score, strand) or EPD's BED8"
            raise InputError(f"{where}: {told}; without a strand there is no TSS; {mend}")
        if len(columns) != (width := width or len(columns)):
            raise InputError(f"{where}: {len(columns)} columns, the lines before have {width}; use one layout")
        chrom, name, strand = columns[0], columns[3], columns[5]
        if strand not in ("+", "-"):
            raise InputError(f"{where}: promoter {name} has strand {strand!r}; a promoter needs + or -")
        first, end = _interval(where, columns[1], columns[2], "start", "end")
        if width == _EPD_COLUMNS:
            thick = _interval(where, columns[6], columns[7], "thickStart", "thickEnd")
            if thick[0] < first or thick[1] > end:
                raise InputError(f"{where}: the thick part lies outside {first}-{end}; EPD's BED8 has the TSS there")
            first, end = thick
        rows.append((name, chrom, strand, first if strand == "+" else end - 1))
    if not rows:
        raise InputError(f"{path.name}: no promoter in it; give BED6 or EPD's BED8")
    layout = "thick part, 5' end (BED8 of EPD)" if width == _EPD_COLUMNS else f"interval, 5' end (BED{width})"
    once = _one_each(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
    return Promoters(once, layout, len(rows) - once.height)


def _interval(where: str, start: str, end: str, *called: str) -> tuple[int, int]:
    """Positions as BED has them: 0-based, half-open."""
    for text, name in zip((start, end), called, strict=True):
        if not (text.isascii() and text.isdigit()):
            raise InputError(f"{where}: {name} {text!r} is no position; BED has whole numbers from 0 on")
        if len(text) > files.POSITION_DIGITS:
            raise InputError(f"{where}: {name} has {len(text)} digits; no chromosome is that long")
    if int(start) >= int(end):
        raise InputError(f"{where}: {called[0]} {start} does not lie before {called[1]} {end}; mend the line")
    return int(start), int(end)


def _one_each(rows: pl.DataFrame) -> pl.DataFrame:
    """Every promoter once, under a name of its own, in order of name.

    Names that stand for several loci get the locus behind them, `A@chr1:99:+`, and so does a promoter that was called
    so from the first; `.` is the locus alone. One name twice at one locus is one promoter.
    """
    locus = pl.format("{}:{}:{}", "chrom", "tss", "strand")
    name = pl.when(pl.col("name").is_in(["", "."])).then(locus).otherwise("name")
    rows = rows.with_columns(name.alias("name")).unique()
    while (several := rows["name"].is_duplicated()).any():
        name = pl.when(several).then(pl.format("{}@{}", "name", locus)).otherwise("name")
        rows = rows.with_columns(name.alias("name")).unique()
    return rows.sort("name")
