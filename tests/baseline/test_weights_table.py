import numpy as np
import polars as pl
import pytest

from lncprom.baseline import kmer_tfidf, kmer_words, weights_table
from lncprom.baseline.classifier import LogisticRegression
from lncprom.baseline.position_ladder import PositionLadder

# in 4 sequences: AAA in 1, CCC in 2, GGG in 4, TTT in 4
MODEL = LogisticRegression(
    kmer_tfidf.Vocabulary(3, 3, 4, kmer_words.codes_of(["AAA", "CCC", "GGG", "TTT"], 3), np.array([1, 2, 4, 4])),
    np.array([0.5, -2.0, 1.5, -2.0]),
    0.1,
    1.0,
)


def test_four_kmers__ranked_by_strength_on_each_side():
    rows = weights_table.table(MODEL, "set")
    assert rows.columns == ["dataset", "kmer", "weight", "idf", "document_share", "rank", "direction"]
    assert rows.select("kmer", "rank", "direction").rows() == [
        ("GGG", 1, "positive"),
        ("AAA", 2, "positive"),
        ("CCC", 1, "negative"),
        ("TTT", 2, "negative"),
    ]
    assert rows["document_share"].to_list() == [1, 0.25, 0.5, 1]
    assert rows["idf"].to_list() == pytest.approx([1, np.log(5 / 2) + 1, np.log(5 / 3) + 1, 1])
    assert set(rows["dataset"]) == {"set"}


def test_features_without_idf__empty_cells():
    ladder = LogisticRegression(PositionLadder(5, False, 3, 15), np.linspace(-1, 1, 20 + 4 * 16 + 2 * 256), 0.1, 1.0)
    rows = weights_table.table(ladder, "set")
    assert rows["kmer"][0] == "TTTT@-2..-2"
    assert rows["idf"].null_count() == rows["document_share"].null_count() == rows.height


def test_plot__names_bars_and_the_same_bytes_twice(tmp_path):
    rows = weights_table.table(MODEL, "set")
    for name in ("a.svg", "b.svg"):
        weights_table.draw(rows, "Strongest k-mers: set", tmp_path / name)
    text = (tmp_path / "a.svg").read_text()
    assert text == (tmp_path / "b.svg").read_text()
    for word in (">AAA<", ">TTT<", ">for the positive class<", ">against the positive class<", "#0072b2", "#d55e00"):
        assert word in text
    assert "<dc:date>" not in text


@pytest.mark.parametrize("weights", [[0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0]])
def test_plot_without_a_side__drawn_all_the_same(tmp_path, weights):
    model = LogisticRegression(MODEL.feature_set, np.array(weights), 0.0, 1.0)
    rows = weights_table.table(model, "set")
    assert rows.filter(pl.col("weight") == 0)["direction"].unique().to_list() in ([], ["negative"])
    weights_table.draw(rows, "set", tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")
