"""The study's four tables and the run's own, as rows that the page only has to print."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from lncprom import published
from lncprom.report import words
from lncprom.report.results import Dataset, Results, Score

NOT_TRAINED = "not trained in this run"
NOT_BUILT = "no such data set in this run"
NO_SCORE = "no score in this run"
NO_RULE = "does not apply"


class Cell(NamedTuple):
    """A model on a data set: its scores or why there are none, and what the study printed for the same."""

    mcc: Score | None
    accuracy: Score | None
    f1: Score | None
    published: float | None
    absent: str

    @property
    def minus(self) -> float | None:
        """MCC x 100 of ours less the published one."""
        if self.published is None or self.mcc is None or self.mcc.value is None:
            return None
        return 100 * self.mcc.value - self.published


class Row(NamedTuple):
    """A model by the name that is printed, what kind of row it is (`model`, `floor`, `untrained`), its cells."""

    name: str
    kind: str
    cells: list[Cell]


def by_task(results: Results) -> list[Row]:
    """Table 1: models x the study's four tasks at the reference length."""
    return _rows(results, [results.find(task, results.length) for task in published.TASKS])


def by_length(results: Results) -> tuple[list[int], list[Row]]:
    """Table 4: high against low expression, models x lengths; the study's lengths and the run's."""
    task = published.LENGTH_TASK
    lengths = sorted({*published.LENGTHS, *(dataset.length for dataset in results.built if dataset.task == task)})
    return lengths, _rows(results, [results.find(task, length) for length in lengths])


def ready_made(results: Results) -> list[Row]:
    """Models x the sets that the user brought."""
    return _rows(results, results.imported, study=any(d.comparison.comparable for d in results.imported))


def by_kmer(results: Results) -> list[Row]:
    """Table 2: promoter against non-promoter by k of DNABERT; one cell, the study's figure in it if comparable.

    Where no DNABERT was trained nothing is compared, and the study's figures stand for themselves.
    """
    dataset = results.find(published.KMER_TASK, published.LENGTH)
    ours = {published.kmer(model): model for model in results.models}
    trained = {k: _cell(results, dataset, ours[k]) for k in published.KMERS if k in ours and dataset}
    rows = []
    for k in published.KMERS:
        if trained:
            cell = trained.get(k) or Cell(None, None, None, results.published(dataset, f"dnabert{k}"), NOT_TRAINED)
        else:
            cell = Cell(None, None, None, published.MCC_BY_K[k], NOT_TRAINED)
        rows.append(Row(f"DNABERT ({k}-mer)", "model" if cell.mcc else "untrained", [cell]))
    return rows


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
        found = words.listed([str(count) for count in sorted(set(tpm["tissues"]))])
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
                scores = {metric: results.score(dataset.name, model, metric, fold) for metric in words.METRICS}
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


def _rows(results: Results, datasets: list[Dataset | None], study: bool = True) -> list[Row]:
    ours = {name: [m for m in results.models if published.model_name(m) == name] for name in published.MODELS}
    rows = []
    for name in published.MODELS if study else ():
        for model in ours[name]:
            rows.append(Row(_named(model, name), "model", [_cell(results, d, model) for d in datasets]))
        if not ours[name]:
            why = {True: NOT_TRAINED, False: NOT_BUILT}
            cells = [Cell(None, None, None, results.published(d, name), why[d is not None]) for d in datasets]
            rows.append(Row(name, "untrained", cells))
    listed = {model for name in published.MODELS if study for model in ours[name]}
    for model in results.models:
        if model not in listed:
            rows.append(Row(words.model(model), "model", [_cell(results, d, model) for d in datasets]))
    for floor in results.floors:
        cells = [_cell(results, d, floor) for d in datasets]
        if any(cell.mcc for cell in cells):
            rows.append(Row(words.model(floor), "floor", cells))
    return rows


def comparability(datasets: list[Dataset]) -> list[tuple[str, bool, str]]:
    """Data sets that share a verdict, whether they are comparable with the study, and why not or with what reserve."""
    found: dict[tuple[bool, str], list[str]] = {}
    for dataset in datasets:
        told = dataset.comparison
        found.setdefault((told.comparable, told.reason or "; ".join(told.differences)), []).append(dataset.short)
    whole = len(datasets) if len(datasets) > 1 else 0
    return [
        ("All of them" if len(names) == whole else words.listed(names), comparable, why)
        for (comparable, why), names in found.items()
    ]


def _named(model: str, study: str) -> str:
    ours = words.model(model)
    if ours == study:
        return ours
    return f"{ours}, {study}" if "(" in study else f"{ours} ({study})"


def _cell(results: Results, dataset: Dataset | None, model: str) -> Cell:
    if dataset is None:
        return Cell(None, None, None, None, NOT_BUILT)
    scores = [results.score(dataset.name, model, metric) for metric in ("mcc", "accuracy", "f1")]
    missing = NO_RULE if model == "biotype" else NO_SCORE
    absent = "" if scores[0] else missing
    return Cell(*scores, results.published(dataset, model), absent)
