"""Whether a profile can be believed: what happens to the logit when the bases that it ranks highest are taken or given.

deletion   the highest bases are each made one of the other three: by how much does the logit fall?
insertion  all bases are drawn anew but the highest: by how much does the logit rise over none that are kept?
Beside either, the same with as many bases chosen by lot. Positives only, so that a fall is a fall for its own class.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import special

from lncprom import random_keys
from lncprom.attribution import mutations
from lncprom.attribution.explained_model import Explained
from lncprom.tables.attribution import DELETION, MODEL

BASES = (0, 5, 10, 20, 40, 80)
KINDS = ("deletion", "insertion")
REDRAWN = 4
CONFIDENCE = 0.95
SCHEMA = {name: dtype for name, dtype in DELETION.schema.items() if name not in MODEL}


class Effects(NamedTuple):
    """Of one sample: by lot (kinds, levels), and by each ranking (rankings, kinds, levels); NaN where too few bases."""

    random: np.ndarray
    ranked: np.ndarray


def ranking(scores: np.ndarray) -> np.ndarray:
    """Places of the bases that have a score, from the highest down; the first of equal ones first."""
    return np.argsort(-scores, kind="stable")[: np.count_nonzero(~np.isnan(scores))]


def effects(
    model: Explained, text: str, name: str, tss_index: int | None, rankings: Sequence[np.ndarray], seed: int
) -> Effects:
    """What `model` makes of the changed sequences; what is drawn hangs on the seed and the sample's name alone."""
    first, last = model.seen([text], [name], tss_index)[0]
    here, draw = mutations.codes(text), random_keys.of_sample(seed, name, "deletion")
    other, nothing = mutations.others(here, draw, REDRAWN), np.tile(here, (REDRAWN, 1))
    nothing[:, first:last] = mutations.anything(int(last - first), draw, REDRAWN)
    by_lot = first + np.stack([draw.permutation(int(last - first)) for _ in range(REDRAWN)])
    levels = [level for level in BASES[1:] if level <= last - first]
    changed = []
    for order in (by_lot, *(np.tile(one, (REDRAWN, 1)) for one in rankings)):
        for source, target in ((other, np.tile(here, (REDRAWN, 1))), (np.tile(here, (REDRAWN, 1)), nothing)):
            for level in levels:
                made, at = target.copy(), (np.arange(REDRAWN)[:, None], order[:, :level])
                made[at] = source[at]
                changed.append(made)
    found = [text, *mutations.texts(np.concatenate([nothing, *changed]))]
    logits = model.logit(found, [name] * len(found), tss_index)
    shape = (1 + len(rankings), len(KINDS), len(levels), REDRAWN)
    means = logits[1 + REDRAWN :].reshape(shape).mean(axis=-1)
    table = np.full((*shape[:2], len(BASES)), np.nan)
    table[..., 0] = 0
    table[:, 0, 1 : 1 + len(levels)] = logits[0] - means[:, 0]
    table[:, 1, 1 : 1 + len(levels)] = means[:, 1] - logits[1 : 1 + REDRAWN].mean()
    return Effects(table[0], table[1:])


def table(found: Sequence[Effects], names: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """A row for each control and method (`names`, in the order of the rankings), kind and number of bases.

    The interval is of the mean of the differences from what bases chosen by lot do (Student, paired by sample).
    """
    rows = []
    if found:
        random = np.stack([one.random for one in found])
        ranked = np.stack([one.ranked for one in found])
    for number, (control, method) in enumerate(names if found else ()):
        for kind, kind_name in enumerate(KINDS):
            for level, bases in enumerate(BASES):
                ours, lot = ranked[:, number, kind, level], random[:, kind, level]
                if np.isnan(ours).any():
                    continue
                low, high = interval(ours - lot)
                numbers = (ours.mean(), sd(ours), lot.mean(), sd(lot), low, high)
                rows.append((control, method, kind_name, bases, len(ours), *numbers))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("control", "method", "kind", "bases")


def sd(values: np.ndarray) -> float | None:
    return float(values.std(ddof=1)) if len(values) > 1 else None


def interval(values: np.ndarray) -> tuple[float | None, float | None]:
    """Of the mean; none for one value."""
    if len(values) < 2:
        return None, None
    half = special.stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2) * values.std(ddof=1) / len(values) ** 0.5
    return float(values.mean() - half), float(values.mean() + half)
