"""Platt scaling against scikit-learn's, and on probabilities whose truth is known."""

import numpy as np
import polars as pl
import pytest
from scipy.special import expit, logit
from sklearn.calibration import _sigmoid_calibration

from lncprom.baseline import platt


def drawn(n, slope, intercept, seed=1):
    """Probabilities of a model, and labels whose true logit is slope x the model's + intercept."""
    random = np.random.default_rng(seed)
    probability = expit(random.normal(0, 2, n))
    truth = expit(slope * logit(probability) + intercept)
    return probability, (random.random(n) < truth).astype(int), truth


@pytest.mark.parametrize(("n", "slope", "intercept"), [(200, 0.6, 0.3), (2000, 2.0, -1.0), (60, 0.5, 0.0)])
def test_slope_and_intercept__as_scikit_learns(n, slope, intercept):
    probability, label, _ = drawn(n, slope, intercept)
    theirs = _sigmoid_calibration(logit(probability), label)
    assert platt.fit(label, probability) == pytest.approx((-theirs[0], -theirs[1]), abs=1e-4)


def test_a_model_too_sure_of_itself__its_loss_comes_down_to_that_of_the_truth():
    probability, label, _ = drawn(600, 0.6, 0.3)
    new, _, truth = drawn(20_000, 0.6, 0.3, seed=2)

    def excess(p):
        return np.mean(
            -truth * np.log(p) - (1 - truth) * np.log(1 - p) + truth * np.log(truth) + (1 - truth) * np.log(1 - truth)
        )

    assert excess(new) > 0.04
    assert excess(platt.scale(new, platt.fit(label, probability))) < 0.005


@pytest.mark.parametrize(
    "probability", [np.full(40, 0.5), np.r_[np.ones(20), np.zeros(20)], np.r_[np.zeros(20), np.ones(20)]]
)
def test_a_constant_a_perfect_and_a_reversed_model__finite_and_in_order(probability):
    label = np.repeat([1, 0], 20)
    scaled = platt.scale(probability, platt.fit(label, probability))
    assert np.isfinite(scaled).all()
    assert (np.diff(scaled[np.argsort(probability)]) >= 0).all()
    assert scaled.min() > 0.01


def test_a_table__fitted_on_dev_for_each_model_and_empty_without_both_classes():
    probability, label, _ = drawn(300, 0.5, 1.0)
    fold = np.tile(["train", "dev", "test"], 100)
    rows = pl.DataFrame({"model": "a", "label": label, "fold": fold, "probability": probability})
    one_class = rows.with_columns(model=pl.lit("b"), label=pl.when(pl.col("fold") == "dev").then(1).otherwise("label"))
    found, fits = platt.calibrated(pl.concat([rows, one_class]))
    assert fits == {"a": platt.fit(label[fold == "dev"], probability[fold == "dev"])}
    assert found.filter(model="a")["probability_calibrated"].to_numpy() == pytest.approx(
        platt.scale(probability, fits["a"])
    )
    assert found.filter(model="b")["probability_calibrated"].null_count() == 300
