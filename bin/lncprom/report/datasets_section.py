"""Data sets from their cards: counts, samples removed at each step, inputs, and warnings for the reader."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from lncprom import study as published
from lncprom.report import titles
from lncprom.report.results import DATASET_STEPS, Dataset, Results
from lncprom.sites import task_names
from lncprom.tables.base import FOLDS

_LOSS = 0.05
# Files that one step writes for the next are no sources
_BETWEEN = (".parquet", "all_tss.bed")
# Steps that have a section of their own
_ELSEWHERE = ("finetune", "compare_models", "score_attention", "profile_importance", "compare_motifs")
_ELSEWHERE += ("evaluate_transfer",)
_SMALL = 100
_FEW = 20
# Notes of the steps that affect how a number may be interpreted
_GRAVE = re.compile(
    r"synthetic|stand in|annotated TSS|fall(s|en)? back|collapsed|fewer than|could not|are left out: ", re.I
)


def views(results: Results, cards: dict[str, dict]) -> list[dict]:
    """Each data set that has a card, with its `steps` in order and the study's size (`published`).

    `samples`, and by name `splits` and `biotypes`, count both classes and all samples. `pairs` of matched genes have a
    `balance`: name, before, after.
    """
    return [_view(dataset, cards) for dataset in results.datasets if dataset.card]


def _view(dataset: Dataset, cards: dict[str, dict]) -> dict:
    card, counts = dataset.card, dataset.card["counts"]
    biotypes = sorted(counts.get("biotype", {}).items(), key=lambda pair: (-pair[1], str(pair[0])))
    own = (card["step"], *_ELSEWHERE)
    after = [other for other in cards.values() if other.get("dataset") == dataset.name and other["step"] not in own]

    def size(labels: dict[str, int], total: int) -> tuple[int, int, int]:
        return labels.get("1", 0), labels.get("0", 0), total

    def sizes(by: str, totals: list[tuple[str, int]]) -> dict[str, tuple]:
        return {
            titles.BIOTYPES.get(name, name): size(counts.get(by, {}).get(name, {}), total) for name, total in totals
        }

    compared = dataset.study or dataset.comparison.comparable
    chain = published.chain(card)
    matched = next((record["counts"].get("match") for record in chain if record["step"] == "define_task"), None) or {}
    return {
        "dataset": dataset,
        "samples": size(counts["label"], sum(counts["label"].values())),
        "splits": sizes("fold_by_label", [(name, counts["fold"].get(name, 0)) for name in FOLDS]),
        "biotypes": sizes("biotype_by_label", biotypes),
        "pairs": matched.get("pairs"),
        "balance": [(name, of["before"], of["after"]) for name, of in matched.items() if name != "pairs"],
        "steps": [_step(record) for record in [*chain, *after]],
        "published": published.TASKS[dataset.published_task].size if compared else None,
    }


def _step(record: dict) -> dict:
    counts = {} if record["step"] in DATASET_STEPS else record.get("counts", {})
    title, parameters = titles.STEPS.get(record["step"], record["step"].replace("_", " ")), record.get("parameters", {})
    return {
        "title": f"{title}: {titles.model(parameters['model'])}" if "model" in parameters else title,
        "counts": _texts({key: value for key, value in counts.items() if not _nested(value)}),
        "dropped": [(reason, number) for reason, number in record.get("dropped", {}).items() if number],
        "parameters": _texts(parameters),
        "notes": record.get("notes", []),
    }


def _texts(values: dict) -> list[tuple[str, str]]:
    return [(key.replace("_", " "), titles.scalar(value)) for key, value in values.items()]


def _nested(value: object) -> bool:
    """Whether a count is too long for a line: nested, or a dict of many entries."""
    items = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return (isinstance(value, dict) and len(items) > 8) or any(isinstance(item, (dict, list)) for item in items)


def records(cards: dict[str, dict]) -> Iterator[dict]:
    """Every card and the records of the steps before it."""
    for card in cards.values():
        yield from [*card.get("upstream", []), card]


def inputs(cards: dict[str, dict]) -> list[dict]:
    """Input files of the run, each once, by name: file, bytes, sha256 and the steps that read it."""
    found: dict[tuple[str, str], dict] = {}
    for record in records(cards):
        for facts in record.get("inputs", {}).values():
            if not facts["file"].endswith(_BETWEEN):
                entry = found.setdefault((facts["file"], facts["sha256"]), {"bytes": None} | facts | {"steps": {}})
                entry["steps"][record["step"]] = None  # a folder has no size
    return [found[key] for key in sorted(found)]


def versions(cards: dict[str, dict], processes: dict[str, dict[str, str]]) -> list[tuple[str, str, str]]:
    """Tool, version and the steps that report it, from the cards and from the pipeline's processes."""
    found: dict[tuple[str, str], set[str]] = {}
    every = {record["step"] for record in records(cards)}
    told = [(record["step"], record.get("versions", {})) for record in records(cards)]
    for step, tools in [*told, *((process.lower(), tools) for process, tools in processes.items())]:
        for tool, version in tools.items():
            found.setdefault((tool, str(version)), set()).add(step)
    return [
        (tool, version, "every step" if len(every) > 1 and steps >= every else ", ".join(sorted(steps)))
        for (tool, version), steps in sorted(found.items())
    ]


def warnings(
    results: Results, views: list[dict], frame: pl.DataFrame, cards: dict[str, dict], parameters: dict
) -> list[tuple[str, str]]:
    """What a reader must know before citing a number: level and text.

    `bad` invalidates conclusions, `note` affects how a number may be interpreted.
    """
    bad, notes = [], []
    if any(re.search(r"(^|/)assets/demo/", str(value)) for value in parameters.values()):
        bad.append("The demo's data are simulated: these numbers show that the pipeline works, not biology.")
    splits = {f"{v['dataset'].title} ({name})": split for v in views for name, split in v["splits"].items()}
    if lone := [name for name, (positive, negative, total) in splits.items() if total and 0 in (positive, negative)]:
        bad.append(f"Only one class is present, so metrics are meaningless: {titles.listed(lone)}.")
    if empty := [name for name, (_, _, total) in splits.items() if not total]:
        bad.append(f"A split has no sequences: {titles.listed(empty)}.")
    for v in views:
        lost = sum(v["dataset"].card.get("dropped", {}).values())
        before = lost + v["samples"][-1]
        if lost > _LOSS * before:
            text = f"{lost:,} of {before:,} samples ({lost / before:.0%}) were removed"
            bad.append(f"{v['dataset'].title}: {text} when sequences were extracted.")
    constant = pl.col("metric").str.contains("^(spearman|pearson)")  # of a trivial baseline has no correlation
    undefined = frame.filter(pl.col("value").is_null() & (pl.col("fold") == "test") & ~constant)
    if undefined.height:
        bad.append(f"Metrics on the test split are undefined: {titles.listed(sorted(set(undefined['dataset'])))}.")
    bad += _small(views, 1, _FEW, "too few for any conclusion")
    if bare := [dataset.name for dataset in results.datasets if dataset.card is None]:
        notes.append(f"No card was given for {titles.listed(bare)}, so the report cannot show how they were made.")
    if results.without_interval:
        notes.append("The table over seeds was not given, so means over seeds have no intervals.")
    notes += _small(views, _FEW, _SMALL, "so intervals are wide") + _one_class(results) + _grave(cards)
    return [("bad", text) for text in bad] + [("note", text) for text in notes]


def _small(views: list[dict], low: int, high: int, means: str) -> list[str]:
    sizes: dict[str, list[int]] = {}
    for v in views:
        size = v["splits"]["test"][-1]
        if low <= size < high:
            sizes.setdefault(task_names.title(v["dataset"].task), []).append(size)
    names = [f"{name} ({min(of)})" for name, of in sizes.items()]
    return [f"The test split has fewer than {high} sequences, {means}: {titles.listed(names)}."] if names else []


def _one_class(results: Results) -> list[str]:
    """Models that predict one class for every test sequence: MCC is 0 by definition."""
    names = [
        f"{titles.model_within(model)} on {dataset.short}"
        for dataset in results.datasets
        for model in results.every_model
        if any(s.value == s.low == s.high == 0 for s in results.seeds(dataset.name, model).values())
    ]
    return [f"Models that predict one class for every sample (MCC 0): {titles.listed(names)}."] if names else []


def _grave(cards: dict[str, dict]) -> list[str]:
    """Notes of the steps that affect how a number may be interpreted, each once, with its tasks."""
    seen: dict[str, dict[str, None]] = {}
    for record in records(cards):
        for text in record.get("notes", []) if record["step"] not in _ELSEWHERE else ():
            if _GRAVE.search(text):
                task = record.get("task") or record.get("parameters", {}).get("task")
                seen.setdefault(text, {}).update({task_names.title(task): None} if task else {})
    return [f"{titles.listed(list(of))}: {text}" if of else text for text, of in seen.items()]
