"""Base composition at each position of a data set's sequences, for each label."""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom.tables.dataset import COMPOSITION


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
    tables = [_fractions(codes[labels == label]).with_columns(label=pl.lit(int(label))) for label in np.unique(labels)]
    rows = pl.concat(tables).with_columns(pl.lit(name).alias("dataset"), pl.col("position") - (tss_index or 0))
    return COMPOSITION.check(rows, name)


def _fractions(codes: np.ndarray) -> pl.DataFrame:
    counts = {base: np.count_nonzero(codes == ord(base), axis=0) for base in "ACGT"}
    n = np.count_nonzero(codes, axis=0)
    cpg = np.count_nonzero((codes[:, :-1] == ord("C")) & (codes[:, 1:] == ord("G")), axis=0)
    table = pl.DataFrame({"position": np.arange(len(n)), "n": n, "CpG": np.append(cpg, 0)} | counts)
    longer = pl.Series(np.append(n[1:], 0))  # sequences with a base after the position
    return table.with_columns(
        *(pl.col(base) / pl.col("n") for base in "ACGT"), CpG=pl.when(longer > 0).then(pl.col("CpG") / pl.col("n"))
    )
