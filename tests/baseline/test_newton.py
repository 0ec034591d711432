import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from lncprom.baseline import newton


def problem(samples: int = 400, size: int = 30, seed: int = 3):
    draw = np.random.default_rng(seed)
    matrix = np.abs(draw.normal(size=(samples, size)))
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    label = (draw.random(samples) < expit(8 * matrix @ draw.normal(size=size))).astype(int)
    return matrix, label


def fit(matrix, label, c, start=None):
    return newton.fit(lambda w: matrix @ w, lambda r: matrix.T @ r, label, matrix.shape[1], c, start)


@pytest.mark.parametrize("c", [0.01, 1, 100, 1e4])
def test_any_penalty__sklearn_s_probabilities_to_1e_6(c):
    matrix, label = problem()
    found = fit(matrix, label, c)
    peer = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(matrix, label)
    probability = expit(matrix @ found.weights + found.intercept)
    assert np.abs(probability - peer.predict_proba(matrix)[:, 1]).max() < 1e-6


def test_start_elsewhere__the_same_minimum_in_fewer_steps():
    matrix, label = problem()
    cold = fit(matrix, label, 10)
    warm = fit(matrix, label, 10, fit(matrix, label, 9))
    assert warm.steps < cold.steps
    assert np.allclose(warm.weights, cold.weights, rtol=0, atol=1e-5)


@pytest.mark.parametrize("c", [1, 1e6])
def test_classes_that_one_feature_parts__a_finite_minimum(c):
    matrix = np.array([[0.0, 1.0], [0.1, 0.9], [0.9, 0.1], [1.0, 0.0]])
    found = fit(matrix, np.array([0, 0, 1, 1]), c)
    assert found.weights[0] > 0 > found.weights[1]
    assert np.isfinite(found.weights).all()


def test_a_full_step_that_overshoots__halved():
    """From far off the quadratic model is wrong: without halving the loss would run away."""
    matrix, label = problem()
    far = newton.Fit(np.full(matrix.shape[1], 40.0), -30.0, 0)
    assert np.allclose(fit(matrix, label, 10, far).weights, fit(matrix, label, 10).weights, rtol=0, atol=1e-5)
