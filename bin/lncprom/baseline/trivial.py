"""Trivial baselines: probabilities without a model of the sequence. A model has to beat them to have learned more."""

import numpy as np
import polars as pl
from scipy.special import expit

from lncprom.baseline import newton
from lncprom.datasets import sequences
from lncprom.genome.bases import gc_and_cpg

# Probabilities of all rows, or None where the baseline does not apply; and the note about it for the card
Scored = tuple[np.ndarray | None, str]


def gc_cpg(rows: pl.DataFrame) -> Scored:
    """Logistic regression on GC content and CpG observed/expected of each sequence, fitted on train."""
    train = (rows["fold"] == "train").to_numpy()
    numbers = np.nan_to_num(gc_and_cpg(sequences.to_codes(rows["sequence"])))
    deviation = numbers[train].std(axis=0)
    numbers = (numbers - numbers[train].mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    known, label = numbers[train], rows["label"].to_numpy()[train]
    # einsum, not @: BLAS may add in another order with another number of threads
    fit = newton.fit_logistic(
        lambda w: np.einsum("ij,j->i", known, w), lambda r: np.einsum("ij,i->j", known, r), label, 2, 1.0
    )
    probability = expit(np.einsum("ij,j->i", numbers, fit.weights) + fit.intercept)
    return probability, "gc_cpg: logistic regression on GC content and CpG observed/expected only"


def biotype(rows: pl.DataFrame) -> Scored:
    """The fraction of positives among the train samples of the same biotype; among all where train lacks it."""
    kinds = rows["biotype"]
    if kinds.null_count():
        return None, "biotype: left out, samples have none"
    if kinds.n_unique() < 2:
        return None, f"biotype: left out, all samples are {kinds[0]}"
    if (rows.group_by("biotype").agg(pl.col("label").n_unique())["label"] == 1).all():
        return None, "biotype: left out, each biotype has one class only; here the biotype is the label"
    train = rows.filter(pl.col("fold") == "train")
    fractions = train.group_by("biotype").agg(pl.col("label").mean().alias("fraction"))
    found = rows.select("biotype").join(fractions, on="biotype", how="left", maintain_order="left")["fraction"]
    listed = ", ".join(f"{kind} {fraction:.3f}" for kind, fraction in fractions.sort("biotype").rows())
    probability = found.fill_null(train["label"].mean()).to_numpy()
    return probability, f"biotype: fraction of positives in train: {listed}"


BASELINES = {"gc_cpg": gc_cpg, "biotype": biotype}
