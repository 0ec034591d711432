"""Composition by position: against counting by eye and by pandas-like loops over strings."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lncprom.datasets import composition
from lncprom.datasets import sequences as datasets
from lncprom.tables.dataset import COMPOSITION


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


def test_sequences_of_different_lengths__shares_among_those_that_reach_a_position():
    found = table(["A", "CG"], [1, 1])
    assert found.select("n", "A", "C", "G", "CpG").rows() == [(2, 0.5, 0.5, 0.0, 0.5), (1, 0.0, 0.0, 1.0, None)]


@settings(deadline=None, max_examples=40)
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


def test_written__header_tabs_and_an_empty_cell(tmp_path):
    COMPOSITION.write(table(["CG", "AG"], [1, 1]), tmp_path / "c.tsv")
    assert (tmp_path / "c.tsv").read_bytes() == (
        b"dataset\tlabel\tposition\tn\tA\tC\tG\tT\tCpG\n"
        b"demo\t1\t0\t2\t0.5\t0.5\t0.0\t0.0\t0.5\n"
        b"demo\t1\t1\t2\t0.0\t0.0\t1.0\t0.0\t\n"
    )
