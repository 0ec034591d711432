"""Simulated promoters: motifs where they are said to be, in a background that tells nothing else."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest

from lncprom.demo import simulated_promoters

WIDTHS = (7, 9, 12)
SIXTEEN = [a + b for a in "ACGT" for b in "ACGT"]


@pytest.fixture(scope="module")
def made():
    return simulated_promoters.promoters(2000, seed=3)


def gc(text: str) -> int:
    return text.count("G") + text.count("C")


def test_motifs__the_three_with_the_words_that_are_their_commonest():
    words = ["".join("ACGT"[at] for at in motif.shares.argmax(axis=1)) for motif in simulated_promoters.motifs()]
    assert [(motif.name, motif.matrix) for motif in simulated_promoters.motifs()] == [
        ("TBP", "MA0108.3"),
        ("SP1", "MA0079.5"),
        ("NRF1", "MA0506.3"),
    ]
    assert words == ["TATAAAA", "GGGGCGGGG", "CTGCGCCTGCGC"]  # TATA box, GC box, NRF1


def test_pairs__a_promoter_and_a_sequence_without_motifs_of_equal_gc(made):
    assert made.label.tolist() == [1, 0] * 2000
    assert {len(text) for text in made.sequences} == {300}
    assert not made.planted[1::2].any()
    assert [gc(text) for text in made.sequences[::2]] == [gc(text) for text in made.sequences[1::2]]


def test_each_motif__whole_and_within_its_places(made):
    assert made.tss_index == 249
    for number, (motif, width) in enumerate(zip(simulated_promoters.motifs(), WIDTHS, strict=True), start=1):
        is_here = made.planted[::2] == number
        has = is_here.any(axis=1)
        assert set(is_here[has].sum(axis=1)) == {width}
        first = is_here[has].argmax(axis=1) - made.tss_index
        assert (first.min(), first.max()) == (motif.first, motif.last)


def test_number_of_motifs__one_two_or_three_by_the_odds_that_are_told(made):
    found = Counter(len(set(row) - {0}) for row in made.planted[::2].tolist())
    assert sorted(found) == [1, 2, 3]
    for number, odds in zip((1, 2, 3), simulated_promoters.ODDS, strict=True):
        assert abs(found[number] / 2000 - odds) < 0.04


def test_drawn_instances__letters_at_each_place_in_the_shares_of_the_matrix(made):
    for number, motif in enumerate(simulated_promoters.motifs(), start=1):
        rows = np.flatnonzero((made.planted == number).any(axis=1))
        letters = np.array([list(made.sequences[row]) for row in rows])
        words = letters[made.planted[rows] == number].reshape(len(rows), -1)
        shares = np.stack([(words == letter).mean(axis=0) for letter in "ACGT"], axis=1)
        assert np.abs(shares - motif.shares).max() < 0.06


def test_negatives__dinucleotides_of_the_background_and_none_of_the_motifs_words(made):
    chance = np.random.default_rng(9)
    letters = np.array(list("ACGT"))
    plain = ["".join(letters[row]) for row in simulated_promoters.background(2000, 300, chance)]

    def shares(texts):
        joined = "N".join(texts)
        counts = np.array([joined.count(word) for word in SIXTEEN], float)
        return counts / counts.sum()

    assert np.abs(shares(made.sequences[1::2]) - shares(plain)).max() < 0.006
    assert shares(plain)[SIXTEEN.index("CG")] < 0.02  # as in the genome, where CpG is rare
    word = "GGGGCGGGG"
    counts = [sum(word in text for text in made.sequences[first::2]) for first in (0, 1)]
    assert counts[0] > 100 > 20 > counts[1]


def test_same_seed__the_same_sequences_and_another_seed_others(made):
    again, other = (
        simulated_promoters.promoters(50, seed=3, length=400),
        simulated_promoters.promoters(50, seed=4, length=400),
    )
    assert simulated_promoters.promoters(50, seed=3, length=400).sequences == again.sequences
    assert not set(again.sequences) & set(other.sequences)
    assert again.tss_index == 349


def test_table__a_data_set_with_pairs_kept_together(made):
    rows = simulated_promoters.table(made, "planted", (0.7, 0.2, 0.1))
    counts = rows.group_by("fold", "label").len().sort("fold", "label")["len"].to_list()
    assert counts == [400, 400, 200, 200, 1400, 1400]
    assert rows.group_by("group").agg(pl.col("fold").n_unique())["fold"].max() == 1
    assert rows["tss_index"].unique().to_list() == [249]
    assert rows["sequence"].to_list() == made.sequences
