"""The study's four tables and the run's own, as rows that the page only has to print."""

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
    """A model on a data set: its scores or why there are none, what the study printed, why not to compare."""

    mcc: Score | None
    accuracy: Score | None
    f1: Score | None
    published: float | None
    absent: str
    apart: str = ""

    @property
    def compared(self) -> bool:
        """Do ours and the study's figure measure the same thing?"""
        return self.published is not None and self.mcc is not None and not self.apart

    @property
    def minus(self) -> float | None:
        """MCC x 100 of ours less the published one."""
        return 100 * self.mcc.value - self.published if self.compared and self.mcc.value is not None else None


class Row(NamedTuple):
    """A model by the name that is printed, what kind of row it is (`model`, `floor`, `untrained`), its cells."""

    name: str
    kind: str
    cells: list[Cell]


class Column(NamedTuple):
    """A data set of this run, None if it has none, and the study's task and length whose figures stand in it, if any.

    Of windows of 500 bp in table 1 `dataset` is at 500 bp and `length` is 300, as the study's table is.
    """

    dataset: Dataset | None
    task: str | None = None
    length: int | None = None


class Table(NamedTuple):
    """Columns of a table of the study and its rows, a cell for each column."""

    columns: list[Column]
    rows: list[Row]

    @property
    def verdicts(self) -> list[tuple[str, bool, str]]:
        """Data sets that share a verdict, whether they are comparable, and why not or with what reserve."""
        found: dict[tuple[bool, str], list[str]] = {}
        columns = [column for column in self.columns if column.dataset]
        for column in columns:
            comparable, reason, differences = column.dataset.comparison
            if comparable and column.dataset.length != column.length:
                comparable, reason = False, "the study's table has no such length"
            found.setdefault((comparable, reason or "; ".join(differences)), []).append(column.dataset.short)
        whole = len(columns) if len(columns) > 1 else 0
        return [
            ("All of them" if len(names) == whole else titles.listed(names), comparable, why)
            for (comparable, why), names in found.items()
        ]


def by_task(results: Results) -> Table:
    """Table 1: models x the study's four tasks at the reference length."""
    # GUE's own set is the study's task 1, though nobody built it here
    brought = {d.published_task: d for d in results.imported if d.comparison.comparable}
    columns = [
        Column(results.find(task, results.length) or brought.get(task), task, published.LENGTH)
        for task in published.TASKS
    ]
    return Table(columns, _rows(results, columns))


def by_length(results: Results) -> tuple[list[int], Table]:
    """Table 4: high against low expression, models x lengths; the study's lengths and the run's."""
    task = published.LENGTH_TASK
    lengths = sorted({*published.LENGTHS, *(dataset.length for dataset in results.built if dataset.task == task)})
    known = [length if length in published.LENGTHS else None for length in lengths]
    columns = [Column(results.find(task, at), task, study) for at, study in zip(lengths, known, strict=True)]
    return lengths, Table(columns, _rows(results, columns))


def by_kmer(results: Results) -> Table:
    """Table 2: promoter against non-promoter by k of DNABERT, every model of ours of each k; one column."""
    task, length = published.KMER_TASK, published.LENGTH
    columns = [Column(results.find(task, length), task, length)]
    return Table(columns, _study_rows(results, columns, [f"DNABERT ({k}-mer)" for k in published.KMERS]))


def ready_made(results: Results) -> list[Row]:
    """Models x the sets that the user brought."""
    columns = [
        Column(d, d.published_task, d.length) if d.comparison.comparable else Column(d) for d in results.imported
    ]
    return _rows(results, columns, published.MODELS if any(column.task for column in columns) else ())


class Expression(NamedTuple):
    """TPM of a biotype, ours and the study's (mean, standard deviation) if it is of the same table."""

    biotype: str
    genes: int
    tissues: int
    mean: float
    sd: float
    median: float
    zero_share: float
    published: tuple[float, float] | None


def expression(tpm: pl.DataFrame | None, cards: dict[str, dict]) -> tuple[list[Expression], str]:
    """Table 3: TPM by biotype, and why the study's values are not beside it, if they are not."""
    if tpm is None:
        return [], ""
    records = [record for card in cards.values() for record in [*card.get("upstream", []), card]]
    names = {
        facts["file"]
        for record in records
        if record["step"] == "label_expression"
        for facts in [record.get("inputs", {}).get("expression")]
        if facts
    }
    source = min(names, default="")
    reason = ""
    if "gtex" not in source.lower() or "v8" not in source.lower():
        reason = f"the study's is GTEx V8, this is {source}" if source else "no card names the expression table"
    elif set(tpm["tissues"]) != {published.TPM_TISSUES}:
        found = titles.listed([str(count) for count in sorted(set(tpm["tissues"]))])
        reason = f"{found} tissues here, {published.TPM_TISSUES} in the study"
    rows = [
        Expression(
            *(row[name] for name in Expression._fields[:-1]),
            None if reason else published.TPM.get(row["biotype"]),
        )
        for row in tpm.sort("mean", "biotype", descending=[True, False]).iter_rows(named=True)
    ]
    return rows, reason


class Metrics(NamedTuple):
    """All metrics of one model and seed (None: the mean over all) on one fold of one data set."""

    dataset: Dataset
    model: str
    seed: int | None
    fold: str
    scores: dict[str, Score]
    n: int
    n_positive: int
    n_groups: int


def metrics(results: Results, frame: pl.DataFrame, folds: tuple[str, ...]) -> list[Metrics]:
    """The tidy table of these folds, a row per data set, model, seed and fold; see `over_seeds`."""
    place = {dataset.name: at for at, dataset in enumerate(results.datasets)}
    models = {name: at for at, name in enumerate([*results.models, *results.floors])}
    found: dict[tuple, Metrics] = {}
    for row in frame.sort("metric").iter_rows(named=True):
        if row["fold"] not in folds:
            continue
        key = (place[row["dataset"]], models[row["model"]], row["seed"], folds.index(row["fold"]))
        if key not in found:
            dataset = results.datasets[place[row["dataset"]]]
            counts = (row["n"], row["n_positive"], row["n_groups"])
            found[key] = Metrics(dataset, row["model"], row["seed"], row["fold"], {}, *counts)
        found[key].scores[row["metric"]] = Score(row["value"], row["ci_low"], row["ci_high"], 1, *found[key][5:])
    return [found[key] for key in sorted(found)]


def over_seeds(results: Results, folds: tuple[str, ...]) -> list[Metrics]:
    """The tidy table again with one row for all seeds of a model; none where every model has but one seed."""
    rows = []
    for dataset in results.datasets if results.several_seeds else ():
        for model in [*results.models, *results.floors]:
            for fold in folds:
                scores = {metric: results.score(dataset.name, model, metric, fold) for metric in titles.METRICS}
                scores = {metric: score for metric, score in scores.items() if score}
                if scores:
                    one = next(iter(scores.values()))
                    rows.append(Metrics(dataset, model, None, fold, scores, one.n, one.n_positive, one.n_groups))
    return rows


def kmers(frame: pl.DataFrame, top: int = 10) -> dict[str, list[tuple[str, list[dict], list[dict]]]]:
    """Data set -> (file, strongest for, strongest against), each k-mer with its bar's length in per cent.

    Of files that say the same, as those of the seeds of one model do, the first.
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
    """The study's models, then those of ours that it did not have and floors, where they have a score."""
    rows = _study_rows(results, columns, study)
    for model in [*results.models, *results.floors]:
        if published.model_name(model) not in study:
            cells = [_cell(results, column, model) for column in columns]
            if any(cell.mcc for cell in cells):
                rows.append(Row(titles.model(model), "floor" if model in results.floors else "model", cells))
    return rows


def _study_rows(results: Results, columns: list[Column], names: Sequence[str]) -> list[Row]:
    """Every model of ours that the study had, under its name for it; of others the study's figures alone."""
    rows = []
    for name in names:
        ours = [model for model in results.models if published.model_name(model) == name]
        for model in ours:
            rows.append(Row(_named(model, name), "model", [_cell(results, column, model) for column in columns]))
        if not ours:
            why = {True: NOT_TRAINED, False: NOT_BUILT}
            cells = [Cell(None, None, None, _study(c, name), why[c.dataset is not None]) for c in columns]
            rows.append(Row(name, "untrained", cells))
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
