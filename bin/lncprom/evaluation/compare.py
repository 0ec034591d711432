"""Two models on the same samples: how much they differ, and whether they differ significantly.

Three questions, answered for each pair of models on the test fold:

| column | what it says |
|--------|--------------|
| difference | mean over the seeds of one model minus that of the other |
| interval | where it would lie with other loci and other seeds: both are drawn, the same loci for both models |
| p_value | how often models without a difference would differ as much: predictions are swapped by group of loci |

The p-value is about the models as they were trained, the interval also about other seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
from lncprom.tables.metrics import COMPARISONS

METRICS = ("mcc", "auroc")
FOLD = "test"
REFERENCE = "logistic_regression"
_CELLS = 1 << 21  # permutations x samples held at once
_ROUNDING = 1e-12  # differences closer than this are the same


class Settings(NamedTuple):
    """Bootstrap replicates and permutations (0: none), confidence of intervals, seed of all draws."""

    bootstrap: int = 1000
    confidence: float = 0.95
    permutations: int = 2000
    seed: int = 42


class Compared(NamedTuple):
    """The step's table, the reference that all others are compared with, counts and notes for the card."""

    table: pl.DataFrame
    reference: str | None
    counts: dict
    notes: list[str]


class Runs(NamedTuple):
    """A model's seeds on the same samples: metrics with replicates; predicted classes and ranks (seeds, samples)."""

    measured: list[evaluate.Measured]
    called: np.ndarray
    ranks: np.ndarray

    @classmethod
    def of(cls, rows: pl.DataFrame, settings: Settings, name: str) -> Runs:
        parts = [part for _, part in rows.group_by("seed", maintain_order=True)]
        probability = np.stack([part["probability"].to_numpy() for part in parts])
        # twice the mean rank is whole; ranks, since the scales of two models' probabilities may differ
        ranks = (2 * stats.rankdata(probability, axis=1)).astype(np.int32)
        measured = [evaluate.measure(part, settings, name) for part in parts]
        return cls(measured, probability >= metrics.THRESHOLD, ranks)

    def mean(self, metric: str) -> float:
        return float(np.mean([run.values[metric] for run in self.measured]))

    def replicates(self, metric: str, seed: int, name: str) -> np.ndarray:
        """The metric's mean over seeds in every bootstrap replicate of groups and seeds."""
        return bootstrap.over_seeds(metric, [run.drawn[metric] for run in self.measured], seed, name)


class Samples(NamedTuple):
    """Which test samples are positive, and the number of each sample's group, from 0."""

    positive: np.ndarray
    group: np.ndarray

    @property
    def one_class(self) -> bool:
        return len(np.unique(self.positive)) == 1

    @property
    def groups(self) -> int:
        return int(self.group.max()) + 1


def compare(
    given: Mapping[str, Path],
    dataset: pl.DataFrame,
    name: str,
    source: str,
    reference: str | None,
    settings: Settings,
    log: Callable[[str], None],
) -> Compared:
    """All pairs of models on the test fold, those with the reference first and as `model_b`.

    Parameters
    ----------
    given
        Name of each file of predictions, as faults name it, -> its path.
    name, source
        Name of the data set, and of its file in faults.
    reference
        Model that all others are compared with; None: the logistic regression, else the first by name.
    """
    rows = evaluate.combine(given, evaluate.grouped(dataset, source), name, source).filter(pl.col("fold") == FOLD)
    if rows.is_empty():
        raise InputError(f"{source}: no samples in {FOLD}, so models cannot be compared. Give a data set with some.")
    names = rows["model"].unique().sort().to_list()
    if reference is not None and reference not in names:
        raise InputError(f"--reference {reference}: no predictions by it were given. Choose one of {', '.join(names)}.")
    models = [model for model in names if model not in trivial.BASELINES] or names
    reference = reference or (REFERENCE if REFERENCE in models else models[0])
    draws = f"{name}\0{FOLD}"
    runs = {model: Runs.of(part, settings, draws) for (model,), part in rows.group_by("model", maintain_order=True)}
    one = rows.filter((pl.col("model") == names[0]) & (pl.col("seed") == rows["seed"][0]))
    samples = Samples(one["label"].to_numpy() == 1, np.unique(one["group"].to_numpy(), return_inverse=True)[1])
    others = [model for model in names if model != reference]
    pairs = [(model, reference) for model in others] + list(combinations(others, 2))
    about, found = (name, *evaluate.task_and_length(dataset), FOLD), []
    for a, b in pairs:
        p_values = permuted(runs[a], runs[b], samples, settings, draws)
        sizes = (len(samples.group), samples.groups, len(runs[a].measured), len(runs[b].measured))
        for metric in METRICS:
            drawn = [runs[model].replicates(metric, settings.seed, f"{draws}\0{model}") for model in (a, b)]
            limits = bootstrap.middle(drawn[0] - drawn[1], settings.confidence)
            difference = runs[a].mean(metric) - runs[b].mean(metric)
            numbers = evaluate.cells(difference, *limits, p_values[metric])
            found.append((*about, a, b, metric, *numbers, None, *sizes))  # the q-value is still empty
        log(f"{a} against {b}: MCC {runs[a].mean('mcc') - runs[b].mean('mcc'):+.4f}, p {p_values['mcc']:.4g}")
    counts = {"models": {model: len(of.measured) for model, of in runs.items()}, "pairs": len(pairs)}
    counts |= {"n": len(samples.group), "n_groups": samples.groups}
    return Compared(adjusted(COMPARISONS.frame(found)), reference, counts, _notes(runs, samples))


def permuted(a: Runs, b: Runs, samples: Samples, settings: Settings, name: str) -> dict[str, float]:
    """Metric -> two-sided p-value of the difference, by swapping the two models' predictions group by group.

    Every way to swap is used if there are at most `permutations`. Otherwise that many are drawn, the same for every
    pair of models, and the observed one counts as one more. A group is swapped in all seeds at once.

    Source: paired randomisation test, Noreen, Computer-Intensive Methods for Testing Hypotheses (1989); the observed
    one is counted as in Phipson and Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9:39.
    """
    if not settings.permutations:
        return dict.fromkeys(METRICS, np.nan)
    groups = samples.groups
    exact = groups < 63 and 2**groups <= settings.permutations
    observed = {metric: abs(value[0]) for metric, value in _swapped(a, b, samples, np.zeros((1, groups))).items()}
    beyond = dict.fromkeys(METRICS, 0)
    for swap in _swaps(groups, exact, settings, name, max(1, _CELLS // len(samples.group))):
        for metric, value in _swapped(a, b, samples, swap).items():
            beyond[metric] += int((np.abs(value) >= observed[metric] - _ROUNDING).sum())
    if exact:
        p_values = {metric: number / 2**groups for metric, number in beyond.items()}
    else:
        p_values = {metric: (1 + number) / (1 + settings.permutations) for metric, number in beyond.items()}
    return p_values | ({"auroc": np.nan} if samples.one_class else {})


def _swaps(groups: int, exact: bool, settings: Settings, name: str, at_once: int) -> Iterator[np.ndarray]:
    """Every way to swap groups, or random ones, some at a time: (ways, groups), 1 where swapped."""
    draw = random_keys.named(name, settings.seed, "permutation")
    total = 2**groups if exact else settings.permutations
    for first in range(0, total, at_once):
        ways = np.arange(first, min(first + at_once, total))
        if exact:
            yield ways[:, None] >> np.arange(groups) & 1
        else:
            yield draw.integers(2, size=(len(ways), groups), dtype=np.int8)


def _swapped(a: Runs, b: Runs, samples: Samples, swap: np.ndarray) -> dict[str, np.ndarray]:
    """Metric -> difference, summed over pairs of seeds, for each row of `swap`: (ways, groups), 1 where swapped."""
    difference = dict.fromkeys(METRICS, 0.0)
    positive, group = samples.positive, samples.group
    positives, negatives = int(positive.sum()), int((~positive).sum())
    swap, by_sample = swap.astype(np.float64), np.take(swap.astype(bool), group, axis=1)
    for pair in range(lcm(len(a.called), len(b.called))):
        seed_a, seed_b = pair % len(a.called), pair % len(b.called)
        one, other = a.called[seed_a], b.called[seed_b]
        counts = []
        for kind in (positive, ~positive):  # true and false positives; whole numbers, so that sums are exact
            before, after = int((one & kind).sum()), int((other & kind).sum())
            moved = swap @ np.bincount(group, (other & kind).astype(int) - (one & kind).astype(int))
            counts.append((before + moved, after - moved))
        (tp, tp_other), (fp, fp_other) = counts
        mcc = metrics.mcc(tp, fp, positives, negatives)
        difference["mcc"] += mcc - metrics.mcc(tp_other, fp_other, positives, negatives)
        one, other = a.ranks[seed_a], b.ranks[seed_b]
        area = _area(np.where(by_sample, other, one), positive)
        difference["auroc"] += area - _area(np.where(by_sample, one, other), positive)
    return difference


def _area(ranks: np.ndarray, positive: np.ndarray) -> np.ndarray:
    """Area under the ROC curve for each row of ranks (whole numbers); a tie counts half."""
    positives, places, wins = int(positive.sum()), np.arange(len(positive), dtype=np.float64), 0
    for last in (positive, ~positive):
        # which of equal ranks stands last: the positive (the tie is won) or the negative
        ordered = np.sort(ranks << 1 | last.astype(np.int32), axis=1)
        is_positive = (ordered & 1) == int(last is positive)
        # negatives below a positive: its place without the positives before it
        wins = wins + is_positive.astype(np.float64) @ places - positives * (positives - 1) // 2
    return wins / (2 * max(1, positives * (len(positive) - positives)))


def adjusted(table: pl.DataFrame) -> pl.DataFrame:
    """The table with q-values over the pairs of each metric that have a p-value.

    Source: Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57:289-300.
    """
    q_values = np.full(table.height, np.nan)
    for metric in METRICS:
        tested = ((table["metric"] == metric) & table["p_value"].is_not_null()).to_numpy()
        if tested.any():
            q_values[tested] = stats.false_discovery_control(table["p_value"].to_numpy()[tested], method="bh")
    return table.with_columns(pl.Series("q_value", q_values).fill_nan(None))


def _notes(runs: Mapping[str, Runs], samples: Samples) -> list[str]:
    notes = []
    if len(runs) < 2:
        notes.append(f"{next(iter(runs))} only: there is no other model to compare it with")
    if samples.one_class:
        notes.append(f"{FOLD}: class {int(samples.positive[0])} only; MCC is 0, AUROC is undefined")
    if samples.groups == 1:
        notes.append(f"{FOLD}: a single group, so no intervals")
    # the logistic regression and the trivial baselines are not random, so they have one seed
    seeds = {model: len(of.measured) for model, of in runs.items() if model not in (REFERENCE, *trivial.BASELINES)}
    if len(set(seeds.values())) > 1:
        listed = ", ".join(f"{model} {number}" for model, number in seeds.items())
        notes.append(f"models differ in number of seeds: {listed}; an interval of one seed says nothing about others")
    return notes
