"""Samples of another data set as a model's windows: cut around the TSS, and those of its train found."""

import polars as pl
import pytest

from helpers_baseline import table
from lncprom.datasets import transfer
from lncprom.errors import InputError


def rows(sequences, fold, tss=None, **columns):
    number = len(sequences)
    given = {"sample_id": [f"s{at}" for at in range(number)], "task": ["t"] * number, "label": [1, 0] * number}
    given |= {"transform": ["none"] * number, "fold": fold, "sequence": sequences, "tss_index": [tss] * number}
    return table(**{name: column[:number] for name, column in given.items()} | columns)


OWN = rows(["AACCG", "TTGGC", "GATTA", "CATCA"], ["train", "train", "dev", "test"], 3)


def test_external_sequences__cut_to_the_window_around_the_tss_and_those_of_train_counted_on_both_strands():
    #             TSS at 4:   v
    texts = ["TAACCGT", "TCGGTTT", "TACGACT", "GACGA", "TACGAC"]
    pair = transfer.pair(OWN, rows(texts, ["test"] * 5, 4), "own", "other")
    assert pair.kind == "external"
    assert pair.test["sequence"].to_list() == ["AACCG", "CGGTT", "ACGAC", "ACGAC"]
    assert pair.test["tss_index"].to_list() == [3] * 4
    assert pair.counts == {"samples": 4, "without_window": 1, "left_out_in_train": 0, "in_train": 2}
    assert pair.rows.filter(fold="dev").select("sample_id", "sequence").rows() == [("dev:s2", "GATTA")]
    assert pair.notes == [
        "1 of 5 samples of other have no window of 5 bases with the TSS at 3, as the training set has, "
        "and are left out",
        "2 of 5 samples of other are also in train of own, on this or the other strand; a model can memorise them",
    ]


def test_tss_unknown__only_sequences_of_the_windows_length_as_they_are():
    pair = transfer.pair(OWN, rows(["ACGTA", "ACGTAC"], ["test"] * 2), "own", "other")
    assert pair.test["sequence"].to_list() == ["ACGTA"]
    ragged = rows(["AACCG", "TTGGCAA", "GATTA"], ["train", "train", "dev"], 3)
    pair = transfer.pair(ragged, rows(["ACGTACGT", "ACGTAC"], ["test"] * 2, 2), "own", "other")
    assert pair.test["sequence"].to_list() == ["ACGTAC"]


def test_transfer__samples_of_a_locus_or_sequence_of_train_left_out():
    loci = {"chrom": ["1"] * 4, "group": ["1:5-9", "1:20-24", "1:40-44", "1:60-64"]}
    own = OWN.with_columns(pl.Series(name, column) for name, column in loci.items())
    other = rows(["CCCCC", "GGGGG", "CGGTT", "ACACA"], ["test", "test", "test", "train"], 3)
    other = other.with_columns(chrom=pl.lit("1"), group=pl.Series(["1:5-9", "1:70-74", "1:80-84", "1:90-94"]))
    pair = transfer.pair(own, other, "own", "other")
    assert (pair.kind, pair.test["sequence"].to_list()) == ("transfer", ["GGGGG"])
    assert pair.counts == {"samples": 1, "without_window": 0, "left_out_in_train": 2, "in_train": 0}


def test_groups_of_ready_made_sets__names_alone_are_no_locus():
    own, other = (OWN.with_columns(group=pl.lit("seq1")), rows(["CCCCC"], ["test"], 3, group=["seq1"]))
    assert transfer.pair(own, other, "own", "other").counts["in_train"] == 0


def test_no_sequence_holds_a_window__refused_before_anything_is_trained():
    held = rows(["A" * 301, "A" * 299], ["test"] * 2, 250)
    transfer.refuse_without_window(held, [2000, 300], "x")
    with pytest.raises(InputError, match=r"x: no sequence holds .* 2000 \(TSS at 1949\), 500 \(TSS at 449\) bases"):
        transfer.refuse_without_window(held, [2000, 500], "x")


def test_longer_than_a_window_without_a_tss__told_to_give_the_index():
    rows = pl.DataFrame({"sequence": ["A" * 301], "tss_index": pl.Series([None], dtype=pl.Int32)})
    with pytest.raises(
        InputError, match=r"lab: no sequence holds a window .* Give tss_index, by which a window is cut"
    ):
        transfer.refuse_without_window(rows, [300], "lab")
