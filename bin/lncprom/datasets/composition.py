"""Base composition at each position of a data set's sequences, for each label."""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom.tables.dataset import COMPOSITION

_ROWS = 1024  # sequences at once, which fit into the processor's cache


def by_position(codes: np.ndarray, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Fractions of A, C, G, T and CpG at each position, one row per label and position.

    The position is relative to the TSS, or the 0-based index if there is none. `n` counts the sequences that reach it.
    CpG is the fraction with C at the position and G after it; it is missing after the last base of all sequences.

    Parameters
    ----------
    codes
        ASCII letters: uint8 (sequences, positions); 0 after the end of a shorter sequence.
    rows
        The data set; `tss_index` is the same in all rows, or missing in all.
    """
    labels, tss_index = rows["label"].to_numpy(), rows["tss_index"][0]
    tables = [
        _fractions(codes, np.flatnonzero(labels == label)).with_columns(label=pl.lit(int(label)))
        for label in np.unique(labels)
    ]
    rows = pl.concat(tables).with_columns(pl.lit(name).alias("dataset"), pl.col("position") - (tss_index or 0))
    return COMPOSITION.check(rows, name)


def _fractions(codes: np.ndarray, rows: np.ndarray) -> pl.DataFrame:
    width = codes.shape[1]
    counts = {what: np.zeros(width, dtype=np.int64) for what in ("n", "A", "C", "G", "T", "CpG")}
    longer = np.zeros(width, dtype=np.int64)  # sequences with a base after the position
    for start in range(0, len(rows), _ROWS):
        part = codes[rows[start : start + _ROWS]]
        filled = part != 0
        counts["n"] += np.count_nonzero(filled, axis=0)
        longer[:-1] += np.count_nonzero(filled[:, 1:], axis=0)
        is_base = {base: part == ord(base) for base in "ACGT"}
        for base in "ACGT":
            counts[base] += np.count_nonzero(is_base[base], axis=0)
        counts["CpG"][:-1] += np.count_nonzero(is_base["C"][:, :-1] & is_base["G"][:, 1:], axis=0)
    table = pl.DataFrame({"position": np.arange(width, dtype=np.int64)} | counts)
    return table.with_columns(
        *(pl.col(base) / pl.col("n") for base in "ACGT"),
        CpG=pl.when(pl.Series(longer) > 0).then(pl.col("CpG") / pl.col("n")),
    )
