"""Base composition at each position of a data set's sequences, for each label."""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom.tables.base import from_numpy
from lncprom.tables.dataset import COMPOSITION

_ROWS = 255  # of sequences counted together: a byte holds their number


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
    present = rows["label"].unique().sort().to_list()
    tables = [_fractions(codes[labels == label]).with_columns(label=pl.lit(label, pl.Int64)) for label in present]
    rows = pl.concat(tables).with_columns(pl.lit(name).alias("dataset"), pl.col("position") - (tss_index or 0))
    return COMPOSITION.check(rows, name)


def _fractions(codes: np.ndarray) -> pl.DataFrame:
    parts = [_counts(codes[at : at + _ROWS]) for at in range(0, len(codes), _ROWS)]
    *counts, n, cpg = np.sum(parts, axis=0, dtype=np.int64)
    counts = dict(zip("ACGT", counts, strict=True))
    longer = np.append(n[1:], 0)  # sequences with a base after the position
    table = from_numpy(position=np.arange(len(n)), n=n, CpG=cpg, longer=longer, **counts)
    cpg = pl.when(pl.col("longer") > 0).then(pl.col("CpG") / pl.col("n"))
    return table.with_columns(*(pl.col(base) / pl.col("n") for base in "ACGT"), CpG=cpg).drop("longer")


def _counts(codes: np.ndarray) -> np.ndarray:
    """Of at most 255 sequences, how many have A, C, G, T, any base, and CpG at each position: uint8 (6, positions)."""
    hits = [codes == ord(base) for base in "ACGT"] + [codes != 0]
    cpg = np.zeros_like(hits[0])
    np.logical_and(hits[1][:, :-1], hits[2][:, 1:], out=cpg[:, :-1])
    return np.stack([np.add.reduce(hit.view(np.uint8), axis=0, dtype=np.uint8) for hit in (*hits, cpg)])
