"""application.json beside a trained model: what its scores mean, and which sequences are like its training data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import files
from lncprom.baseline import platt
from lncprom.errors import InputError
from lncprom.genome.bases import CODES, UNKNOWN, gc_and_cpg, words_at
from lncprom.sites import task_names

FILE = "application.json"
K = 4  # letters of the k-mers of a profile
_ROWS = 1 << 11  # sequences described at once
_USUAL = (0.005, 0.995)  # quantiles of GC and CpG between which a training sequence is usual
_FAR = 0.99  # quantile of the training sequences' distances from their mean profile


class Composition(NamedTuple):
    """Of each sequence: GC content, CpG observed/expected, fraction of N, and frequencies of the 256 4-mers.

    Shapes: (sequences,), and (sequences, 256) for `kmers`, whose rows are 0 where no 4-mer is known.
    """

    gc: np.ndarray
    cpg: np.ndarray
    n_share: np.ndarray
    kmers: np.ndarray

    def distance(self, mean: np.ndarray) -> np.ndarray:
        """(sequences,) between 0 and 1: half the sum of differences of 4-mer frequencies (total variation)."""
        return np.abs(self.kmers - mean).sum(axis=1) / 2


def composition(sequences: list[str]) -> Composition:
    """What an input is compared with the training sequences by; upper-case sequences of A, C, G, T, N."""
    parts = [_composition(sequences[at : at + _ROWS]) for at in range(0, max(len(sequences), 1), _ROWS)]
    return Composition(*map(np.concatenate, zip(*parts, strict=True)))


def _composition(sequences: list[str]) -> Composition:
    lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
    width = max(int(lengths.max(initial=0)), 1)
    letters = np.frombuffer("".join(text.ljust(width, "\0") for text in sequences).encode(), np.uint8)
    letters = letters.reshape(len(sequences), width)
    gc, cpg = gc_and_cpg(letters).T
    codes = CODES[letters]
    known = np.count_nonzero(codes < UNKNOWN, axis=1)
    words = words_at(codes, range(K)) + 1  # 0: with an unknown base
    words += np.arange(len(words), dtype=np.int64)[:, None] * (4**K + 1)
    counts = np.bincount(words.ravel(), minlength=len(words) * (4**K + 1)).reshape(len(sequences), -1)[:, 1:]
    kmers = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return Composition(gc, cpg, 1 - known / np.maximum(lengths, 1), kmers)


def of_training(rows: pl.DataFrame, predicted: pl.DataFrame, fitted: tuple[float, float] | None, **more) -> dict:
    """The record of a model.

    Parameters
    ----------
    rows
        The data set with its folds.
    predicted
        The model's predictions of it.
    fitted
        Slope and intercept of `platt.fit` on dev; None where dev lacks a class.
    more
        Further facts: `dataset`, `model`, `seed`, `truncation`.
    """
    train = rows.filter(pl.col("fold") == "train").sort("sample_id")
    known = predicted.filter(pl.col("fold") == "train")
    logit, label = platt.logit(known["probability"].to_numpy()), known["label"].to_numpy()
    found = composition(train["sequence"].to_list())
    mean = found.kmers.mean(axis=0)
    lengths, places = train["sequence"].str.len_bytes(), train["tss_index"].unique().to_list()
    usual = {name: np.nanquantile(values, _USUAL) for name, values in (("gc", found.gc), ("cpg", found.cpg))}
    return more | {
        "task": rows["task"][0],
        "classes": dict(zip(("1", "0"), task_names.classes(rows["task"][0]), strict=True)),
        "lengths": [int(lengths.min()), int(lengths.max())],
        "tss_index": places[0] if len(places) == 1 else None,
        "platt": None if fitted is None else list(fitted),
        "logits": {str(of): _rounded(np.quantile(logit[label == of], np.linspace(0, 1, 101))) for of in (1, 0)},
        "usual": {name: _rounded(ends) for name, ends in usual.items()} | {"n_share": float(found.n_share.max())},
        "kmers": {"mean": _rounded(mean), "distance": _rounded(np.quantile(found.distance(mean), [_FAR]))[0]},
    }


def _rounded(numbers: np.ndarray) -> list[float]:
    return [float(f"{number:.7g}") for number in numbers]


def read(folder: Path) -> dict | None:
    """The record in a model's folder; None where a model was trained without.

    Raises
    ------
    InputError
        if the file is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if len(found["kmers"]["mean"]) != 4**K or {"platt", "logits", "usual", "lengths", "task"} - found.keys():
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path}: damaged. Copy the model's folder again, or train it again.") from None
    return found


def write(record: dict, path: Path) -> None:
    files.write_text(json.dumps(record) + "\n", path)
