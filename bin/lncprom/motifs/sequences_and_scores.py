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
from lncprom.genome.bases import CODES
from lncprom.profiles import method_titles, score_matrix
from lncprom.tables import importance


class Scored(NamedTuple):
    """Samples in the order of their ids, and the scores of their bases by control.

    `codes` is uint8 (n, positions) as in genome.bases, unknown outside a sequence; `scores` holds float32 of that
    shape, NaN where the model did not see a base. Column 0 is position `first`. Overlapping promoters share a number
    of `group`.
    """

    samples: list[str]
    label: np.ndarray
    group: np.ndarray
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
    """Codes of all sequences (n, positions), position of column 0, and whether the TSS of every sequence is known.

    Sequences are aligned at the TSS, or else at their last base.
    """
    anchor = rows["tss_index"].cast(pl.Int64).fill_null(rows["sequence"].str.len_bytes().cast(pl.Int64) - 1)
    upstream = int(anchor.max())
    before = pl.select(pl.lit("N").repeat_by(upstream - anchor).list.join("")).to_series()
    codes = CODES[sequences.to_codes(before + rows["sequence"])]
    return codes, -upstream, rows["tss_index"].null_count() == 0


def read(paths: Sequence[Path], rows: pl.DataFrame, name: str, model: str, method: str, source: str) -> Scored:
    """The scores by one method (`auto`: the preferred one of those in the tables), mean over seeds.

    Each seed's scores are divided by their mean absolute value first, so that every seed has the same weight. An
    `InputError` says where a table does not fit the data set `rows` (file name: `source`), or lacks the method.
    """
    there = {method for path in paths for method in importance.read(path, columns=["method"])["method"].unique()}
    if method == "auto" and there:
        method = method_titles.leading(sorted(there))
    elif method not in ("auto", *there):
        known = [known for known in importance.METHODS if known in there]
        raise InputError(f"--method {method}: {paths[0].name} has no scores by it. {text.nearest(method, known)}")
    found = score_matrix.read(paths, rows, name, model, source, method)
    codes, first, known = of_dataset(found.samples)
    parts = {control: found.of(method, control) for control, _ in sorted(found.scores)}
    scores = {control: _mean(matrices.values()) for control, matrices in parts.items()}
    seeds = {control: list(matrices) for control, matrices in parts.items()}
    names = found.samples["sample_id"].to_list()
    return Scored(names, found.label, found.group, codes, first, known, scores, seeds, method)


def _mean(matrices) -> np.ndarray:
    """Over seeds, each scaled; NaN where no seed saw the base."""
    total, seen = 0.0, 0
    for matrix in matrices:
        scores, there = matrix.astype(np.float64), ~np.isnan(matrix)
        size = np.nanmean(np.abs(scores)) if there.any() else 0.0
        total = total + np.where(there, scores / size if size else scores, 0)
        seen = seen + there
    return np.where(seen > 0, total / np.maximum(seen, 1), np.nan).astype(np.float32)
