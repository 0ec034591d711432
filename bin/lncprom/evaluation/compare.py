"""Two models on the same samples: how much they differ, and what can be concluded from it.

| column | what it says |
|--------|--------------|
| difference | mean over the seeds of one model minus that of the other |
| interval, p_value | a t-test over groups of loci and seeds: would other loci and other seeds show a difference? |
| p_swap | about these trained models: predictions are swapped by group of loci, as if the models were equal |

Over several splits into train and test, a contrast has one more row, of the corrected resampled t-test.

Contrasts are declared before the run; `claims` turns them into verdicts. All other pairs are shown without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import lcm
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import random_keys
from lncprom.baseline import trivial
from lncprom.errors import InputError
from lncprom.evaluation import contrasts, evaluate, jackknife, metrics, predicted, regression, repeated_splits
from lncprom.tables.base import FOLDS
from lncprom.tables.metrics import COMPARISONS

METRICS = ("mcc", "auroc")
FOLD = "test"
SEEDS = 3  # for a verdict about a model that is trained with chance
_CELLS = 1 << 21  # permutations x samples held at once
_ROUNDING = 1e-12  # differences closer than this are the same


class Settings(NamedTuple):
    """Confidence of intervals, permutations (0: none), seed of all draws."""

    confidence: float = 0.95
    permutations: int = 2000
    seed: int = 42


class Compared(NamedTuple):
    """The step's table, counts and notes for the card."""

    table: pl.DataFrame
    counts: dict
    notes: list[str]


class Runs(NamedTuple):
    """A model's seeds on the same samples: metrics; predicted classes and ranks (seeds, samples)."""

    seeds: list[int]
    measured: list[evaluate.Measured]
    called: np.ndarray
    ranks: np.ndarray

    @classmethod
    def of(cls, rows: pl.DataFrame, settings: Settings, name: str) -> Runs:
        how = evaluate.Settings(seed=settings.seed)
        by_seed = {seed: part for (seed,), part in rows.group_by("seed", maintain_order=True)}
        measured = [evaluate.measure(part, FOLD, how, name) for part in by_seed.values()]
        called = np.stack([run.probability >= run.threshold for run in measured])
        # ranks, since the scales of two models' probabilities may differ
        return cls([*by_seed], measured, called, np.stack([_ranks(run.probability) for run in measured]))


class Samples(NamedTuple):
    """Which test samples are positive, and the number of each sample's group, from 0."""

    positive: np.ndarray
    group: np.ndarray

    @classmethod
    def of(cls, samples: pl.DataFrame) -> Samples:
        test = samples.filter(pl.col("fold") == FOLD)
        return cls(test["label"].to_numpy() == 1, np.unique(test["group"].to_numpy(), return_inverse=True)[1])

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
    asked: Sequence[contrasts.Contrast],
    no_chance: Sequence[str],
    settings: Settings,
    log: Callable[[str], None],
) -> Compared:
    """All pairs of models on the test fold of each split: first the contrasts in their order, then the others.

    Parameters
    ----------
    given
        Name of each file of predictions, as faults name it, -> its path.
    name, source
        Name of the data set, and of its file in faults.
    asked
        What is declared; if nothing is, every model is held against the rung and against the logistic regression.
    no_chance
        Models trained without chance, of which one seed is enough; the trivial baselines need not be named.

    Raises
    ------
    InputError
        if the data set has no test fold, or a contrast names a model without predictions.
    """
    samples, rows = predicted.combine(given, dataset, name, source)
    size = {fold: int((samples["fold"] == fold).sum()) for fold in FOLDS}
    if not size[FOLD]:
        raise InputError(f"{source}: no samples in {FOLD}, so models cannot be compared. Give a data set with some.")
    names = rows["model"].unique().sort().to_list()
    asked = list(asked) or contrasts.standard(names)
    contrasts.refuse_unknown(asked, no_chance, names)
    rung = contrasts.rung_of(rows)
    declared, draws = contrasts.resolved(asked, rung), f"{name}\0{FOLD}"
    on = {split: Samples.of(part) for (split,), part in samples.group_by("split", maintain_order=True)}
    runs = {key: Runs.of(part, settings, draws) for key, part in rows.group_by("split", "model", maintain_order=True)}
    about, found, tokens = (name, *predicted.task_and_length(dataset)), [], []
    pairs = [*declared, *contrasts.undeclared(names, declared)]
    for contrast, a, b, tokenizer in pairs:
        differences = list(_on_each_split(on, runs, a, b, contrast in contrasts.GAINS, settings, draws))
        if contrast and len(on) > 1:
            differences += _over_splits(differences, size["train"], size[FOLD], settings.confidence)
        for split, metric, of, p_swap, sizes in differences:
            missing = lacking({a: sizes[2], b: sizes[3]}, no_chance, sizes[1])
            cells = evaluate.cells(*of[:6], p_swap, of.mdd, of.note, missing)
            found.append((*about, split, FOLD, contrast or None, a, b, metric, *cells, *sizes, 1 if split else len(on)))
            tokens.append(tokenizer or None)
        log(f"{a} against {b}: MCC {differences[0][2].value:+.4f}, p {differences[0][3]:.4g} by swapping")
    first = next(iter(on))
    counts = {"models": {model: len(of.measured) for (split, model), of in runs.items() if split == first}}
    counts |= {"rung": rung, "contrasts": len(declared), "pairs": len(pairs)}
    counts |= {"splits": len(on), "n": len(on[first].group), "n_groups": on[first].groups}
    notes = [] if rung else ["no trivial baseline on dev, so no model is compared with one"]
    notes += [] if len(names) > 1 else [f"{names[0]} only: there is no other model to compare it with"]
    table = COMPARISONS.frame(found).with_columns(tokenizer=pl.Series(tokens, dtype=pl.String))
    return Compared(table, counts, notes + evaluate.notes_on(samples, (FOLD,)))


def _on_each_split(
    on: Mapping[int, Samples], runs: Mapping[tuple, Runs], a: str, b: str, paired: bool, settings: Settings, name: str
) -> Iterator[tuple[int | None, str, jackknife.Difference, float, tuple]]:
    """Split, metric, difference, p by swapping; samples, groups, and seeds of each model."""
    for split, samples in on.items():
        one, other = runs[split, a], runs[split, b]
        p_swap = permuted(one, other, samples, settings, name)
        sizes = (len(samples.group), samples.groups, len(one.measured), len(other.measured))
        for metric in (*METRICS, *{regression.PREFERRED} & one.measured[0].values.keys()):
            scores = [evaluate.over_seeds(metric, of.measured) for of in (one, other)]
            of = jackknife.difference(metric, *scores, settings.confidence, paired and one.seeds == other.seeds)
            yield split, metric, of, p_swap.get(metric, np.nan), sizes


def _over_splits(rows: Sequence[tuple], n_train: int, n_test: int, confidence: float) -> Iterator[tuple]:
    """One row for each metric over the rows of all splits, with the sizes of the smallest."""
    sizes = tuple(np.min([row[-1] for row in rows], axis=0).tolist())
    for metric in dict.fromkeys(row[1] for row in rows):
        values = [of.value for _, other, of, *_ in rows if other == metric]
        yield None, metric, repeated_splits.corrected_t_test(values, n_train, n_test, confidence), np.nan, sizes


def lacking(seeds: Mapping[str, int], no_chance: Sequence[str], groups: int) -> str:
    """Why a pair of models can get no verdict: `1 seed of dnabert_2, 31 groups in test`; empty if it can."""
    certain = {*no_chance, *trivial.BASELINES}
    few = {model: number for model, number in seeds.items() if model not in certain and number < SEEDS}
    parts = [f"{number} seed{'s' * (number > 1)} of {model}" for model, number in few.items()]
    return ", ".join(parts + [f"{groups} group{'s' * (groups > 1)} in {FOLD}"] * (groups < jackknife.FEW))


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


def _ranks(value: np.ndarray) -> np.ndarray:
    """Twice the mean rank of each value, which is whole."""
    _, place, number = np.unique(value, return_inverse=True, return_counts=True)
    return (2 * number.cumsum() - number + 1)[place].astype(np.int32)
