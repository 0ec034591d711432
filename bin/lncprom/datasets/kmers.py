"""Sequences written as overlapping k-mers with blanks between them, as in the training files of DNABERT."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from lncprom import text
from lncprom.errors import InputError

_REMEDY = "Write overlapping k-mers of one length, or the sequence without blanks."


def sequence_of(words: Sequence[str]) -> str | None:
    """The sequence that was cut into these k-mers; None where they differ in length or neighbours do not overlap.

    >>> sequence_of(["GGAT", "GATC", "ATCA"])
    'GGATCA'
    >>> sequence_of(["GGAT", "CAGA"]) is None
    True
    """
    k = len(words[0])
    whole = words[0] + "".join(word[-1] for word in words[1:])
    return whole if [whole[at : at + k] for at in range(len(words))] == list(words) else None


def join(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The samples of `readers` with k-mers joined to sequences, and a note; without blanks, the samples as they are.

    Raises
    ------
    InputError
        If words do not overlap, or differ in length within or between samples.
    """
    spaced = rows["sequence"].str.contains(" ", literal=True)
    if not spaced.any():
        return rows, []
    first = rows.filter(spaced)["sequence"][0].split()
    k, sequences = len(first[0]), []
    for file, record, sequence in rows.select("file", "record", "sequence").iter_rows():
        words = sequence.split()
        if odd := next((word for word in words if len(word) != k), None):
            raise InputError(f"{file}, {record}: a word of {len(odd):,} letters among words of {k:,}. {_REMEDY}")
        joined = sequence_of(words) if words else ""
        if joined is None:
            left, right = next(pair for pair in pairwise(words) if not sequence_of(pair))
            raise InputError(f"{file}, {record}: {left} {right} do not overlap by {k - 1} letters. {_REMEDY}")
        sequences.append(joined)
    note = (
        f"{text.some(rows['file'].unique().sort())}: overlapping {k}-mers, joined to the sequences they were cut from"
    )
    return rows.with_columns(pl.Series("sequence", sequences, dtype=pl.String)), [note]
