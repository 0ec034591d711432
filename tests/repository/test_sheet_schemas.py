"""Schemas of the two sheets: the columns and families that the pipeline reads; the sheets that are shipped fit."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

SHEETS = ["assets/models.csv", "assets/models_baseline.csv", "assets/test_models.csv", "assets/demo/models.csv"]


def schema(root: Path, name: str) -> dict:
    return json.loads((root / "assets" / f"schema_{name}.json").read_text())["items"]


def faults(row: dict[str, str], entry: dict) -> list[str]:
    """What is wrong with a row's cells; an empty one is as good as none."""
    found = [f"no {name}" for name in entry["required"] if not row.get(name)]
    for name, cell in row.items():
        facts = entry["properties"].get(name)
        if facts is None:
            found.append(f"unknown column {name}")
        elif cell:
            found += [f"{name} {cell}" for wrong in checks(cell, facts) if wrong]
    return found


def checks(cell: str, facts: dict):
    if facts["type"] in ("integer", "number"):
        number = (int if facts["type"] == "integer" else float)(cell)
        yield number < facts.get("minimum", number) or number > facts.get("maximum", number)
        yield number <= facts.get("exclusiveMinimum", float("-inf"))
    yield "enum" in facts and cell not in facts["enum"]
    yield "pattern" in facts and not re.search(facts["pattern"], cell)
    yield cell in facts.get("not", {}).get("enum", [])


@pytest.mark.parametrize(
    ("name", "sheet"), [("models", sheet) for sheet in SHEETS] + [("input", "assets/demo/datasets.csv")]
)
def test_sheets_of_the_repository__fit_their_schema(root, name, sheet):
    with open(root / sheet, newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert rows
    for row in rows:
        assert faults(row, schema(root, name)) == []


@pytest.mark.parametrize(
    "cells",
    [
        {"name": "gc_cpg"},
        {"name": "-x"},
        {"family": "bert"},
        {"revision": "v1"},
        {"epochs": "0"},
        {"learning_rate": "0"},
        {"clip": "0"},
        {"options": "lora_r"},
        {"kmer_max": "9"},
        {"batchsize": "3"},
    ],
)
def test_rows_that_the_pipeline_refuses__do_not_fit(root, cells):
    row = {"name": "a", "family": "dnabert"} | cells
    assert len(faults(row, schema(root, "models"))) == 1


def test_families_and_their_columns__those_of_the_registry(root):
    models = schema(root, "models")
    families = json.loads((root / "bin" / "lncprom" / "models" / "families.json").read_text())
    assert models["properties"]["family"]["enum"] == ["logistic_regression", *families]
    conditional = [*models["then"]["properties"], *models["else"]["properties"]]
    assert list(models["properties"]) == ["name", "family", *conditional]
