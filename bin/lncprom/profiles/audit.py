"""For each method: every check, and whether the bases that it marks, and the positions, can be believed."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lncprom.profiles import checks, means
from lncprom.profiles.checks import FAIL, NOT_RUN, PASS, RESERVE, Check, unmeasured
from lncprom.profiles.means import Settings
from lncprom.profiles.score_matrix import Scored
from lncprom.tables.profiles import AUDIT

BASES, POSITIONS, OVERALL = "bases", "positions", "overall"
_ORDER = (FAIL, NOT_RUN, RESERVE, PASS)  # the worse of two verdicts stands first


def table(scored: Scored, curves: pl.DataFrame, heads: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row a method and check; the last three of a method are its verdicts."""
    rows = []
    for method in scored.methods:
        found = [
            checks.curve(curves, method, "deletion"),
            checks.curve(curves, method, "insertion"),
            checks.agreement(scored, method, "occlusion", settings),
            checks.agreement(scored, method, "integrated_gradients", settings),
            checks.heads(scored, heads, method, settings),
            *checks.seeds(scored, method, settings),
            checks.other_sequences(scored, method, settings),
            checks.control(scored, method, "random_init"),
            checks.control(scored, method, "shuffled_labels"),
        ]
        bases, positions = of_bases(found), of_positions(found)
        found += [bases, positions, overall(bases, positions)]
        rows += [(scored.dataset, scored.model, method, *check) for check in found]
    return means.tidy(AUDIT.frame(rows))


_DOUBTS = {
    BASES: {
        "insertion": "alone they do not carry the prediction",
        "agreement_occlusion": "occlusion ranks bases otherwise",
        "agreement_integrated_gradients": "integrated gradients rank bases otherwise",
        "seeds_samples": "models of other seeds mark other bases",
        "heads": "its heads or layers disagree",
    },
    POSITIONS: {
        "other_sequences": "all promoters have nearly one profile",
        "seeds_profile": "models of other seeds draw another one",
    },
}
_SAME = {
    "random_init": "a model with random weights draws the same profile",
    "shuffled_labels": "a model trained on shuffled labels draws the same profile",
}
_UNUSED = {"deletion": "the bases there are not important"}


def of_bases(found: Sequence[Check]) -> Check:
    """May the highest-scoring bases be called important? Deletion decides; the rest can only add a reserve."""
    verdict = {check.check: check.verdict for check in found}
    if verdict["deletion"] == NOT_RUN:
        return unmeasured(BASES, NOT_RUN, "Not shown: without a deletion curve no base may be called important.")
    if verdict["deletion"] == FAIL:
        sentence = "The highest-scoring bases move the model no more than random ones: not important."
        return unmeasured(BASES, FAIL, sentence)
    if doubts := _failed(verdict, _DOUBTS[BASES]):
        return unmeasured(BASES, RESERVE, f"The model uses these bases, with a reserve: {doubts}.")
    return unmeasured(BASES, PASS, "The highest-scoring bases are important to this model.")


def of_positions(found: Sequence[Check]) -> Check:
    """May one say that importance lies here rather than there along promoters? Controls decide."""
    verdict = {check.check: check.verdict for check in found}
    if reason := _failed(verdict, _SAME) or _failed(verdict, _UNUSED):
        return unmeasured(POSITIONS, FAIL, f"Where the profile is high is no finding: {reason}.")
    if all(verdict[name] == NOT_RUN for name in _SAME) or verdict["deletion"] == NOT_RUN:
        return unmeasured(POSITIONS, NOT_RUN, "Not shown: no control was scored with this method.")
    if doubts := _failed(verdict, _DOUBTS[POSITIONS]):
        return unmeasured(POSITIONS, RESERVE, f"The profile is the model's, with a reserve: {doubts}.")
    return unmeasured(POSITIONS, PASS, "Where the profile is high, this model has learnt to look.")


def overall(bases: Check, positions: Check) -> Check:
    """The worse of both verdicts."""
    verdict = min(bases.verdict, positions.verdict, key=_ORDER.index)
    sentence = {
        PASS: "Believable, in its bases and its positions.",
        RESERVE: "Believable with a reserve.",
        NOT_RUN: "Not shown: a check that it needs was not run.",
        FAIL: "Not believable as it stands.",
    }[verdict]
    if verdict == FAIL and bases.verdict in (PASS, RESERVE):
        sentence = "Believe the bases that it marks in a promoter, not the profile over positions."
    return unmeasured(OVERALL, verdict, sentence)


def _failed(verdict: dict[str, str], reasons: dict[str, str]) -> str:
    return "; ".join(reason for check, reason in reasons.items() if verdict[check] == FAIL)
