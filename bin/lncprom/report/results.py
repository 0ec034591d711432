"""Scores of the models by data set, in the order of the report."""

from __future__ import annotations

import statistics
from typing import NamedTuple

import polars as pl

from lncprom import study as published
from lncprom.evaluation import regression
from lncprom.report import titles
from lncprom.sites import task_names, tasks

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
    def built(self) -> bool:
        """Whether the run built it for a task of the registry; False for a ready-made set, or one of --inflation."""
        return self.task in tasks.registry() and self.name.startswith(self.task)

    @property
    def study(self) -> bool:
        """Whether the run built it for a task of the study."""
        return self.built and self.task in published.TASKS

    @property
    def title(self) -> str:
        return self._with_length(task_names.title(self.task) if self.built else self.name)

    @property
    def short(self) -> str:
        """`Task 3, 300 bp`."""
        return self._with_length(task_names.title(self.task).split(":")[0] if self.built else self.name)

    def _with_length(self, name: str) -> str:
        return f"{name}, {self.length:,} bp" if self.length else name

    @property
    def plain(self) -> str:
        """`high vs low expression`, as within a sentence; a ready-made set keeps its name."""
        return task_names.title(self.task).split(": ")[-1] if self.built else self.name

    @property
    def published_task(self) -> str:
        """The task whose published scores may be shown beside this set's; GUE's own set is task 1."""
        return self.task if self.study else "biological_vs_artificial"


def together(datasets: list[Dataset]) -> str:
    """Data sets within a sentence: `Task 3 at 1,000 and 2,000 bp, Task 4 at 300 bp and mine`."""
    by_task: dict[str, list[str]] = {}
    for dataset in datasets:
        by_task.setdefault(dataset.short.split(", ")[0] if dataset.built else dataset.name, []).append(
            f"{dataset.length:,}" if dataset.built and dataset.length else ""
        )
    return titles.listed(
        [f"{name} at {titles.listed(lengths)} bp" if all(lengths) else name for name, lengths in by_task.items()]
    )


class Finding(NamedTuple):
    """A data set's model with the highest dev MCC and its test score; the rung: the trivial baseline chosen so too."""

    dataset: Dataset
    model: str
    score: Score
    rung: str | None


class Results:
    """All scores of a run: `datasets`, `models`, `trivial` (baselines) and `every_model` in the order of the report.

    `variants`, those of --ablation truncation with their model, stand in none of them.

    `built` and `imported` are the data sets of the `tasks` of the registry and the ready-made sets; `cells` are
    those of --inflation. `length` is that of the main tables: the study's 300 bp, or the shortest of the run.
    `leading` has one data set per task at this length and the ready-made sets, `other_lengths` has the others.
    `several_seeds`: a model has several seeds; `without_interval`: their mean has no interval, because the table over
    seeds was not given. `regressions`: names of the data sets with targets.
    """

    def __init__(self, metrics: pl.DataFrame, cards: dict[str, dict], seeds: pl.DataFrame | None = None) -> None:
        self._each: dict[tuple, dict[int, Score]] = {}
        one = ("value", "ci_low", "ci_high", pl.lit(1).alias("seeds"), *_SIZES)
        for *key, seed, score in metrics.sort("seed").select(*_KEY, "seed", pl.struct(one)).iter_rows():
            self._each.setdefault(tuple(key), {})[seed] = Score(*score.values())
        mean = ("mean", "ci_low", "ci_high", "seeds", *_SIZES, "sd")
        over = seeds.select(*_KEY, pl.struct(mean)).iter_rows() if seeds is not None else ()
        self._over = {tuple(key): Score(*score.values()) for *key, score in over}
        self.metrics = {metric for *_, metric in self._each}
        self.regressions = {dataset for dataset, _, _, metric in self._each if metric == regression.PREFERRED}
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
        base = {name: name.split(_VARIANT)[0] for name in names}
        self.variants = {name: of for name, of in base.items() if of != name and of in base}
        names = [name for name in names if name not in self.variants]
        self.models = sorted((name for name in names if name not in titles.TRIVIAL), key=_rank)
        self.trivial = [name for name in titles.TRIVIAL if name in names]
        self.every_model = [*self.models, *self.trivial]
        self.built = [dataset for dataset in self.datasets if dataset.built]
        others = [dataset for dataset in self.datasets if not dataset.built]
        self.imported = [of for of in others if of.card is None or of.card["step"] == "import_dataset"]
        self.cells = [dataset for dataset in others if dataset not in self.imported]
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

    def short(self, name: str) -> str:
        """The short title of the data set of this name; the name itself if no model has a score on it."""
        return next((dataset.short for dataset in self.datasets if dataset.name == name), name)

    def main_metric(self, dataset: str) -> str:
        """MCC, or Spearman's correlation of a regression."""
        return regression.PREFERRED if dataset in self.regressions else "mcc"

    def main_title(self, dataset: str) -> str:
        """The name of that metric in figures."""
        return "Spearman" if dataset in self.regressions else "MCC"

    def seeds(self, dataset: str, model: str, metric: str = "", split: str = "test") -> dict[int, Score]:
        """The score of each seed, in order; by default the main metric of the data set."""
        metric = metric or self.main_metric(dataset)
        return self._each.get((dataset, model, split, metric), {})

    def score(self, dataset: str, model: str, metric: str = "", split: str = "test") -> Score | None:
        """The score over all seeds; without the table over seeds, the mean of several has no interval."""
        metric = metric or self.main_metric(dataset)
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

    @property
    def groups(self) -> str:
        """What is left out at a time; ready-made sets have no places in a genome."""
        kinds = ["overlapping loci"] * bool(self.built + self.cells) + ["similar sequences"] * bool(self.imported)
        return "groups of " + " (in ready-made sets: of ".join(kinds) + ")" * (len(kinds) > 1)

    def finding(self, dataset: Dataset) -> Finding | None:
        """The model and the trivial baseline that are best on dev: no test score is selected for being high."""
        model = self._best_on_dev(dataset.name, self.models)
        model = model or next((name for name in self.models if self.score(dataset.name, name)), None)
        return Finding(dataset, model, self.score(dataset.name, model), self.rung(dataset)) if model else None

    def rung(self, dataset: Dataset) -> str | None:
        """The trivial baseline with the highest score on dev."""
        return self._best_on_dev(dataset.name, self.trivial)

    def _best_on_dev(self, dataset: str, names: list[str]) -> str | None:
        """The first of those with the highest score on dev; None if none has one."""
        found = {name: score.value for name in names if (score := self.score(dataset, name, split="dev"))}
        found = {name: value for name, value in found.items() if value is not None and self.score(dataset, name)}
        return max(found, key=found.__getitem__, default=None)


def _place(dataset: Dataset) -> tuple:
    study = published.TASKS.get(dataset.task)
    own = list(tasks.registry()).index(dataset.task) if dataset.built else len(tasks.registry())
    return (study.number if study else len(published.TASKS) + 1, own, dataset.task, dataset.length or 0, dataset.name)


def _rank(model: str) -> tuple:
    """Linear models, the CNN, the study's other models in its order, then DNABERT of other k, then other models."""
    name = published.model_name(model)
    order = ("LR", "position_ladder", "gapped_kmers", "cnn", *published.MODELS[1:])
    place = order.index(name or model) if (name or model) in order else len(order)
    return place, name is None, model
