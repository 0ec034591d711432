"""Simulated models whose true scores are known: probit scores on groups of promoters that share label and error."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri

from lncprom.evaluation import claims, evaluate, jackknife, metrics
from lncprom.tables.metrics import COMPARISONS


def mcc(separation: float, jitter: float = 0.0) -> float:
    """True MCC, or its mean over seeds whose separations differ by the standard deviation `jitter`."""
    return 2 * float(ndtr(separation / np.sqrt(4 + jitter**2))) - 1


def auroc(separation: float) -> float:
    return float(ndtr(separation / np.sqrt(2)))


def separation_of(score: float, jitter: float = 0.0) -> float:
    """The separation whose true MCC, or its mean over seeds, is this."""
    return float(np.sqrt(4 + jitter**2) * ndtri((1 + score) / 2))


def predicted(groups: int, separations, draw: np.random.Generator, seeds=1, jitter=0.0, shared=0.4):
    """Labels, groups, and of each model the probabilities (seeds, samples).

    Groups have 1 to 8 samples of one label, 1.6 on average; `shared` of the error's variance is the group's own. Half
    of each error is that of all models and seeds.
    """
    group = np.repeat(np.arange(groups), np.minimum(draw.geometric(0.625, groups), 8))
    label = draw.integers(2, size=groups)[group]

    def error(number):
        own = draw.normal(size=(number, len(group)))
        return np.sqrt(shared) * draw.normal(size=(number, groups))[:, group] + np.sqrt(1 - shared) * own

    common, models = error(1), []
    for separation, spread in zip(separations, np.broadcast_to(jitter, len(separations)), strict=True):
        learnt = separation + spread * draw.normal(size=(seeds, 1))
        models.append(ndtr(learnt * (label - 0.5) + np.sqrt(0.5) * (common + error(seeds))))
    return label, group, models


def scores(label, group, probability, name="d") -> dict[str, jackknife.Scores]:
    """Each metric of the seeds (rows) of a model, and without each group."""
    ranked = [metrics.Ranked.of(label, row) for row in np.atleast_2d(probability)]
    value = [metrics.values(one) for one in ranked]
    without = [jackknife.left_out(one, group, 1, name) for one in ranked]
    sizes = (int(group.max()) + 1, len(label))
    return {
        metric: jackknife.Scores(
            np.array([found[metric][0] for found in value]), np.stack([found[metric] for found in without]), *sizes
        )
        for metric in value[0]
    }


def run(trial: int, groups: int, better: float = 0.0) -> pl.DataFrame:
    """Claims of two data sets: two models of three seeds, the second perhaps better, against one without chance."""
    true, rows = mcc(1.6, 0.2), []
    separations = [1.6, separation_of(true + better, 0.2), separation_of(true)]
    for dataset in "de":
        draw = np.random.default_rng([trial, groups, ord(dataset)])
        label, group, models = predicted(groups, separations, draw, seeds=3, jitter=[0.2, 0.2, 0])
        a, b, other = (scores(label, group, model)["mcc"] for model in (*models[:2], models[2][:1]))
        for name, one in (("a", a), ("b", b)):
            found = jackknife.difference("mcc", one, other, 0.95)
            cells = evaluate.cells(*found[:6], np.nan, found.mdd, found.note, "")
            rows.append((dataset, "t", 300, 1, "test", "rule", name, "lr", "mcc", *cells, len(label), groups, 3, 1, 1))
    return claims.claims(COMPARISONS.frame(rows).with_columns(file=pl.lit("d.tsv"))).table
