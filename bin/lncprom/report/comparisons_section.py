"""The declared contrasts with the verdicts of the claims; and all other pairs of models, without one."""

from __future__ import annotations

import polars as pl

from lncprom.evaluation.contrasts import GAINS
from lncprom.report.results import Dataset, Results, together

# Verdict of make_claims -> class of the badge
VERDICTS = {"better": "better", "worse": "worse", "no difference shown": "similar", "not enough evidence": "undefined"}


def view(results: Results, frame: pl.DataFrame, claims: pl.DataFrame, cards: dict[str, dict]) -> dict | None:
    """The `contrasts` (rows of claims), all `others` (rows of comparisons), and `notes` with their data sets.

    Rows have `of`, the data set, and are in the order of the report. None if neither was given.
    """
    undeclared = frame.filter(pl.col("contrast").is_null())
    others = undeclared.filter(pl.col("metric") == pl.col("dataset").map_elements(results.main_metric, pl.String))
    if claims.is_empty() and others.is_empty():
        return None
    notes: dict[str, list[Dataset]] = {}
    steps = {card["dataset"]: card for card in cards.values() if card["step"] == "compare_models"}
    for dataset in results.datasets:
        for note in steps.get(dataset.name, {}).get("notes", []):
            notes.setdefault(note, []).append(dataset)
    listed = [(together(of), note) for note, of in notes.items()]
    return {"contrasts": _ordered(results, claims), "others": _ordered(results, others), "notes": listed}


def verdict(row: dict) -> tuple[str, str]:
    """The verdict of a claim, and what is lacking for one.

    >>> verdict({"verdict": "not enough evidence: 1 seed of cnn"}), verdict({"verdict": "better"})
    (('not enough evidence', '1 seed of cnn'), ('better', ''))
    """
    word, _, lacking = row["verdict"].partition(": ")
    return word, lacking


def gain(row: dict) -> str:
    """What a gain is due to, and the tokens of both models: `gain by pre-training; k-mer tokens`."""
    return f"gain by {GAINS[row['contrast']]}; {row['tokenizer']} tokens"


def _ordered(results: Results, rows: pl.DataFrame) -> list[dict]:
    sets = {dataset.name: (at, dataset) for at, dataset in enumerate(results.datasets)}
    found = [row | {"of": sets[row["dataset"]][1]} for row in rows.to_dicts() if row["dataset"] in sets]
    return sorted(
        found,
        key=lambda row: (sets[row["dataset"]][0], results.rank(row["model_a"]), results.rank(row["model_b"])),
    )
