"""The study's tables and the run's own as rows, ready for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from lncprom import study as published
from lncprom.report import titles
from lncprom.report.results import Dataset, Results, Score
from lncprom.sites import task_names

_NO_SCORES = {"mcc": None, "accuracy": None, "f1": None, "minus": None, "apart": ""}

# A data set of this run, if it has one, and the study's task and length that belong in the column, if any. They may
# differ: in Table 1 of a run at 500 bp, the data set is at 500 bp and the length is 300, as in the study
Column = tuple[Dataset | None, str | None, int | None]


class Table(NamedTuple):
    """Titles of the columns, rows, and data sets with whether they are comparable with the study, and the reason.

    A row has the printed name of the model, `model`, `trivial` or `published`, and cells. A cell has `mcc`, `accuracy`
    and `f1`, or why they are `absent`; the published MCC x 100; and the difference `minus`, or why both are `apart`.
    """

    heads: list[str | tuple[str, str]]
    rows: list[tuple[str, str, list[dict]]]
    sets: list[tuple[str, bool, str]]


def by_task(results: Results) -> Table:
    """Table 1: models by the study's four tasks at the main length."""
    # GUE's own set is the data of task 1, although it is ready-made
    gue = {d.published_task: d for d in results.imported if d.comparison.comparable}
    found = {task: results.find(task, results.length) or gue.get(task) for task in published.TASKS}
    heads = [(task_names.title(name), task.difficulty) for name, task in published.TASKS.items()]
    return _table(results, heads, [(dataset, task, published.LENGTH) for task, dataset in found.items()])


def by_length(results: Results) -> Table:
    """Table 4: high vs low expression, models by window length (the study's and the run's)."""
    task = published.LENGTH_TASK
    lengths = sorted({*published.LENGTHS, *(dataset.length for dataset in results.built if dataset.task == task)})
    columns = [(results.find(task, n), task, n if n in published.LENGTHS else None) for n in lengths]
    return _table(results, [f"{n:,} bp" for n in lengths], columns)


def by_kmer(results: Results) -> Table:
    """Table 2: promoter vs non-promoter by k of DNABERT; one column."""
    task, length = published.KMER_TASK, published.LENGTH
    names = [f"DNABERT ({k}-mer)" for k in published.KMERS]
    heads = [(task_names.title(task), f"{length} bp")]
    return _table(results, heads, [(results.find(task, length), task, length)], names, others=False)


def ready_made(results: Results) -> Table:
    """Models by ready-made data set."""
    sets = results.imported
    heads = [(d.name, f"{d.length} bp" if d.length else "several lengths") for d in sets]
    columns = [(d, d.published_task, d.length) if d.comparison.comparable else (d, None, None) for d in sets]
    return _table(results, heads, columns, published.MODELS if any(task for _, task, _ in columns) else ())


def expression(tpm: pl.DataFrame | None, cards: dict[str, dict]) -> tuple[list[dict], str]:
    """Table 3: TPM by biotype with `published` (mean, sd), and why the published values are absent, if they are."""
    if tpm is None:
        return [], ""
    records = [record for card in cards.values() for record in [*card.get("upstream", []), card]]
    sources = [record.get("inputs", {}).get("expression") for record in records if record["step"] == "label_expression"]
    source = min((facts["file"] for facts in sources if facts), default="")
    reason = ""
    if "gtex" not in source.lower() or "v8" not in source.lower():
        reason = f"the study uses GTEx V8, this run uses {source}" if source else "no card names the expression table"
    elif set(tpm["tissues"]) != {published.TPM_TISSUES}:
        found = titles.listed([str(count) for count in sorted(set(tpm["tissues"]))])
        reason = f"{found} tissues here, {published.TPM_TISSUES} in the study"
    rows = tpm.sort("mean", "biotype", descending=[True, False]).to_dicts()
    return [row | {"published": None if reason else published.TPM.get(row["biotype"])} for row in rows], reason


def metrics(
    results: Results, splits: Sequence[str], over_seeds: bool = False
) -> list[tuple[Dataset, str, int | None, str, dict[str, Score]]]:
    """Data set, model, seed (None: the mean over all), split and all metrics: a row per seed or over the seeds."""
    rows = []
    for dataset in results.datasets:
        for model in results.every_model:
            for split in splits:
                by_seed: dict[int | None, dict[str, Score]] = {}
                for metric in titles.METRICS:
                    scores = results.seeds(dataset.name, model, metric, split)
                    if over_seeds and scores:
                        scores = {None: results.score(dataset.name, model, metric, split)}
                    for seed, score in scores.items():
                        by_seed.setdefault(seed, {})[metric] = score
                rows += [(dataset, model, seed, split, scores) for seed, scores in by_seed.items()]
    return rows


def kmers(frame: pl.DataFrame, top: int = 10) -> dict[str, list[tuple[str, list[dict], list[dict]]]]:
    """Data set -> (file, strongest positive, strongest negative k-mers), each with its bar's length in per cent.

    Files with the same content, as those of the seeds of one model, are listed once.
    """
    found: dict[str, list] = {}
    ordered = frame.sort("dataset", "file", "rank", "kmer")
    for (dataset, file), rows in ordered.group_by("dataset", "file", maintain_order=True):
        sides = [rows.filter(pl.col("direction") == side).head(top).to_dicts() for side in ("positive", "negative")]
        strongest = max((abs(row["weight"]) for side in sides for row in side), default=1.0) or 1.0
        for row in (row for side in sides for row in side):
            row["bar"] = round(100 * abs(row["weight"]) / strongest, 1)
        if sides not in [list(known) for _, *known in found.get(dataset, [])]:
            found.setdefault(dataset, []).append((file, *sides))
    return found


def _table(
    results: Results, heads: list, columns: list[Column], study: Sequence[str] = published.MODELS, others: bool = True
) -> Table:
    """The study's models, then other models of the run and trivial baselines where they have a score."""
    rows = []
    for name in study:
        ours = [model for model in results.models if published.model_name(model) == name]
        rows += [
            (_named(model, name), "model", [_cell(results, column, model) for column in columns]) for model in ours
        ]
        if not ours:
            rows.append((name, "published", [_published_alone(column, name) for column in columns]))
    for model in results.every_model if others else ():
        if published.model_name(model) not in study:
            cells = [_cell(results, column, model) for column in columns]
            if any(cell["mcc"] for cell in cells):
                rows.append((titles.model(model), "trivial" if model in results.trivial else "model", cells))
    return Table(heads, rows, _verdicts(columns))


def _named(model: str, study: str) -> str:
    ours = titles.model(model)
    if ours == study:
        return ours
    return f"{ours}, {study}" if "(" in study else f"{ours} ({study})"


def _published_alone(column: Column, model: str) -> dict:
    """The cell of a model that the run does not have."""
    dataset, task, length = column
    known = published.mcc(task, length, model) if task else None
    absent = "not trained in this run" if dataset else "not in this run"
    return _NO_SCORES | {"absent": absent, "published": known}


def _cell(results: Results, column: Column, model: str) -> dict:
    dataset, _, length = column
    cell = _published_alone(column, model)
    if dataset is None:
        return cell
    cell |= {metric: results.score(dataset.name, model, metric) for metric in ("mcc", "accuracy", "f1")}
    if cell["mcc"] is None:
        return cell | {"absent": "does not apply" if model == "biotype" else "no score in this run"}
    if not dataset.comparison.comparable or dataset.length != length:
        cell["apart"] = "not comparable"
    elif results.published(dataset, model) is None:
        cell["apart"] = "not comparable: another model"
    elif cell["published"] is not None and cell["mcc"].value is not None:
        cell["minus"] = 100 * cell["mcc"].value - cell["published"]
    return cell


def _verdicts(columns: list[Column]) -> list[tuple[str, bool, str]]:
    found: dict[tuple[bool, str], list[str]] = {}
    columns = [column for column in columns if column[0]]
    for dataset, _, length in columns:
        comparable, reason, differences = dataset.comparison
        if comparable and dataset.length != length:
            comparable, reason = False, "the study's table has no such length"
        found.setdefault((comparable, reason or "; ".join(differences)), []).append(dataset.short)
    return [
        ("All data sets of this table" if len(names) == len(columns) > 1 else titles.listed(names), comparable, why)
        for (comparable, why), names in found.items()
    ]
