"""The chain once for each control and class, and how every pattern stands against its controls."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lncprom import random_keys
from lncprom.motifs import controls, discovery, enrichment_tests, seqlets
from lncprom.motifs.controls import Chain
from lncprom.motifs.discovery import Pattern, Stretches
from lncprom.motifs.seqlets import Windows
from lncprom.motifs.sequences_and_scores import Scored

CLASSES = {"positive": (1, 1), "negative": (0, -1)}  # label, and the sign that makes a score speak for it
RANDOM = "random"  # the control of random windows
MOST_SAMPLES = 2500  # of a class; of more, as many are chosen at random

Log = Callable[[str], None]


class Settings(NamedTuple):
    """What the results are of, where the windows come from, the rate of false discovery, the seed."""

    name: str
    model: str
    source: str
    fdr: float
    seed: int


class Side(NamedTuple):
    """One control and class: the rows of the data that are looked at, their windows and patterns."""

    control: str
    kind: str
    rows: np.ndarray
    made: Chain

    @property
    def title(self) -> str:
        return f"{self.control or 'as trained'}, {self.kind}"

    @property
    def about(self) -> dict[str, str]:
        """Its columns in every table."""
        return {"control": self.control, "class": self.kind}


def samples(scored: Scored, seed: int) -> dict[str, np.ndarray]:
    """By class, the rows that are looked at: 2,500 at most; of an unsigned method those of the positive class only."""
    chosen = {}
    for kind in CLASSES if scored.signed else ["positive"]:
        everyone = np.flatnonzero(scored.label == CLASSES[kind][0])
        chosen[kind] = np.sort(random_keys.of_words(seed, "samples", kind).permutation(everyone)[:MOST_SAMPLES])
    return chosen


def halves(scored: Scored, seed: int) -> np.ndarray:
    """0 or 1 of each sample, at random: a half's patterns are looked for in the other half."""
    return random_keys.of_words(seed, "halves").permutation(np.arange(len(scored.samples)) % 2)


def chains(scored: Scored, settings: Settings, log: Log) -> list[Side]:
    """Windows and patterns of the model as trained, of random windows at its places, and of the other controls."""
    half, found = halves(scored, settings.seed), []
    for control in sorted(scored.scores):
        for kind, every in samples(scored, settings.seed).items():
            rows = every[~np.isnan(scored.scores[control][every]).all(axis=1)]
            windows = _windows(scored, control, kind, rows, settings)
            mine = random_keys.of_words(settings.seed, "chain", control, kind)
            found.append(Side(control, kind, rows, controls.chain(scored.codes, windows, half, mine)))
            if not control:
                lot = seqlets.elsewhere(windows, scored.codes, rows, mine)
                lot = lot._replace(score=np.full(lot.size, np.nan), p=np.full(lot.size, np.nan))
                found.append(Side(RANDOM, kind, rows, controls.chain(scored.codes, lot, half, mine)))
    for side in found:
        log(f"{side.title}: {side.made.windows.size:,} {settings.source}, {len(side.made.patterns)} patterns")
    return found


def judge(sides: list[Side], scored: Scored, settings: Settings, log: Log) -> dict[tuple[str, str], list[dict]]:
    """By control and class, for each pattern the columns of motifs.tsv from `matches` to `evidence`."""
    half, judged = halves(scored, settings.seed), {}
    for side in sides:
        held = {"nearby": side.made.nearby}
        if not side.control:
            held |= {other.control: other.made.here for other in sides if _controls(other, side)}
        found = [_against(pattern, side.made.here, held) for pattern in side.made.patterns]
        same = [controls.same_place(p, side.made, scored.codes, side.rows, half) for p in side.made.patterns]
        for row, (expected, p) in zip(found, same, strict=True):
            row |= {"random_expected": expected, "random_p": p}
        if found and not side.control:
            log(f"{side.title}: {controls.DRAWS} draws of windows at the same positions of other sequences")
            mine = random_keys.of_words(settings.seed, "lot", side.kind)
            at_random = controls.best_at_random(side.made.windows, scored.codes, side.rows, half, mine)
            nearby, *others = (np.array([row[f"{name}_p"] for row in found]) for name in held)
            words, family = controls.evidence(np.array(same)[:, 1], at_random, nearby, others, settings.fdr)
            for row, word, p in zip(found, words, family.tolist(), strict=True):
                row |= {"evidence": word, "random_family_p": p}
        judged[side.control, side.kind] = found
    return judged


def _controls(other: Side, side: Side) -> bool:
    return other.kind == side.kind and other.control not in ("", RANDOM)


def _against(pattern: Pattern, here: Stretches, held: dict[str, Stretches]) -> dict:
    matches = int(discovery.holds(pattern, here).sum())
    row = {"matches": matches, "windows": here.size}
    for name, there in held.items():
        number = int(discovery.holds(pattern, there).sum())
        odds = enrichment_tests.enriched(matches, here.size, number, there.size)
        row |= {f"{name}_matches": number, f"{name}_windows": there.size}
        row |= {f"{name}_odds_ratio": float(odds.ratio), f"{name}_ci_low": float(odds.low)}
        row |= {f"{name}_ci_high": float(odds.high), f"{name}_p": float(odds.p)}
    return row


def _windows(scored: Scored, control: str, kind: str, rows: np.ndarray, settings: Settings) -> Windows:
    label, sign = CLASSES[kind]
    given = scored.scores[control] * sign
    if settings.source == "seqlets":
        held = given[(scored.label != label) & ~np.isnan(given).all(axis=1)]
        windows = seqlets.recursive(scored.codes[rows], given[rows], held, settings.fdr)
    else:
        windows = seqlets.best(scored.codes[rows], given[rows])
    return windows._replace(row=rows[windows.row])
