import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from helpers_baseline import planted, random_sequences
from lncprom.baseline import trivial
from lncprom.datasets.sequences import to_codes
from lncprom.genome.bases import gc_and_cpg


def fitted(name, rows):
    """A trivial baseline of labels."""
    return trivial.BASELINES[name](rows.with_columns(answer="label"))


def test_gc_cpg__as_sklearn_on_two_standardised_numbers():
    rich, poor = random_sequences(100, 50, 1, "ACGCGT"), random_sequences(100, 50, 2, "AACGTT")
    sequences = [text for pair in zip(rich, poor, strict=True) for text in pair]
    rows = planted(200, sequence=sequences)
    train = (rows["fold"] == "train").to_numpy()
    numbers = gc_and_cpg(to_codes(rows["sequence"]))
    numbers = StandardScaler().fit(numbers[train]).transform(numbers)
    probability, note = fitted("gc_cpg", rows)
    c = float(note.rpartition("c=")[2])
    peer = LogisticRegression(C=c, tol=1e-10).fit(numbers[train], rows["label"].to_numpy()[train])
    assert np.abs(probability - peer.predict_proba(numbers)[:, 1]).max() < 1e-6


def test_dinucleotide__frequencies_by_hand():
    found = trivial.frequencies(["AACN", "N"])
    bases, pairs = found[:, :4], found[:, 4:]
    assert bases.tolist() == [[2 / 3, 1 / 3, 0, 0], [0, 0, 0, 0]]
    assert np.flatnonzero(pairs[0]).tolist() == [0, 1]  # AA, AC
    assert pairs[0, :2].tolist() == [0.5, 0.5]


def test_majority__the_fraction_of_positives_in_train_for_all():
    rows = planted(240).filter((pl.col("fold") != "train") | (pl.col("label") == 1) | (pl.col("sample_id") < "s00100"))
    probability, _ = fitted("majority", rows)
    assert set(probability) == {rows.filter(pl.col("fold") == "train")["label"].mean()}


def test_position__a_base_at_a_fixed_place_and_left_out_where_places_differ():
    rows = planted(240)
    probability, _ = fitted("position", rows)
    assert ((probability >= 0.5) == (rows["label"] == 1).to_numpy()).mean() > 0.9
    shorter = rows.with_columns(pl.col("sequence").str.slice(pl.int_range(pl.len()) % 3))
    assert fitted("position", shorter) == (None, "position: left out, windows differ in length")
    moved = rows.with_columns(tss_index=pl.int_range(pl.len(), dtype=pl.Int32) % 3)
    assert fitted("position", moved) == (None, "position: left out, the TSS is not at one place of the windows")


def test_biotype_planted_as_the_label__predicted_without_error():
    rows = planted(240, biotype=["lncRNA", "protein_coding"] * 120)
    probability, _ = fitted("biotype", rows)
    assert probability.tolist() == rows["label"].to_list()
    registered = rows.with_columns(task=pl.lit("coding_vs_lncrna"))
    assert fitted("biotype", registered) == (
        None,
        "biotype: left out, it defines the classes of the task coding_vs_lncrna",
    )


def test_biotype__fraction_of_positives_in_train():
    kinds = ["protein_coding", "protein_coding", "lncRNA", "lncRNA", "lncRNA", "protein_coding"] * 40
    rows = planted(240, biotype=kinds)
    probability, note = fitted("biotype", rows)
    train = rows.with_row_index("at").filter(pl.col("fold") == "train")
    for kind in ("protein_coding", "lncRNA"):
        share = train.filter(pl.col("biotype") == kind)["label"].mean()
        assert set(probability[(rows["biotype"] == kind).to_numpy()]) == {share}
    assert "lncRNA 0.3" in note


def test_biotype_that_train_lacks__the_fraction_over_all_of_train():
    kinds = ["a", "b", "b", "a"] * 60
    rows = planted(240, biotype=kinds)
    rows = rows.with_columns(
        pl.when(pl.col("sample_id") == "s00019").then(pl.lit("new")).otherwise(pl.col("biotype")).alias("biotype")
    )
    at = rows["sample_id"].to_list().index("s00019")
    assert rows["fold"][at] == "test"
    assert fitted("biotype", rows)[0][at] == rows.filter(pl.col("fold") == "train")["label"].mean()


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([None, "lncRNA"], "samples have none"),
        (["lncRNA", "lncRNA"], "all samples are lncRNA"),
    ],
)
def test_biotype_that_says_nothing__left_out_and_said(kinds, words):
    probability, note = fitted("biotype", planted(40, biotype=kinds * 20))
    assert probability is None
    assert words in note
