"""The study's tables and the run's own as rows, ready for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from lncprom import study as published
from lncprom.report import titles
from lncprom.report.results import Dataset, Results, Score

NOT_TRAINED = "not trained in this run"
NOT_BUILT = "not in this run"
NO_SCORE = "no score in this run"
NO_RULE = "does not apply"
NOT_COMPARABLE = "not comparable"
ANOTHER_MODEL = "not comparable: another model"


class Cell(NamedTuple):
    """A model on a data set: scores, or why there are none; the published MCC x 100, and why it is not comparable."""

    mcc: Score | None
    accuracy: Score | None
    f1: Score | None
    published: float | None
    absent: str
    apart: str = ""

    @property
    def minus(self) -> float | None:
        """MCC x 100 of this run minus the published one; None where they do not measure the same."""
        if None in (self.published, self.mcc) or self.apart or self.mcc.value is None:
            return None
        return 100 * self.mcc.value - self.published


class Row(NamedTuple):
    """A model under its printed name, the kind of row (`model`, `trivial`, `published`), and its cells."""

    name: str
    kind: str
    cells: list[Cell]


class Column(NamedTuple):
    """A data set of this run, if it has one, and the study's task and length that belong in the column, if any.

    They may differ: in Table 1 of a run at 500 bp, `dataset` is at 500 bp and `length` is 300, as in the study.
    """

    dataset: Dataset | None
    task: str | None = None
    length: int | None = None


class Table(NamedTuple):
    """Columns of a table and its rows, with one cell per column."""

    columns: list[Column]
    rows: list[Row]

    @property
    def verdicts(self) -> list[tuple[str, bool, str]]:
        """Data sets with the same verdict, whether they are comparable with the study, and the reason."""
        found: dict[tuple[bool, str], list[str]] = {}
        columns = [column for column in self.columns if column.dataset]
        for column in columns:
            comparable, reason, differences = column.dataset.comparison
            if comparable and column.dataset.length != column.length:
                comparable, reason = False, "the study's table has no such length"
            found.setdefault((comparable, reason or "; ".join(differences)), []).append(column.dataset.short)
        return [
            ("All data sets of this table" if len(names) == len(columns) > 1 else titles.listed(names), comparable, why)
            for (comparable, why), names in found.items()
        ]


def by_task(results: Results) -> Table:
    """Table 1: models by the study's four tasks at the main length."""
    # GUE's own set is the data of task 1, although it is ready-made
    gue = {d.published_task: d for d in results.imported if d.comparison.comparable}
    columns = [
        Column(results.find(task, results.length) or gue.get(task), task, published.LENGTH) for task in published.TASKS
    ]
    return Table(columns, _rows(results, columns))


def by_length(results: Results) -> tuple[list[int], Table]:
    """Table 4: high vs low expression, models by window length (the study's and the run's)."""
    task = published.LENGTH_TASK
    lengths = sorted({*published.LENGTHS, *(dataset.length for dataset in results.built if dataset.task == task)})
    columns = [Column(results.find(task, n), task, n if n in published.LENGTHS else None) for n in lengths]
    return lengths, Table(columns, _rows(results, columns))


def by_kmer(results: Results) -> Table:
    """Table 2: promoter vs non-promoter by k of DNABERT; one column."""
    task, length = published.KMER_TASK, published.LENGTH
    columns = [Column(results.find(task, length), task, length)]
    return Table(columns, _study_rows(results, columns, [f"DNABERT ({k}-mer)" for k in published.KMERS]))


def ready_made(results: Results) -> list[Row]:
    """Models by ready-made data set."""
    columns = [
        Column(d, d.published_task, d.length) if d.comparison.comparable else Column(d) for d in results.imported
    ]
    return _rows(results, columns, published.MODELS if any(column.task for column in columns) else ())


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


class Metrics(NamedTuple):
    """All metrics of one model and seed (None: the mean over all seeds) on one split of one data set."""

    dataset: Dataset
    model: str
    seed: int | None
    split: str
    scores: dict[str, Score]

    @property
    def one(self) -> Score:
        return next(iter(self.scores.values()))


def metrics(results: Results, splits: tuple[str, ...], over_seeds: bool = False) -> list[Metrics]:
    """A row per model and seed, or per model with the mean over its seeds."""
    rows: dict[tuple, dict[str, Score]] = {}
    for dataset in results.datasets:
        for model in results.every_model:
            for split in splits:
                for metric in titles.METRICS:
                    about = (dataset.name, model, split, metric)
                    scores = results.seeds(*about)
                    if over_seeds and scores:
                        scores = {None: results.score(dataset.name, model, metric, split)}
                    for seed, score in scores.items():
                        rows.setdefault((dataset.name, model, seed, split), {})[metric] = score
    by_name = {dataset.name: dataset for dataset in results.datasets}
    return [Metrics(by_name[name], *about, scores) for (name, *about), scores in rows.items()]


def kmers(frame: pl.DataFrame, top: int = 10) -> dict[str, list[tuple[str, list[dict], list[dict]]]]:
    """Data set -> (file, strongest positive, strongest negative k-mers), each with its bar's length in per cent.

    Files with the same content, as those of the seeds of one model, are listed once.
    """
    found: dict[str, list] = {}
    for (dataset, file), rows in frame.sort("dataset", "file", "rank", "kmer").group_by(
        "dataset", "file", maintain_order=True
    ):
        sides = [rows.filter(pl.col("direction") == side).head(top).to_dicts() for side in ("positive", "negative")]
        strongest = max((abs(row["weight"]) for side in sides for row in side), default=1.0) or 1.0
        for row in (row for side in sides for row in side):
            row["bar"] = round(100 * abs(row["weight"]) / strongest, 1)
        if sides not in [list(known) for _, *known in found.get(dataset, [])]:
            found.setdefault(dataset, []).append((file, *sides))
    return found


def _rows(results: Results, columns: list[Column], study: tuple[str, ...] = published.MODELS) -> list[Row]:
    """The study's models, then other models of the run and trivial baselines where they have a score."""
    rows = _study_rows(results, columns, study)
    for model in results.every_model:
        if published.model_name(model) not in study:
            cells = [_cell(results, column, model) for column in columns]
            if any(cell.mcc for cell in cells):
                rows.append(Row(titles.model(model), "trivial" if model in results.trivial else "model", cells))
    return rows


def _study_rows(results: Results, columns: list[Column], names: Sequence[str]) -> list[Row]:
    """The run's models that the study has too; where the run has none, the published scores alone."""
    rows = []
    for name in names:
        ours = [model for model in results.models if published.model_name(model) == name]
        for model in ours:
            rows.append(Row(_named(model, name), "model", [_cell(results, column, model) for column in columns]))
        if not ours:
            cells = [Cell(None, None, None, _study(c, name), NOT_TRAINED if c.dataset else NOT_BUILT) for c in columns]
            rows.append(Row(name, "published", cells))
    return rows


def _named(model: str, study: str) -> str:
    ours = titles.model(model)
    if ours == study:
        return ours
    return f"{ours}, {study}" if "(" in study else f"{ours} ({study})"


def _study(column: Column, model: str) -> float | None:
    return published.mcc(column.task, column.length, model) if column.task else None


def _cell(results: Results, column: Column, model: str) -> Cell:
    study, dataset = _study(column, model), column.dataset
    if dataset is None:
        return Cell(None, None, None, study, NOT_BUILT)
    scores = [results.score(dataset.name, model, metric) for metric in ("mcc", "accuracy", "f1")]
    if scores[0] is None:
        return Cell(*scores, study, NO_RULE if model == "biotype" else NO_SCORE)
    apart = ""
    if not dataset.comparison.comparable or dataset.length != column.length:
        apart = NOT_COMPARABLE
    elif results.published(dataset, model) is None:
        apart = ANOTHER_MODEL
    return Cell(*scores, study, "", apart)
