"""Counter-based chance: the reference's numbers, evenness, and nothing that depends on the company of a name."""

import numpy as np
import pytest
from scipy import stats

from lncprom import random_keys

NAMES = [f"ENSG{number:011d}" for number in range(2000)]


def test_key_zero__the_numbers_of_splitmix64_seeded_with_zero():
    # first three outputs of the reference implementation, https://prng.di.unimi.it/splitmix64.c
    drawn = random_keys.bits(np.zeros(1, np.uint64), np.arange(3))
    assert [hex(number) for number in drawn.tolist()] == [
        "0xe220a8397b1dcdaf",
        "0x6e789e6aa1b965f4",
        "0x6c45d188009454f",
    ]


def test_names_in_another_order_or_alone__the_same_keys():
    together = random_keys.keys(NAMES, 1, "test")
    assert (random_keys.keys(NAMES[::-1], 1, "test")[::-1] == together).all()
    assert random_keys.keys(NAMES[7:8], 1, "test")[0] == together[7]


def test_names_seeds_and_purposes__all_apart():
    drawn = [random_keys.keys(NAMES, seed, purpose) for seed in (0, 1, 10**40) for purpose in ("a", "b")]
    assert len(np.unique(np.concatenate(drawn))) == 6 * len(NAMES)


@pytest.mark.parametrize("shift", [0, 13, 32, 58])
def test_any_six_bits_of_a_draw__evenly_distributed(shift):
    drawn = random_keys.bits(random_keys.keys(NAMES, 3, "test")[:, None], np.arange(100)[None, :])
    counts = np.bincount(((drawn >> np.uint64(shift)) & np.uint64(63)).ravel().astype(int), minlength=64)
    assert stats.chisquare(counts).pvalue > 1e-3


def test_neighbouring_counters_and_names__uncorrelated():
    drawn = random_keys.unit(random_keys.bits(random_keys.keys(NAMES, 3, "test")[:, None], np.arange(100)[None, :]))
    assert abs(np.corrcoef(drawn[:, :-1].ravel(), drawn[:, 1:].ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(drawn[:-1].ravel(), drawn[1:].ravel())[0, 1]) < 0.01


def test_unit__uniform_from_zero_to_below_one():
    drawn = random_keys.unit(random_keys.bits(random_keys.keys(NAMES, 5, "test"), np.arange(len(NAMES))))
    assert stats.kstest(drawn, "uniform").pvalue > 1e-3
    assert random_keys.unit(np.array([0, 2**64 - 1], np.uint64)).tolist() == [0.0, 1 - 2.0**-53]
