"""A user's own sequences and labels, from CSV, TSV or pairs of FASTA files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import files, text
from lncprom.datasets import kmers
from lncprom.errors import InputError
from lncprom.genome import fasta

_COLUMNS = ("sequence", "label")
_LONGEST_FIELD = 2**31 - 1  # letters; the limit of csv on every platform, by default 131,072
_LAYOUT = "Give one CSV or TSV with the columns sequence,label, or two FASTA files, positives then negatives."


class Read(NamedTuple):
    """Samples by split, notes on what was read otherwise, and the files by their names in the card."""

    folds: dict[str, pl.DataFrame]
    notes: list[str]
    inputs: dict[str, Path]


def read(given: Mapping[str, Sequence[Path]]) -> Read:
    """The splits with files; a file for two splits is refused, and dev without train."""
    if not given.get("train") and (given.get("dev") or not given.get("test")):
        raise InputError("--train is missing. Give it, or --test alone for a set that is only tested on.")
    folds, notes, inputs = {}, [], {}
    seen: dict[Path, str] = {}
    for fold, paths in ((fold, paths) for fold, paths in given.items() if paths):
        for path in paths:
            if (earlier := seen.setdefault(path.resolve(), fold)) != fold:
                raise InputError(f"{path.name}: given to --{earlier} and --{fold}. Give each split its own file.")
        folds[fold], more = read_fold(paths, fold)
        notes.extend(more)
        names = (fold,) if len(paths) == 1 else (f"{fold}_positives", f"{fold}_negatives")
        inputs |= dict(zip(names, paths, strict=True))
    return Read(folds, notes, inputs)


def read_fold(paths: Sequence[Path], fold: str) -> tuple[pl.DataFrame, list[str]]:
    """The samples of one split in file order, and notes on skipped columns, joined k-mers and IUPAC codes.

    Columns: file, record (`line 7`, `sequence chr1_tss`), id (of a FASTA record, else missing), label, sequence (upper
    case).

    Raises
    ------
    InputError
        If files or columns are missing, a label is not 0 or 1, a sequence is empty or has letters that are no IUPAC
        codes, or there is only one class.
    """
    paths = list(paths)
    places = [path.resolve() for path in paths]
    if twice := [path.name for path in paths if places.count(path.resolve()) > 1]:
        raise InputError(f"{twice[0]}: given twice to --{fold}. {_LAYOUT}")
    kinds = []
    for path in paths:
        with files.open_bytes(path) as handle:
            kinds.append(handle.read(4096).removeprefix(fasta.BOM).lstrip().startswith(b">"))
    if kinds == [False]:
        rows, notes = _read_table(paths[0])
    elif kinds == [True, True]:
        rows, notes = pl.concat([_read_fasta(paths[0], "1"), _read_fasta(paths[1], "0")]), []
    else:
        given = [f"{path.name} ({'FASTA' if kind else 'table'})" for path, kind in zip(paths, kinds, strict=True)]
        raise InputError(f"--{fold}: {', '.join(given)}. {_LAYOUT}")
    rows, joined = kmers.join(rows)
    bases = fasta.as_bases(rows["sequence"])
    rows = rows.with_columns(pl.Series("sequence", bases.sequences, dtype=pl.String))
    coded = (
        [f"{text.some(path.name for path in paths)}: {fasta.codes_note(bases.codes, bases.records)}"]
        if bases.codes
        else []
    )
    _refuse_odd(rows)
    rows = rows.with_columns(pl.col("label").cast(pl.Int8))
    if rows["label"].n_unique() < 2:
        raise InputError(f"{paths[0].name}: only samples of label {rows['label'][0]}. Give both labels, 0 and 1.")
    return rows, notes + joined + coded


def _read_fasta(path: Path, label: str) -> pl.DataFrame:
    parts: dict[str, list[bytes]] = {}
    for piece in fasta.pieces(fasta.blocks(path), path.name):
        if piece.name is not None:
            parts[piece.name] = here = []
        here.append(piece.bases)  # none beside a name
    sequences = [b"".join(part).translate(None, b"\r\n").decode("ascii", "replace") for part in parts.values()]
    return _frame(path, [f"sequence {name}" for name in parts], list(parts), [label] * len(parts), sequences)


def _read_table(path: Path) -> tuple[pl.DataFrame, list[str]]:
    with files.open_bytes(path) as handle:
        raw = handle.read().removeprefix(fasta.BOM)
    try:
        content = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise InputError(f"{path.name}, line {line}: not UTF-8. Convert it, e.g. iconv -t UTF-8.") from None
    head = content.partition("\n")[0]
    csv.field_size_limit(_LONGEST_FIELD)
    lines = csv.reader(io.StringIO(content, newline=""), delimiter="\t" if "\t" in head else ",", strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        rows = [(lines.line_num, row) for row in lines if any(cell.strip() for cell in row)]  # Excel writes empty rows
    except csv.Error as fault:
        raise InputError(f"{path.name}, line {lines.line_num}: {fault}. Export it again as CSV or TSV.") from None
    for column in _COLUMNS:
        if header.count(column) != 1:
            what = "two columns" if header.count(column) else "no column"
            raise InputError(f"{path.name}, line 1: {what} {column} in '{head.strip()[:80]}'. {_LAYOUT}")
    for line, row in rows:
        if len(row) < len(header) or any(row[len(header) :]):
            raise InputError(f"{path.name}, line {line}: {len(row)} columns, the header has {len(header)}. Correct it.")
    if not rows:
        raise InputError(f"{path.name}: a header and no samples. Export it again.")
    sequence, label = (header.index(column) for column in _COLUMNS)
    others = [name for name in header if name and name not in _COLUMNS]
    if unnamed := header.count(""):
        others.append("a column without a name" if unnamed == 1 else f"{unnamed:,} columns without a name")
    notes = [f"{path.name}: columns not read: {', '.join(others)}"] if others else []
    records, labels = [f"line {line}" for line, _ in rows], [row[label].strip() for _, row in rows]
    return _frame(path, records, [None] * len(rows), labels, [row[sequence].strip() for _, row in rows]), notes


def _frame(path: Path, records: list[str], ids: list, labels: list[str], sequences: list[str]):
    return pl.DataFrame(
        {
            "file": pl.repeat(path.name, len(records), eager=True),
            "record": records,
            "id": pl.Series(ids, dtype=pl.String),
            "label": labels,
            "sequence": pl.Series(sequences, dtype=pl.String).str.to_uppercase(),
        }
    )


def _refuse_odd(rows: pl.DataFrame) -> None:
    """Refuse the first sample with a wrong label or sequence."""
    odd = rows.filter(~pl.col("label").is_in(["0", "1"]) | ~pl.col("sequence").str.contains("^[ACGTN]+$"))
    if not odd.height:
        return
    first = odd.row(0, named=True)
    where = f"{first['file']}, {first['record']}"
    if first["label"] not in ("0", "1"):
        raise InputError(f"{where}: label {first['label']!r} is neither 0 nor 1. Write 1 for the positive class.")
    if not first["sequence"]:
        raise InputError(f"{where}: an empty sequence. Remove the sample.")
    letter = next(letter for letter in first["sequence"] if letter not in "ACGTN")
    raise InputError(f"{where}: {letter!r} in the sequence is not a nucleotide. Remove the sample.")
