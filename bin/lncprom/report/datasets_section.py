"""Data sets as their cards tell of them: counts, what was left out on the way, inputs, and what a reader must know."""

from __future__ import annotations

import re
from typing import NamedTuple

import polars as pl

from lncprom import study as published
from lncprom.report import titles
from lncprom.report.results import DATASET_STEPS, Dataset, Results
from lncprom.tables.base import FOLDS

_LOSS = 0.05
# What one step writes for the next is no source
_BETWEEN = (".parquet", "all_tss.bed")
# Steps of which other sections tell
_TOLD = ("finetune", "compare_models", "score_attention", "profile_importance", "compare_motifs")
_SMALL = 100
_FEW = 20
# Notes of the steps that change how a number may be read
_GRAVE = re.compile(r"synthetic|stand in|annotated TSS|fall(s|en)? back|collapsed|fewer than|could not", re.I)


class Step(NamedTuple):
    """One step on the way to a data set: what it kept, what it left out and why, with which parameters."""

    title: str
    counts: list[tuple[str, str]]
    dropped: list[tuple[str, int]]
    parameters: list[tuple[str, str]]
    notes: list[str]


class View(NamedTuple):
    """A data set's card, ready to print: folds x classes, biotypes, the steps in order, the files that went in."""

    dataset: Dataset
    total: int
    labels: tuple[int | None, int | None]
    folds: list[tuple[str, int | None, int | None, int]]
    biotypes: list[tuple[str, int | None, int | None, int]]
    steps: list[Step]
    inputs: list[dict]
    published_size: int | None


class Warning(NamedTuple):
    """A line for the head of the report and how grave it is: `bad` changes conclusions, `note` their reading."""

    level: str
    text: str


def view(dataset: Dataset, cards: dict[str, dict]) -> View | None:
    """Its own card and those of the models trained on it; None where its own is not among those given."""
    card = dataset.card
    if card is None:
        return None
    counts = card.get("counts", {})
    label = {int(key): value for key, value in counts.get("label", {}).items()}
    by_fold = _fold_by_label(counts)
    folds = []
    for fold in FOLDS:
        positive, negative = (by_fold.get(fold, {}).get(key, 0 if by_fold else None) for key in (1, 0))
        total = counts.get("fold", {}).get(fold, (positive or 0) + (negative or 0))
        folds.append((fold, positive, negative, total))
    comparable = dataset.study or dataset.comparison.comparable
    study = published.TASKS[dataset.published_task].size if comparable else None
    records = published.chain(card)
    own = (card["step"], *_TOLD)
    after = [other for other in cards.values() if other.get("dataset") == dataset.name and other["step"] not in own]
    return View(
        dataset,
        sum(label.values()) or sum(total for *_, total in folds),
        (label.get(1), label.get(0)),
        folds,
        _biotypes(counts),
        [_step(record) for record in [*records, *after]],
        inputs({"": card | {"upstream": records[:-1]}}),
        study,
    )


def inputs(cards: dict[str, dict]) -> list[dict]:
    """Files that went in, each once, by name: file, bytes, sha256 and the steps that read it."""
    found: dict[tuple[str, str], dict] = {}
    for card in cards.values():
        for record in [*card.get("upstream", []), card]:
            for facts in record.get("inputs", {}).values():
                if facts["file"].endswith(_BETWEEN):
                    continue
                key = (facts["file"], facts["sha256"])
                entry = found.setdefault(key, {"bytes": None} | facts | {"steps": []})  # a folder has no size
                if record["step"] not in entry["steps"]:
                    entry["steps"].append(record["step"])
    return [found[key] for key in sorted(found)]


def versions(cards: dict[str, dict], processes: dict[str, dict[str, str]]) -> list[tuple[str, str, str]]:
    """Tool, version and who reported it: steps by their cards, processes of the pipeline. Two versions are two rows."""
    found: dict[tuple[str, str], set[str]] = {}
    for card in cards.values():
        for record in [*card.get("upstream", []), card]:
            for tool, version in record.get("versions", {}).items():
                found.setdefault((tool, str(version)), set()).add(record["step"])
    for process, tools in processes.items():
        for tool, version in tools.items():
            found.setdefault((tool, str(version)), set()).add(process.lower())
    cards_of = {record["step"] for card in cards.values() for record in [*card.get("upstream", []), card]}
    rows = []
    for (tool, version), steps in sorted(found.items()):
        every = len(cards_of) > 1 and steps >= cards_of
        rows.append((tool, version, "every step" if every else ", ".join(sorted(steps))))
    return rows


def warnings(
    results: Results, views: list[View], frame: pl.DataFrame, cards: dict[str, dict], parameters: dict
) -> list[Warning]:
    """What a reader must know before quoting a number, gravest first."""
    found = []
    given = [str(value) for value in parameters.values()]
    if any(re.search(r"(^|/)assets/demo/", value) for value in given):
        found.append(
            Warning("bad", "The demo's data are synthetic: these numbers show that the pipeline works, no biology.")
        )
    lone = [
        f"{v.dataset.title} ({fold})" for v in views for fold, pos, neg, total in v.folds if total and 0 in (pos, neg)
    ]
    if lone:
        found.append(Warning("bad", f"One class only, so that no metric means anything: {titles.listed(lone)}."))
    empty = [f"{v.dataset.title} ({fold})" for v in views for fold, *_, total in v.folds if not total]
    if empty:
        found.append(Warning("bad", f"A fold without sequences: {titles.listed(empty)}."))
    for v in views:
        lost = sum(v.dataset.card.get("dropped", {}).values())
        if lost / (lost + v.total or 1) > _LOSS:
            share = f"{lost:,} of {lost + v.total:,} ({lost / (lost + v.total):.0%})"
            found.append(Warning("bad", f"{v.dataset.title}: {share} were left out when its windows were cut."))
    undefined = frame.filter(pl.col("value").is_null() & (pl.col("fold") == "test"))
    if undefined.height:
        names = undefined.select(pl.col("dataset").unique(maintain_order=True)).to_series().sort().to_list()
        found.append(Warning("bad", f"Metrics without a value on the test fold: {titles.listed(names)}."))
    bare = [dataset.name for dataset in results.datasets if dataset.card is None]
    if bare:
        found.append(Warning("note", f"No card was given for {titles.listed(bare)}: how they were made is not shown."))
    if results.without_interval:
        text = "Several seeds, but no table over seeds was given: their means stand without intervals."
        found.append(Warning("note", text))
    found += _small(views) + _collapsed(results)
    seen: dict[str, list[str]] = {}
    for card in cards.values():
        for record in [*card.get("upstream", []), card]:
            for text in record.get("notes", []) if record["step"] not in _TOLD else ():
                if _GRAVE.search(text):
                    task = record.get("task") or record.get("parameters", {}).get("task") or ""
                    seen.setdefault(text, []).append(titles.task(task) if task else "")
    for text, tasks in seen.items():
        names = [name for name in dict.fromkeys(tasks) if name]
        found.append(Warning("note", f"{titles.listed(names)}: {text}" if names else text))
    return found


def _small(views: list[View]) -> list[Warning]:
    """Test folds too small to say anything, and those that only say it roughly."""
    found = []
    for level, low, high, means in (
        ("bad", 1, _FEW, "too few for any conclusion"),
        ("note", _FEW, _SMALL, "hence wide intervals"),
    ):
        sizes: dict[str, list[int]] = {}
        for v in views:
            size = v.folds[FOLDS.index("test")][3]
            if low <= size < high:
                sizes.setdefault(titles.task(v.dataset.task), []).append(size)
        if sizes:
            names = [f"{name} ({min(of)})" for name, of in sizes.items()]
            found.append(Warning(level, f"Test folds of fewer than {high} sequences, {means}: {titles.listed(names)}."))
    return found


def _collapsed(results: Results) -> list[Warning]:
    """Models that give every sequence of the test fold the same label: MCC 0 in every resample."""
    names = []
    for dataset in results.datasets:
        for model in [*results.models, *results.floors]:
            for score in results.seeds(dataset.name, model):
                if score.value == score.low == score.high == 0:
                    names.append(f"{titles.model_within(model)} on {dataset.short}")
    told = titles.listed(list(dict.fromkeys(names))) if names else ""
    return [Warning("note", f"The same label for every test sequence, hence MCC 0: {told}.")] if names else []


def _step(record: dict) -> Step:
    counts = {} if record["step"] in DATASET_STEPS else record.get("counts", {})
    flat = {key: value for key, value in counts.items() if not _nested(value)}
    return Step(
        titles.STEPS.get(record["step"], record["step"].replace("_", " ")),
        [(key.replace("_", " "), titles.scalar(value)) for key, value in flat.items()],
        [(reason, number) for reason, number in record.get("dropped", {}).items() if number],
        [(key.replace("_", " "), titles.scalar(value)) for key, value in record.get("parameters", {}).items()],
        list(record.get("notes", [])),
    )


def _nested(value: object) -> bool:
    """Is it more than a line can hold: dicts or lists within, or many entries?"""
    if isinstance(value, list):
        return any(isinstance(item, (dict, list)) for item in value)
    if not isinstance(value, dict):
        return False
    return len(value) > 8 or any(isinstance(item, (dict, list)) for item in value.values())


def _biotypes(counts: dict) -> list[tuple[str, int | None, int | None, int]]:
    """Biotype, samples of the positive and of the negative class, of both; the commonest first."""
    by_label = counts.get("biotype_by_label", {})
    rows = []
    for biotype, total in sorted(counts.get("biotype", {}).items(), key=lambda pair: (-pair[1], str(pair[0]))):
        both = by_label.get(biotype)
        positive, negative = (both.get(key, 0) if both is not None else None for key in ("1", "0"))
        rows.append((titles.BIOTYPES.get(biotype, biotype), positive, negative, total))
    return rows


def _fold_by_label(counts: dict) -> dict[str, dict[int, int]]:
    """Fold -> label -> samples, whichever of the two the card has on the outside."""
    nested = counts.get("fold_by_label") or counts.get("label_by_fold") or {}
    found: dict[str, dict[int, int]] = {}
    for outer, inner in nested.items():
        for key, value in inner.items():
            fold, label = (outer, key) if outer in FOLDS else (key, outer)
            found.setdefault(fold, {})[int(label)] = value
    return found
