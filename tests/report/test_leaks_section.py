"""The report's table of leaks: a row for each data set, and one sentence that follows from its numbers."""

from types import SimpleNamespace

import pytest

from lncprom.report import leaks_section
from lncprom.tables.leaks import KINDS, LEAKS


@pytest.mark.parametrize(
    ("number", "meaning"),
    [
        ({}, "No test sample has a relative in train."),
        ({"same_gene": 3, "any": 3}, "no similar sequences"),
        ({"near": 50, "any": 50, "related": 90, "same_label": 50}, "relatives mislead a model about as often"),
        ({"near": 50, "any": 50, "related": 90, "same_label": 80}, "a model can score well by memorising"),
    ],
)
def test_counts_of_the_test_split__what_they_mean(number, meaning):
    counts = dict.fromkeys(KINDS, 0) | number
    rows = [
        ("d", 1, fold, "leak", kind, n * (fold == "test"), 600)
        for fold in ("dev", "test")
        for kind, n in counts.items()
    ]
    card = {"step": "audit_leaks", "dataset": "d", "counts": {"planted": {"sequences": 200, "found": 199}}}
    results = SimpleNamespace(short=lambda name: f"set {name}", datasets=[])
    (row,) = leaks_section.view(LEAKS.frame(rows), {"d.leaks.json": card}, results)
    assert (row["title"], row["samples"], row["recall"]) == ("set d", 600, 0.995)
    assert row["counts"] == [counts[kind] for kind in leaks_section.SHOWN]
    assert meaning in row["meaning"]
