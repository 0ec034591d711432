"""Paired comparisons: against scipy's permutation test, on planted differences and on none."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit

from lncprom.evaluation import compare


def mcc(label: np.ndarray, probability: np.ndarray) -> float:
    called = probability >= 0.5
    return float(np.corrcoef(label, called)[0, 1]) if len({*called}) == len({*label}) == 2 else 0.0


def auroc(label: np.ndarray, score: np.ndarray) -> float:
    positive, negative = score[label == 1, None], score[label == 0]
    return float(((positive > negative) + (positive == negative) / 2).mean())


SCORES = {"mcc": mcc, "auroc": auroc}


def runs(label, each, group=None, **how) -> compare.Runs:
    """A model of which each seed gives one row of probabilities."""
    group = np.arange(len(label)) if group is None else group
    names = [f"{at:05d}" for at in group]
    parts = [
        pl.DataFrame({"seed": seed, "fold": "test", "label": label, "group": names, "probability": probability})
        for seed, probability in enumerate(each)
    ]
    return compare.Runs.of(pl.concat(parts), compare.Settings(**how), "d\0test")


def p_values(label, a, b, group=None, **how) -> dict:
    label, group = np.asarray(label), np.arange(len(label)) if group is None else np.asarray(group)
    given = compare.Settings(**how)
    samples = compare.Samples(label == 1, group)
    return compare.permuted(runs(label, a, group), runs(label, b, group), samples, given, "d\0test")


SAMPLES = st.lists(
    st.tuples(st.integers(0, 1), *(st.sampled_from([0.0, 0.2, 0.4, 0.5, 0.6, 0.9]) for _ in "ab")),
    min_size=4,
    max_size=8,
).filter(lambda rows: len({row[0] for row in rows}) == 2)


@settings(max_examples=15)
@given(SAMPLES)
def test_every_swap_of_single_samples__p_of_scipy_s_exact_permutation_test(rows):
    label, a, b = (np.array(column) for column in zip(*rows, strict=True))
    found = p_values(label, [a], [b], permutations=2 ** len(rows))
    for metric, (one, other) in {"mcc": (a, b), "auroc": (stats.rankdata(a), stats.rankdata(b))}.items():

        def statistic(x, y, score=SCORES[metric]):
            return abs(round(score(label, x) - score(label, y), 9))

        peer = stats.permutation_test(
            (one, other), statistic, permutation_type="samples", alternative="greater", n_resamples=np.inf
        )
        assert found[metric] == pytest.approx(peer.pvalue, abs=1e-12), metric


def test_random_swaps_of_groups__p_of_a_loop_that_swaps_and_scores_again():
    draw = np.random.default_rng(3)
    group = np.repeat(np.arange(30), draw.integers(1, 4, 30))
    label = draw.integers(2, size=30)[group]
    a, b = (expit(by * (2 * label - 1) + draw.normal(size=(2, len(label)))) for by in (1.2, 0.6))
    found = p_values(label, a, b, group, permutations=4000)
    loop = np.random.default_rng(1)
    ranked = [stats.rankdata(model, axis=1) for model in (a, b)]
    for metric, (one, other) in {"mcc": (a, b), "auroc": ranked}.items():
        score = SCORES[metric]
        values = []
        for at in range(1000):
            swap = loop.integers(2, size=30)[group] == 1 if at else np.zeros(len(group), bool)
            first, second = np.where(swap, other, one), np.where(swap, one, other)
            values.append(np.mean([score(label, x) - score(label, y) for x, y in zip(first, second, strict=True)]))
        expected = np.mean(np.abs(values) >= abs(values[0]) - 1e-12)
        assert 0.001 < expected < 0.5, "a test that cannot tell"
        assert found[metric] == pytest.approx(expected, abs=4 * np.sqrt(expected / 1000)), metric


def world(groups: int, draw: np.random.Generator, better: float = 0.0, scale: float = 1.0, bias: float = 0.0):
    """Labels, groups, and two models that both see the group's signal, each with errors of its own.

    The second has learnt by `better` more; its logits are stretched by `scale` and moved by `bias`.
    """
    group = np.repeat(np.arange(groups), draw.integers(1, 4, groups))
    label = draw.integers(2, size=groups)[group]
    signal = 2 * label - 1 + draw.normal(size=groups)[group]
    a, b = (signal + 0.8 * draw.normal(size=groups)[group] + 0.4 * draw.normal(size=len(group)) for _ in "ab")
    return label, group, expit(a), expit(scale * (b + better * (2 * label - 1)) + bias)


@pytest.mark.parametrize(("scale", "metric"), [(1.0, "mcc"), (4.0, "mcc"), (4.0, "auroc")])
def test_models_that_differ_in_nothing_but_scale__p_values_uniform(scale, metric):
    found = []
    for trial in range(200):
        label, group, a, b = world(60, np.random.default_rng([trial, 7]), scale=scale)
        found.append(p_values(label, [a], [b], group, permutations=400, seed=trial)[metric])
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert 0.015 <= np.mean(np.array(found) <= 0.05) <= 0.1


def test_the_same_predictions__no_difference_and_p_1():
    label, group, a, _ = world(30, np.random.default_rng(1))
    assert p_values(label, [a], [a], group) == {"mcc": 1, "auroc": 1}


def test_one_seed_against_three__the_mean_of_the_three_is_what_is_swapped():
    label, group, a, b = world(40, np.random.default_rng(2), better=0.5)
    assert p_values(label, [a, a, a], [b], group) == p_values(label, [a], [b], group)
    assert p_values(label, [a, a], [b, b, b], group) == p_values(label, [a], [b], group)


def test_one_class_or_no_permutations__no_p_for_the_area_or_none_at_all():
    draw = np.random.default_rng(0)
    found = p_values(np.ones(20, int), draw.random((1, 20)), draw.random((1, 20)))
    assert np.isnan(found["auroc"])
    assert found["mcc"] == 1
    assert np.isnan(
        list(p_values([0, 1] * 5, draw.random((1, 10)), draw.random((1, 10)), permutations=0).values())
    ).all()


@pytest.mark.parametrize(
    ("seeds", "groups", "words"),
    [
        ({"cnn": 3, "lr": 1}, 50, ""),
        ({"cnn": 1, "gc_cpg": 1}, 80, "1 seed of cnn"),
        ({"cnn": 2, "nt": 1}, 31, "2 seeds of cnn, 1 seed of nt, 31 groups in test"),
    ],
)
def test_what_a_verdict_needs__three_seeds_of_models_with_chance_and_50_groups(seeds, groups, words):
    assert compare.lacking(seeds, ["lr"], groups) == words
