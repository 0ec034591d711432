"""Rules that need no model of the sequence. A model that does not beat them has learned no more than they say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit

from lncprom.baseline import newton


class Scored(NamedTuple):
    """Probabilities of all rows, or None, and why in the card's words."""

    probability: np.ndarray | None
    note: str


def gc_cpg(rows: pl.DataFrame) -> Scored:
    """Logistic regression on two numbers a sequence, GC share and CpG observed / expected, fitted on train."""
    train = (rows["fold"] == "train").to_numpy()
    numbers = composition(rows["sequence"])
    spread = numbers[train].std(axis=0)
    numbers = (numbers - numbers[train].mean(axis=0)) / np.where(spread > 0, spread, 1)
    label = rows["label"].to_numpy()[train]
    # einsum, not @: BLAS may add in another order with another number of threads
    fit = newton.fit_logistic(
        lambda weights: np.einsum("ij,j->i", numbers[train], weights),
        lambda values: np.einsum("ij,i->j", numbers[train], values),
        label,
        2,
        1.0,
    )
    return Scored(
        expit(np.einsum("ij,j->i", numbers, fit.weights) + fit.intercept),
        "gc_cpg: logistic regression on GC share and CpG observed/expected only",
    )


def composition(sequences: pl.Series) -> np.ndarray:
    """GC share and CpG observed / expected of each sequence, N left out: (sequences, 2).

    ACGT: GC share 2 / 4; one CG among 4 letters where 1 * 1 / 4 is expected: 4. No C or no G: 0.
    """
    count = {
        letters: sequences.str.count_matches(letters, literal=True).to_numpy().astype(float)
        for letters in ("A", "C", "G", "T", "CG")
    }
    known = count["A"] + count["C"] + count["G"] + count["T"]
    expected = count["C"] * count["G"]
    share = np.divide(count["C"] + count["G"], known, out=np.zeros_like(known), where=known > 0)
    ratio = np.divide(count["CG"] * known, expected, out=np.zeros_like(known), where=expected > 0)
    return np.column_stack([share, ratio])


def biotype(rows: pl.DataFrame) -> Scored:
    """The share of positives among train samples of the same biotype; of a biotype that train lacks: among all."""
    kinds = rows["biotype"]
    if kinds.null_count():
        return Scored(None, "biotype: left out, samples have none")
    if kinds.n_unique() < 2:
        return Scored(None, f"biotype: left out, all samples are {kinds[0]}")
    if (rows.group_by("biotype").agg(pl.col("label").n_unique())["label"] == 1).all():
        return Scored(None, "biotype: left out, each biotype lies in one class only; here the biotype is the label")
    train = rows.filter(pl.col("fold") == "train")
    shares = train.group_by("biotype").agg(pl.col("label").mean().alias("share"))
    found = rows.select("biotype").join(shares, on="biotype", how="left", maintain_order="left")["share"]
    told = ", ".join(f"{kind} {share:.3f}" for kind, share in shares.sort("biotype").rows())
    return Scored(
        found.fill_null(train["label"].mean()).to_numpy(), f"biotype: share of positives in train by biotype: {told}"
    )


BASELINES = {"gc_cpg": gc_cpg, "biotype": biotype}
