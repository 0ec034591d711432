"""A known failure of fine-tuning: the model calls everything by one class and learns no more."""

from __future__ import annotations

import numpy as np

_NEAR = 0.003  # nats; chance moves the mean loss of an epoch by less, learning by far more
_LEARNING = 0.05  # nats; a model this much better than a guess learns, whatever it calls


def reason(
    train_loss: float, train_answer: np.ndarray, dev_loss: float, dev_answer: np.ndarray, dev_probability: np.ndarray
) -> str:
    """Why a model counts as collapsed after an epoch, in words, or nothing.

    Either all of dev is called by one class although it holds both, or the losses on train and dev are those of a
    model that knows the share of the classes and nothing else: ln 2 where there are as many positives as negatives.
    Where dev's loss says that the model learns, calling one class (a rare one is seldom called) is no collapse, nor
    is an epoch that began slowly. A regression counts as collapsed if its errors are those of the mean.
    """
    if train_answer.dtype.kind == "f":
        spread, dev_spread = (float(of.var(axis=0).mean()) for of in (train_answer, dev_answer))
        if train_loss >= spread and dev_loss >= dev_spread:
            return f"squared errors of {train_loss:.4f} on train and {dev_loss:.4f} on dev are those of the mean"
        return ""
    called = dev_probability >= 0.5
    guess, dev_guess = _entropy(train_answer), _entropy(dev_answer)
    if len(np.unique(dev_answer)) == 2 and called.all() != (not called.any()) and dev_loss > dev_guess - _LEARNING:
        return f"all {len(called):,} dev sequences are called {'positive' if called.all() else 'negative'}"
    if train_loss >= guess - _NEAR and dev_loss >= dev_guess - _NEAR:
        return f"losses of {train_loss:.4f} on train and {dev_loss:.4f} on dev are those of a guess, {guess:.4f}"
    return ""


def _entropy(label: np.ndarray) -> float:
    """Mean loss, in nats, of a model that gives every sequence the share of positives; ln 2 for equal classes."""
    share = float(np.mean(label))
    return float(-sum(part * np.log(part) for part in (share, 1 - share) if part))
