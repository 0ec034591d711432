"""Intervals and tests over groups: against brute force, and on simulated models whose true scores are known."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

import helpers_simulated as simulated
from lncprom.evaluation import jackknife, metrics


def sample(groups: int, seed: int):
    draw = np.random.default_rng(seed)
    label, group, (probability,) = simulated.predicted(groups, [1.5], draw)
    return label, group, probability[0].round(1)  # with ties


def test_without_each_group__scikit_learn_s_values_of_the_other_groups(monkeypatch):
    label, group, probability = sample(30, 1)
    ranked = metrics.Ranked.of(label, probability)
    found = jackknife.left_out(ranked, group, 1, "d")
    for unit in range(30):
        y, p = label[group != unit], probability[group != unit]
        expected = {"mcc": sk.matthews_corrcoef(y, p >= 0.5), "auroc": sk.roc_auc_score(y, p)}
        expected |= {"auprc": sk.average_precision_score(y, p), "brier": sk.brier_score_loss(y, p)}
        for metric, value in expected.items():
            assert found[metric][unit] == pytest.approx(value, abs=1e-12), metric
    monkeypatch.setattr(jackknife, "_CELLS", 100)
    again = jackknife.left_out(ranked, group, 1, "d")
    assert all((again[metric] == found[metric]).all() for metric in found)


def test_more_groups_than_blocks__each_group_is_left_out_once_in_blocks_that_the_name_decides(monkeypatch):
    monkeypatch.setattr(jackknife, "BLOCKS", 4)
    label, group = np.array([1] * 10 + [0] * 10), np.arange(20) // 2
    ranked = metrics.Ranked.of(label, np.where(group == 3, 0.4, 0.9 * label))  # the fourth group alone is wrong
    found, other = (jackknife.left_out(ranked, group, 1, name)["accuracy"] for name in "de")
    assert len(found) == 4
    assert (found == 1).sum() == 1  # in the block of the fourth group
    assert sorted((2 / (1 - found[found < 1])).round().astype(int)) in ([14, 14, 16], [14, 16, 16])
    assert (jackknife.left_out(ranked, group, 1, "d")["accuracy"] == found).all()
    assert any((jackknife.left_out(ranked, group, 1, name)["accuracy"] != found).any() for name in "efgh"), other


@pytest.mark.parametrize(("groups", "trials"), [(20, 300), (60, 300), (265, 100)])
def test_simulated_truth__in_95_of_100_intervals_of_scores_and_differences(groups, trials):
    separations = (2.0, 1.6)
    true = {metric: [getattr(simulated, metric)(each) for each in separations] for metric in ("mcc", "auroc")}
    hits = dict.fromkeys([(metric, what) for metric in true for what in ("score", "difference")], 0)
    for trial in range(trials):
        label, group, models = simulated.predicted(groups, separations, np.random.default_rng([trial, groups]))
        a, b = (simulated.scores(label, group, each) for each in models)
        for metric, (one, other) in true.items():
            of = jackknife.interval(metric, a[metric], 0.95)
            hits[metric, "score"] += of.low <= one <= of.high
            apart = jackknife.difference(metric, a[metric], b[metric], 0.95)
            hits[metric, "difference"] += apart.low <= one - other <= apart.high
            assert (apart.p_value < 0.05) == (apart.low > 0 or apart.high < 0)
            assert all(each.note.startswith(jackknife.FEW_GROUPS) == (groups < 50) for each in (of, apart))
    error = 3 * np.sqrt(0.05 * 0.95 / trials)
    assert min(hits.values()) / trials >= 0.95 - error, hits
    assert hits["mcc", "difference"] / trials <= 0.95 + error


def test_samples_of_a_group_that_err_alike__too_few_intervals_hold_the_truth_if_samples_are_left_out():
    hits, trials = dict.fromkeys(("groups", "samples"), 0), 150
    for trial in range(trials):
        label, group, (p,) = simulated.predicted(60, [1.6], np.random.default_rng([trial, 9]), shared=0.95)
        for way, units in (("groups", group), ("samples", np.arange(len(label)))):
            of = jackknife.interval("mcc", simulated.scores(label, units, p)["mcc"], 0.95)
            hits[way] += of.low <= simulated.mcc(1.6) <= of.high
    assert hits["groups"] / trials > 0.9, hits
    assert hits["samples"] / trials < 0.88, hits


def test_seeds_that_differ__the_interval_counts_them():
    hits, trials = dict.fromkeys(("seeds counted", "groups alone"), 0), 120
    for trial in range(trials):
        draw = np.random.default_rng([trial, 3])
        label, group, models = simulated.predicted(150, [1.6, 1.3], draw, seeds=3, jitter=0.3)
        a, b = (simulated.scores(label, group, each)["mcc"] for each in models)
        true = simulated.mcc(1.6, 0.3) - simulated.mcc(1.3, 0.3)
        means = [each._replace(value=each.value.mean(keepdims=True)) for each in (a, b)]
        for way, pair in (("seeds counted", (a, b)), ("groups alone", means)):
            of = jackknife.difference("mcc", *pair, 0.95)
            hits[way] += of.low <= true <= of.high
    assert hits["seeds counted"] / trials > 0.9, hits
    assert hits["groups alone"] / trials < 0.8, hits


def test_least_detectable_difference_and_satterthwaite__as_by_hand():
    draw = np.random.default_rng(5)
    a = jackknife.Scores(np.array([0.5, 0.6, 0.7]), 0.6 + 0.01 * draw.normal(size=(3, 80)), 80, 100)
    b = jackknife.Scores(np.array([0.4]), 0.4 + 0.01 * draw.normal(size=(1, 80)), 80, 100)
    apart = a.without.mean(axis=0) - b.without[0]
    groups, seeds = 79 * apart.var(ddof=0), 0.01 / 3
    df = (groups + seeds) ** 2 / (groups**2 / 79 + seeds**2 / 2)
    found = jackknife.difference("mcc", a, b, 0.9)
    assert (found.value, found.se, found.df) == pytest.approx((0.2, np.sqrt(groups + seeds), df))
    assert found.p_value == pytest.approx(2 * stats.t.sf(0.2 / found.se, df))
    assert found.high - found.value == pytest.approx(stats.t.ppf(0.95, df) * found.se)
    assert found.mdd == pytest.approx((stats.t.ppf(0.975, df) + stats.t.ppf(0.8, df)) * found.se)


LABEL, GROUP = np.arange(120) % 2, np.arange(120) // 2
PERFECT, ONE_CLASS = np.where(LABEL, 0.9, 0.1), np.full(120, 0.9)
SHARE = stats.binomtest(0, 60, alternative="less").proportion_ci(0.95, method="exact").high


def test_models_with_the_same_seeds__the_variance_of_their_differences_by_seed():
    without = np.tile([0.5, 0.6, 0.7, 0.6], (3, 1))
    a = jackknife.Scores(np.array([0.5, 0.7, 0.9]), without, 4, 40)
    b = jackknife.Scores(np.array([0.3, 0.5, 0.7]) + 0.03 * np.array([-1, 0, 1]), without, 4, 40)
    apart, paired = (jackknife.difference("mcc", a, b, 0.9, by_seed) for by_seed in (False, True))
    assert paired.value == apart.value == pytest.approx(0.2)
    assert apart.se**2 == pytest.approx((0.2**2 + 0.23**2) / 3)  # groups change both models alike
    assert (paired.se**2, paired.df) == (pytest.approx(0.03**2 / 3), 2)


def test_perfect_model__a_lower_bound_by_the_share_of_groups_that_could_be_exceptions():
    found = {metric: jackknife.interval(metric, of, 0.95) for metric, of in scored(PERFECT).items()}
    assert found["mcc"] == (pytest.approx(1 - 2 * SHARE), 1, jackknife.BOUND)
    assert found["accuracy"] == (pytest.approx(1 - SHARE), 1, jackknife.BOUND)
    brier = jackknife.interval("brier", scored(LABEL.astype(float))["brier"], 0.95)
    assert brier == (0, pytest.approx(SHARE), jackknife.BOUND)


def test_one_class_for_all__no_interval_without_width():
    low, high, note = jackknife.interval("mcc", scored(ONE_CLASS)["mcc"], 0.95)
    # the share of right calls of the other class, and no wrong ones
    called = np.arange(100_000) < SHARE * 100_000
    best = sk.matthews_corrcoef(np.arange(100_000) < 50_000, called)
    assert (low, high, note) == (pytest.approx(-best, rel=0.01), pytest.approx(best, rel=0.01), jackknife.BOUND)


def test_models_that_call_everything_alike__a_bound_around_0_and_p_1():
    found = jackknife.difference("mcc", *[scored(PERFECT)["mcc"]] * 2, 0.95)
    assert (found.value, found.p_value, found.note) == (0, 1, jackknife.BOUND)
    assert (found.low, found.high, found.mdd) == pytest.approx((-2 * SHARE, 2 * SHARE, 2 * SHARE))
    apart = jackknife.difference("mcc", scored(PERFECT)["mcc"], scored(ONE_CLASS)["mcc"], 0.95)
    assert apart.value == 1
    assert apart.low > 0
    assert apart.p_value < 0.001


def test_one_wrong_sample_of_many__an_interval_around_the_score_itself():
    label, probability = np.arange(4000) % 2, np.arange(4000) % 2 * 0.8 + 0.1
    probability[0] = 0.9
    for metric, of in simulated.scores(label, np.arange(4000), probability).items():
        low, high, note = jackknife.interval(metric, of, 0.95)
        assert low <= of.value[0] <= high, metric
        assert 0 < high - low < 0.02
        assert note == ""


def test_one_group_or_a_class_in_one_group__no_interval():
    for group in (np.zeros(120, int), 1 - LABEL):
        of = simulated.scores(LABEL, group, PERFECT)["auroc"]
        assert np.isnan(jackknife.interval("auroc", of, 0.95)[:2]).all()
        assert np.isnan(jackknife.difference("auroc", of, of, 0.95)[1:7]).all()


def scored(probability) -> dict[str, jackknife.Scores]:
    return simulated.scores(LABEL, GROUP, probability)
