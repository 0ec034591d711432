"""A fraction of train: nested, whole groups, both classes alike, by the seed; dev and test stay."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lncprom.tables.dataset import of_fraction

SIZES = st.lists(st.integers(1, 5), min_size=2, max_size=60)


def samples(positives: list[int], negatives: list[int]) -> pl.DataFrame:
    """Groups of these sizes in train, and a sample of each class in dev and test; some groups are unnamed."""
    rows = [
        {"sample_id": f"s{label}.{at}.{member}", "group": None if size == 1 else f"g{label}.{at}", "label": label}
        for label, sizes in ((1, positives), (0, negatives))
        for at, size in enumerate(sizes)
        for member in range(size)
    ]
    train = pl.DataFrame(rows, schema_overrides={"group": pl.String}).with_columns(fold=pl.lit("train"))
    others = [train.unique("label").with_columns(pl.lit(fold).alias("fold")) for fold in ("dev", "test")]
    return pl.concat([train, *(part.with_columns(sample_id=pl.col("sample_id") + pl.col("fold")) for part in others)])


@given(SIZES, SIZES, st.integers(0, 99))
def test_fractions__nested_groups_whole_and_classes_within_a_group(positives, negatives, seed):
    rows = samples(positives, negatives)
    before = set()
    for fraction in (0.001, 0.1, 0.1000001, 0.5, 1):
        found = of_fraction(rows, fraction, seed)
        assert found.filter(pl.col("fold") != "train").equals(rows.filter(pl.col("fold") != "train"))
        train = found.filter(pl.col("fold") == "train")
        assert before <= set(train["sample_id"])
        before = set(train["sample_id"])
        left = rows.filter(pl.col("fold") == "train").join(train, on="sample_id", how="anti")
        assert not set(train["group"].drop_nulls()) & set(left["group"].drop_nulls())
        for label, sizes in ((1, positives), (0, negatives)):
            number = train.filter(pl.col("label") == label).height
            assert fraction * sum(sizes) - 1e-6 <= number < fraction * sum(sizes) + max(sizes)


def test_order_of_rows_and_seed__only_the_seed_decides():
    rows = samples([1, 2, 3] * 20, [2, 1] * 30)
    first, again, other = (
        set(of_fraction(table, 0.2, seed)["sample_id"]) for table, seed in ((rows, 1), (rows[::-1], 1), (rows, 2))
    )
    assert first == again
    assert first != other
    assert len(of_fraction(rows, 0.2, 1)) == pytest.approx(0.2 * 210 + 4, abs=5)
