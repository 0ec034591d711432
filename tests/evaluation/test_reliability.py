"""Calibration: simulated probabilities whose error is known, terms that add up, a threshold, and another prevalence."""

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn import metrics as sk

import helpers_simulated as simulated
from lncprom.evaluation import jackknife, metrics, reliability

N = 554


def drawn(trial: int, slope: float):
    """Labels drawn from probabilities, in groups of 2 on average; and these from a model with another slope."""
    draw = np.random.default_rng([trial, 3])
    probability = expit(1.5 * draw.normal(size=N))
    group = np.unique(draw.integers(N // 2, size=N), return_inverse=True)[1]
    return (draw.random(N) < probability).astype(int), group, expit(slope * logit(probability))


def plain_error(label, probability) -> float:
    parts = np.array_split(np.argsort(probability), 15)
    return sum(len(part) * abs(label[part].mean() - probability[part].mean()) for part in parts) / len(label)


def test_a_perfect_model__an_error_near_0_where_the_plain_one_is_not_and_a_true_error_within_its_interval():
    perfect, plain, off, covered = [], [], [], 0
    far = np.sqrt(np.mean([((drawn(trial, 0.6)[2] - drawn(trial, 1)[2]) ** 2).mean() for trial in range(60)]))
    for trial in range(60):
        label, group, probability = drawn(trial, 1)
        found = metrics.values(metrics.Ranked.of(label, probability))["rms_calibration_error"][0]
        perfect.append(max(0, found))
        plain.append(plain_error(label, probability))
        of = simulated.scores(label, group, drawn(trial, 0.6)[2])["rms_calibration_error"]
        low, high, _ = jackknife.interval("rms_calibration_error", of, 0.95)
        off.append(of.value[0])
        covered += low <= far <= high
    assert np.mean(perfect) < 0.025
    assert np.mean(plain) > 0.04
    assert np.mean(off) == pytest.approx(far, abs=0.01)
    assert covered / 60 >= 0.88


def test_few_probabilities__the_terms_add_up_to_the_brier_score():
    draw = np.random.default_rng(1)
    probability = draw.choice([0.1, 0.3, 0.6, 0.9], size=300)
    found = metrics.values(metrics.Ranked.of((draw.random(300) < 0.4).astype(int), probability))
    error, resolution, uncertainty, brier = (
        found[name][0] for name in ("rms_calibration_error", "brier_resolution", "brier_uncertainty", "brier")
    )
    assert error * abs(error) - resolution + uncertainty == pytest.approx(brier, abs=1e-12)


def test_bins__all_samples_once_and_equal_probabilities_together_in_any_order():
    draw = np.random.default_rng(2)
    label, probability = draw.integers(2, size=N), draw.integers(8, size=N) / 8
    rows = list(reliability.bins(metrics.Ranked.of(label, probability), np.arange(N), 0.95))
    assert [row[:3] for row in rows] == [
        (at + 1, pytest.approx(at / 8), pytest.approx(label[probability == at / 8].mean())) for at in range(8)
    ]
    assert sum(row[5] for row in rows) == N
    constant = list(reliability.bins(metrics.Ranked.of(np.sort(label), np.full(N, 0.5)), np.arange(N), 0.95))
    assert [row[:2] for row in constant] == [(1, 0.5)]


@pytest.mark.parametrize(("size", "share"), [(1, 0.1), (3, 0.1), (3, 0.6)])
def test_observed_fraction__its_interval_contains_the_truth_also_of_groups(size, share):
    draw, hits = np.random.default_rng(4), 0
    for _ in range(300):
        group = np.repeat(np.arange(40), size)
        positive = (draw.random(40) < share)[group]  # all samples of a group alike
        low, high, groups = reliability.observed(positive, group, 0.95)
        hits += low <= share <= high
    assert groups == 40
    assert hits / 300 >= 0.92


@pytest.mark.parametrize("share", [0, 1])
def test_samples_of_one_class__the_limits_hold_the_fraction_for_any_number_of_groups(share):
    for groups in range(1, 300):
        low, high, _ = reliability.observed(np.full(groups, bool(share)), np.arange(groups), 0.95)
        assert 0 <= low <= share <= high <= 1


def test_threshold__the_best_mcc_of_all_where_classes_are_unbalanced_and_else_one_half():
    draw = np.random.default_rng(5)
    label = (np.arange(400) % 10 == 0).astype(int)
    probability = expit(draw.normal(size=400) + 1.5 * label - 3)
    best = metrics.threshold(label, probability)
    each = {at: np.corrcoef(label, probability >= at)[0, 1] for at in (best, 0.5, *np.unique(probability)[1:])}
    assert each[best] == pytest.approx(max(each.values()))
    assert each[0.5] < each[best] - 0.05
    assert best not in probability
    for balanced, given in ((np.arange(400) % 2, probability), (label, np.full(400, 0.3)), (label * 0, probability)):
        assert metrics.threshold(balanced, given) == 0.5


@pytest.mark.parametrize(("prevalence", "mcc", "precision"), [(0.5, 0.8, 0.9), (0.1, 0.63, 0.5), (0.01, 0.26, 0.083)])
def test_prevalence__as_computed_from_rates_and_as_scikit_learn_s_with_weights(prevalence, mcc, precision):
    label, probability = np.repeat([1, 0], 100), np.tile(np.repeat([0.9, 0.1], [90, 10]), 2)
    probability[100:] = 1 - probability[100:]
    found = metrics.values(metrics.Ranked.of(label, probability, prevalence=prevalence))
    assert found["mcc_at_prevalence"][0] == pytest.approx(mcc, abs=0.006)
    assert found["precision_at_prevalence"][0] == pytest.approx(precision, abs=0.0005)
    draw = np.random.default_rng(6)
    label, probability = draw.integers(2, size=200), draw.random(200).round(1)
    weights = np.where(label == 1, prevalence / label.mean(), (1 - prevalence) / (1 - label.mean()))
    found = metrics.values(metrics.Ranked.of(label, probability, prevalence=prevalence))
    for name, peer in (
        ("auprc", sk.average_precision_score(label, probability, sample_weight=weights)),
        ("mcc", sk.matthews_corrcoef(label, probability >= 0.5, sample_weight=weights)),
    ):
        assert found[f"{name}_at_prevalence"][0] == pytest.approx(peer)
    one_class = metrics.values(metrics.Ranked.of(label * 0, probability, prevalence=prevalence))
    assert np.isnan([one_class[f"{name}_at_prevalence"][0] for name in ("mcc", "precision", "auprc")]).all()
