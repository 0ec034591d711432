"""Scores of the models by data set, in the order in which the report tells them."""

from __future__ import annotations

import statistics
from typing import NamedTuple

import polars as pl

from lncprom import study as published
from lncprom.report import titles

DATASET_STEPS = ("build_length_variants", "import_dataset")


class Score(NamedTuple):
    """A metric of one model on one fold: over several seeds their mean, the interval of that, and their spread."""

    value: float | None
    low: float | None
    high: float | None
    seeds: int
    n: int
    n_positive: int
    n_groups: int
    sd: float | None = None


class Dataset(NamedTuple):
    """A data set by name, the task and length it is of, its card if given, and whether the study measured the same."""

    name: str
    task: str
    length: int | None
    card: dict | None
    comparison: published.Comparison

    @property
    def study(self) -> bool:
        """Is it built here for a task of the study, rather than brought ready-made?"""
        return self.task in published.TASKS

    @property
    def title(self) -> str:
        return f"{titles.task(self.task) if self.study else self.name}" + (
            f", {self.length:,} bp" if self.length else ""
        )

    @property
    def plain(self) -> str:
        """`high vs low expression`, as within a sentence; a ready-made set keeps its name."""
        study = published.TASKS.get(self.task)
        return f"{study.title[0].lower()}{study.title[1:]}" if study else self.name

    @property
    def short(self) -> str:
        """`Task 3, 300 bp`, where the task's title stands nearby."""
        study = published.TASKS.get(self.task)
        return (f"Task {study.number}" if study else self.name) + (f", {self.length:,} bp" if self.length else "")

    @property
    def published_task(self) -> str:
        """The study's task whose figures may stand beside this set's; GUE's own set is task 1."""
        return self.task if self.study else "biological_vs_artificial"


def together(datasets: list[Dataset]) -> str:
    """Data sets as a sentence names them: `Task 3 at 1,000 and 2,000 bp, Task 4 at 300 bp and mine`."""
    by_task: dict[str, list[Dataset]] = {}
    for dataset in datasets:
        by_task.setdefault(dataset.task if dataset.study else dataset.name, []).append(dataset)
    told = []
    for each in by_task.values():
        if each[0].study and all(dataset.length for dataset in each):
            lengths = titles.listed([f"{dataset.length:,}" for dataset in each])
            told.append(f"Task {published.TASKS[each[0].task].number} at {lengths} bp")
        else:
            told += [dataset.name for dataset in each]
    return titles.listed(told)


class Finding(NamedTuple):
    """The best model of a data set, chosen on dev, and the strongest floor, on test."""

    dataset: Dataset
    model: str
    score: Score
    floor: str | None
    floor_score: Score | None
    verdict: str  # `above`, `overlaps`, `below`, `no floor`, `undefined`


class Results:
    """All scores, with the order of data sets and models."""

    def __init__(self, metrics: pl.DataFrame, cards: dict[str, dict], seeds: pl.DataFrame | None = None) -> None:
        self._weights = {
            (card["dataset"], card["parameters"].get("model")): card["counts"].get("weights")
            for card in cards.values()
            if card["step"] == "finetune"
        }
        self._over = {
            (row["dataset"], row["model"], row["fold"], row["metric"]): row
            for row in (seeds.iter_rows(named=True) if seeds is not None else ())
        }
        self._rows: dict[tuple, list[dict]] = {}
        for row in metrics.sort("dataset", "model", "seed", "fold", "metric").iter_rows(named=True):
            self._rows.setdefault((row["dataset"], row["model"], row["fold"], row["metric"]), []).append(row)
        known = {
            card["dataset"]: card for card in cards.values() if card["step"] in DATASET_STEPS and "dataset" in card
        }
        about = {
            (row["dataset"], row["task"], row["length"]): None
            for row in metrics.select("dataset", "task", "length").iter_rows(named=True)
        }
        about |= {(name, card.get("task", name), card.get("length")): None for name, card in known.items()}
        unique = {name: (name, task, length) for name, task, length in about}
        self.datasets = sorted(
            (
                Dataset(name, task, length, known.get(name), published.compare(known.get(name)))
                for name, task, length in unique.values()
            ),
            key=_place,
        )
        names = metrics["model"].unique().to_list()
        self.models = sorted((name for name in names if name not in titles.FLOORS), key=_rank)
        self.floors = [name for name in titles.FLOORS if name in names]
        lengths = {dataset.length for dataset in self.datasets if dataset.study}
        self.length = published.LENGTH if published.LENGTH in lengths or not lengths else min(lengths)

    @property
    def tasks(self) -> list[str]:
        """Tasks of the study in this run, in its order."""
        return list(dict.fromkeys(dataset.task for dataset in self.datasets if dataset.study))

    @property
    def built(self) -> list[Dataset]:
        return [dataset for dataset in self.datasets if dataset.study]

    @property
    def imported(self) -> list[Dataset]:
        return [dataset for dataset in self.datasets if not dataset.study]

    @property
    def leading(self) -> list[Dataset]:
        """One data set a task: that of the reference length, and every ready-made one."""
        return [dataset for dataset in self.built if dataset.length == self.length] + self.imported

    def find(self, task: str, length: int) -> Dataset | None:
        return next((d for d in self.datasets if (d.task, d.length) == (task, length)), None)

    def seeds(self, dataset: str, model: str, fold: str = "test", metric: str = "mcc") -> list[Score]:
        """The score of each seed, in order."""
        return [_score([row]) for row in self._rows.get((dataset, model, fold, metric), [])]

    def score(self, dataset: str, model: str, metric: str = "mcc", fold: str = "test") -> Score | None:
        """The score over all seeds; without a table over seeds, the mean of several has no interval."""
        rows = self._rows.get((dataset, model, fold, metric))
        if not rows or len(rows) == 1:
            return _score(rows) if rows else None
        over = self._over.get((dataset, model, fold, metric))
        if over is None:
            return _score(rows)
        counts = (over[name] for name in ("seeds", "n", "n_positive", "n_groups"))
        return Score(over["mean"], over["ci_low"], over["ci_high"], *counts, over["sd"])

    def published(self, dataset: Dataset | None, model: str) -> float | None:
        """MCC x 100 that the study printed for the same: its task, data, length and, by its weights, its model."""
        if dataset is None or not dataset.comparison.comparable or dataset.length is None:
            return None
        if model in published.MODELS:
            return published.MCC.get((dataset.published_task, dataset.length, model))
        if published.of_another_size(model, self._weights.get((dataset.name, model))):
            return None
        return published.mcc(dataset.published_task, dataset.length, model)

    @property
    def stand_ins(self) -> list[tuple[str, int]]:
        """Models named as one of the study that have another number of weights, and how many."""
        found = {}
        for (_, model), weights in sorted(self._weights.items()):
            if published.of_another_size(model, weights):
                found.setdefault(model, weights)
        return list(found.items())

    @property
    def without_interval(self) -> bool:
        """Are there means over seeds of which no table says the interval?"""
        return any(len(rows) > 1 and key not in self._over for key, rows in self._rows.items())

    @property
    def several_seeds(self) -> bool:
        return any(len(rows) > 1 for rows in self._rows.values())

    def finding(self, dataset: Dataset) -> Finding | None:
        """The model that dev would have us choose, so that its test score is not picked for being high."""
        scored = [(model, self.score(dataset.name, model)) for model in self.models]
        scored = [(model, score) for model, score in scored if score]
        if not scored:
            return None

        def on_dev(pair: tuple[str, Score]) -> float:
            dev = self.score(dataset.name, pair[0], fold="dev")
            return dev.value if dev and dev.value is not None else -2.0

        model, score = max(scored, key=on_dev)
        floors = [(floor, self.score(dataset.name, floor)) for floor in self.floors]
        floors = [(floor, value) for floor, value in floors if value and value.value is not None]
        floor, beaten = max(floors, key=lambda pair: pair[1].value, default=(None, None))
        return Finding(dataset, model, score, floor, beaten, verdict(score, beaten))


def verdict(score: Score, floor: Score | None) -> str:
    """Where a model's interval lies against the floor's. Intervals apart: a strict test; overlap: no test at all."""
    if None in (score.value, score.low, score.high):
        return "undefined"
    if floor is None or None in (floor.low, floor.high):
        return "no floor"
    if score.low > floor.high:
        return "above"
    return "below" if score.high < floor.low else "overlaps"


def _score(rows: list[dict]) -> Score:
    first, values = rows[0], [row["value"] for row in rows]
    counts = (len(rows), first["n"], first["n_positive"], first["n_groups"])
    if len(rows) == 1:
        return Score(values[0], first["ci_low"], first["ci_high"], *counts)
    if None in values:
        return Score(None, None, None, *counts)
    return Score(statistics.fmean(values), None, None, *counts, statistics.stdev(values))


def _place(dataset: Dataset) -> tuple:
    study = published.TASKS.get(dataset.task)
    return (study.number if study else len(published.TASKS) + 1, dataset.task, dataset.length or 0, dataset.name)


def _rank(model: str) -> tuple:
    """The study's models in its order, then DNABERT of other k, then what the study did not have."""
    name = published.model_name(model)
    place = published.MODELS.index(name) if name in published.MODELS else len(published.MODELS)
    return place, name is None, model
