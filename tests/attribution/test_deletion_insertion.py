"""Curves of deletion and insertion on a logit that a person can add up: what is taken, given and drawn."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from helpers_attribution import Additive
from helpers_models import random_dna
from lncprom.attribution import deletion_insertion

TEXT = "T" * 10 + "A" * 90  # T counts 8, A counts 1
PLACE = np.ones(100)
BEST = np.arange(100)


def test_all_worth_in_ten_bases__deleted_by_the_first_ten_and_inserted_with_them():
    worst = BEST[::-1].copy()
    found = deletion_insertion.effects(Additive(PLACE), TEXT, "s", None, [BEST, worst], seed=1)
    best_deleted, best_inserted = found[1]
    assert best_deleted[0] == best_inserted[0] == 0
    assert 5 * (8 - 4) <= best_deleted[1] <= 5 * (8 - 1)  # each T becomes A, C or G
    assert best_deleted[1] < best_deleted[2]
    assert best_deleted[3] < best_deleted[2]  # the next ten are A, that can only rise
    worst_deleted, worst_inserted = found[2]
    assert (worst_deleted[1:] < 0).all()
    assert best_inserted[2] > 10 * (8 - 15 / 4) - 25
    assert best_inserted[2] > worst_inserted[2]
    deleted_by_lot, _ = found[0]
    assert (best_deleted[1:4] > deleted_by_lot[1:4]).all()


def test_ranking_by_lot__as_random_in_the_mean():
    text, draw, model = random_dna(300, seed=4)[0], np.random.default_rng(1), Additive(np.ones(300))
    found = [deletion_insertion.effects(model, text, f"s{at}", None, [draw.permutation(300)], 1) for at in range(80)]
    difference = np.mean([random_order - random for random, random_order in found], axis=0)[:, 1:]
    assert np.abs(difference / np.array(deletion_insertion.BASES[1:])).max() < 0.7  # of a spread of 3 a base


def test_sequence_of_thirty_bases__no_point_beyond_twenty():
    found = [deletion_insertion.effects(Additive(np.ones(30)), TEXT[:30], name, None, [BEST[:30]], 1) for name in "ab"]
    assert np.isnan(found[0][1, 0]).tolist() == [False, False, False, False, True, True]
    rows = deletion_insertion.table(found, [("", "ism")], np.arange(2))
    assert rows.filter(pl.col("kind") == "insertion")["bases"].to_list() == [0, 5, 10, 20]


def test_part_of_the_sequence_is_seen__nothing_else_is_changed():
    class Watched(Additive):
        def logit(self, texts, names, tss_index):
            assert {text[:40] for text in texts} == {TEXT[:40]}
            return super().logit(texts, names, tss_index)

    scores = np.where(np.arange(100) < 40, np.nan, np.arange(100.0))
    ranking = deletion_insertion.ranking(scores)
    assert ranking.tolist() == list(range(99, 39, -1))
    found = deletion_insertion.effects(Watched(PLACE, first=40), TEXT, "s", None, [ranking], 1)
    assert np.isnan(found[1, 0]).tolist() == [False] * 5 + [True]


def test_other_samples_and_rankings_beside__the_same_numbers():
    model = Additive(np.linspace(0, 1, 100))
    alone = deletion_insertion.effects(model, TEXT, "s", None, [BEST], 1)
    deletion_insertion.effects(model, TEXT, "another", None, [BEST], 1)
    beside = deletion_insertion.effects(model, TEXT, "s", None, [BEST[::-1].copy(), BEST], 1)
    assert np.array_equal(alone[0], beside[0])
    assert np.array_equal(alone[1], beside[2])
    assert not np.array_equal(alone[0], deletion_insertion.effects(model, TEXT, "s", None, [BEST], 2)[0])
    assert not np.array_equal(alone[0], deletion_insertion.effects(model, TEXT, "t", None, [BEST], 1)[0])


def test_two_samples__mean_sd_and_students_interval_of_the_paired_difference():
    first, second = (np.stack([np.full((2, 6), random), np.full((2, 6), ours)]) for random, ours in ((1, 4), (2, 7)))
    row = deletion_insertion.table([first, second], [("random_init", "attention")], np.arange(2)).row(0, named=True)
    named = [row[name] for name in ("control", "method", "kind", "bases", "n")]
    assert named == ["random_init", "attention", "deletion", 0, 2]
    assert (row["mean"], row["random_mean"]) == (5.5, 1.5)
    assert row["sd"] == pytest.approx(4.5**0.5)
    half = 12.7062 * 2**0.5 / 2**0.5  # differences 3 and 5; Student with one degree of freedom
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((4 - half, 4 + half), abs=1e-3)


def test_samples_twice_in_their_groups__the_interval_of_the_samples_themselves():
    made = [np.stack([np.zeros((2, 6)), np.full((2, 6), ours)]) for ours in (3.0, 5.0, 10.0)]
    limits = [
        deletion_insertion.table(found, [("", "ism")], group).select("ci_low", "ci_high").row(0)
        for found, group in ((made, np.arange(3)), (made * 2, np.array([5, 7, 9, 5, 7, 9])))
    ]
    assert limits[0] == pytest.approx(limits[1])
    (one,) = deletion_insertion.table(made, [("", "ism")], np.zeros(3)).select("ci_low").head(1).row(0)
    assert one is None


def test_one_sample_and_none__no_interval_and_no_rows():
    one = np.stack([np.zeros((2, 6)), np.ones((2, 6))])
    row = deletion_insertion.table([one], [("", "ism")], np.arange(1)).row(0, named=True)
    assert [row[name] for name in ("sd", "random_sd", "ci_low", "ci_high")] == [None] * 4
    assert deletion_insertion.table([], [("", "ism")], np.arange(0)).height == 0
    assert deletion_insertion.table([], [], np.arange(0)).columns == list(deletion_insertion.SCHEMA)
