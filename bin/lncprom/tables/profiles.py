"""Profiles of importance: mean by position, fraction upstream of the TSS, audit. Written by profile_importance."""

import polars as pl

from lncprom.tables.base import Column
from lncprom.tables.tsv import TsvTable

_MODEL = {
    "dataset": Column(pl.String, "name of the data set"),
    "model": Column(pl.String, "name of the model"),
}
_CONTROL = {"control": Column(pl.String, "empty, `random_init` or `shuffled_labels`", nullable=True)}
_METHOD = {"method": Column(pl.String, "method of explanation")}
_LABEL = {"label": Column(pl.Int64, "1 or 0")}


def _number(meaning: str) -> Column:
    return Column(pl.Float64, meaning, nullable=True)


PROFILE = TsvTable(
    "profile",
    "profile_importance",
    _MODEL
    | _CONTROL
    | _METHOD
    | _LABEL
    | {
        "position": Column(pl.Int64, "relative to the TSS, which is 0; without a TSS to the last base"),
        "n": Column(pl.Int64, "samples in which the model saw the base"),
        "mean": _number("mean score"),
        "ci_low": _number("lower limit of its interval"),
        "ci_high": _number("upper limit"),
        "share": _number("mean over samples of the fraction of importance here (absolute score over its sum)"),
        "share_low": _number("lower limit"),
        "share_high": _number("upper limit"),
    },
)

SHARES = TsvTable(
    "shares",
    "profile_importance",
    _MODEL
    | {"seed": Column(pl.Int64, "empty: over all seeds", nullable=True)}
    | _CONTROL
    | _METHOD
    | _LABEL
    | {
        "scope": Column(
            pl.String, "`window`: fraction of the whole window; `upstream`: of what lies upstream of the TSS"
        ),
        "region": Column(pl.String, "`-80..-1`"),
        "n": Column(pl.Int64, "samples"),
        "share": _number("mean fraction of importance in the region"),
        "ci_low": _number("lower limit of its interval"),
        "ci_high": _number("upper limit"),
        "length_share": _number("fraction of the bases seen that lie there: what even importance would give"),
    },
)

AUDIT = TsvTable(
    "audit",
    "profile_importance",
    _MODEL
    | _METHOD
    | {
        "check": Column(pl.String, "name of the check, or `bases`, `positions`, `overall`"),
        "value": _number("what was measured"),
        "ci_low": _number("lower limit of its interval"),
        "ci_high": _number("upper limit"),
        "threshold": _number("what it is compared with"),
        "verdict": Column(pl.String, "`pass`, `fail`, `not run`; of verdicts also `reserve`"),
        "sentence": Column(pl.String, "the same in words"),
    },
)
