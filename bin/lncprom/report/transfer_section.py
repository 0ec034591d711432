"""Models on external sets and on the data sets of other tasks, beside their score on their own test split."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from lncprom.report.results import Results, Score

_KINDS = ("external", "transfer")
_CELLS = ("mean", "ci_low", "ci_high", "seeds", "n", "n_positive", "n_groups", "sd")


class Row(NamedTuple):
    """A model of one data set on another set: MCC and AUROC there, MCC on its own test split, numbers of samples."""

    trained_on: str
    tested_on: str
    model: str
    mcc: Score
    auroc: Score
    own: Score | None
    in_train: int
    related: int
    left_out: int


def tables(results: Results, frame: pl.DataFrame) -> list[tuple[str, list[Row]]]:
    """`external` and `transfer`, where the run has them, each with its rows by tested set, training set and model."""
    found: dict[str, dict[tuple, dict]] = {kind: {} for kind in _KINDS}
    for row in frame.filter(pl.col("probability") == "raw").iter_rows(named=True):
        key = row["tested_on"], row["trained_on"], results.rank(row["model"]), row["model"]
        found[row["kind"]].setdefault(key, row)[row["metric"]] = Score(*(row[name] for name in _CELLS))
    return [(kind, [_row(results, rows[key]) for key in sorted(rows)]) for kind, rows in found.items() if rows]


def _row(results: Results, row: dict) -> Row:
    own = results.score(row["trained_on"], row["model"], "mcc")
    of = row["mcc"], row["auroc"], own, row["n_in_train"], row["n_related"], row["n_left_out"]
    return Row(results.short(row["trained_on"]), results.short(row["tested_on"]), row["model"], *of)


def notes(cards: dict[str, dict]) -> list[str]:
    """What the evaluation notes: samples without a window or in train, pairs without a sample."""
    return [note for card in cards.values() if card["step"] == "evaluate_transfer" for note in card["notes"]]
