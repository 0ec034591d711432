"""Importance tables of one data set and model as matrices, sample x position, with what is known of the samples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.errors import InputError
from lncprom.importance import ranks
from lncprom.tables import importance

TRAINED = ""
_CONTROLS = {TRAINED: "", "untrained": " of the untrained control", "shuffled_labels": " of the control"}


class Scored(NamedTuple):
    """All scores of a model on a data set.

    samples: the data set's rows that were scored, by sample_id; `group` is filled.
    position: relative to the TSS (0), or to the last base where `tss_known` is false; ascending, without gaps.
    scores: (control, method) -> seed -> float32 (samples, positions), NaN where the model did not see the base.
    """

    samples: pl.DataFrame
    position: np.ndarray
    tss_known: bool
    scores: dict[tuple[str, str], dict[int, np.ndarray]]

    @property
    def methods(self) -> list[str]:
        """Methods of the model as trained, in the order of the table's definition."""
        found = {method for control, method in self.scores if control == TRAINED}
        return [method for method in importance.METHODS if method in found]

    @property
    def label(self) -> np.ndarray:
        return self.samples["label"].to_numpy()

    @property
    def group(self) -> np.ndarray:
        """A number a sample; overlapping promoters share one."""
        return np.unique(self.samples["group"].to_numpy(), return_inverse=True)[1]

    def of(self, method: str, control: str = TRAINED) -> dict[int, np.ndarray]:
        """Seed -> matrix; empty where the control was not scored with this method."""
        return self.scores.get((control, method), {})

    def mean(self, method: str, control: str = TRAINED) -> np.ndarray:
        """The mean over seeds, NaN where no seed saw the base."""
        return ranks.mean(list(self.of(method, control).values()))


def read(paths: Sequence[Path], samples: pl.DataFrame, dataset: str, model: str, source: str) -> Scored:
    """The tables in `paths`, checked against the data set `samples` (its file's name: `source`).

    Raises
    ------
    InputError
        where a table is of another data set or model, stands twice, or covers a sample otherwise than its sequence.
    """
    parts: dict[tuple[int, str, str], _Part] = {}
    origin: dict[tuple[int, str, str], str] = {}
    for path in sorted(paths, key=lambda path: path.name):
        for key, part in _parts(path, dataset, model):
            if key in parts:
                seed, control, method = key
                raise InputError(
                    f"{path.name}: {method}{_CONTROLS[control]} with seed {seed} also stands in {origin[key]}; "
                    "give each seed and control once"
                )
            parts[key], origin[key] = part, path.name
    if not any(control == TRAINED for _, control, _ in parts):
        raise InputError(
            f"{paths[0].name}: controls only, no scores of the model as trained; give the table of score_attention "
            "for the trained model too"
        )
    known, chosen = _chosen(parts, origin, samples, dataset, source)
    first = min(part.first for part in parts.values())
    last = max(part.first + part.scores.shape[1] for part in parts.values())
    position = np.arange(first, last)
    scores: dict[tuple[str, str], dict[int, np.ndarray]] = {}
    for (seed, control, method), part in sorted(parts.items()):
        scores.setdefault((control, method), {})[seed] = part.on(chosen["sample_id"].to_numpy(), first, last)
    return Scored(chosen, position, known, scores)


class _Part(NamedTuple):
    """One method of one file: sorted sample ids, their labels, where each one's positions start and end."""

    samples: np.ndarray
    label: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    first: int
    scores: np.ndarray

    def on(self, samples: np.ndarray, first: int, last: int) -> np.ndarray:
        """The same scores with a row for each of `samples` and a column for each position; NaN where there is none."""
        if first == self.first and last - first == self.scores.shape[1] and np.array_equal(samples, self.samples):
            return self.scores
        whole = np.full((len(samples), last - first), np.nan, np.float32)
        rows = np.searchsorted(samples, self.samples)
        whole[rows, self.first - first : self.first - first + self.scores.shape[1]] = self.scores
        return whole


def _parts(path: Path, dataset: str, model: str):
    """(seed, control, method) and its part, for each in the table."""
    rows = importance.read(path)
    if rows.is_empty():
        raise InputError(f"{path.name}: no scores in it; run score_attention again")
    for column, wanted in (("dataset", dataset), ("model", model)):
        others = rows.filter(pl.col(column) != wanted)
        if others.height:
            what = "of the data set" if column == "dataset" else "of the model"
            raise InputError(f"{path.name}: importance {what} {others[column][0]}, not {wanted}; give that of {wanted}")
    rows = rows.drop("dataset", "model")
    for key, part in sorted(rows.partition_by("seed", "control", "method", as_dict=True).items()):
        yield key, _matrix(part)


def _matrix(rows: pl.DataFrame) -> _Part:
    rows = rows.sort("sample_id", "position")
    at, position = rows["sample_id"].rle_id().to_numpy(), rows["position"].to_numpy()
    starts = np.flatnonzero(np.diff(at, prepend=-1))  # of each sample's rows
    ends = np.append(starts[1:], len(at)) - 1
    first = int(position.min())
    scores = np.full((len(starts), int(position.max()) - first + 1), np.nan, np.float32)
    scores[at, position - first] = rows["score"].to_numpy()
    heads = rows[starts]
    return _Part(
        heads["sample_id"].to_numpy(), heads["label"].to_numpy(), position[starts], position[ends], first, scores
    )


def _chosen(parts: dict, origin: dict, samples: pl.DataFrame, dataset: str, source: str) -> tuple[bool, pl.DataFrame]:
    """Is the TSS known, and the rows of the data set that were scored, sorted by sample_id."""
    known = not samples["tss_index"].null_count()
    if not known and samples["tss_index"].null_count() < samples.height:
        first = samples.filter(pl.col("tss_index").is_null())["sample_id"][0]
        raise InputError(f"{source}, {first}: has no tss_index, others have; give it to all or to none")
    samples = samples.sort("sample_id").with_columns(
        pl.col("group").fill_null(pl.col("sample_id")), pl.col("sequence").str.len_bytes().cast(pl.Int64).alias("_size")
    )
    samples = samples.with_columns(
        (pl.lit(0) - (pl.col("tss_index").cast(pl.Int64) if known else pl.col("_size") - 1)).alias("_start")
    )
    ids = samples["sample_id"].to_numpy()
    scored = np.zeros(len(ids), bool)
    for key, part in parts.items():
        row = np.searchsorted(ids, part.samples)
        row[row == len(ids)] = 0
        absent = ids[row] != part.samples
        if absent.any():
            raise InputError(
                f"{origin[key]}, {part.samples[absent][0]}: no such sample in {source}; give importance of {dataset}"
            )
        for odd, what in (
            (samples["label"].to_numpy()[row] != part.label, "label {label} here, another in {source}"),
            (
                (samples["_start"].to_numpy()[row] != part.starts)
                | ((samples["_start"] + samples["_size"] - 1).to_numpy()[row] != part.ends),
                "scored from {start} to {end}, which are not the positions of its sequence in {source}",
            ),
        ):
            if odd.any():
                at = int(np.flatnonzero(odd)[0])
                told = what.format(label=part.label[at], start=part.starts[at], end=part.ends[at], source=source)
                raise InputError(f"{origin[key]}, {part.samples[at]}: {told}; score this very data set")
        scored[row] = True
    chosen = samples.filter(pl.Series(scored))
    for label in (1, 0):
        if not (chosen["label"] == label).any():
            raise InputError(
                f"{next(iter(origin.values()))}: no sample of class {label} among the {chosen.height:,} scored, a "
                "profile needs both; score a fold that has both classes"
            )
    return known, chosen.drop("_size", "_start")
