"""Two models on the same samples: how far apart they are, and whether chance would set them as far apart.

Three questions, answered for each pair of models on the test fold:

| column | what it says |
|--------|--------------|
| difference | mean over the seeds of one model minus that of the other |
| interval | where it would lie with other loci and other seeds: both are drawn, the same loci for both models |
| p_value | how often models that differ by name only would be as far apart: predictions are swapped by group of loci |

p speaks of the models as they were trained, the interval of other seeds too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import lcm
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import stats

from lncprom import random_keys
from lncprom.baseline import trivial
from lncprom.errors import InputError
from lncprom.evaluation import bootstrap, evaluate, metrics
from lncprom.tables.comparisons import COMPARISONS

METRICS = ("mcc", "auroc")
FOLD = "test"
REFERENCE = "logistic_regression"
_CELLS = 1 << 21  # permutations x samples held at once
_LEAST = 1e-12  # differences closer than this are the same but for rounding


class Settings(NamedTuple):
    """Bootstrap replicates and permutations (0: none), the share that an interval covers, the seed of all draws."""

    bootstrap: int = 1000
    confidence: float = 0.95
    permutations: int = 2000
    seed: int = 42


class Compared(NamedTuple):
    """The step's table, the model that all others are held against, counts and notes for the card."""

    table: pl.DataFrame
    reference: str | None
    counts: dict
    notes: list[str]


class Runs(NamedTuple):
    """A model's seeds on the same samples: metrics and their replicates, calls and ranks (seeds, samples)."""

    measured: list[evaluate.Measured]
    called: np.ndarray
    ranks: np.ndarray

    @classmethod
    def of(cls, rows: pl.DataFrame, settings: Settings, name: str) -> Runs:
        parts = [part for _, part in rows.group_by("seed", maintain_order=True)]
        drawn = evaluate.Settings(settings.bootstrap, settings.confidence, settings.seed)
        probability = np.stack([part["probability"].to_numpy() for part in parts])
        # twice the mean rank is whole; ranks, since the scales of two models' probabilities may differ
        ranks = (2 * stats.rankdata(probability, axis=1)).astype(np.int32)
        measured = [evaluate.measure(part, drawn, name) for part in parts]
        return cls(measured, probability >= metrics.THRESHOLD, ranks)

    def mean(self, metric: str) -> float:
        return float(np.mean([run.values[metric] for run in self.measured]))


def compare(
    given: Mapping[str, Path],
    dataset: pl.DataFrame,
    name: str,
    source: str,
    reference: str | None,
    settings: Settings,
    tell: Callable[[str], None],
) -> Compared:
    """All pairs of models on the test fold, those with the reference first and as `model_b`."""
    samples = evaluate.grouped(dataset, source)
    rows = evaluate.combine(given, samples, name, source).filter(pl.col("fold") == FOLD)
    if rows.is_empty():
        raise InputError(f"{source}: no samples in {FOLD}, so models cannot be compared; give a data set that has some")
    names = rows["model"].unique().sort().to_list()
    reference = _reference(names, reference)
    runs = {
        model: Runs.of(part, settings, f"{name}\0{FOLD}")
        for (model,), part in rows.group_by("model", maintain_order=True)
    }
    one = rows.filter((pl.col("model") == names[0]) & (pl.col("seed") == rows["seed"][0]))
    group = np.unique(one["group"].to_numpy(), return_inverse=True)[1]
    positive = one["label"].to_numpy() == 1
    others = [model for model in names if model != reference]
    pairs = [(model, reference) for model in others] + list(combinations(others, 2))
    about = (name, *evaluate.task_and_length(dataset), FOLD)
    sizes, found = (len(group), int(group.max()) + 1), []
    for a, b in pairs:
        p_values = permuted(runs[a], runs[b], positive, group, settings, f"{name}\0{FOLD}")
        seeds = (len(runs[a].measured), len(runs[b].measured))
        for metric in METRICS:
            difference = runs[a].mean(metric) - runs[b].mean(metric)
            numbers = (difference, *_interval(runs, a, b, metric, settings, f"{name}\0{FOLD}"), p_values[metric])
            cells = [None if np.isnan(number) else float(number) for number in numbers]
            found.append((*about, a, b, metric, *cells, None, *sizes, *seeds))
        tell(f"{a} against {b}: MCC {runs[a].mean('mcc') - runs[b].mean('mcc'):+.4f}, p {p_values['mcc']:.4g}")
    table = adjusted(COMPARISONS.frame(found))
    counts = {"models": {model: len(of.measured) for model, of in runs.items()}, "pairs": len(pairs)}
    return Compared(table, reference, counts | {"n": sizes[0], "n_groups": sizes[1]}, _notes(runs, positive, sizes))


def permuted(a: Runs, b: Runs, positive: np.ndarray, group: np.ndarray, settings: Settings, name: str) -> dict:
    """Metric -> two-sided p-value of the difference, the two models' predictions being swapped group by group.

    Every way to swap is tried where there are no more than `permutations` of them; else that many are drawn, the same
    for every pair of models, and the one that was seen counts as one more. A group is swapped in all seeds at once.
    """
    if not settings.permutations:
        return dict.fromkeys(METRICS, np.nan)
    number = lcm(len(a.called), len(b.called))
    seeds = [(at % len(a.called), at % len(b.called)) for at in range(number)]
    groups = int(group.max()) + 1
    exact = groups < 63 and 2**groups <= settings.permutations
    total = 2**groups if exact else settings.permutations
    draw = random_keys.named(name, settings.seed, "permutation")
    seen = {
        metric: abs(value[0]) for metric, value in _swapped(a, b, seeds, positive, group, np.zeros((1, groups))).items()
    }
    beyond = dict.fromkeys(METRICS, 0)
    for first in range(0, total, at_once := max(1, _CELLS // len(group))):
        rows = np.arange(first, min(first + at_once, total))
        swap = (
            rows[:, None] >> np.arange(groups) & 1
            if exact
            else draw.integers(2, size=(len(rows), groups), dtype=np.int8)
        )
        for metric, value in _swapped(a, b, seeds, positive, group, swap).items():
            beyond[metric] += int((np.abs(value) >= seen[metric] - _LEAST).sum())
    p_values = {metric: beyond[metric] / total if exact else (1 + beyond[metric]) / (1 + total) for metric in METRICS}
    if positive.all() or not positive.any():
        p_values["auroc"] = np.nan
    return p_values


def _swapped(
    a: Runs, b: Runs, seeds: Sequence[tuple[int, int]], positive: np.ndarray, group: np.ndarray, swap: np.ndarray
) -> dict[str, np.ndarray]:
    """Metric -> difference, summed over pairs of seeds, for each row of `swap`: (rows, groups), 1 where swapped."""
    found = dict.fromkeys(METRICS, 0.0)
    positives, negatives = int(positive.sum()), int((~positive).sum())
    swap, by_sample = swap.astype(np.float64), np.take(swap.astype(bool), group, axis=1)
    for of_a, of_b in seeds:
        one, other = a.called[of_a], b.called[of_b]
        counts = []
        for kind in (positive, ~positive):  # true and false positives; whole numbers, so that sums are exact
            before, after = int((one & kind).sum()), int((other & kind).sum())
            moved = swap @ np.bincount(group, (other & kind).astype(int) - (one & kind).astype(int))
            counts.append((before + moved, after - moved))
        (tp, tp_other), (fp, fp_other) = counts
        found["mcc"] += metrics.mcc(tp, fp, positives, negatives) - metrics.mcc(
            tp_other, fp_other, positives, negatives
        )
        one, other = a.ranks[of_a], b.ranks[of_b]
        areas = (_area(np.where(by_sample, *pair), positive) for pair in ((other, one), (one, other)))
        found["auroc"] += next(areas) - next(areas)
    return found


def _area(ranks: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Area under the ROC curve for each row of ranks (whole numbers), ties being half won."""
    positives, places, wins = int(positive.sum()), np.arange(len(positive), dtype=np.float64), 0
    for last in (positive, ~positive):
        # which of equal ranks stands last: the positive (the tie is won) or the negative
        ordered = np.sort(ranks << 1 | last.astype(np.int32), axis=1)
        is_positive = (ordered & 1) == int(last is positive)
        # negatives below a positive: its place without the positives before it
        wins = wins + is_positive.astype(np.float64) @ places - positives * (positives - 1) // 2
    return wins / (2 * max(1, positives * (len(positive) - positives)))


def _interval(runs: Mapping[str, Runs], a: str, b: str, metric: str, settings: Settings, name: str):
    """Bounds of the difference over replicates, in which both models meet the same groups, each its own seeds."""
    each = (
        bootstrap.over_seeds(
            metric, [run.drawn[metric] for run in runs[model].measured], settings.seed, f"{name}\0{model}"
        )
        for model in (a, b)
    )
    return bootstrap.middle(next(each) - next(each), settings.confidence)


def adjusted(table: pl.DataFrame) -> pl.DataFrame:
    """The table with q-values: Benjamini and Hochberg over the pairs of a metric that have a p-value."""
    parts = []
    for metric in METRICS:
        rows = table.with_row_index("place").filter((pl.col("metric") == metric) & pl.col("p_value").is_not_null())
        if rows.height:
            q = stats.false_discovery_control(rows["p_value"].to_numpy(), method="bh")
            parts.append(rows.select("place", pl.Series("q", q)))
    if not parts:
        return table
    q = table.with_row_index("place").join(pl.concat(parts), on="place", how="left", maintain_order="left")["q"]
    return table.with_columns(q.alias("q_value"))


def _reference(names: list[str], asked: str | None) -> str:
    if asked is not None and asked not in names:
        raise InputError(f"--reference {asked}: no predictions by it were given; choose one of {', '.join(names)}")
    models = [name for name in names if name not in trivial.BASELINES] or names
    return asked or (REFERENCE if REFERENCE in models else models[0])


def _notes(runs: Mapping[str, Runs], positive: np.ndarray, sizes: tuple[int, int]) -> list[str]:
    notes = []
    if len(runs) < 2:
        notes.append(f"{next(iter(runs))} only: there is no other model to compare it with")
    if positive.all() or not positive.any():
        notes.append(f"{FOLD}: class {int(positive[0])} only; MCC is 0, AUROC is undefined")
    if sizes[1] == 1:
        notes.append(f"{FOLD}: a single group, so no intervals")
    # the logistic regression and the trivial baselines are not random, so they have one seed
    seeds = {model: len(of.measured) for model, of in runs.items() if model not in (REFERENCE, *trivial.BASELINES)}
    if len(set(seeds.values())) > 1:
        told = ", ".join(f"{model} {number}" for model, number in seeds.items())
        notes.append(
            f"models differ in their number of seeds: {told}; the interval of one seed knows nothing of others"
        )
    return notes
