"""Methods that change sequences: against loops over single bases, on a sum by hand and on networks."""

from __future__ import annotations

import numpy as np
import pytest

from helpers_attribution import ALL, WORTH, Additive, network
from helpers_models import random_dna
from lncprom import random_keys
from lncprom.attribution import changes, deletion_insertion
from lncprom.genome.bases import texts_of

TEXT = "ACGTNACGTTGCAAC"


def test_mutagenesis_of_a_sum__each_bases_worth_above_the_mean_of_the_others():
    place = np.arange(1, 16.0)
    found = changes.mutagenesis(Additive(place), TEXT, "s", None)
    for at, letter in enumerate(TEXT):
        others = [WORTH[other] for other in "ACGT" if other != letter]
        assert found[at] == pytest.approx(place[at] * (WORTH[letter] - np.mean(others)))


def test_occlusion_of_a_sum__the_mean_over_windows_of_what_was_drawn():
    model, place = Additive(np.arange(1, 16.0)), np.arange(1, 16.0)
    found = changes.occlusion(model, TEXT, "s", None, seed=5)
    assert model.asked == 1 + 6 * changes.REDRAWN
    drawn = random_keys.of_sample(5, "s", "occlusion").integers(0, 4, (4, 36))
    total, windows = np.zeros(15), np.zeros(15)
    for window, start in enumerate((0, 2, 4, 6, 8, 9)):
        falls = []
        for times in range(4):
            text = list(TEXT)
            for at in range(6):
                text[start + at] = "ACGT"[drawn[times, 6 * window + at]]
            falls.append(sum(place[at] * (WORTH[TEXT[at]] - WORTH[text[at]]) for at in range(15)))
        total[start : start + 6] += np.mean(falls)
        windows[start : start + 6] += 1
    np.testing.assert_allclose(found, total / windows)


@pytest.mark.parametrize("family", ALL)
def test_occlusion_and_deletion_with_a_network__the_same_in_batches_of_one(family):
    one, many = (changes.occlusion(network(family, batch=size), TEXT * 2, "s", 7, seed=1) for size in (1, 16))
    np.testing.assert_allclose(one, many, atol=1e-5)
    other = changes.occlusion(network(family), TEXT * 2, "another", 7, seed=1)
    assert not np.allclose(one, other, atol=1e-5)
    models, best = [network(family, batch=size) for size in (1, 16)], [np.arange(30)]
    one, many = (deletion_insertion.effects(model, TEXT * 2, "s", 20, best, 1) for model in models)
    np.testing.assert_allclose(one, many, atol=1e-5)


@pytest.mark.parametrize(
    ("way", "seen"), [("right", (0, 28)), ("left", (32, 60)), ("tss", (32, 60)), ("chunk", (0, 60))]
)
def test_bases_that_a_network_does_not_see__no_score(way, seen):
    model = network("dnabert", way, max_tokens=28)
    text = random_dna(60)[0]
    for found in (changes.mutagenesis(model, text, "s", 50), changes.occlusion(model, text, "s", 50, seed=1)):
        assert np.flatnonzero(~np.isnan(found)).tolist() == list(range(*seen))
    assert np.abs(found[seen[0] : seen[1]]).max() > 0


def test_part_of_a_sum_is_seen__windows_within_it_only():
    model = Additive(np.ones(15), first=4)
    found = changes.occlusion(model, TEXT, "s", None, seed=1)
    assert np.isnan(found[:4]).all()
    assert not np.isnan(found[4:]).any()
    assert model.asked == 1 + len(changes.windows(4, 15)) * changes.REDRAWN
    assert changes.windows(4, 15) == [4, 6, 8, 9]


def test_sequence_shorter_than_a_window__one_window_of_all_of_it():
    found = changes.occlusion(Additive(np.ones(3)), "TTT", "s", None, seed=1)
    assert len(set(found)) == 1
    assert found[0] > 0


def test_bases_drawn_anew__never_the_same_one_and_each_other_as_often():
    draw = random_keys.of_sample(1, "s", "x")
    found = changes.others(changes.codes("ACGTN" * 2000), draw, 3)
    assert found.shape == (3, 10_000)
    for at, letter in enumerate("ACGT"):
        letters, counts = np.unique(found[:, at::5], return_counts=True)
        assert sorted(map(chr, letters)) == sorted(set("ACGT") - {letter})
        assert counts.min() > 1800
    letters, counts = np.unique(found[:, 4::5], return_counts=True)
    assert "".join(map(chr, letters)) == "ACGT"
    assert counts.min() > 1300
    assert texts_of(found[:1, :5]) == [bytes(found[0, :5]).decode()]
