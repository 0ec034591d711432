"""Deletion and insertion curves: does the logit depend on the bases that a method ranks highest?

deletion   Each of the highest-ranked bases becomes one of the other three: by how much does the logit fall?
insertion  All bases but the highest-ranked are redrawn: by how much does the logit rise above that of all redrawn?
The same number of randomly chosen bases is the reference. Only positives are used.

Source: Petsiuk et al. 2018 (RISE), with random bases in place of blank pixels.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy import special

from lncprom import random_keys
from lncprom.attribution import changes
from lncprom.attribution.explained_model import Model
from lncprom.evaluation import group_means
from lncprom.genome.bases import texts_of
from lncprom.tables.attribution import DELETION, MODEL

BASES = (0, 5, 10, 20, 40, 80)
KINDS = ("deletion", "insertion")
REDRAWN = 4
CONFIDENCE = 0.95
SCHEMA = {name: dtype for name, dtype in DELETION.schema.items() if name not in MODEL}


def ranking(scores: np.ndarray) -> np.ndarray:
    """Places of the bases that have a score, from the highest down; the first of equal ones first."""
    return np.argsort(-scores, kind="stable")[: np.count_nonzero(~np.isnan(scores))]


def effects(
    model: Model, text: str, name: str, tss_index: int | None, rankings: Sequence[np.ndarray], seed: int
) -> np.ndarray:
    """Deletion and insertion in one sequence; random bases depend on the seed and the sample's name alone.

    Returns
    -------
    (1 + rankings, kinds, levels), random bases first; NaN where the model sees too few bases.
    """
    first, last = model.seen([text], [name], tss_index)[0]
    here, draw = changes.codes(text), random_keys.of_sample(seed, name, "deletion")
    other, nothing = changes.others(here, draw, REDRAWN), np.tile(here, (REDRAWN, 1))
    nothing[:, first:last] = changes.anything(int(last - first), draw, REDRAWN)
    at_random = first + np.stack([draw.permutation(int(last - first)) for _ in range(REDRAWN)])
    levels = [level for level in BASES[1:] if level <= last - first]
    changed = []
    for order in (at_random, *(np.tile(one, (REDRAWN, 1)) for one in rankings)):
        for source, target in ((other, np.tile(here, (REDRAWN, 1))), (np.tile(here, (REDRAWN, 1)), nothing)):
            for level in levels:
                made, at = target.copy(), (np.arange(REDRAWN)[:, None], order[:, :level])
                made[at] = source[at]
                changed.append(made)
    found = [text, *texts_of(np.concatenate([nothing, *changed]))]
    logits = model.logit(found, [name] * len(found), tss_index)
    shape = (1 + len(rankings), len(KINDS), len(levels), REDRAWN)
    means = logits[1 + REDRAWN :].reshape(shape).mean(axis=-1)
    table = np.full((*shape[:2], len(BASES)), np.nan)
    table[..., 0] = 0
    table[:, 0, 1 : 1 + len(levels)] = logits[0] - means[:, 0]
    table[:, 1, 1 : 1 + len(levels)] = means[:, 1] - logits[1 : 1 + REDRAWN].mean()
    return table


def table(found: Sequence[np.ndarray], names: Sequence[tuple[str, str]], group: np.ndarray) -> pl.DataFrame:
    """A row for each control and method (`names`, in the order of the rankings), kind and number of bases.

    `found`: the effects of each sample; `group`: its group. The interval is that of the mean difference from randomly
    chosen bases (Student, paired by sample, over groups).
    """
    rows = []
    points = itertools.product(enumerate(names, start=1), enumerate(KINDS), enumerate(BASES)) if found else ()
    for (number, name), (kind, kind_name), (level, bases) in points:
        random, ours = (np.array([one[which, kind, level] for one in found]) for which in (0, number))
        if not np.isnan(ours).any():
            numbers = (ours.mean(), _sd(ours), random.mean(), _sd(random), *_interval(ours - random, group))
            rows.append((*name, kind_name, bases, len(ours), *numbers))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("control", "method", "kind", "bases")


def _sd(values: np.ndarray) -> float | None:
    return float(values.std(ddof=1)) if len(values) > 1 else None


def _interval(values: np.ndarray, group: np.ndarray) -> tuple[float | None, float | None]:
    """Of the mean; none for one group."""
    error, groups = group_means.error(values, group)
    if groups < 2:
        return None, None
    half = special.stdtrit(groups - 1, (1 + CONFIDENCE) / 2) * error
    return float(values.mean() - half), float(values.mean() + half)
