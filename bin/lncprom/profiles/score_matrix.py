"""Importance tables of one data set and model as matrices, sample x position, with what is known of the samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.errors import InputError
from lncprom.profiles import correlation
from lncprom.tables import importance
from lncprom.tables.base import TsvTable
from lncprom.tables.dataset import require_tss

TRAINED = ""
_CONTROLS = {TRAINED: "", "random_init": " of the randomly initialised control", "shuffled_labels": " of the control"}


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
    dataset: str = ""
    model: str = ""

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

    def mean(self, method: str) -> np.ndarray:
        """The mean over seeds of the model as trained, NaN where no seed saw the base."""
        return correlation.mean(list(self.of(method).values()))


def read(
    paths: Sequence[Path], samples: pl.DataFrame, dataset: str, model: str, source: str, method: str | None = None
) -> Scored:
    """Read tables of importance and check them against the data set.

    Parameters
    ----------
    samples, source
        The data set and the name of its file.
    method
        Read the scores of this method alone.

    Raises
    ------
    InputError
        where a table is of another data set or model, is given twice, or does not have one score for each base.
    """
    samples, parts, origin = _placed(samples, source), {}, {}
    for path in sorted(paths, key=lambda path: path.name):
        for key, part in _parts(path, samples, dataset, model, source, method):
            if key in parts:
                control, of, seed = key
                raise InputError(
                    f"{path.name}: {of}{_CONTROLS[control]} with seed {seed} is also in {origin[key]}. "
                    "Give each seed and control once."
                )
            parts[key], origin[key] = part, path.name
    if not any(control == TRAINED for control, _, _ in parts):
        raise InputError(
            f"{paths[0].name}: holds controls only, no scores of the model as trained. Give the trained model's "
            "table of score_attention, too."
        )
    rows = np.unique(np.concatenate([row for row, _ in parts.values()]))
    chosen = samples[rows]
    for label in (1, 0):
        if not (chosen["label"] == label).any():
            raise InputError(
                f"{min(path.name for path in paths)}: no sample of class {label} among the {chosen.height:,} scored. "
                "Score a split that has both classes."
            )
    first, end = chosen["_first"].to_numpy()[:, None], (chosen["_first"] + chosen["_size"]).to_numpy()[:, None]
    position = np.arange(first.min(), end.max())
    inside = (position >= first) & (position < end)
    scores: dict[tuple[str, str], dict[int, np.ndarray]] = {}
    for control, of, seed in sorted(parts):
        row, score = parts.pop((control, of, seed))
        matrix = np.full(inside.shape, np.nan, np.float32)
        matrix[inside & np.isin(rows, row)[:, None]] = score
        scores.setdefault((control, of), {})[seed] = matrix
    known = not chosen["tss_index"].null_count()
    return Scored(chosen.drop("_first", "_size", "_row"), position, known, scores, dataset, model)


def read_text(paths: Sequence[Path], table: TsvTable, dataset: str, model: str) -> pl.DataFrame:
    """All rows of the tables that score_attention writes as text, of this data set and model, each key once."""
    parts = [table.frame().with_columns(file=pl.lit(""))]
    for path in sorted(paths, key=lambda path: path.name):
        rows = table.read(path).with_columns(pl.col("control").fill_null(""))
        _refuse_others(rows, f"{path.name}: ", dataset, model)
        parts.append(rows)
    rows = pl.concat(parts)
    if (twice := rows.select(table.key).is_duplicated()).any():
        row = rows.filter(twice).row(-1, named=True)
        row_key = " ".join(f"{name} {row[name]}" for name in table.key if row[name] != "")
        raise InputError(f"{row['file']}: {row_key} is given twice. Give the file of each seed and control once.")
    return rows.drop("file").sort(table.key)


def _refuse_others(rows: pl.DataFrame, start: str, dataset: str, model: str) -> None:
    for column, wanted, what in (("dataset", dataset, "the data set"), ("model", model, "the model")):
        if (others := rows.filter(pl.col(column) != wanted)).height:
            raise InputError(f"{start}of {what} {others[column][0]}, not {wanted}. Give that of {wanted}.")


def _placed(samples: pl.DataFrame, source: str) -> pl.DataFrame:
    """The data set by sample_id, groups filled, with the first position and the size of each sequence."""
    size = pl.col("sequence").str.len_bytes().cast(pl.Int64)
    return (
        require_tss(samples, source)
        .sort("sample_id")
        .with_row_index("_row")
        .with_columns(
            pl.col("group").fill_null(pl.col("sample_id")),
            _first=pl.coalesce(-pl.col("tss_index").cast(pl.Int64), 1 - size),
            _size=size,
        )
    )


def _parts(
    path: Path, samples: pl.DataFrame, dataset: str, model: str, source: str, method: str | None
) -> Iterator[tuple[tuple[str, str, int], tuple[np.ndarray, np.ndarray]]]:
    """Each (control, method, seed) of the table: rows of the data set, and the scores of all their bases in order."""
    known = samples.select("sample_id", "_row", _label="label")
    found: dict[tuple[str, str, int], list[pl.DataFrame]] = {}
    for rows in importance.batches(path):
        _refuse_others(rows, f"{path.name}: importance ", dataset, model)
        if method:
            rows = rows.filter(pl.col("method") == method)
        rows = rows.join(known, on="sample_id", how="left", maintain_order="left")
        odd = rows.filter(pl.col("_row").is_null() | (pl.col("label") != pl.col("_label")))
        for name, label, there in odd.select("sample_id", "label", "_label").head(1).rows():
            fault = f"label {label} here, {there} in {source}. Score this data set."
            if there is None:
                fault = f"no such sample in {source}. Give importance of {dataset}."
            raise InputError(f"{path.name}, {name}: {fault}")
        for key, part in rows.partition_by("control", "method", "seed", as_dict=True).items():
            found.setdefault(key, []).append(part.select("_row", "position", "score"))
    if not found:
        raise InputError(f"{path.name}: no scores in it. Run score_attention again.")
    for key in sorted(found):
        yield key, _checked(pl.concat(found.pop(key)), samples, path.name, source)


def _checked(rows: pl.DataFrame, samples: pl.DataFrame, file: str, source: str) -> tuple[np.ndarray, np.ndarray]:
    rows = rows.sort("_row", "position")
    position = rows["position"].to_numpy()
    row, starts, counts = np.unique(rows["_row"].to_numpy(), return_index=True, return_counts=True)
    chosen = samples[row]
    at = np.arange(len(position)) - np.repeat(starts - chosen["_first"].to_numpy(), counts)
    odd = (counts != chosen["_size"].to_numpy()) | np.logical_or.reduceat(position != at, starts)
    if odd.any():
        sample = int(np.argmax(odd))
        place = position[starts[sample] : starts[sample] + counts[sample]]
        raise InputError(
            f"{file}, {chosen['sample_id'][sample]}: {len(place):,} scores from {place[0]} to {place[-1]}, not one "
            f"for each base of its sequence in {source}. Score this data set."
        )
    return row, rows["score"].to_numpy()
