"""Trivial baselines: what composition, a base at its position or the biotype alone predict.

A model has to beat them to have learned more. Each is fitted on train; where there is a penalty, it is chosen on dev.
The column `answer` of the rows holds labels, or the targets of a regression on their scale (floating point).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import sparse
from scipy.special import expit

from lncprom.baseline import classifier, feature_set, newton, position_ladder
from lncprom.baseline.feature_set import Matrix
from lncprom.datasets import sequences
from lncprom.genome.bases import gc_and_cpg, words_at
from lncprom.sites import tasks

C_GRID = (0.01, 0.1, 1, 10)  # of standardised numbers
C_GRID_BASES = (0.003, 0.01, 0.03, 0.1)  # of a 0 or 1 for each base

# Probabilities of all rows, or targets on their scale; None where the baseline does not apply; and a note for the card
Scored = tuple[np.ndarray | None, str]


def majority(rows: pl.DataFrame) -> Scored:
    """The fraction of positives in train, or the mean target, for every sample."""
    mean = rows.filter(pl.col("fold") == "train")["answer"].mean()
    if _of_targets(rows):
        return np.full(rows.height, mean), "majority: the mean target of train, for all"
    return np.full(rows.height, mean), f"majority: the fraction of positives in train, {mean:.3f}, for all"


def gc_cpg(rows: pl.DataFrame) -> Scored:
    """Logistic regression on GC content and CpG observed/expected of each sequence."""
    numbers = np.nan_to_num(gc_and_cpg(sequences.to_codes(rows["sequence"])))
    return _fitted(rows, _standardised(numbers, rows), "gc_cpg", "GC content and CpG observed/expected only")


def dinucleotide(rows: pl.DataFrame) -> Scored:
    """Logistic regression on the frequencies of the 4 bases and the 16 dinucleotides of each sequence."""
    numbers = frequencies(rows["sequence"].to_list())
    return _fitted(rows, _standardised(numbers, rows), "dinucleotide", "frequencies of bases and dinucleotides only")


def frequencies(texts: list[str]) -> np.ndarray:
    """(sequences, 20): fractions of A, C, G, T and of AA to TT; unknown bases do not count."""
    bases = feature_set.digits(texts, max(map(len, texts)))
    found = []
    for k in (1, 2):
        words = words_at(bases, range(k))
        counts = feature_set.counted(words, np.ones(words.shape[1]), 4**k).toarray()
        found.append(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    return np.concatenate(found, axis=1)


def position(rows: pl.DataFrame) -> Scored:
    """Logistic regression on the base at each position."""
    lengths = rows["sequence"].str.len_bytes()
    if lengths.n_unique() > 1:
        return None, "position: left out, windows differ in length"
    if rows["tss_index"].n_unique() > 1:
        return None, "position: left out, the TSS is not at one place of the windows"
    at = np.arange(lengths[0])
    bases = feature_set.digits(rows["sequence"].to_list(), len(at))
    block = position_ladder.Block(1, 0, at, np.ones(len(at)))
    values = position_ladder.counted(bases, [block])
    return _fitted(rows, values, "position", "the base at each position only", C_GRID_BASES)


def biotype(rows: pl.DataFrame) -> Scored:
    """The fraction of positives among the train samples of the same biotype; among all where train lacks it."""
    kinds = rows["biotype"]
    if kinds.null_count():
        return None, "biotype: left out, samples have none"
    if kinds.n_unique() < 2:
        return None, f"biotype: left out, all samples are {kinds[0]}"
    if _defined_by_biotype(rows["task"][0]):
        return None, f"biotype: left out, it defines the classes of the task {rows['task'][0]}"
    train = rows.filter(pl.col("fold") == "train")
    means = train.group_by("biotype").agg(pl.col("answer").mean().alias("mean"))
    found = rows.select("biotype").join(means, on="biotype", how="left", maintain_order="left")["mean"]
    predicted = found.fill_null(train["answer"].mean()).to_numpy()
    listed = ", ".join(f"{kind} {mean:.3f}" for kind, mean in means.sort("biotype").rows())
    if _of_targets(rows):
        return predicted, f"biotype: mean target in train, in standard deviations from the median: {listed}"
    return predicted, f"biotype: fraction of positives in train: {listed}"


def _defined_by_biotype(task: str) -> bool:
    """Whether the registry defines the classes of this task by biotype, so that the biotype is the label."""
    known = tasks.registry().get(task)
    return known is not None and any(
        condition.column == "biotype" for condition in known.positives.where + known.negatives.where
    )


def _of_targets(rows: pl.DataFrame) -> bool:
    return rows["answer"].dtype.is_float()


def _standardised(numbers: np.ndarray, rows: pl.DataFrame) -> sparse.csr_array:
    """Columns with the mean 0 and the standard deviation 1 in train."""
    known = numbers[(rows["fold"] == "train").to_numpy()]
    deviation = known.std(axis=0)
    return sparse.csr_array((numbers - known.mean(axis=0)) / np.where(deviation > 0, deviation, 1))


def _fitted(
    rows: pl.DataFrame, values: sparse.csr_array, name: str, meaning: str, grid: Sequence[float] = C_GRID
) -> Scored:
    """Predictions of the logistic or ridge regression with the smallest loss on dev; ties: the smaller c."""
    train, dev = ((rows["fold"] == part).to_numpy() for part in ("train", "dev"))
    answer, found = rows["answer"].to_numpy(), []
    for c, fit in newton.fit_path(Matrix(values[train]), answer[train], grid):
        score = values @ fit.weights + fit.intercept
        found.append((classifier.mean_loss(answer[dev], score[dev]), c, score))
    _, c, score = min(found, key=lambda tried: tried[0])
    if _of_targets(rows):
        return score, f"{name}: ridge regression on {meaning}, c={c:g}"
    return expit(score), f"{name}: logistic regression on {meaning}, c={c:g}"


BASELINES = {rule.__name__: rule for rule in (majority, gc_cpg, dinucleotide, position, biotype)}
