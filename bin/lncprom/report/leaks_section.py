"""Test samples that resemble train: a row for each data set, and what it means."""

from __future__ import annotations

import polars as pl

from lncprom.report import titles
from lncprom.report.results import Results

SHOWN = {
    "exact": "Exact copy",
    "reverse_complement": "Other strand",
    "near": "Near duplicate",
    "overlapping": "Overlapping",
    "shared_chunks": "Shared chunks",
    "same_gene": "Same gene",
    "related": "Related",
}
HEADS = ["Data set", "#Test", *(f"#{name}" for name in SHOWN.values()), "#Found"]


def view(leaks: pl.DataFrame, cards: dict[str, dict], results: Results) -> list[dict]:
    """Each data set's name, test samples, counts by kind, planted relatives found (a fraction), and what it means."""
    planted = {card["dataset"]: card["counts"]["planted"] for card in cards.values() if card["step"] == "audit_leaks"}
    recall = {name: of["found"] / max(1, of["sequences"]) for name, of in planted.items()}
    of_test = leaks.filter(pl.col("fold") == "test", pl.col("measure") == "leak")
    rows = {}
    for (name,), part in of_test.group_by("dataset", maintain_order=True):
        number = dict(part.select("level", "samples").rows())
        known = {"title": results.short(name), "samples": part["of"][0], "recall": recall.get(name)}
        rows[name] = known | {"meaning": _meaning(number), "counts": [number[kind] for kind in SHOWN]}
    order = dict.fromkeys([*(dataset.name for dataset in results.datasets), *rows])
    return [rows[name] for name in order if name in rows]


def _meaning(number: dict[str, int]) -> str:
    if not number["any"] and not number["related"]:
        return "No test sample has a relative in train."
    if not number["related"]:
        return "Test and train share places or genes, but no similar sequences."
    same = number["same_label"] / number["related"]
    shared = f"The most similar train sample has the same label in {titles.percent(same)} of related test samples"
    if same <= 0.6:
        return f"{shared}, so relatives mislead a model about as often as they help."
    return f"{shared}, so a model can score well by memorising."
