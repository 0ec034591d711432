"""In-silico mutagenesis of one sequence, whatever gives its logit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lncprom.genome.bases import LETTERS, UNKNOWN, texts_of

BASES = LETTERS[:UNKNOWN]


def codes(text: str) -> np.ndarray:
    """The ASCII letters of a text: uint8 (bases,)."""
    return np.frombuffer(text.encode("ascii"), np.uint8)


def importance(logit: Callable[[Sequence[str]], np.ndarray], text: str, first: int, last: int) -> np.ndarray:
    """Logit minus the mean logit with each other base in its place, of bases `first` to `last` - 1: (last - first,).

    Positive: the base supports the positive class. An N is compared with all four bases. `logit` takes the sequence and
    all changed ones at once.
    """
    here = codes(text)
    base, mutant = np.nonzero(here[first:last, None] != BASES)
    changed = np.tile(here, (len(base), 1))
    changed[np.arange(len(base)), first + base] = BASES[mutant]
    logits = logit([text, *texts_of(changed)])
    means = np.bincount(base, weights=logits[1:], minlength=last - first) / np.bincount(base, minlength=last - first)
    return logits[0] - means
