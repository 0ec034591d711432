"""Importance beside the bases: one row per sample, one column per position, for the model and its controls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import text
from lncprom.datasets import sequences
from lncprom.errors import InputError
from lncprom.genome.bases import CODES, UNKNOWN
from lncprom.profiles import method_titles, score_matrix
from lncprom.tables import importance


class Scored(NamedTuple):
    """Samples in the order of their ids, and the scores of their bases by control.

    `codes` is uint8 (n, positions) as in genome.bases, unknown outside a sequence; `scores` holds float32 of that
    shape, NaN where the model did not see a base. Column 0 is position `first`.
    """

    samples: list[str]
    label: np.ndarray
    codes: np.ndarray
    first: int
    tss_known: bool
    scores: dict[str, np.ndarray]
    seeds: dict[str, list[int]]
    method: str

    @property
    def signed(self) -> bool:
        return self.method in importance.SIGNED


def of_dataset(rows: pl.DataFrame) -> tuple[np.ndarray, int, bool]:
    """Codes of all sequences (n, positions), aligned at the TSS or else at their last base.

    Returns
    -------
    codes, position of column 0, whether the TSS of every sequence is known.
    """
    length = rows["sequence"].str.len_bytes().to_numpy()
    anchor = rows["tss_index"].cast(pl.Int64).fill_null(pl.Series(length) - 1).to_numpy()
    upstream, width = int(anchor.max()), int(anchor.max() + (length - anchor).max())
    letters = sequences.to_codes(rows["sequence"])
    codes = np.full((rows.height, width), UNKNOWN, np.uint8)
    for at in np.unique(anchor):
        mine, start = anchor == at, upstream - at
        part = CODES[letters[mine]][:, : width - start]
        codes[mine, start : start + part.shape[1]] = part
    return codes, -upstream, rows["tss_index"].null_count() == 0


def read(paths: Sequence[Path], rows: pl.DataFrame, name: str, model: str, method: str, source: str) -> Scored:
    """The scores by one method (`auto`: the preferred one of those in the tables), mean over seeds.

    Each seed's scores are divided by their mean absolute value first, so that every seed has the same weight.

    Raises
    ------
    InputError
        where a table does not fit the data set `rows` (file name: `source`), or lacks the method.
    """
    method = _method(paths, method)
    found = score_matrix.read(paths, rows, name, model, source, method)
    codes, first, known = of_dataset(found.samples)
    controls = sorted(control for control, _ in found.scores)
    return Scored(
        found.samples["sample_id"].to_list(),
        found.label,
        codes,
        first,
        known,
        {control: _mean(found.of(method, control).values()) for control in controls},
        {control: list(found.of(method, control)) for control in controls},
        method,
    )


def _mean(matrices) -> np.ndarray:
    total, seen = 0.0, 0
    for matrix in matrices:
        scores = matrix.astype(np.float64)
        there = ~np.isnan(scores)
        size = np.nanmean(np.abs(scores)) if there.any() else 0.0
        total = total + np.where(there, scores / size if size else scores, 0)
        seen = seen + there
    return np.where(seen > 0, total / np.maximum(seen, 1), np.nan).astype(np.float32)


def _method(paths: Sequence[Path], wanted: str) -> str:
    there = {method for path in paths for method in importance.read(path, columns=["method"])["method"].unique()}
    if wanted != "auto" and wanted not in there:
        known = [method for method in importance.METHODS if method in there]
        raise InputError(f"--method {wanted}: {paths[0].name} has no scores by it. {text.nearest(wanted, known)}")
    return method_titles.leading(sorted(there)) if wanted == "auto" and there else wanted
