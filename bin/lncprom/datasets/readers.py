"""A user's own sequences and labels, from CSV, TSV or pairs of FASTA files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.genome import fasta

_COLUMNS = ("sequence", "label")
_LONGEST_FIELD = 2**31 - 1  # letters; the most that csv takes on every platform, by itself 131,072
_LAYOUT = "give one CSV or TSV with the columns sequence,label, or two FASTA files, positives then negatives"


class Read(NamedTuple):
    """Samples by fold, notes on what was passed over, and the files by the name that a card gives them."""

    folds: dict[str, pl.DataFrame]
    notes: list[str]
    inputs: dict[str, Path]


def read(given: Mapping[str, Sequence[Path]]) -> Read:
    """The folds that files were given for; no file may stand for two folds."""
    folds, notes, inputs = {}, [], {}
    seen: dict[Path, str] = {}
    for fold, paths in given.items():
        if not paths:
            continue
        for path in paths:
            if (earlier := seen.setdefault(path.resolve(), fold)) != fold:
                raise InputError(f"{path.name}: given to --{earlier} and --{fold}; a fold has its own samples")
        folds[fold], more = read_fold(paths, fold)
        notes.extend(more)
        names = (fold,) if len(paths) == 1 else (f"{fold}_positives", f"{fold}_negatives")
        inputs |= dict(zip(names, paths, strict=True))
    return Read(folds, notes, inputs)


def read_fold(paths: Sequence[Path], fold: str) -> tuple[pl.DataFrame, list[str]]:
    """The samples of one fold in their order, and notes on what was passed over.

    Columns: file, record (`line 7`, `sequence chr1_tss`), id (a FASTA's; else missing), label, sequence (upper case).

    Raises
    ------
    InputError
        where files or columns are missing, a label is not 0 or 1, a sequence is empty or not of A, C, G, T, N, or
        there is one class only.
    """
    paths = list(paths)
    if len({path.resolve() for path in paths}) < len(paths):
        raise InputError(f"{paths[0].name}: given twice to --{fold}; {_LAYOUT}")
    kinds = [_is_fasta(path) for path in paths]
    if kinds == [False]:
        rows, notes = _read_table(paths[0])
    elif kinds == [True, True]:
        rows, notes = pl.concat([_read_fasta(paths[0], "1"), _read_fasta(paths[1], "0")]), []
    else:
        given = ", ".join(
            f"{path.name} ({'FASTA' if kind else 'table'})" for path, kind in zip(paths, kinds, strict=True)
        )
        raise InputError(f"{given}: not what --{fold} takes; {_LAYOUT}")
    _refuse_odd(rows)
    rows = rows.with_columns(pl.col("label").cast(pl.Int8))
    if rows["label"].n_unique() < 2:
        raise InputError(f"{paths[0].name}: only samples of label {rows['label'][0]}; give samples of both, 0 and 1")
    return rows, notes


def _is_fasta(path: Path) -> bool:
    with files.open_bytes(path) as handle:
        return handle.read(4096).removeprefix(fasta.BOM).lstrip().startswith(b">")


def _read_fasta(path: Path, label: str) -> pl.DataFrame:
    names: list[str] = []
    parts: list[list[bytes]] = []
    for piece in fasta.pieces(fasta.blocks(path), path.name):
        if piece.name is None:
            parts[-1].append(piece.bases)
        else:
            names.append(piece.name)
            parts.append([])
    sequences = [b"".join(part).translate(None, b"\r\n").decode("ascii", "replace") for part in parts]
    return _frame(path, [f"sequence {name}" for name in names], names, [label] * len(names), sequences)


def _read_table(path: Path) -> tuple[pl.DataFrame, list[str]]:
    text = _text(path)
    head = text.partition("\n")[0]
    csv.field_size_limit(_LONGEST_FIELD)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in head else ",", strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        rows = [(lines.line_num, row) for row in lines if row]
    except csv.Error as fault:
        raise InputError(f"{path.name}, line {lines.line_num}: {fault}; export it again as CSV or TSV") from None
    for column in _COLUMNS:
        if header.count(column) != 1:
            what = "two columns" if header.count(column) else "no column"
            raise InputError(f"{path.name}, line 1: {what} {column} in '{head.strip()[:80]}'; {_LAYOUT}")
    for line, row in rows:
        if len(row) != len(header):
            raise InputError(
                f"{path.name}, line {line}: {len(row)} columns, the header has {len(header)}; mend the line"
            )
    if not rows:
        raise InputError(f"{path.name}: a header and no samples; was its export interrupted?")
    sequence, label = (header.index(column) for column in _COLUMNS)
    others = [name for name in header if name not in _COLUMNS]
    notes = [f"{path.name}: columns that were not read: {', '.join(others)}"] if others else []
    found = _frame(
        path,
        [f"line {line}" for line, _ in rows],
        None,
        [row[label].strip() for _, row in rows],
        [row[sequence].strip() for _, row in rows],
    )
    return found, notes


def _text(path: Path) -> str:
    with files.open_bytes(path) as handle:
        raw = handle.read().removeprefix(fasta.BOM)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = raw.count(b"\n", 0, fault.start) + 1
        raise InputError(f"{path.name}, line {line}: not UTF-8; convert it, e.g. iconv -t UTF-8") from None


def _frame(path: Path, records: list[str], ids: list[str] | None, labels: list[str], sequences: list[str]):
    return pl.DataFrame(
        {
            "file": pl.repeat(path.name, len(records), eager=True),
            "record": records,
            "id": pl.Series(ids if ids is not None else [None] * len(records), dtype=pl.String),
            "label": labels,
            "sequence": pl.Series(sequences, dtype=pl.String).str.to_uppercase(),
        }
    )


def _refuse_odd(rows: pl.DataFrame) -> None:
    """Stop at the first sample whose label or sequence is none."""
    odd = rows.filter(~pl.col("label").is_in(["0", "1"]) | ~pl.col("sequence").str.contains("^[ACGTN]+$"))
    if not odd.height:
        return
    first = odd.row(0, named=True)
    where = f"{first['file']}, {first['record']}"
    if first["label"] not in ("0", "1"):
        raise InputError(
            f"{where}: label {first['label']!r} is neither 0 nor 1; write 1 for the positive class, else 0"
        )
    if not first["sequence"]:
        raise InputError(f"{where}: an empty sequence; drop the sample")
    letter = next(letter for letter in first["sequence"] if letter not in "ACGTN")
    raise InputError(f"{where}: {letter!r} in the sequence, which is not of A, C, G, T, N; drop or mend the sample")
