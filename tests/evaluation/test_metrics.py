import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from lncprom.evaluation import metrics

PEERS = {
    "accuracy": lambda y, p, w: sk.accuracy_score(y, p >= 0.5, sample_weight=w),
    "f1": lambda y, p, w: sk.f1_score(y, p >= 0.5, zero_division=0.0, sample_weight=w),
    "mcc": lambda y, p, w: sk.matthews_corrcoef(y, p >= 0.5, sample_weight=w),
    "auroc": lambda y, p, w: sk.roc_auc_score(y, p, sample_weight=w) if len(set(y[w > 0])) == 2 else np.nan,
    "auprc": lambda y, p, w: sk.average_precision_score(y, p, sample_weight=w) if len(set(y[w > 0])) == 2 else np.nan,
    "brier": lambda y, p, w: np.average((y - p) ** 2, weights=w),
}
SAMPLES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.5000001, 0.7, 1.0]), st.integers(0, 4)),
    min_size=1,
    max_size=40,
).filter(lambda rows: any(row[2] for row in rows))


def assert_as_peers(label, probability, weights, found):
    for name, peer in PEERS.items():
        with warnings.catch_warnings(action="ignore"):  # scikit-learn warns of one class; here that has a value
            expected = peer(label, probability, weights)
        assert found[name][0] == pytest.approx(expected, rel=0, abs=1e-12, nan_ok=True), name


@settings(max_examples=60)
@given(SAMPLES)
def test_samples_that_count_many_times_or_not__as_sklearn_with_weights(rows):
    label, probability, weights = (np.array(column) for column in zip(*rows, strict=True))
    ranked = metrics.Ranked.of(label, probability)
    assert_as_peers(label, probability, weights, metrics.values(ranked, weights[None, ranked.order]))


def one(label, probability) -> dict[str, float]:
    ranked = metrics.Ranked.of(np.array(label), np.array(probability))
    return {name: float(value[0]) for name, value in metrics.values(ranked).items()}


def test_constant_prediction__mcc_0_and_half_the_area():
    found = one([1, 0, 1, 0], [0.9] * 4)
    assert (found["mcc"], found["auroc"], found["auprc"]) == (0, 0.5, 0.5)
    assert (found["accuracy"], found["f1"]) == (0.5, pytest.approx(2 / 3))


@pytest.mark.parametrize(("label", "f1", "accuracy"), [(1, pytest.approx(2 / 3), 0.5), (0, 0, 0.5)])
def test_one_class__mcc_0_and_no_areas(label, f1, accuracy):
    found = one([label, label], [0.9, 0.1])
    assert (found["mcc"], found["f1"], found["accuracy"]) == (0, f1, accuracy)
    assert np.isnan(found["auroc"])
    assert np.isnan(found["auprc"])


@pytest.mark.parametrize(("positive", "negative"), [(5, 5), (3, 4), (40, 40), (277, 277), (1_000_001, 1_000_002)])
def test_perfect_call_and_its_opposite__mcc_exactly_1_and_minus_1(positive, negative):
    label = np.repeat([1, 0], [positive, negative])
    assert one(label, 0.1 + 0.8 * label)["mcc"] == 1
    assert one(label, 0.9 - 0.8 * label)["mcc"] == -1


def test_probability_of_one_half__called_positive():
    found = one([1, 0], [0.5, np.nextafter(0.5, 0)])
    assert [found[name] for name in ("accuracy", "f1", "mcc", "auroc", "auprc")] == [1] * 5


def test_curves_of_few_samples__sklearn_s_points():
    label, probability = np.array([1, 0, 1, 1, 0, 0]), np.array([0.9, 0.8, 0.8, 0.4, 0.3, 0.1])
    curves = metrics.curves(metrics.Ranked.of(label, probability))
    x, y, _ = sk.roc_curve(label, probability, drop_intermediate=False)
    assert (curves["roc"][0].tolist(), curves["roc"][1].tolist()) == (x.tolist(), y.tolist())
    precision, recall, _ = sk.precision_recall_curve(label, probability)
    assert curves["pr"][0].tolist() == recall[-2::-1].tolist()  # sklearn's last point is made up
    assert curves["pr"][1].tolist() == precision[-2::-1].tolist()


def test_curves_of_many_samples__200_points_from_end_to_end():
    draw = np.random.default_rng(0)
    label, probability = draw.integers(2, size=3000), draw.random(3000)
    curves = metrics.curves(metrics.Ranked.of(label, probability))
    for x, y in curves.values():
        assert len(x) == len(y) == 200
        assert (np.diff(x) >= 0).all()
    assert (curves["roc"][0][0], curves["roc"][1][0], curves["roc"][0][-1], curves["roc"][1][-1]) == (0, 0, 1, 1)
    assert (curves["pr"][0][-1], curves["pr"][1][-1]) == (1, label.mean())
