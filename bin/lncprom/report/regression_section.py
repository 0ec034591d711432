"""Regressions: how well each model predicts the target, over all genes and within each biotype."""

from __future__ import annotations

from typing import NamedTuple

from lncprom.evaluation.regression import SPECIFIC
from lncprom.report.results import Dataset, Results, Score

METRICS = ("spearman", "pearson", "r2")


class Row(NamedTuple):
    """A model on a data set: Spearman, Pearson and R2 over all samples; Spearman within each biotype.

    `specific`: Pearson of what is specific to tissues.
    """

    dataset: Dataset
    model: str
    scores: list[Score | None]
    within: list[Score | None]
    specific: Score | None


class OfTissue(NamedTuple):
    """A model in one tissue of a data set: Spearman, Pearson and R2."""

    dataset: Dataset
    model: str
    tissue: str
    scores: list[Score | None]


def biotypes(results: Results) -> list[str]:
    """Those that some regression has a metric for."""
    return [name for name in _after(results, "spearman:") if not name.startswith("tissue:")]


def rows(results: Results) -> list[Row]:
    """One row a model, in the order of the report."""
    return [
        Row(
            dataset,
            model,
            [results.score(dataset.name, model, metric) for metric in METRICS],
            [results.score(dataset.name, model, f"spearman:{kind}") for kind in biotypes(results)],
            results.score(dataset.name, model, SPECIFIC),
        )
        for dataset in results.datasets
        if dataset.name in results.regressions
        for model in results.every_model
        if results.score(dataset.name, model, "r2")
    ]


def of_tissues(results: Results) -> list[OfTissue]:
    """A row for each tissue and model that predicts all tissues."""
    return [
        OfTissue(
            row.dataset,
            row.model,
            tissue,
            [results.score(row.dataset.name, row.model, f"{metric}:tissue:{tissue}") for metric in METRICS],
        )
        for row in rows(results)
        for tissue in _after(results, "r2:tissue:")
        if results.score(row.dataset.name, row.model, f"r2:tissue:{tissue}")
    ]


def _after(results: Results, start: str) -> list[str]:
    """What follows in the names of metrics that start so."""
    return sorted(metric.removeprefix(start) for metric in results.metrics if metric.startswith(start))
