"""The checks that a method's profile must stand before anybody draws a conclusion from it, one function each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.profiles import correlation, means
from lncprom.profiles.means import Settings
from lncprom.profiles.score_matrix import TRAINED, Scored

PASS, FAIL, NOT_RUN, RESERVE = "pass", "fail", "not run", "reserve"
BASES = 20  # whose deletion and insertion are judged
CONTROL_LIMIT = 0.5  # a control's profile that correlates as much draws the same picture
POSITION_LIMIT = 0.7  # r: position alone then explains half of the variance between bases
SEED_LIMIT = 0.5
ALIKE_LIMIT = 0.2  # most bases matter to nobody, and their ranks are chance: what works has .4 to .8
HEADS_LIMIT = 2 / 3
_CONTROLS = {
    "random_init": "the same model with random weights",
    "shuffled_labels": "the same model trained on shuffled labels",
}


class Check(NamedTuple):
    """A number, the bounds of its interval, what it is held against, the verdict, and what that means."""

    check: str
    value: float | None
    ci_low: float | None
    ci_high: float | None
    threshold: float | None
    verdict: str
    sentence: str


def unmeasured(check: str, verdict: str, sentence: str) -> Check:
    return Check(check, None, None, None, None, verdict, sentence)


def not_run(check: str, why: str) -> Check:
    return unmeasured(check, NOT_RUN, f"Not run: {why}.")


def _judged(check: str, value: float, limit: float, good: bool, sentence: str, why="", low=None, high=None) -> Check:
    """`why`: what a failure means, in place of the sentence's full stop."""
    sentence += "." if good or not why else f": {why}."
    return Check(check, value, low, high, limit, PASS if good else FAIL, sentence)


def control(scored: Scored, method: str, name: str) -> Check:
    """Rank correlation of the mean profile with that of a model that cannot know: the higher one of both classes."""
    if not scored.of(method, name):
        return not_run(name, f"no scores of {_CONTROLS[name]} with this method")
    found = []
    for rows in (scored.label == 0, scored.label == 1):
        curves = [_profile(scored.of(method, of).values(), rows) for of in (TRAINED, name)]
        found.append(correlation.of_curves(*curves))
    if not np.isfinite(found).any():
        return not_run(name, f"the profile of {_CONTROLS[name]} is flat")
    value = float(np.nanmax(found))
    good = value < CONTROL_LIMIT
    sentence = f"The profile of {_CONTROLS[name]} {'is a different one' if good else 'looks much the same'} "
    sentence += f"(rank correlation {value:.2f}, limit {CONTROL_LIMIT})"
    why = "where it is high or low is no finding about promoters"
    return _judged(name, value, CONTROL_LIMIT, good, sentence, why)


def other_sequences(scored: Scored, method: str, settings: Settings) -> Check:
    """How well the mean of all other promoters of its class foretells a promoter's profile: position alone."""
    name = "other_sequences"
    share = means.shares(scored.mean(method))
    value = np.full(len(share), np.nan)
    for rows in (scored.label == 0, scored.label == 1):
        if rows.sum() > 1:
            value[rows] = correlation.by_row(share[rows], correlation.others_mean(share[rows]))
    if not np.isfinite(value).any():
        return not_run(name, "no two promoters of one class with scores")
    made = means.curve([value[:, None]], scored.group, settings, f"{scored.dataset}\0audit")
    mean, low, high = (float(bound[0]) for bound in made[:3])
    good = mean < POSITION_LIMIT
    sentence = f"All promoters have nearly one profile (correlation with the mean of the others {mean:.2f}, limit "
    sentence += f"{POSITION_LIMIT}): it tells of positions, hardly of sequences"
    if good:
        sentence = "A promoter's profile follows its own sequence: the mean of all others correlates with it by "
        sentence += f"{mean:.2f} only (limit {POSITION_LIMIT})"
    return _judged(name, mean, POSITION_LIMIT, good, sentence, low=low, high=high)


def curve(curves: pl.DataFrame, method: str, kind: str) -> Check:
    """Do the bases that score highest move the model more than random ones, in every seed?"""
    rows = curves.filter(
        (pl.col("control") == TRAINED) & (pl.col("method") == method) & (pl.col("kind") == kind) & (pl.col("bases") > 0)
    )
    if rows.is_empty():
        return not_run(kind, f"no {kind} curve of this method")
    bases = min(rows["bases"].unique().to_list(), key=lambda at: (abs(at - BASES), at))
    rows = rows.filter(pl.col("bases") == bases)
    if rows["ci_low"].null_count():
        return not_run(kind, "the curve has no interval, from too few promoters")
    mean, random = float(rows["mean"].mean()), float(rows["random_mean"].mean())
    value, low, high = mean - random, float(rows["ci_low"].min()), float(rows["ci_high"].max())
    above = int((rows["ci_low"] > 0).sum())
    done = f"Replacing the {bases} highest-scoring bases at random lowers the model's score by {mean:.2g}"
    if kind == "insertion":
        done = f"The {bases} highest-scoring bases put into redrawn sequence raise the model's score by {mean:.2g}"
    done += f", random bases by {random:.2g} (difference {value:.2g} [{low:.2g}, {high:.2g}])"
    if above == rows.height:
        return _judged(kind, value, 0.0, True, f"{done}: the model uses these bases", low=low, high=high)
    of = f" in {rows.height - above} of {rows.height} seeds" if rows.height > 1 else ""
    why = f"not shown to be more than random{of}, so do not call these bases important"
    return _judged(kind, value, 0.0, False, done, why, low, high)


def agreement(scored: Scored, method: str, reference: str, settings: Settings) -> Check:
    """Rank correlation of absolute scores with another method's within each promoter, against another promoter's."""
    name = f"agreement_{reference}"
    if method == reference:
        return not_run(name, "this is that method")
    both = sorted(scored.of(method).keys() & scored.of(reference).keys())
    if not both:
        return not_run(name, f"no {reference.replace('_', ' ')} of this model")
    pairs = [tuple(correlation.ranked(scored.of(of)[seed]) for of in (method, reference)) for seed in both]
    words = f"it ranks bases as {reference.replace('_', ' ')} does"
    return _within(name, pairs, scored, words, "both methods", settings)


def _within(name: str, pairs: list, scored: Scored, words: str, sides: str, settings: Settings) -> Check:
    """Rank correlation within promoters, mean over pairs of rankings; it must also beat that with another promoter."""
    partner = _partner(scored.label)
    own = correlation.mean([correlation.by_row(one, two) for one, two in pairs])
    other = correlation.mean([correlation.by_row(one, two[partner]) for one, two in pairs])
    if not np.isfinite(own - other).any():
        return not_run(name, f"one of {sides} gives the same score to all bases")
    made = means.curve([np.stack([own, own - other], axis=1)], scored.group, settings, f"{scored.dataset}\0audit")
    if np.isnan(made.low[1]):
        return not_run(name, "no interval, from a single group of promoters or without bootstrap")
    value, by_position = float(made.mean[0]), float(made.mean[0] - made.mean[1])
    beyond = bool(made.low[1] > 0)
    good = value >= ALIKE_LIMIT and beyond
    sentence = f"Within a promoter {words}"
    if not beyond:
        sentence += " no better than by position alone"
    elif not good:
        sentence = f"It hardly holds that within a promoter {words}"
    sentence += f" (rank correlation {value:.2f}; with another promoter's scores {by_position:.2f})"
    return _judged(name, value, ALIKE_LIMIT, good, sentence, low=float(made.low[0]), high=float(made.high[0]))


def seeds(scored: Scored, method: str, settings: Settings) -> list[Check]:
    """Between seeds, over pairs of them: rank correlation of mean profiles, and of scores within each promoter."""
    by_seed, profile, samples = scored.of(method), "seeds_profile", "seeds_samples"
    if len(by_seed) < 2:
        return [not_run(name, "one seed") for name in (profile, samples)]
    ranks = [correlation.ranked(by_seed[seed]) for seed in sorted(by_seed)]
    pairs, words = list(itertools.combinations(ranks, 2)), "models of different seeds rank bases alike"
    within = _within(samples, pairs, scored, words, "the models", settings)
    agree = []
    for rows in (scored.label == 0, scored.label == 1):
        curves = [_profile([by_seed[seed]], rows) for seed in sorted(by_seed)]
        agree += [correlation.of_curves(*pair) for pair in itertools.combinations(curves, 2)]
    value = float(correlation.mean(agree))
    if np.isnan(value):
        return [not_run(profile, "the profiles are flat"), within]
    good = value >= SEED_LIMIT
    sentence = f"Models of different seeds {'agree' if good else 'disagree'} in their mean profiles "
    sentence += f"(rank correlation {value:.2f}, limit {SEED_LIMIT})"
    why = "what one of them shows may be its own chance"
    return [_judged(profile, value, SEED_LIMIT, good, sentence, why), within]


def heads(scored: Scored, table: pl.DataFrame, method: str, settings: Settings) -> Check:
    """How many heads (of the last layer), or layers, look to the same side as their mean: the region, or elsewhere."""
    name = "heads"
    if method not in ("attention", "attention_all", "rollout"):
        return not_run(name, "only attention has heads")
    rows = table.filter(pl.col("control") == TRAINED).drop_nulls("share_first80")
    if rows.is_empty():
        return not_run(name, "no table of heads")
    if settings.region != 80 or not scored.tss_known:
        return not_run(name, "heads are measured on the 80 bases upstream of a known TSS")
    seen = np.isfinite(scored.mean(method))
    near = (scored.position >= -80) & (scored.position < 0)
    length = float((seen[:, near].sum(axis=1) / np.maximum(seen.sum(axis=1), 1)).mean())
    if method == "attention":
        shares, what = rows.filter(pl.col("layer") == pl.col("layer").max())["share_first80"], "heads of the last layer"
    else:
        shares, what = rows.group_by("seed", "layer").agg(pl.col("share_first80").mean())["share_first80"], "layers"
    if len(shares) == 1:
        return not_run(name, f"only one of the {what}")
    side = (shares > length) == (shares.mean() > length)
    value = float(side.mean())
    spread = f"from {100 * shares.min():.0f}% to {100 * shares.max():.0f}% of their attention on the first 80 bp"
    sentence = f"{int(side.sum())} of {len(shares)} {what} lean the same way as their mean ({spread})"
    return _judged(name, value, HEADS_LIMIT, value >= HEADS_LIMIT, sentence, "the mean hides heads that look elsewhere")


def _profile(matrices: Iterable[np.ndarray], rows: np.ndarray) -> np.ndarray:
    """The mean share of importance by position, over these promoters, then over seeds."""
    return correlation.mean([correlation.mean(means.shares(matrix[rows])) for matrix in matrices])


def _partner(label: np.ndarray) -> np.ndarray:
    """For each promoter the row of the next one of its class."""
    partner = np.arange(len(label))
    for value in np.unique(label):
        rows = np.flatnonzero(label == value)
        partner[rows] = np.roll(rows, -1)
    return partner
