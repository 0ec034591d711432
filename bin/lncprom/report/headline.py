"""The findings: what was tested, and what the claims of the run say about it. No other sentence gives a verdict."""

from __future__ import annotations

import polars as pl

from lncprom import study as published
from lncprom.report import titles
from lncprom.report.results import Finding, Results


def opening(results: Results) -> str:
    """Which models were tested on which data sets."""
    parts = []
    if results.tasks:
        lengths = titles.listed([f"{n:,}" for n in sorted({d.length for d in results.built})])
        study = [task for task in results.tasks if task in published.TASKS]
        whose = "of the study " if study == results.tasks else f"({len(study)} of the study) " if study else ""
        parts.append(f"{titles.counted(len(results.tasks), 'task')} {whose}at {lengths} bp")
    if results.imported:
        parts.append(titles.counted(len(results.imported), "ready-made data set"))
    if results.cells:
        parts.append(f"{titles.counted(len(results.cells), 'data set')} of the table of inflation")
    tested = [titles.model_within(model) for model in results.models]
    if results.trivial:
        tested.append(titles.counted(len(results.trivial), "trivial baseline"))
    asked = "How much of the regulation of lncRNA genes can a model read from promoter sequence?"
    return f"{asked} This run tests {titles.listed(tested)} on {titles.listed(parts)}."


def said(claims: pl.DataFrame, finding: Finding) -> tuple[list[dict], list[dict]]:
    """Claims about the data set's chosen model, and all others of its task (of a ready-made set: of the set)."""
    dataset = finding.dataset
    of = claims.filter(pl.col("dataset") == dataset.name)
    if dataset.built:
        # sets of --inflation have the task, and names of their own
        of = claims.filter(pl.col("task") == dataset.task, pl.col("dataset").str.starts_with(dataset.task))
    chosen = (pl.col("dataset") == dataset.name) & (pl.col("model_a") == finding.model)
    return of.filter(chosen).to_dicts(), of.filter(~chosen).to_dicts()
