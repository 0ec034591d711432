"""Algorithms over random splits: equally good ones must not differ, whatever the number of splits."""

import numpy as np
import pytest
from scipy import stats

from lncprom.evaluation import repeated_splits

SAMPLES, TEST = 200, 20


def differences(splits: int, draw: np.random.Generator) -> np.ndarray:
    """Accuracy of nearest means on one half of the features minus that on the other half, which is as good."""
    label = np.arange(SAMPLES) % 2
    features = 0.35 * (2 * label[:, None] - 1) + draw.normal(size=(SAMPLES, 10))
    found = []
    for _ in range(splits):
        order = draw.permutation(SAMPLES)
        test, train = order[:TEST], order[TEST:]
        means = [features[train][label[train] == each].mean(axis=0) for each in (0, 1)]
        beyond = (features[test] - (means[0] + means[1]) / 2) * (means[1] - means[0])
        right = [(half.sum(axis=1) > 0) == label[test] for half in np.split(beyond, 2, axis=1)]
        found.append(right[0].mean() - right[1].mean())
    return np.array(found)


def test_equally_good_algorithms__the_usual_t_test_errs_and_the_corrected_one_holds():
    wrong, trials = dict.fromkeys(("usual", "corrected"), 0), 300
    for trial in range(trials):
        values = differences(15, np.random.default_rng([trial, 1]))
        wrong["usual"] += stats.ttest_1samp(values, 0).pvalue < 0.05
        found = repeated_splits.corrected_t_test(values, SAMPLES - TEST, TEST, 0.95)
        wrong["corrected"] += found.p_value < 0.05
        assert (found.p_value < 0.05) == (found.low > 0 or found.high < 0)
    assert wrong["usual"] / trials > 0.12, wrong
    assert wrong["corrected"] / trials < 0.09, wrong


def test_without_a_test_split__the_usual_t_test():
    values = np.array([0.1, 0.3, -0.1, 0.2])
    found, usual = repeated_splits.corrected_t_test(values, 100, 0, 0.95), stats.ttest_1samp(values, 0)
    assert found.p_value == pytest.approx(usual.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(usual.confidence_interval()))


@pytest.mark.parametrize("values", [[0.2], [0.2, 0.2, 0.2]])
def test_one_split_or_no_variance__no_interval(values):
    found = repeated_splits.corrected_t_test(values, 90, 10, 0.95)
    assert found.value == pytest.approx(0.2)
    assert np.isnan((found.low, found.high, found.p_value)).all()
