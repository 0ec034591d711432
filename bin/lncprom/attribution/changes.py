"""Sequences with changed bases, and the methods that score a base by how the logit falls without it.

Source of occlusion: Zeiler and Fergus 2014, with random bases in place of a grey patch.
"""

from __future__ import annotations

import numpy as np

from lncprom import random_keys
from lncprom.attribution.explained_model import Model
from lncprom.genome.bases import CODES, UNKNOWN, texts_of
from lncprom.inference.mutagenesis import BASES, codes, importance

WINDOW, STRIDE, REDRAWN = 6, 2, 4  # bases; windows begin at every second; each is drawn so many times


def others(text: np.ndarray, draw: np.random.Generator, times: int) -> np.ndarray:
    """(times, bases): at each base one of the other three, drawn evenly; at an N one of all four."""
    here = CODES[text]
    step = draw.integers(1, 4, (times, len(text)))
    anything = draw.integers(0, 4, (times, len(text)))
    return BASES[np.where(here < UNKNOWN, (here + step) % 4, anything)]


def anything(length: int, draw: np.random.Generator, times: int) -> np.ndarray:
    """(times, length): each base one of the four, drawn evenly."""
    return BASES[draw.integers(0, 4, (times, length))]


def mutagenesis(model: Model, text: str, name: str, tss_index: int | None) -> np.ndarray:
    """In-silico mutagenesis, (bases,): how far the logit falls without a base; NaN where unseen."""
    first, last = map(int, model.seen([text], [name], tss_index)[0])
    scores = np.full(len(text), np.nan)
    scores[first:last] = importance(lambda texts: model.logit(texts, [name] * len(texts), tss_index), text, first, last)
    return scores


def occlusion(model: Model, text: str, name: str, tss_index: int | None, seed: int) -> np.ndarray:
    """(bases,): how far the logit falls when a window is redrawn, mean over the windows on a base; NaN where unseen.

    Positive: the bases support the positive class. Random bases depend on the seed and the sample's name alone.
    """
    first, last = model.seen([text], [name], tss_index)[0]
    starts = windows(int(first), int(last))
    changed, here = np.tile(codes(text), (len(starts), REDRAWN, 1)), min(WINDOW, int(last - first))
    drawn = anything(len(starts) * here, random_keys.of_sample(seed, name, "occlusion"), REDRAWN)
    for at, start in enumerate(starts):
        changed[at, :, start : start + here] = drawn[:, at * here : (at + 1) * here]
    found = texts_of(changed.reshape(-1, len(text)))
    logits = model.logit([text, *found], [name] * (len(found) + 1), tss_index)
    fall = logits[0] - logits[1:].reshape(len(starts), REDRAWN).mean(axis=1)
    total, windows_on = np.zeros(len(text)), np.zeros(len(text))
    for start, value in zip(starts, fall, strict=True):
        total[start : start + here] += value
        windows_on[start : start + here] += 1
    return np.divide(total, windows_on, out=np.full(len(text), np.nan), where=windows_on > 0)


def windows(first: int, last: int) -> list[int]:
    """Where windows begin between two bases, so that each base lies in one at least.

    >>> windows(10, 19)
    [10, 12, 13]
    """
    end = max(first, last - WINDOW)
    starts = list(range(first, end + 1, STRIDE))
    return starts if starts[-1] == end else [*starts, end]
