"""Composition by position: against counting by eye and by pandas-like loops over strings."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lncprom.datasets import composition
from lncprom.datasets import sequences as datasets


def table(sequences: list[str], labels: list[int], tss_index: int | None = None) -> pl.DataFrame:
    rows = pl.DataFrame({"label": labels, "tss_index": pl.Series([tss_index] * len(labels), dtype=pl.Int32)})
    return composition.by_position(datasets.to_codes(pl.Series(sequences, dtype=pl.String)), rows, "demo")


def test_four_sequences__shares_by_label_and_position_relative_to_the_tss():
    found = table(["ACG", "CCG", "AAN", "TCG"], [1, 1, 0, 0], tss_index=1)
    assert found.columns == ["dataset", "label", "position", "n", "A", "C", "G", "T", "CpG"]
    assert found.rows() == [
        ("demo", 0, -1, 2, 0.5, 0.0, 0.0, 0.5, 0.0),
        ("demo", 0, 0, 2, 0.5, 0.5, 0.0, 0.0, 0.5),
        ("demo", 0, 1, 2, 0.0, 0.0, 0.5, 0.0, None),
        ("demo", 1, -1, 2, 0.5, 0.5, 0.0, 0.0, 0.0),
        ("demo", 1, 0, 2, 0.0, 1.0, 0.0, 0.0, 1.0),
        ("demo", 1, 1, 2, 0.0, 0.0, 1.0, 0.0, None),
    ]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text("ACGTN", min_size=1, max_size=12), st.integers(0, 1)), min_size=1, max_size=30))
def test_any_sequences__as_counted_letter_by_letter(samples):
    found = table([sequence for sequence, _ in samples], [label for _, label in samples])
    for row in found.iter_rows(named=True):
        at = row["position"]
        reach = [sequence for sequence, label in samples if label == row["label"] and len(sequence) > at]
        assert row["n"] == len(reach)
        if not reach:
            continue
        for base in "ACGT":
            assert np.isclose(row[base], sum(sequence[at] == base for sequence in reach) / len(reach))
        if any(len(sequence) > at + 1 for sequence in reach):
            assert np.isclose(row["CpG"], sum(sequence[at : at + 2] == "CG" for sequence in reach) / len(reach))
        else:
            assert row["CpG"] is None
