"""Text about sets of names: counts, the first few, and suggestions for a mistyped name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import polars as pl


def tally(column: pl.Series) -> dict[str, int]:
    """Each value with its count, most frequent first, ties by name."""
    counts = column.drop_nulls().value_counts().sort(pl.col("count"), column.name, descending=[True, False])
    return dict(zip(counts[column.name].to_list(), counts["count"].to_list(), strict=True))


def some(names: Iterable[str], most: int = 4) -> str:
    """The first few names and the number of others: `1, 10, 11, 12 and 21 more`."""
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def nearest(name: str, known: Iterable[str], most: int = 12) -> str:
    """A sentence that helps with an unknown name: the nearest known names, else the first `most` of all.

    >>> nearest("lncrna", ["protein_coding", "lncRNA"])
    'Did you mean lncRNA?'
    >>> nearest("xyz", ["protein_coding", "lncRNA"])
    'Choose from: protein_coding, lncRNA.'
    """
    known = list(known)
    by_fold = {entry.casefold(): entry for entry in reversed(known)}
    close = [by_fold[fold] for fold in difflib.get_close_matches(name.casefold(), by_fold, n=3, cutoff=0.6)]
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Choose from: {some(known, most)}." if known else "None is available."
