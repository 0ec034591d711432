import numpy as np
import pytest
from scipy.special import expit

from lncprom import random_keys
from lncprom.evaluation import bootstrap, metrics


def sample(groups: int, seed: int, size: int = 4, shared: float = 0.0):
    """Samples in groups of up to `size`, of one label each; `shared` of the scores' spread is the group's own."""
    draw = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), draw.integers(1, size + 1, groups))
    label = draw.integers(2, size=groups)[group]
    noise = np.sqrt(shared) * draw.normal(size=groups)[group] + np.sqrt(1 - shared) * draw.normal(size=len(group))
    return label, expit(1.5 * (label - 0.5) + noise), group


def intervals(label, probability, group, replicates=200, confidence=0.95, seed=1, name="set, test"):
    ranked = metrics.Ranked.of(label, probability)
    found = bootstrap.replicates(ranked, group, replicates, seed, name)
    return {metric: bootstrap.middle(value, confidence) for metric, value in found.items()}


def test_simulated_truth__in_95_of_100_intervals_when_groups_are_drawn_and_in_fewer_when_samples_are():
    label, probability, _ = sample(200_000, seed=0, shared=0.9)
    truth = {name: value[0] for name, value in metrics.values(metrics.Ranked.of(label, probability)).items()}
    hits = {way: dict.fromkeys(metrics.NAMES, 0) for way in ("groups", "samples")}
    trials = 120
    for trial in range(1, trials + 1):
        label, probability, group = sample(250, seed=trial, shared=0.9)
        for way, units in (("groups", group), ("samples", np.arange(len(group)))):
            for name, (low, high) in intervals(label, probability, units, seed=trial).items():
                hits[way][name] += low <= truth[name] <= high
    for name in metrics.NAMES:
        assert 0.88 <= hits["groups"][name] / trials <= 0.99, (name, hits["groups"][name])
        assert hits["samples"][name] / trials < 0.85, (name, hits["samples"][name])


def test_replicates__those_of_a_loop_over_drawn_groups():
    label, probability, group = sample(25, seed=3)
    found = intervals(label, probability, group, replicates=60, confidence=0.9)
    draw = np.random.default_rng(int(random_keys.keys(["set, test"], 1, "bootstrap")[0]))
    values = []
    for _ in range(60):
        rows = np.concatenate([np.flatnonzero(group == unit) for unit in draw.integers(25, size=25)])
        values.append(metrics.values(metrics.Ranked.of(label[rows], probability[rows])))
    for name in metrics.NAMES:
        each = np.concatenate([value[name] for value in values])
        assert found[name] == pytest.approx(np.nanquantile(each, [0.05, 0.95]), abs=1e-12)


def test_order_of_rows_and_replicates_held_at_once__no_difference(monkeypatch):
    label, probability, group = sample(40, seed=5)
    found = intervals(label, probability.round(1), group)
    order = np.random.default_rng(0).permutation(len(label))
    other = intervals(label[order], probability.round(1)[order], group[order])
    assert {name: other[name] for name in metrics.NAMES if name != "brier"} == {
        name: found[name] for name in metrics.NAMES if name != "brier"
    }
    assert other["brier"] == pytest.approx(found["brier"], abs=1e-15)  # a sum, in another order
    monkeypatch.setattr(bootstrap, "_CELLS", 1000)
    assert intervals(label, probability.round(1), group) == found


@pytest.mark.parametrize(("groups", "replicates"), [(1, 200), (40, 0)])
def test_one_group_or_no_replicates__no_interval(groups, replicates):
    found = intervals(*sample(groups, seed=5), replicates=replicates)
    assert all(np.isnan(limits).all() for limits in found.values())


def trained(groups: int, seeds: int, draw: np.random.Generator):
    """One set of samples and what several seeds say of it: each has learnt more or less, all err alike on a group."""
    group = np.repeat(np.arange(groups), draw.integers(1, 5, groups))
    label, alike = draw.integers(2, size=groups)[group], 0.8 * draw.normal(size=groups)[group]
    learnt = 1.5 + 0.3 * draw.normal(size=seeds)
    return label, group, [expit(by * (2 * label - 1) + alike + 0.6 * draw.normal(size=len(group))) for by in learnt]


def test_seeds_that_differ__truth_in_9_of_10_intervals_over_five_and_in_fewer_when_seeds_are_not_drawn():
    draw = np.random.default_rng(0)
    ranked = [metrics.Ranked.of(label, p) for label, _, (p,) in (trained(1000, 1, draw) for _ in range(300))]
    truth = np.mean([metrics.values(one)["mcc"][0] for one in ranked])
    hits, trials = dict.fromkeys(("drawn", "kept"), 0), 100
    for trial in range(trials):
        label, group, runs = trained(120, 5, np.random.default_rng([trial, 1]))
        found = [bootstrap.replicates(metrics.Ranked.of(label, p), group, 200, trial, "d")["mcc"] for p in runs]
        for way, value in (("drawn", bootstrap.over_seeds("mcc", found, trial, "d")), ("kept", np.mean(found, axis=0))):
            low, high = bootstrap.middle(value, 0.95)
            hits[way] += low <= truth <= high
    assert 0.85 <= hits["drawn"] / trials <= 0.99, hits
    assert hits["kept"] / trials < 0.8, hits


def test_spread_over_seeds_of_equal_samples__the_standard_error_of_their_mean():
    values = np.array([0.2, 0.3, 0.7])
    found = bootstrap.over_seeds("auroc", [np.full(20_000, value) for value in values], 1, "d")
    assert found.mean() == pytest.approx(values.mean(), abs=0.01)
    assert found.std() == pytest.approx(values.std(ddof=1) / np.sqrt(3), rel=0.02)


@pytest.mark.parametrize(("metric", "lowest"), [("mcc", -1), ("f1", 0)])
def test_mean_over_seeds__never_beyond_what_the_metric_can_be(metric, lowest):
    ends = [np.full(500, float(end)) for end in (lowest, 1, 1)]
    found = bootstrap.over_seeds(metric, ends, 1, "d")
    assert (found.min(), found.max()) == (lowest, 1)
