"""Probabilities or targets from a model: sequences of like length together, in inference mode, no gradient kept."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager

import numpy as np
import torch

from lncprom.inference import batches
from lncprom.inference.device import Machine
from lncprom.models import base, out_of_memory
from lncprom.models.base import CLASSES, Family

_ON_CPU = 4096  # tokens


def logits(
    family: Family,
    data: batches.Encoded,
    machine: Machine,
    size: int = 128,
    tell: Callable[[str], None] = lambda line: None,
) -> np.ndarray:
    """float32 (sequences, outputs), in the order given; see `in_batches`."""
    found = np.empty((len(data), family.outputs), np.float32)

    def keep(chosen: np.ndarray) -> None:
        found[chosen] = batches.logits(family, data, chosen, machine).cpu().numpy()

    in_batches(family, data, machine, size, tell, keep)
    return found


def in_batches(
    family: Family,
    data: batches.Encoded,
    machine: Machine,
    size: int,
    tell: Callable[[str], None],
    compute: Callable[[np.ndarray], None],
) -> None:
    """Call `compute` with the indices of each batch. One that finds no memory is halved, down to one sequence.

    Batches are of `size` at most, on a CPU of some 4,000 tokens too: what a layer hands on then stays in its cache.
    """
    todo = batches.by_length(data.longest, size, _ON_CPU if machine.device.type == "cpu" else None)[::-1]
    with evaluating(family.module), torch.inference_mode():
        while todo:
            chosen = todo.pop()
            try:
                compute(chosen)
                continue
            except out_of_memory.FAULTS as fault:
                if not out_of_memory.is_out_of_memory(fault):
                    raise
                if len(chosen) == 1:
                    raise out_of_memory.one_sequence(machine.name, int(data.longest[chosen[0]])) from None
            torch.cuda.empty_cache()  # outside of `except`, whose traceback would keep the tensors alive
            half = len(chosen) // 2
            tell(f"out of memory when predicting: batches of {half} from here on")
            todo = [part for large in todo for part in _split(large, half)] + _split(chosen, half)[::-1]


def score(logits: np.ndarray) -> np.ndarray:
    """float64 (sequences,): the logit of the positive class; of a regression its output, a target on its scale."""
    return base.score(logits.astype(np.float64))


def probability(logits: np.ndarray) -> np.ndarray:
    """float64 (sequences,): that each is of the positive class; of a regression: that it is above the median."""
    return np.atleast_2d(probabilities(logits).T)[0]


def probabilities(logits: np.ndarray) -> np.ndarray:
    """As `probability`; of a regression of several outputs (sequences, outputs), the logistic function of each."""
    if logits.shape[1] != CLASSES:
        found = np.exp(-np.logaddexp(0, -logits.astype(np.float64)))
        return found[:, 0] if logits.shape[1] == 1 else found
    return np.exp(_log_softmax(logits)[:, 1])


def loss(logits: np.ndarray, answer: np.ndarray) -> float:
    """Mean negative log probability of the true class (answers are whole numbers), in nats; or mean squared error."""
    if logits.shape[1] != CLASSES:
        return float(((logits.astype(np.float64) - answer.reshape(logits.shape)) ** 2).mean())
    return float(-_log_softmax(logits)[np.arange(len(answer)), answer].mean())


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    below = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=1, keepdims=True))


@contextmanager
def evaluating(module: torch.nn.Module):
    """Dropout off within; each part of the module is put back into the mode it was in."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode


def _split(chosen: np.ndarray, size: int) -> list[np.ndarray]:
    return [chosen[at : at + size] for at in range(0, len(chosen), size)]
