"""In-silico mutagenesis: how far the logit falls, in the mean, where one base is made each of the other three."""

from __future__ import annotations

import numpy as np

from lncprom.attribution import mutations
from lncprom.attribution.explained_model import Explained


def scores(model: Explained, text: str, name: str, tss_index: int | None) -> np.ndarray:
    """(bases,) float64: the logit minus the mean of those of the mutants; NaN where the model sees no base.

    Positive: the base supports the positive class. An N has four mutants.
    """
    first, last = model.seen([text], [name], tss_index)[0]
    here = mutations.codes(text)
    base, mutant = np.nonzero(here[first:last, None] != mutations.BASES)
    changed = np.tile(here, (len(base), 1))
    changed[np.arange(len(base)), first + base] = mutations.BASES[mutant]
    found = mutations.texts(changed)
    logits = model.logit([text, *found], [name] * (len(found) + 1), tss_index)
    mutants = np.bincount(base, minlength=last - first)
    means = np.bincount(base, weights=logits[1:], minlength=last - first) / mutants
    scores = np.full(len(text), np.nan)
    scores[first:last] = logits[0] - means
    return scores
