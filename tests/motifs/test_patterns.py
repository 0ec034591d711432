"""Patterns in windows, and whether they are there because of where the windows lie."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_motifs import promoters
from lncprom.motifs import controls, core_elements, discovery, seqlets, sequences_and_scores


@pytest.fixture(scope="module")
def planted():
    """Codes and rows of positives, their halves, the truth and the position of column 0."""
    rows, truth = promoters(150)
    codes, first, _ = sequences_and_scores.of_dataset(rows)
    half = np.random.default_rng(0).permutation(np.arange(len(codes)) % 2)
    return codes, np.flatnonzero(rows["label"].to_numpy() == 1), half, truth, first


def windows(planted) -> seqlets.Windows:
    codes, rows, _, truth, _ = planted
    given = truth + 0.4 * np.random.default_rng(1).normal(size=truth.shape)
    found = seqlets.best(codes[rows], given[rows])
    return found._replace(row=rows[found.row])


def consensus(pattern: discovery.Pattern) -> str:
    return core_elements.consensus(pattern.counts / pattern.counts.sum(axis=0))


def test_planted_motifs__three_patterns_at_their_places_on_both_strands(planted):
    codes, _, half, _, first = planted
    given = windows(planted)
    made = controls.chain(codes, given, half, np.random.default_rng(2))
    where = {}
    for pattern in made.patterns:
        middle = first + given.centre[pattern.members] + pattern.offset + (pattern.counts.shape[1] - 1) / 2
        where[consensus(pattern)] = (np.median(middle), len(pattern.members))
    assert len(where) == 3
    (sp1,) = [at for text, at in where.items() if "CCGCCC" in text or "GGGCGG" in text]
    (nrf1,) = [at for text, at in where.items() if "GCGCA" in text or "TGCGC" in text]
    (tbp,) = [at for text, at in where.items() if "TATAAA" in text or "TTTATA" in text]
    assert sp1[0] == pytest.approx(-56, abs=6)  # 9 columns that start in -80..-40
    assert nrf1[0] == pytest.approx(-124.5, abs=8)  # 12 that start in -160..-100
    assert tbp[0] == pytest.approx(-27, abs=1)  # 7 that start at -30
    assert min(members for _, members in where.values()) >= 20
    every = np.concatenate([pattern.members for pattern in made.patterns])
    assert len(every) == len(set(every.tolist()))


def test_windows_by_lot__no_pattern_stands_out_as_the_planted_ones_do(planted):
    codes, rows, half, _, _ = planted
    given = windows(planted)
    made = controls.chain(codes, given, half, np.random.default_rng(2))
    best = controls.best_at_random(given, codes, rows, half, np.random.default_rng(3))
    same = np.array([controls.same_place(pattern, made, codes, rows, half)[1] for pattern in made.patterns])
    assert np.sort(same)[1] < 1e-10 < best.min()
    words, family = controls.evidence(same, best, same, [same], same, 0.05)
    assert sorted(words).count("found") >= 2
    assert family.min() == pytest.approx(1 / 51)


def test_motif_that_every_sequence_has_at_one_place__place_not_found():
    chance = np.random.default_rng(5)
    codes = chance.integers(0, 4, (120, 200)).astype(np.uint8)
    codes[:, 100:108] = [3, 0, 3, 0, 0, 0, 0, 2]  # TATAAAAG in all
    given = seqlets.best(codes, np.tile((np.arange(200) // 9 == 11).astype(float), (120, 1)))
    half, rows = np.arange(120) % 2, np.arange(120)
    made = controls.chain(codes, given, half, np.random.default_rng(2))
    assert "TATAAAAG" in consensus(made.patterns[0])
    expected, same = controls.same_place(made.patterns[0], made, codes, rows, half)
    assert expected == pytest.approx(discovery.holds(made.patterns[0], made.here).sum(), abs=2)
    best = controls.best_at_random(given, codes, rows, half, np.random.default_rng(3))
    p, sure, unsure = (np.array([value]) for value in (same, 1e-30, 0.5))
    assert controls.evidence(p, best, sure, [sure], sure, 0.05)[0] == ["place"]
    assert controls.evidence(p, best, unsure, [sure], sure, 0.05)[0] == ["chance"]
    assert controls.evidence(p, best, sure, [unsure], sure, 0.05)[0] == ["chance"]
    assert controls.evidence(p, best, sure, [sure], unsure, 0.05)[0] == ["composition"]
    nothing = np.array([np.nan])  # a control without windows is beaten
    assert controls.evidence(np.array([1e-9]), np.ones(50), sure, [nothing], sure, 0.05)[0] == ["found"]


def test_motif_on_either_strand__one_pattern_half_of_it_turned():
    chance = np.random.default_rng(5)
    codes = chance.integers(0, 4, (120, 200)).astype(np.uint8)
    word = np.array([2, 3, 0, 1, 0, 1, 1, 0])  # GTACACCA
    codes[::2, 100:108], codes[1::2, 100:108] = word, 3 - word[::-1]
    given = seqlets.best(codes, np.tile((np.arange(200) // 9 == 11).astype(float), (120, 1)))
    made = controls.chain(codes, given, np.arange(120) % 2, np.random.default_rng(2))
    first = made.patterns[0]
    assert len(first.members) >= 115
    assert "GTACACCA" in consensus(first) or "TGGTGTAC" in consensus(first)
    assert first.reverse.mean() == pytest.approx(0.5, abs=0.02)
    at = max(consensus(first).find(text) for text in ("GTACACCA", "TGGTGTAC"))
    low = given.centre[first.members] + first.offset
    assert set((low + at)[~first.reverse].tolist()) == {100}


def test_occurrences__as_each_window_by_itself(planted):
    codes, rows, half, _, _ = planted
    made = controls.chain(codes, windows(planted), half, np.random.default_rng(2))
    centre = np.arange(30, 300, 7)
    row = np.repeat(rows[:20], len(centre))
    start = np.tile(centre - 4, 20)
    given = seqlets.Windows(row, start, start + 9, np.zeros(len(row)), np.zeros(len(row)))
    for pattern in made.patterns:
        one = discovery.holds(pattern, discovery.stretches(codes, given, half)).reshape(20, -1)
        assert (one == discovery.occurrences(pattern, codes[rows[:20]], half[rows[:20]])[:, centre]).all()
        assert one.any()


def test_sites__every_window_within_4_bases_of_one_holds_the_pattern(planted):
    codes, rows, half, _, _ = planted
    made = controls.chain(codes, windows(planted), half, np.random.default_rng(2))
    inside = slice(discovery.REACH, -discovery.REACH)
    for pattern in made.patterns:
        given = codes[rows], half[rows]
        near = np.zeros(given[0].shape, dtype=bool)
        for row, middle in zip(*discovery.sites(pattern, *given), strict=True):
            near[row, max(0, middle - 4) : middle + 5] = True
        assert (near[:, inside] == discovery.occurrences(pattern, *given)[:, inside]).all()


def test_halves__equal_and_no_group_in_both():
    group = np.random.default_rng(1).permutation(np.repeat(np.arange(40), 3))
    half = controls.halves(group, 1)
    assert sorted(half.tolist()) == [0] * 60 + [1] * 60
    assert all(len(set(half[group == one].tolist())) == 1 for one in range(40))
    assert (half != controls.halves(group, 2)).any()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.integers(0, 9))
@settings(deadline=None)
def test_at_least__as_all_outcomes_summed(chances, successes):
    total = 0.0
    for outcome in itertools.product((0, 1), repeat=len(chances)):
        if sum(outcome) >= successes:
            total += np.prod([chance if hit else 1 - chance for hit, chance in zip(outcome, chances, strict=True)])
    assert controls.at_least(successes, np.array(chances)) == pytest.approx(total, abs=1e-12)


def test_trim__columns_of_little_information_at_the_ends_only():
    sure, even = [97, 1, 1, 1], [25, 25, 25, 25]
    counts = np.array([even, sure, even, sure, even, even]).T.astype(float)
    assert discovery.trim(counts) == (1, 4)
    assert discovery.trim(np.full((4, 5), 25.0)) == (0, 0)
    shares = np.array([[1, 0.5, 0.25], [0, 0.5, 0.25], [0, 0, 0.25], [0, 0, 0.25]])
    assert discovery.information(shares) == pytest.approx([2, 1, 0])


def test_too_few_windows__no_pattern(planted):
    codes, _, half, _, _ = planted
    few = seqlets.Windows(*(part[:5] for part in windows(planted)))
    assert controls.chain(codes, few, half, np.random.default_rng(2)).patterns == []
