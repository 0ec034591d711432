"""What data sets share: names, letters and strings, counts."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from lncprom.datasets import sequences as datasets
from lncprom.datasets import summary


@given(st.lists(st.text("ACGTN", max_size=9), min_size=1, max_size=20))
def test_strings_to_codes__rows_filled_up_with_zero(sequences):
    codes = datasets.to_codes(pl.Series(sequences, dtype=pl.String))
    width = max(map(len, sequences))
    assert codes.shape == (len(sequences), width)
    assert [row.tobytes().decode() for row in codes] == [sequence.ljust(width, "\0") for sequence in sequences]


@given(st.integers(0, 20), st.integers(1, 9), st.randoms(use_true_random=False))
def test_codes_to_strings_and_back__the_same(rows, length, random):
    sequences = ["".join(random.choices("ACGTN", k=length)) for _ in range(rows)]
    series = pl.Series("sequence", sequences, dtype=pl.String)
    codes = datasets.to_codes(series).reshape(rows, length)
    assert datasets.to_strings(codes).to_list() == sequences
    assert datasets.to_strings(codes[::-1]).to_list() == sequences[::-1]
    assert datasets.to_strings(np.asfortranarray(codes)).equals(series)


def test_rows__counted_by_label_fold_biotype_and_kind():
    rows = pl.DataFrame(
        {
            "label": pl.Series([1, 1, 0, 0, 0], dtype=pl.Int8),
            "fold": ["train", "test", "train", "dev", "train"],
            "biotype": ["lncRNA", None, None, "protein_coding", "lncRNA"],
            "negative_kind": [None, None, "genomic", "genomic", "genomic"],
            "transform": ["none"] * 5,
            "sequence": ["ACGT"] * 4 + ["ACG"],
        }
    )
    assert summary.counts(rows) == {
        "samples": 5,
        "label": {"0": 3, "1": 2},
        "fold": {"train": 3, "dev": 1, "test": 1},
        "biotype": {"lncRNA": 2, "not given": 2, "protein_coding": 1},
        "negative_kind": {"genomic": 3},
        "fold_by_label": {"train": {"0": 2, "1": 1}, "dev": {"0": 1}, "test": {"1": 1}},
        "biotype_by_label": {"lncRNA": {"0": 1, "1": 1}, "not given": {"0": 1, "1": 1}, "protein_coding": {"0": 1}},
        "shortest": 3,
        "longest": 4,
    }
    assert list(summary.counts(rows)["fold"]) == ["train", "dev", "test"]
