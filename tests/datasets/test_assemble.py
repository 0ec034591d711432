"""Imported folds as one data set: ids, groups, split-offs that depend on the sequences alone, leakage told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lncprom.datasets import assemble as assemble_module
from lncprom.datasets import leaks
from lncprom.datasets.assemble import assemble
from lncprom.errors import InputError
from lncprom.tables import dataset


def fold(samples: list[tuple], file: str = "train.csv") -> pl.DataFrame:
    """Rows as `imports.read_fold` gives them, from (sequence, label) or (sequence, label, id)."""
    return pl.DataFrame(
        {
            "file": [file] * len(samples),
            "record": [f"line {row}" for row in range(2, len(samples) + 2)],
            "id": pl.Series([sample[2] if len(sample) > 2 else None for sample in samples], dtype=pl.String),
            "label": pl.Series([sample[1] for sample in samples], dtype=pl.Int8),
            "sequence": [sample[0] for sample in samples],
        }
    )


def distinct(number: int, start: int = 0) -> list[tuple[str, int]]:
    """Different sequences of six bases, of labels 0 and 1 in turn."""
    return [("".join("ACGT"[i >> shift & 3] for shift in range(0, 12, 2)), i % 2) for i in range(start, start + number)]


ALL = {"train": fold(distinct(4)), "dev": fold(distinct(2, 10), "dev.csv"), "test": fold(distinct(2, 20), "test.csv")}


def test_three_tables__ids_by_fold_and_row_and_nothing_about_the_genome():
    made = assemble(ALL, "demo", 3, 1)
    rows = dataset.check(made.rows, "made")
    assert rows["sample_id"].to_list() == [
        *("demo:train:1", "demo:train:2", "demo:train:3", "demo:train:4"),
        *("demo:dev:1", "demo:dev:2", "demo:test:1", "demo:test:2"),
    ]
    assert rows["fold"].to_list() == ["train"] * 4 + ["dev"] * 2 + ["test"] * 2
    assert rows["group"].to_list() == rows["sample_id"].to_list()
    assert set(rows["task"]) == {"demo"}
    assert set(rows["transform"]) == {"none"}
    assert set(rows["tss_index"]) == {3}
    for column in ("chrom", "tss", "strand", "gene_id", "biotype", "negative_kind", "start", "end"):
        assert rows[column].null_count() == 8
    assert made.notes == []
    assert made.counts == {
        "repeated_sequences": 0,
        "sequence_also_in_train": {"dev": 0, "test": 0},
        "sequences_with_both_labels": 0,
    }


def test_fasta_ids__kept_and_sorted_so_that_order_in_the_file_does_not_matter():
    samples = [("ACGT", 1, "b"), ("CCGT", 1, "a"), ("GCGT", 0, "c"), ("TTTT", 0, "d")]
    folds = ALL | {"train": fold(samples)}
    made = assemble(folds, "demo", None, 1)
    assert made.rows["sample_id"].to_list()[:4] == ["a", "b", "c", "d"]
    assert (
        assemble(folds | {"train": fold(samples[::-1])}, "demo", None, 1)
        .rows.drop("group")
        .equals(made.rows.drop("group"))
    )


def test_fasta_ids_that_two_files_share__told_apart_by_fold_and_class():
    folds = {
        "train": fold([("ACGT", 1, "s1"), ("CCGT", 0, "s1"), ("GGGT", 0, "s2")]),
        "dev": fold([("AC", 1, "s1"), ("CC", 0, "x")]),
        "test": fold(distinct(2)),
    }
    assert assemble(folds, "demo", None, 1).rows["sample_id"].to_list() == [
        *("train:positive:s1", "train:negative:s1", "train:negative:s2"),
        *("dev:positive:s1", "dev:negative:x", "demo:test:1", "demo:test:2"),
    ]


def test_equal_sequences__one_group_and_leakage_told():
    folds = {
        "train": fold([("AAAA", 1), ("CCCC", 0), ("AAAA", 1), ("GGGG", 0)]),
        "dev": fold([("TTTT", 1), ("TGTG", 0)]),
        "test": fold([("AAAA", 1), ("CCCC", 1), ("GTGT", 0)]),
    }
    made = assemble(folds, "demo", None, 1)
    group = dict(made.rows.select("sample_id", "group").rows())
    assert group["demo:train:3"] == group["demo:test:1"] == "demo:train:1"
    assert group["demo:test:2"] == "demo:train:2"
    assert made.counts == {
        "repeated_sequences": 3,
        "sequence_also_in_train": {"dev": 0, "test": 2},
        "sequences_with_both_labels": 1,
    }
    assert made.notes == [
        "leakage: 2 of 3 test samples have a sequence that is also in train; a model can memorise them",
        "1 of 6 sequences have both labels; no model can predict both",
    ]


@pytest.mark.parametrize(
    ("given_folds", "sizes"),
    [
        (("train",), {"train": 160, "dev": 20, "test": 20}),
        (("train", "dev"), {"train": 180, "dev": 2, "test": 20}),
        (("train", "test"), {"train": 180, "dev": 20, "test": 2}),
    ],
)
def test_absent_folds__a_tenth_of_train_by_class(given_folds, sizes):
    folds = {name: part for name, part in (ALL | {"train": fold(distinct(200))}).items() if name in given_folds}
    made = assemble(folds, "demo", None, 1)
    assert dict(made.rows["fold"].value_counts().rows()) == sizes
    for name in set(sizes) - set(given_folds):
        assert dict(made.rows.filter(fold=name)["label"].value_counts().rows()) == {0: 10, 1: 10}
        assert f"no {name} split given: 10% of train's sequences of each class form it" in made.notes


@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.integers(3, 12))
def test_rows_in_any_order_with_repeats__a_sequence_has_one_fold_and_always_the_same(random, number):
    samples = distinct(2 * number) + distinct(number)
    first = assemble({"train": fold(samples)}, "demo", None, 5).rows
    random.shuffle(samples)
    other = assemble({"train": fold(samples)}, "demo", None, 5).rows
    folds = dict(first.select("sequence", "fold").rows())
    assert folds == dict(other.select("sequence", "fold").rows())
    assert first.group_by("sequence").agg(pl.col("fold").n_unique())["fold"].max() == 1
    assert other.group_by("group").agg(pl.col("sequence").n_unique())["sequence"].max() == 1
    assert set(folds.values()) == {"train", "dev", "test"}


def test_too_few_sequences_to_split__refused_with_what_mends_it():
    folds = {"train": fold([("AAAA", 1), ("CCCC", 0), ("AAAA", 1), ("GGGG", 0), ("TTTT", 0)])}
    with pytest.raises(
        InputError,
        match=r"train\.csv: 1 different sequences of label 1 \(near duplicates once\), too few for train, .* --dev",
    ):
        assemble(folds, "demo", None, 1)


def test_tss_outside_a_sequence__refused_by_record():
    folds = ALL | {"dev": fold([("ACGTACGT", 1), ("ACG", 0)], "dev.csv")}
    assert assemble(folds, "demo", 2, 1).rows.height == 8
    with pytest.raises(InputError, match=r"dev\.csv, line 3: 3 bases, so --tss-index 3 \(0-based\) lies outside"):
        assemble(folds, "demo", 3, 1)


def test_near_duplicates__stay_together_when_train_is_divided_and_no_sample_leaks():
    draw = np.random.default_rng(1)
    texts = draw.integers(0, 4, (300, 200))
    mutated = np.where(draw.random((300, 200)) < 0.03, (texts + 1) % 4, texts)
    letters = np.array(list("ACGT"))
    both = ["".join(letters[row]) for row in np.concatenate([texts, mutated])]
    rows = assemble({"train": fold([(text, at % 2) for at, text in enumerate(both)])}, "tw", None, 1).rows
    assert rows["fold"].value_counts().sort("fold")["count"].to_list() == [60, 60, 480]
    audited = leaks.audit(rows, 1).samples
    assert audited["any"].sum() == 0


def test_a_group_larger_than_the_split__stays_in_train():
    same = "ACGTTGCA" * 20
    rows = [(same[:at] + "A" + same[at + 1 :], 1) for at in range(40)] + distinct(60)
    made = assemble({"train": fold(rows)}, "tw", None, 1).rows
    assert set(made.filter(pl.col("sequence").str.len_bytes() > 6)["fold"]) == {"train"}


@settings(max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=3, max_size=12), st.lists(st.integers(1, 9), min_size=3, max_size=12))
def test_groups_of_any_sizes__whole_and_each_class_in_every_split(ones, zeros):
    groups = [(size, label) for label, sizes in ((1, ones), (0, zeros)) for size in sizes]
    rows = pl.DataFrame(
        {
            "group": [f"g{at}" for at, (size, _) in enumerate(groups) for _ in range(size)],
            "label": [label for size, label in groups for _ in range(size)],
            "sequence": [f"s{at}.{of}" for at, (size, _) in enumerate(groups) for of in range(size)],
        }
    ).with_columns(fold=pl.lit("train"), file=pl.lit("f.csv"))
    done = assemble_module._split_off(rows, ["test", "dev"], 1)
    assert done.group_by("group").agg(pl.col("fold").n_unique())["fold"].max() == 1
    assert done.select("label", "fold").n_unique() == 6
