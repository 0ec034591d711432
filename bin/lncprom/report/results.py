"""Scores of the models by data set, in the order of the report."""

from __future__ import annotations

import statistics
from typing import NamedTuple

import polars as pl

from lncprom import study as published
from lncprom.report import titles

DATASET_STEPS = ("build_length_variants", "import_dataset")
_KEY = ("dataset", "model", "fold", "metric")
_VARIANT = ".cut_"  # between a model's name and how its variant of --ablation truncation cuts sequences
_SIZES = ("n", "n_positive", "n_groups")


class Score(NamedTuple):
    """A metric of one model on one split; over several seeds: mean, interval of the mean, standard deviation."""

    value: float | None
    low: float | None
    high: float | None
    seeds: int
    n: int
    n_positive: int
    n_groups: int
    sd: float | None = None


class Dataset(NamedTuple):
    """A data set with its task, window length and card, and whether its scores can be compared with the study's."""

    name: str
    task: str
    length: int | None
    card: dict | None
    comparison: published.Comparison

    @property
    def study(self) -> bool:
        """Whether the run built it for a task of the study; False for a ready-made set."""
        return self.task in published.TASKS

    @property
    def title(self) -> str:
        return self._with_length(titles.task(self.task) if self.study else self.name)

    @property
    def short(self) -> str:
        """`Task 3, 300 bp`."""
        return self._with_length(f"Task {published.TASKS[self.task].number}" if self.study else self.name)

    def _with_length(self, name: str) -> str:
        return f"{name}, {self.length:,} bp" if self.length else name

    @property
    def plain(self) -> str:
        """`high vs low expression`, as within a sentence; a ready-made set keeps its name."""
        return titles.task(self.task).split(": ")[-1] if self.study else self.name

    @property
    def published_task(self) -> str:
        """The task whose published scores may be shown beside this set's; GUE's own set is task 1."""
        return self.task if self.study else "biological_vs_artificial"


def together(datasets: list[Dataset]) -> str:
    """Data sets within a sentence: `Task 3 at 1,000 and 2,000 bp, Task 4 at 300 bp and mine`."""
    by_task: dict[str, list[str]] = {}
    for dataset in datasets:
        by_task.setdefault(dataset.short.split(", ")[0] if dataset.study else dataset.name, []).append(
            f"{dataset.length:,}" if dataset.study and dataset.length else ""
        )
    return titles.listed(
        [f"{name} at {titles.listed(lengths)} bp" if all(lengths) else name for name, lengths in by_task.items()]
    )


class Finding(NamedTuple):
    """The best model of a data set, chosen on dev, and the best trivial baseline; both scores are of the test split."""

    dataset: Dataset
    model: str
    score: Score
    trivial: str | None
    trivial_score: Score | None
    verdict: str  # `better`, `similar`, `worse`, `no baseline`, `undefined`


class Results:
    """All scores of a run: `datasets`, `models`, `trivial` (baselines) and `every_model` in the order of the report.

    `variants` (of --ablation truncation) stand in none of them.

    `built` and `imported` are the data sets of the study's `tasks` and the ready-made sets. `length` is that of the
    main tables: the study's 300 bp, or the shortest of the run. `leading` has one data set per task at this length and
    the ready-made sets, `other_lengths` has the others. `several_seeds`: a model has several seeds; `without_interval`:
    their mean has no interval, because the table over seeds was not given.
    """

    def __init__(self, metrics: pl.DataFrame, cards: dict[str, dict], seeds: pl.DataFrame | None = None) -> None:
        self._each: dict[tuple, dict[int, Score]] = {}
        one = ("value", "ci_low", "ci_high", pl.lit(1).alias("seeds"), *_SIZES)
        for *key, seed, score in metrics.sort("seed").select(*_KEY, "seed", pl.struct(one)).iter_rows():
            self._each.setdefault(tuple(key), {})[seed] = Score(*score.values())
        mean = ("mean", "ci_low", "ci_high", "seeds", *_SIZES, "sd")
        over = seeds.select(*_KEY, pl.struct(mean)).iter_rows() if seeds is not None else ()
        self._over = {tuple(key): Score(*score.values()) for *key, score in over}
        several = [key for key, scores in self._each.items() if len(scores) > 1]
        self.several_seeds = bool(several)
        self.without_interval = any(key not in self._over for key in several)
        self._weights = {
            (card["dataset"], card["parameters"].get("model")): card["counts"].get("weights")
            for card in cards.values()
            if card["step"] == "finetune"
        }
        known = {card["dataset"]: card for card in cards.values() if card["step"] in DATASET_STEPS}
        about = {name: of for name, *of in metrics.select("dataset", "task", "length").iter_rows()}
        about |= {name: (card["task"], card["length"]) for name, card in known.items()}
        compared = {name: (known.get(name), published.compare(known.get(name))) for name in about}
        self.datasets = sorted((Dataset(name, *about[name], *compared[name]) for name in about), key=_place)
        names = metrics["model"].unique().sort().to_list()
        self.variants = [name for name in names if name.split(_VARIANT)[0] in set(names) - {name}]
        names = [name for name in names if name not in self.variants]
        self.models = sorted((name for name in names if name not in titles.TRIVIAL), key=_rank)
        self.trivial = [name for name in titles.TRIVIAL if name in names]
        self.every_model = [*self.models, *self.trivial]
        self.built = [dataset for dataset in self.datasets if dataset.study]
        self.imported = [dataset for dataset in self.datasets if not dataset.study]
        self.tasks = list(dict.fromkeys(dataset.task for dataset in self.built))
        lengths = {dataset.length for dataset in self.built}
        self.length = published.LENGTH if published.LENGTH in lengths or not lengths else min(lengths)
        self.leading = [dataset for dataset in self.built if dataset.length == self.length] + self.imported
        self.other_lengths = [dataset for dataset in self.built if dataset.length != self.length]

    def find(self, task: str, length: int) -> Dataset | None:
        return next((d for d in self.datasets if (d.task, d.length) == (task, length)), None)

    def rank(self, model: str) -> int:
        """Place of a model in the order of the report; those without scores come last."""
        return self.every_model.index(model) if model in self.every_model else len(self.every_model)

    def title(self, name: str) -> str:
        """The title of the data set of this name; the name itself if no model has a score on it."""
        return next((dataset.title for dataset in self.datasets if dataset.name == name), name)

    def seeds(self, dataset: str, model: str, metric: str = "mcc", split: str = "test") -> dict[int, Score]:
        """The score of each seed, in order."""
        return self._each.get((dataset, model, split, metric), {})

    def score(self, dataset: str, model: str, metric: str = "mcc", split: str = "test") -> Score | None:
        """The score over all seeds; without the table over seeds, the mean of several has no interval."""
        scores = list(self.seeds(dataset, model, metric, split).values())
        if len(scores) < 2:
            return scores[0] if scores else None
        if over := self._over.get((dataset, model, split, metric)):
            return over
        values = [score.value for score in scores]
        known = None not in values
        return scores[0]._replace(
            value=statistics.fmean(values) if known else None,
            low=None,
            high=None,
            seeds=len(scores),
            sd=statistics.stdev(values) if known else None,
        )

    def published(self, dataset: Dataset | None, model: str) -> float | None:
        """Published MCC x 100 of the same task, data, length and model (by its number of weights), if there is one."""
        if dataset is None or not dataset.comparison.comparable or dataset.length is None:
            return None
        if published.of_another_size(model, self._weights.get((dataset.name, model))):
            return None
        return published.mcc(dataset.published_task, dataset.length, model)

    @property
    def stand_ins(self) -> dict[str, int]:
        """Models with the name of one of the study's but another number of weights, and that number."""
        found: dict[str, int] = {}
        for (_, model), weights in sorted(self._weights.items()):
            if published.of_another_size(model, weights):
                found.setdefault(model, weights)
        return found

    def finding(self, dataset: Dataset) -> Finding | None:
        """The model with the highest dev MCC, so that its test score is not selected for being high."""
        scored = {model: score for model in self.models if (score := self.score(dataset.name, model))}
        if not scored:
            return None

        def on_dev(model: str) -> float:
            dev = self.score(dataset.name, model, split="dev")
            return dev.value if dev and dev.value is not None else -2.0

        model = max(scored, key=on_dev)
        simple = {m: s for m in self.trivial if (s := self.score(dataset.name, m)) and s.value is not None}
        best = max(simple, key=lambda name: simple[name].value, default=None)
        return Finding(dataset, model, scored[model], best, simple.get(best), verdict(scored[model], simple.get(best)))


def verdict(score: Score, trivial: Score | None) -> str:
    """How a model's interval lies against a trivial baseline's: a strict test, since overlap alone proves nothing."""
    if None in (score.value, score.low, score.high):
        return "undefined"
    if trivial is None or None in (trivial.low, trivial.high):
        return "no baseline"
    if score.low > trivial.high:
        return "better"
    return "worse" if score.high < trivial.low else "similar"


def _place(dataset: Dataset) -> tuple:
    study = published.TASKS.get(dataset.task)
    return (study.number if study else len(published.TASKS) + 1, dataset.task, dataset.length or 0, dataset.name)


def _rank(model: str) -> tuple:
    """Linear models, the CNN, the study's other models in its order, then DNABERT of other k, then other models."""
    name = published.model_name(model)
    order = ("LR", "position_ladder", "gapped_kmers", "cnn", *published.MODELS[1:])
    place = order.index(name or model) if (name or model) in order else len(order)
    return place, name is None, model
