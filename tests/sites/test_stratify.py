"""Dealing units to folds: shares close to what was asked in every class, no fold without a class that can be there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lncprom import random_keys
from lncprom.sites import stratify

USUAL = np.array([0.8, 0.1, 0.1])


def lots(n: int, seed: int = 1) -> np.ndarray:
    return random_keys.keys([f"unit {number}" for number in range(n)], seed, "test")


def held(counts: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """(folds, classes): samples."""
    return np.stack([counts[fold == number].sum(axis=0) for number in range(3)])


def like_promoters(n: int, classes: int, seed: int) -> np.ndarray:
    """Units as overlapping loci give them: most hold one sample, some several, of one or more classes."""
    random = np.random.default_rng(seed)
    counts = np.zeros((n, classes), np.int64)
    size = np.minimum(random.geometric(0.7, n), 30)
    for row in range(n):
        np.add.at(counts[row], random.choice(classes, size[row], p=(p := np.arange(1, classes + 1)) / p.sum()), 1)
    return counts


@pytest.mark.parametrize("classes", [2, 4, 8])
@pytest.mark.parametrize("fractions", [(0.8, 0.1, 0.1), (0.6, 0.25, 0.15)])
def test_thousands_of_units__every_class_within_a_few_samples_of_its_shares(classes, fractions):
    fractions = np.array(fractions)
    for seed in range(2):
        counts = like_promoters(4000, classes, seed)
        number = held(counts, stratify.deal(counts, lots(4000, seed), fractions, seed))
        assert np.abs(number - fractions[:, None] * counts.sum(axis=0)).max() <= 4


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any), min_size=1, max_size=40), st.integers(0, 99)
)
def test_two_classes_however_few_units__each_class_of_three_units_is_in_every_fold(rows, seed):
    counts = np.array(rows)
    fold = stratify.deal(counts, lots(len(rows), seed), USUAL, seed)
    assert set(fold) <= {0, 1, 2}
    for column in counts.T:
        if (column > 0).sum() >= 3:
            assert set(fold[column > 0]) == {0, 1, 2}


def test_many_seeds__a_unit_without_its_like_has_the_stated_chance_of_each_fold():
    counts = np.array([[7]] + [[1]] * 400)
    folds = [stratify.deal(counts, lots(401, seed), USUAL, seed)[0] for seed in range(600)]
    assert np.bincount(folds, minlength=3) / 600 == pytest.approx(USUAL, abs=0.05)


def test_many_seeds__every_one_of_many_like_units_has_the_stated_chance_of_each_fold():
    counts = np.ones((20, 1), np.int64)
    folds = np.array([stratify.deal(counts, lots(20, seed), USUAL, seed) for seed in range(600)])
    assert (folds == 0).mean(axis=0) == pytest.approx(np.full(20, 0.8), abs=0.06)


def test_a_class_that_cannot_move__stays_and_nothing_hangs():
    # three classes over four units, each of three: no dealing reaches all folds in all of them
    counts = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]])
    fold = stratify.fill_empty(counts, np.zeros(4, np.int8), lots(4), 3)
    assert (held(counts, fold) > 0).sum() >= 8


def test_chromosomes_of_human_sizes__shares_within_one_percent():
    sizes = np.array(
        [248, 242, 198, 190, 182, 171, 159, 145, 138, 134, 135, 133, 114, 107, 102, 90, 83, 80, 59, 64, 47]
    )
    counts = np.column_stack([sizes * 10, sizes[::-1] * 3])
    fold = stratify.whole(counts, [f"chr{n}" for n in range(len(sizes))], USUAL, 1)
    share = held(counts, fold) / counts.sum(axis=0)
    assert np.abs(share - USUAL[:, None]).max() < 0.01


def test_a_class_on_three_of_many_chromosomes__in_every_fold():
    counts = np.array([[50, 0]] * 9 + [[1, 1]] * 3)
    fold = stratify.whole(counts, list("abcdefghijkl"), USUAL, 1)
    assert (held(counts, fold) > 0).all()


def test_hundreds_of_scaffolds__shares_within_one_percent():
    counts = like_promoters(600, 4, 3)
    fold = stratify.whole(counts, [f"scaffold_{n}" for n in range(600)], USUAL, 1)
    assert np.abs(held(counts, fold) / counts.sum(axis=0) - USUAL[:, None]).max() < 0.01
