import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from helpers_baseline import planted, random_sequences
from lncprom.baseline import trivial
from lncprom.datasets.sequences import to_codes
from lncprom.genome.bases import gc_and_cpg


def test_gc_cpg__as_sklearn_on_two_standardised_numbers():
    rich, poor = random_sequences(100, 50, 1, "ACGCGT"), random_sequences(100, 50, 2, "AACGTT")
    sequences = [text for pair in zip(rich, poor, strict=True) for text in pair]
    rows = planted(200, sequence=sequences)
    train = (rows["fold"] == "train").to_numpy()
    numbers = gc_and_cpg(to_codes(rows["sequence"]))
    numbers = StandardScaler().fit(numbers[train]).transform(numbers)
    peer = LogisticRegression(tol=1e-10).fit(numbers[train], rows["label"].to_numpy()[train])
    assert np.abs(trivial.gc_cpg(rows)[0] - peer.predict_proba(numbers)[:, 1]).max() < 1e-6


def test_biotype__fraction_of_positives_in_train():
    kinds = ["protein_coding", "protein_coding", "lncRNA", "lncRNA", "lncRNA", "protein_coding"] * 40
    rows = planted(240, biotype=kinds)
    probability, note = trivial.biotype(rows)
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
    assert trivial.biotype(rows)[0][at] == rows.filter(pl.col("fold") == "train")["label"].mean()


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([None, "lncRNA"], "samples have none"),
        (["lncRNA", "lncRNA"], "all samples are lncRNA"),
        (["lncRNA", "protein_coding"], "here the biotype is the label"),
    ],
)
def test_biotype_that_says_nothing_or_all__left_out_and_said(kinds, words):
    probability, note = trivial.biotype(planted(40, biotype=kinds * 20))
    assert probability is None
    assert words in note
