"""Platt scaling: probabilities that mean what they say, by two numbers fitted on dev."""

from __future__ import annotations

import numpy as np
import polars as pl

_SURE = 1e-12  # probabilities nearer to 0 or 1 than this have no logit of use
_TOWARDS_ONE = 1e-6  # pull on the slope, which decides where all logits are equal


def fit(label: np.ndarray, probability: np.ndarray) -> tuple[float, float]:
    """Slope and intercept on the logit of the probability, by Newton's method; the slope is never below 0.

    Parameters
    ----------
    label, probability
        (samples,) 1 or 0, and the model's probability of 1; both classes have to be there.

    Source: Platt (1999), Advances in Large Margin Classifiers, 61-74; targets as there, solved as in Lin, Lin and Weng
    (2007), Machine Learning 68:267-276.
    """
    positives, n = int(label.sum()), len(label)
    target = np.where(label == 1, (positives + 1) / (positives + 2), 1 / (n - positives + 2))
    features = np.column_stack([logit(probability), np.ones(n)])
    pull = np.array([_TOWARDS_ONE, 0.0])

    def loss(at: np.ndarray) -> float:
        z = features @ at
        return float((np.logaddexp(0, z) - target * z).sum() + (pull * (at - 1) ** 2).sum() / 2)

    at = np.array([0.0, logit(target.mean())])
    for _ in range(100):
        p = _expit(features @ at)
        gradient = features.T @ (p - target) + pull * (at - 1)
        curvature = (features * (p * (1 - p))[:, None]).T @ features + np.diag(pull)
        step = np.linalg.solve(curvature, gradient)
        while loss(at - step) > loss(at) and np.abs(step).max() > _SURE:
            step = step / 2
        at = at - step
        if np.abs(step).max() < 1e-10:
            break
    return (float(at[0]), float(at[1])) if at[0] > 0 else (0.0, float(logit(target.mean())))


def scale(probability: np.ndarray, fitted: tuple[float, float]) -> np.ndarray:
    """Calibrated probabilities; the order of samples stays."""
    return _expit(fitted[0] * logit(probability) + fitted[1])


def calibrated(predictions: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, tuple[float, float]]]:
    """Predictions with `probability_calibrated`, fitted for each model on its dev rows; and slope and intercept.

    A model whose dev rows lack a class gets empty cells, and no numbers.
    """
    parts, fits = [], {}
    for (model,), rows in predictions.group_by("model", maintain_order=True):
        dev, found = rows.filter(pl.col("fold") == "dev"), [None] * rows.height
        if dev["label"].n_unique() == 2:
            fits[model] = fit(dev["label"].to_numpy(), dev["probability"].to_numpy())
            found = scale(rows["probability"].to_numpy(), fits[model])
        parts.append(rows.with_columns(probability_calibrated=pl.Series(found, dtype=pl.Float64)))
    return pl.concat(parts), fits


def logit(probability: np.ndarray) -> np.ndarray:
    """The logit of probabilities, none beyond 27.7."""
    probability = np.clip(probability, _SURE, 1 - _SURE)
    return np.log(probability) - np.log1p(-probability)


def _expit(z: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -z))
