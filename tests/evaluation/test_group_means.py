"""The error of a mean over groups, by hand and by a known truth."""

from __future__ import annotations

import numpy as np
import pytest

from lncprom.evaluation import group_means


def test_each_sample_its_own_group__standard_deviation_over_root_n():
    values = np.array([3.0, 5.0, 4.0, 8.0])
    error, groups = group_means.error(values, np.array(["a", "b", "c", "d"]))
    assert (error, groups) == (pytest.approx(values.std(ddof=1) / 2), 4)


def test_every_sample_five_times_in_its_group__the_error_of_the_samples_themselves():
    values = np.array([3.0, 5.0, 4.0, 8.0])
    error, groups = group_means.error(np.repeat(values, 5), np.repeat([7, 9, 2, 4], 5))
    assert (error, groups) == (pytest.approx(values.std(ddof=1) / 2), 4)


def test_groups_of_unequal_size__covers_the_true_mean_where_samples_alone_do_not():
    draw, hits = np.random.default_rng(1), np.zeros(2)
    for _ in range(400):
        group = np.repeat(np.arange(60), draw.integers(1, 8, 60))
        values = draw.normal(size=60)[group] + draw.normal(size=len(group))
        errors = [group_means.error(values, of)[0] for of in (group, np.arange(len(group)))]
        hits += np.abs(values.mean()) < 1.99 * np.array(errors)
    assert hits[0] / 400 == pytest.approx(0.95, abs=0.035)
    assert hits[1] / 400 < 0.8


def test_one_group_or_none__no_error():
    assert np.isnan(group_means.error(np.array([1.0, 2.0]), np.array([4, 4]))[0])
    assert group_means.error(np.array([]), np.array([]))[1] == 0
