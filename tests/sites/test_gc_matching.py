"""Matching one to one: against a naive greedy search, and on a genome with planted islands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lncprom.sites import gc_matching

coordinate = st.integers(0, 12).map(lambda step: step / 100)
points = st.lists(st.tuples(coordinate, coordinate), max_size=12).map(lambda rows: np.array(rows).reshape(-1, 2))


def codes_of(*sequences: str) -> np.ndarray:
    return np.array([list(sequence.encode()) for sequence in sequences], dtype=np.uint8)


def apart(targets: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    return np.abs(targets[:, None] - candidates[None]).max(axis=2, initial=0)


@given(points, points, st.sampled_from([0.01, 0.03, 0.05]))
def test_random_points__each_once_within_tolerance_and_none_left_that_could_go_together(targets, candidates, tolerance):
    ours, theirs = gc_matching.nearest_pairs(targets, candidates, tolerance)
    assert len(set(ours.tolist())) == len(ours) == len(theirs) == len(set(theirs.tolist()))
    distance = apart(targets, candidates)
    assert (distance[ours, theirs] <= tolerance + 1e-9).all()
    left = np.delete(np.delete(distance, ours, axis=0), theirs, axis=1)
    assert (left > tolerance).all()


@given(points, points)
def test_random_points__as_near_as_the_naive_greedy_search(targets, candidates):
    random = np.random.default_rng(len(targets))
    targets, candidates = (
        targets + random.random(targets.shape) / 1e3,
        candidates + random.random(candidates.shape) / 1e3,
    )
    distance, naive = apart(targets, candidates), []
    while distance.size and distance.min() <= 0.05:
        one, other = np.unravel_index(distance.argmin(), distance.shape)
        naive.append((one, other))
        distance[one, :] = distance[:, other] = np.inf
    assert sorted(zip(*gc_matching.nearest_pairs(targets, candidates, 0.05), strict=True)) == sorted(naive)


def test_thousands_with_the_same_measures__all_find_a_partner():
    same = np.full((3000, 2), 0.4)
    ours, theirs = gc_matching.nearest_pairs(same, same, 0.05)
    assert len(ours) == len(set(theirs.tolist())) == 3000


def test_difference_at_the_tolerance__still_a_pair():
    ours, _ = gc_matching.nearest_pairs(np.array([[0.5, 0.0]]), np.array([[0.55, 0.0]]), 0.05)
    assert ours.tolist() == [0]
    ours, _ = gc_matching.nearest_pairs(np.array([[0.5, 0.0]]), np.array([[0.5501, 0.0]]), 0.05)
    assert ours.tolist() == []


def test_measures__gc_share_and_cpg_over_expectation():
    measured = gc_matching.measure(codes_of("CGCGAATTAA", "CCCCGGGGAA", "AAAAAAAAAT", "CGNNNNNNNN"))
    # 2 CpG x 10 / (2 C x 2 G) = 5; 1 x 10 / (4 x 4); no C, no G; 1 x 2 / (1 x 1) over the two known bases
    assert measured == pytest.approx(np.array([[0.4, 5.0], [0.8, 0.625], [0.0, 0.0], [1.0, 2.0]]))
    assert np.isnan(gc_matching.measure(codes_of("NNNN"))[0, 0])
