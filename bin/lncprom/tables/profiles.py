"""Profiles of importance: mean by position, fraction upstream of the TSS, audit. Written by profile_importance."""

from lncprom.tables.base import TsvTable, integer, number, string

_MODEL = {"dataset": string("name of the data set"), "model": string("name of the model")}
_METHOD = {"method": string("method of explanation")}
_CLASS = {"control": string("empty, `random_init` or `shuffled_labels`", nullable=True)} | _METHOD
_CLASS |= {"label": integer("1 or 0")}
_LIMITS = {
    "ci_low": number("lower limit of its interval", nullable=True),
    "ci_high": number("upper limit", nullable=True),
}

PROFILE = TsvTable(
    "profile",
    "profile_importance",
    _MODEL
    | _CLASS
    | {
        "position": integer("relative to the TSS, which is 0; without a TSS to the last base"),
        "n": integer("samples in which the model saw the base"),
        "mean": number("mean score", nullable=True),
        **_LIMITS,
        "share": number(
            "mean over samples of the fraction of importance here (absolute score over its sum)", nullable=True
        ),
        "share_low": number("lower limit", nullable=True),
        "share_high": number("upper limit", nullable=True),
    },
)

SHARES = TsvTable(
    "shares",
    "profile_importance",
    _MODEL
    | {"seed": integer("empty: over all seeds", nullable=True)}
    | _CLASS
    | {
        "scope": string("`window`: fraction of the whole window; `upstream`: of what lies upstream of the TSS"),
        "region": string("`-80..-1`"),
        "n": integer("samples"),
        "share": number("mean fraction of importance in the region", nullable=True),
        **_LIMITS,
        "length_share": number(
            "fraction of the bases seen that lie there: what even importance would give", nullable=True
        ),
    },
)

AUDIT = TsvTable(
    "audit",
    "profile_importance",
    _MODEL
    | _METHOD
    | {
        "check": string("name of the check, or `bases`, `positions`, `overall`"),
        "value": number("what was measured", nullable=True),
        **_LIMITS,
        "threshold": number("what it is compared with", nullable=True),
        "verdict": string("`pass`, `fail`, `not run`; of verdicts also `reserve`"),
        "sentence": string("the same in words"),
    },
)
