"""Expression tables: GCT 1.2 and 1.3, or a plain table of genes and tissues."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.genes import expression_layout as layout

# columns of a plain table that describe the gene
_NAMES = frozenset({"description", "gene", "gene_name", "gene name", "gene_symbol", "name", "symbol"})
_ABOUT_GENES = _NAMES | {"gene_id", "gene id", "geneid", "ensembl_gene_id"}
_HEAD, _BATCH = 200, 2000  # rows looked at for the layout, and parsed together
PAR_OF_Y = r"_PAR_Y(_\d+)?$|^ENSGR\d"  # ids of copies on Y: of GENCODE since 25, and before
_VERSIONED = r"^(ENS[A-Z]*\d{11})\.\d+(_\d+)?$"  # `_7`: GENCODE's mapping to GRCh37 (lift37)
_REMEDY = "Export or download the table again."


class Expression(NamedTuple):
    """TPM of each gene (row) in each tissue (column), in the file's order; ids without version.

    `hint`: where the annotation's ids may stand, if not in `gene_ids`.
    """

    gene_ids: pl.Series
    tissues: tuple[str, ...]
    tpm: np.ndarray
    par_rows: int
    notes: tuple[str, ...] = ()
    hint: str = ""


class _Header(NamedTuple):
    """Column names, index of the first tissue, number of rows if known, and lines to skip before the rows.

    `atlas`: the file is of Expression Atlas, where a blank is a value below the cutoff.
    """

    columns: list[str]
    first_tissue: int
    rows: int | None
    skip: int
    atlas: bool = False
    notes: tuple[str, ...] = ()


def stable_ids(ids: pl.Series) -> pl.Series:
    """Ensembl ids without their version; others, e.g. symbols such as AC093323.1, as they are.

    >>> stable_ids(pl.Series(["ENSG00000223972.4", "ENSG00000186092.7_7", "AC093323.1"])).to_list()
    ['ENSG00000223972', 'ENSG00000186092', 'AC093323.1']
    """
    return ids.str.replace(_VERSIONED, "$1")


def read(path: Path) -> Expression:
    """TPM by gene and tissue; rows of pseudoautosomal copies on Y are left out and counted.

    Raises
    ------
    InputError
        If a cell is not a finite number >= 0, an id or a tissue is repeated, or the size differs from the second line.
    """
    lines = ((number, text) for number, text in files.read_lines(path) if text.strip())
    header = _header(path, lines)
    numbers, rows = _rows(path, lines, header)
    first, tissues = header.first_tissue, tuple(header.columns[header.first_tissue :])
    head = [row.split("\t") for row in rows[:_HEAD]]
    layout.refuse_long_rows(f"{path.name}, line {numbers[0]}", header.columns, first, head)
    gene, hint = layout.gene_column(header.columns, first, head[0])
    about, tpm, blank = _values(path, header, numbers, rows)
    ids = about.to_series(gene).str.strip_chars('" ')
    par = ids.str.contains(PAR_OF_Y)
    kept = (~par).to_numpy()
    stable = stable_ids(ids.filter(~par))
    _refuse_repeats(path, stable, [numbers[row] for row in np.flatnonzero(kept)])
    tpm = tpm if kept.all() else tpm[kept]
    notes = [*header.notes, *layout.notes(path.name, tissues, tpm)]
    if blank:
        notes.append(f"{blank:,} blank cells are read as 0: Expression Atlas leaves out values below its cutoff")
    return Expression(stable.rename("gene_id"), tissues, tpm, int(par.sum()), tuple(notes), hint)


def _values(path: Path, header: _Header, numbers: list[int], rows: list[str]) -> tuple[pl.DataFrame, np.ndarray, int]:
    """The columns about genes, the TPM (gene, tissue), and the number of blanks read as 0; some rows at a time."""
    first, blank, about = header.first_tissue, 0, []
    tpm = np.empty((len(rows), len(header.columns) - first))
    for at in range(0, len(rows), _BATCH):
        table = pl.read_csv(
            io.BytesIO("\n".join(rows[at : at + _BATCH]).encode()),
            separator="\t",
            has_header=False,
            infer_schema=False,
            quote_char=None,
            empty_string_is_null=False,
        )
        about.append(table[:, :first])
        cells = table[:, first:].select(pl.all().str.strip_chars('" '))
        if header.atlas:
            blank += cells.select(pl.sum_horizontal((pl.all() == "").sum())).item()
            cells = cells.select(pl.all().replace("", "0"))
        part = cells.select(pl.all().cast(pl.Float64, strict=False).fill_null(float("nan"))).to_numpy()
        if (odd := ~(np.isfinite(part) & (part >= 0))).any():
            row, column = np.argwhere(odd)[0].tolist()
            gene, cell = table[row, 0].strip('" '), table[row, first + column]
            where = f"{path.name}, line {numbers[at + row]} ({gene}), column {header.columns[first + column]}"
            raise InputError(f"{where}: {cell!r} is not a TPM. {layout.cell_remedy(cell)}")
        tpm[at : at + len(part)] = part + 0.0
    return pl.concat(about), tpm, blank


def _header(path: Path, lines: Iterator[tuple[int, str]]) -> _Header:
    """The lines above the first gene, in any of the three formats."""
    number, text = _next(path, lines, "the header")
    version = re.fullmatch(r"#(\d+\.\d+)\s*", text)
    if version is None:
        comments = ""
        while text.startswith("#") and "\t" not in text:
            comments += text
            number, text = _next(path, lines, "the header")
        columns = _names(text)
        if len(columns) < 2:
            line, row = next(lines, (number, ""))
            if "\t" in row:
                raise layout.wrong_width(f"{path.name}, line {line}", columns, row, True)
            raise InputError(f"{path.name}, line {number}: one column. Separate genes and tissues by tabs.")
        first = 1
        while first < len(columns) and columns[first].lower() in _ABOUT_GENES:
            first += 1
        atlas = "Expression Atlas" in comments or columns[:2] == ["Gene ID", "Gene Name"]
        notes = ("the file's first lines say FPKM, not TPM",) if "FPKM" in comments else ()
        return _checked(path, number, _Header(columns, first, None, 0, atlas, notes))
    if version[1] not in ("1.2", "1.3"):
        raise InputError(f"{path.name}, line 1: GCT {version[1]} is not supported. Save it as GCT 1.2 or 1.3.")
    number, text = _next(path, lines, "its size")
    sizes = text.split()
    expected = {"1.2": 2, "1.3": 4}[version[1]]
    if len(sizes) < expected or not all(re.fullmatch("[0-9]{1,12}", size) for size in sizes):
        what = "rows and columns" if expected == 2 else "rows, columns, and how many describe rows and columns"
        raise InputError(f"{path.name}, line {number}: {text[:40]!r} is not the table's size ({what}). {_REMEDY}")
    about_rows, skip = (1, 0) if expected == 2 else (int(sizes[2]), int(sizes[3]))
    number, text = _next(path, lines, "the header")
    columns = _names(text)
    found = len(columns) - 1 - about_rows
    if found == int(sizes[1]) + 1 and layout.has_row_numbers(columns):
        found, about_rows = found - 1, about_rows + 1
    header = _Header(columns, 1 + about_rows, int(sizes[0]), skip)
    layout.refuse_header(f"{path.name}, line {number}", columns, header.first_tissue)
    if found != int(sizes[1]):
        raise InputError(f"{path.name}, line {number}: {found} tissues, but line 2 says {sizes[1]}. {_REMEDY}")
    return _checked(path, number, header)


def _checked(path: Path, number: int, header: _Header) -> _Header:
    layout.refuse_header(f"{path.name}, line {number}", header.columns, header.first_tissue)
    tissues = header.columns[header.first_tissue :]
    if not tissues:
        raise InputError(f"{path.name}, line {number}: no tissue after the gene's columns. {_REMEDY}")
    for at, tissue in enumerate(tissues):
        if not tissue or tissue in tissues[:at]:
            what = f"tissue {tissue!r} is repeated" if tissue else f"column {header.first_tissue + at + 1} has no name"
            raise InputError(f"{path.name}, line {number}: {what}. Name each tissue once.")
    return header


def _rows(path: Path, lines: Iterator[tuple[int, str]], header: _Header) -> tuple[list[int], list[str]]:
    """Line numbers and texts of the genes, each with as many columns as the header."""
    tabs = len(header.columns) - 1
    numbers, rows = [], []
    for number, text in lines:
        if text.count("\t") != tabs:
            raise layout.wrong_width(f"{path.name}, line {number}", header.columns, text, not rows)
        numbers.append(number)
        rows.append(text)
    numbers, rows = numbers[header.skip :], rows[header.skip :]
    if header.rows is not None and len(rows) != header.rows:
        raise InputError(f"{path.name}: {len(rows):,} genes, but line 2 says {header.rows:,}. {_REMEDY}")
    if not rows:
        raise InputError(f"{path.name}: no gene below the header. {_REMEDY}")
    return numbers, rows


def _refuse_repeats(path: Path, ids: pl.Series, numbers: list[int]) -> None:
    if (twice := ids.is_duplicated()).any():
        first = ids.filter(twice)[0]
        where = " and ".join(str(numbers[row]) for row in (ids == first).arg_true()[:2])
        raise InputError(f"{path.name}, lines {where}: gene {first} is repeated (versions ignored). Keep one row.")
    if (blank := ids == "").any():
        raise InputError(f"{path.name}, line {numbers[blank.arg_true()[0]]}: no gene id in the first column. {_REMEDY}")


def _names(text: str) -> list[str]:
    return [name.strip('" ') for name in text.lstrip("#").split("\t")]


def _next(path: Path, lines: Iterator[tuple[int, str]], what: str) -> tuple[int, str]:
    if line := next(lines, None):
        return line
    raise InputError(f"{path.name}: the file ends before {what}. {_REMEDY}")
