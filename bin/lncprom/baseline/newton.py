"""The minimum of a penalised logistic or squared loss, by Newton's method with conjugate gradients inside.

Scikit-learn's solvers need the matrix of features written out; this one needs its products only (kmer_tfidf.Features),
starts from the fit of another penalty, and has one order of sums for any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from lncprom.baseline.feature_set import Matrix

_INNER = 0.05  # how exactly each Newton step is solved, relative to the gradient
_STEPS = 200
_EXACT = 1e-6  # of a probability
_FLATTEST = 1e-8  # curvature of a sample: where all are sure, the intercept has none and a step no bound
_ROUNDING = 1e-14  # relative error of the summed loss: differences below it say nothing
_SMALLEST = 1e-14  # the gradient's own rounding


class Fit(NamedTuple):
    """Weights and intercept at the minimum; number of Newton steps."""

    weights: np.ndarray
    intercept: float
    steps: int


class Loss(NamedTuple):
    """Of each score z (samples,): the loss, its slope and its curvature."""

    value: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    bend: Callable[[np.ndarray], np.ndarray]


def loss_of(answer: np.ndarray) -> Loss:
    """Log loss for labels (whole numbers, 1 or 0), half the squared error for targets (floating point)."""
    if answer.dtype.kind == "f":
        return Loss(lambda z: (z - answer) ** 2 / 2, lambda z: z - answer, np.ones_like)
    sign = np.where(answer == 1, 1.0, -1.0)
    return Loss(
        lambda z: np.logaddexp(0, -sign * z),
        lambda z: -sign * expit(-sign * z),
        lambda z: np.maximum(expit(z) * expit(-z), _FLATTEST),
    )


def fit_path(features: Matrix, answer: np.ndarray, grid: Sequence[float]) -> Iterator[tuple[float, Fit]]:
    """The fit for each c of the grid, from the smallest up; each starts from the one before it.

    Rows of any length: a fit with c of X is one with c R^2 of X / R, whose weights are R times as large.
    """
    norm, found = features.norm, None
    for c in sorted(grid):
        found = fit(
            lambda weights: features.times(weights / norm),
            lambda values: features.transposed_times(values) / norm,
            answer,
            features.shape[1],
            c * norm**2,
            found,
        )
        yield c, found._replace(weights=found.weights / norm)


def fit(
    times: Callable[[np.ndarray], np.ndarray],
    transposed_times: Callable[[np.ndarray], np.ndarray],
    answer: np.ndarray,
    size: int,
    c: float,
    start: Fit | None = None,
) -> Fit:
    """Logistic regression as scikit-learn defines it: c * sum of log losses + half the squared weights; or ridge.

    Parameters
    ----------
    times, transposed_times
        Products with the features: of `size` weights, one number per sample; and the other way. Rows of the features
        have length 1 at most.
    answer
        1 or 0 per sample; or, of ridge regression, the target (floating point): c * sum of half the squared errors.
    size
        Number of features.
    c
        Inverse penalty.
    start
        Fit from which to start; None: from 0.

    Returns
    -------
    Fit
        No probability is off by more than 1e-6, no target by more than 4e-6: the penalty curves the loss by at least
        1 / (c n), so at a gradient g no probability is off by more than about g c n / 4.

    Source: Newton-CG with backtracking line search, Nocedal and Wright, Numerical Optimization (2006), algorithm 7.1.
    """
    n, losses = len(answer), loss_of(answer)
    at = np.zeros(size + 1) if start is None else np.append(start.weights, start.intercept)
    wanted = max(4 * _EXACT / (c * n), _SMALLEST)

    def penalty(point: np.ndarray) -> np.ndarray:
        return np.append(point[:-1], 0.0) / (c * n)

    def scores(point: np.ndarray) -> np.ndarray:
        return times(point[:-1]) + point[-1]

    def back(values: np.ndarray) -> np.ndarray:
        return np.append(transposed_times(values), values.sum()) / n

    def loss(z: np.ndarray, point: np.ndarray) -> float:
        return losses.value(z).mean() + _dot(penalty(point), point) / 2

    z = scores(at)
    value = loss(z, at)
    for step in range(_STEPS):
        gradient = back(losses.slope(z)) + penalty(at)
        norm = np.sqrt(_dot(gradient, gradient))
        if norm <= wanted:
            return Fit(at[:-1], float(at[-1]), step)
        bend = losses.bend(z)
        direction = _solve(lambda v, bend=bend: back(bend * scores(v)) + penalty(v), -gradient)
        slope, along, length = _dot(gradient, direction), scores(direction), 1.0
        while (new := loss(z + length * along, at + length * direction)) > (
            value + 1e-4 * length * slope + _ROUNDING * value
        ):
            length /= 2
        at, z, value = at + length * direction, z + length * along, new
    raise ArithmeticError(f"no minimum of the loss after {_STEPS} steps (c={c}, gradient {norm:.1e})")


def _solve(product: Callable[[np.ndarray], np.ndarray], right: np.ndarray) -> np.ndarray:
    """x where product(x) is nearly `right`, by conjugate gradients."""
    x, rest = np.zeros_like(right), right
    search, square = rest, _dot(rest, rest)
    enough = _INNER**2 * square
    for _ in range(10 * len(right)):
        bent = product(search)
        length = square / _dot(search, bent)
        x, rest = x + length * search, rest - length * bent
        before, square = square, _dot(rest, rest)
        if square <= enough:
            break
        search = rest + square / before * search
    return x


def _dot(a: np.ndarray, b: np.ndarray) -> float:
    return (a * b).sum()
