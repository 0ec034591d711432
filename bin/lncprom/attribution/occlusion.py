"""Occlusion: the fall of the logit when a window of bases is redrawn, as the mean over the windows on a base.

Source: Zeiler and Fergus 2014, with random bases in place of a grey patch.
"""

from __future__ import annotations

import numpy as np

from lncprom import random_keys
from lncprom.attribution import mutations
from lncprom.attribution.explained_model import Explained

WINDOW, STRIDE, REDRAWN = 6, 2, 4  # bases; windows begin at every second; each is drawn so many times


def scores(model: Explained, text: str, name: str, tss_index: int | None, seed: int) -> np.ndarray:
    """(bases,) float64: the logit minus that of the changed sequences; NaN where the model sees no base.

    Positive: the bases support the positive class. Random bases depend on the seed and the sample's name alone.
    """
    first, last = model.seen([text], [name], tss_index)[0]
    starts = windows(int(first), int(last))
    changed, here = np.tile(mutations.codes(text), (len(starts), REDRAWN, 1)), min(WINDOW, int(last - first))
    drawn = mutations.anything(len(starts) * here, random_keys.of_sample(seed, name, "occlusion"), REDRAWN)
    for at, start in enumerate(starts):
        changed[at, :, start : start + here] = drawn[:, at * here : (at + 1) * here]
    found = mutations.texts(changed.reshape(-1, len(text)))
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
