"""Base composition at each position of a data set's sequences, for each label."""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom.tables.composition import COMPOSITION

_ROWS = 1024  # sequences at a time, so that what is compared stays in the processor's cache


def by_position(codes: np.ndarray, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Shares of A, C, G, T and CpG at each position: a row per label and position.

    Position is relative to the TSS, or the 0-based index where there is none. `n` counts the sequences that reach
    it; CpG is the share with C there and G after it, missing where no sequence goes on.

    Parameters
    ----------
    codes
        uint8 (sequences, positions), ASCII letters; 0 after the end of a shorter sequence.
    rows
        The data set; the TSS stands at one index in all of it, or in none.
    """
    labels, tss_index = rows["label"].to_numpy(), rows["tss_index"][0]
    tables = [
        _shares(codes, np.flatnonzero(labels == label)).with_columns(label=pl.lit(int(label)))
        for label in np.unique(labels)
    ]
    rows = pl.concat(tables).with_columns(pl.lit(name).alias("dataset"), pl.col("position") - (tss_index or 0))
    return COMPOSITION.check(rows, name)


def _shares(codes: np.ndarray, rows: np.ndarray) -> pl.DataFrame:
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
