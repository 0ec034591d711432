"""Regressions: how well each model predicts the target, over all genes and within each biotype."""

from __future__ import annotations

from typing import NamedTuple

from lncprom.report.results import Dataset, Results, Score


class Row(NamedTuple):
    """A model on a data set: Spearman, Pearson and R2 over all samples; Spearman within each biotype."""

    dataset: Dataset
    model: str
    scores: list[Score | None]
    within: list[Score | None]


def biotypes(results: Results) -> list[str]:
    """Those that some regression has a metric for."""
    return sorted({metric.partition(":")[2] for metric in results.metrics if metric.startswith("spearman:")})


def rows(results: Results) -> list[Row]:
    """One row a model, in the order of the report."""
    return [
        Row(
            dataset,
            model,
            [results.score(dataset.name, model, metric) for metric in ("spearman", "pearson", "r2")],
            [results.score(dataset.name, model, f"spearman:{kind}") for kind in biotypes(results)],
        )
        for dataset in results.datasets
        if dataset.name in results.regressions
        for model in results.every_model
        if results.score(dataset.name, model, "r2")
    ]
