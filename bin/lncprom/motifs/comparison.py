"""From importance to named motifs: patterns of each class and control, their controls, names, elements, enrichment."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.motifs import (
    clusters,
    controls,
    databases,
    elements,
    enrichment,
    matching,
    parsing,
    scores,
    seqlets,
    tables,
)
from lncprom.motifs.controls import Chain
from lncprom.motifs.databases import Database
from lncprom.motifs.scores import Scored

CLASSES = {"positive": (1, 1), "negative": (0, -1)}  # label, and the sign that makes a score speak for it
SOURCES = ("windows", "seqlets")
RANDOM = "random"  # the control of windows drawn by lot
MOST_SAMPLES = 2500  # of a class; more are drawn by lot
_MARKS = {"untrained": "untrained", "shuffled_labels": "shuffled_labels"}


class Settings(NamedTuple):
    """What to call the results, where the windows come from, the rate of false discovery, the seed."""

    name: str
    model: str
    source: str
    fdr: float
    seed: int


class Side(NamedTuple):
    """One control and class: its rows of the data, its windows and patterns."""

    control: str
    kind: str
    rows: np.ndarray
    made: Chain


class Found(NamedTuple):
    """Tables by name, the patterns as (name, title, shares, sites) in their order, and what the card tells."""

    tables: dict[str, pl.DataFrame]
    patterns: list[tuple[str, str, np.ndarray, int]]
    counts: dict[str, object]
    dropped: dict[str, int]
    notes: list[str]


def compare(
    scored: Scored,
    rows: pl.DataFrame,
    database: Database,
    settings: Settings,
    tell: Callable[[str], None] = lambda line: None,
) -> Found:
    """Everything that the folder holds. `rows`: the whole data set, for the elements."""
    chance = np.random.default_rng([settings.seed, len(scored.samples)])
    half = chance.permutation(np.arange(len(scored.samples)) % 2)
    kinds = list(CLASSES) if scored.signed else ["positive"]
    members, dropped = {}, {}
    for kind in kinds:
        everyone = np.flatnonzero(scored.label == CLASSES[kind][0])
        members[kind] = np.sort(chance.permutation(everyone)[:MOST_SAMPLES])
        if len(everyone) > MOST_SAMPLES:
            dropped[f"samples of the {kind} class beyond {MOST_SAMPLES:,}"] = len(everyone) - MOST_SAMPLES
    sides = _sides(scored, members, half, chance, settings, tell)
    judged = _judged(sides, scored, half, chance, settings, tell)
    parts = {name: [] for name in tables.TABLES}
    kept = []
    for control in dict.fromkeys(side.control for side in sides):
        mine = [side for side in sides if side.control == control]
        shares = [databases.shares(pattern.counts) for side in mine for pattern in side.made.patterns]
        tell(f"{control or 'as trained'}: {len(shares)} patterns against {len(database.motifs):,} known motifs")
        found = matching.match(shares, database)
        first = 0
        for side in mine:
            named = _patterns(side, first, shares, found, judged, scored, database, settings)
            parts["motifs"] += named
            parts["hits"] += _hits(side, first, found, database, settings)
            parts["seqlets"] += _stretches(side, scored, settings)
            if not control:
                kept += [
                    (row["pattern"], row["motif_name"] or row["consensus"], shares[first + at], row["members"])
                    for at, row in enumerate(named)
                ]
            first += len(named)
    for side in sides:
        if side.control != RANDOM:
            tell(f"{side.control or 'as trained'}, {side.kind}: known motifs in important regions")
            parts["enrichment"] += _enriched(side, scored, database, chance)
    parts["elements"], notes = _elements(scored, rows, members, chance)
    of = {"dataset": settings.name, "model": settings.model, "method": scored.method, "source": settings.source}
    made = {name: tables.frame(name, [of | row for row in part]) for name, part in parts.items()}
    return Found(made, kept, _counts(sides, scored, made), dropped, [*_notes(sides, scored, made, settings), *notes])


def _sides(scored: Scored, members, half, chance, settings: Settings, tell) -> list[Side]:
    sides = []
    for control in ["", *sorted(set(scored.scores) - {""})]:
        for kind, every in members.items():
            label, sign = CLASSES[kind]
            given = scored.scores[control] * sign
            rows = every[~np.isnan(given[every]).all(axis=1)]
            if settings.source == "seqlets":
                held = given[(scored.label != label) & ~np.isnan(given).all(axis=1)]
                windows = seqlets.recursive(scored.codes[rows], given[rows], held, settings.fdr)
            else:
                windows = seqlets.best(scored.codes[rows], given[rows])
            windows = windows._replace(row=rows[windows.row])
            made = controls.chain(scored.codes, windows, half, chance)
            words = f"{windows.size:,} {settings.source}, {len(made.patterns)} patterns"
            tell(f"{control or 'as trained'}, {kind}: {words}")
            sides.append(Side(control, kind, rows, made))
            if not control:
                lot = seqlets.elsewhere(windows, scored.codes, rows, chance)
                lot = lot._replace(score=np.full(lot.size, np.nan), p=np.full(lot.size, np.nan))
                sides.append(Side(RANDOM, kind, rows, controls.chain(scored.codes, lot, half, chance)))
    return sides


def _judged(sides: list[Side], scored: Scored, half, chance, settings: Settings, tell) -> dict[tuple, dict]:
    """For each (control, class, number of the pattern): how often it is held here and in what it is held against."""
    judged = {}
    for side in sides:
        patterns = side.made.patterns
        others = {
            other.control: other.made
            for other in sides
            if not side.control and other.kind == side.kind and other.control in _MARKS
        }
        nearby = [controls.against(pattern, side.made, side.made.nearby) for pattern in patterns]
        rest = {name: [controls.against(p, side.made, made.here) for p in patterns] for name, made in others.items()}
        same = [controls.same_place(p, side.made, scored.codes, side.rows, half) for p in patterns]
        for at, pattern in enumerate(patterns):
            entry = {"matches": int(clusters.holds(pattern, side.made.here).sum())}
            entry |= _odds("nearby", nearby[at], pattern, side.made.nearby)
            for name, made in others.items():
                entry |= _odds(name, rest[name][at], pattern, made.here)
            judged[side.control, side.kind, at] = entry | {"random_expected": same[at].expected, "random_p": same[at].p}
        if side.control or not patterns:
            continue
        tell(f"as trained, {side.kind}: {controls.DRAWS} draws of windows at the same positions of other sequences")
        by_lot = controls.best_by_lot(side.made.windows, scored.codes, side.rows, half, chance)
        values = [np.array([float(odds.p) for odds in part]) for part in (nearby, *rest.values())]
        chances = np.array([entry.p for entry in same])
        words, family = controls.evidence(chances, by_lot, values, settings.fdr)
        for at, word in enumerate(words):
            judged["", side.kind, at] |= {"evidence": word, "random_family_p": float(family[at])}
    return judged


def _odds(what: str, odds, pattern, there) -> dict:
    return {
        f"{what}_matches": int(clusters.holds(pattern, there).sum()),
        f"{what}_windows": there.size,
        f"{what}_odds_ratio": float(odds.ratio),
        f"{what}_ci_low": float(odds.low),
        f"{what}_ci_high": float(odds.high),
        f"{what}_p": float(odds.p),
    }


def _patterns(side: Side, first: int, shares, found, judged, scored: Scored, database, settings) -> list[dict]:
    rows, windows = [], side.made.windows
    for at, pattern in enumerate(side.made.patterns):
        columns, width = shares[first + at], pattern.counts.shape[1]
        middle = scored.first + windows.centre[pattern.members] + pattern.offset + (width - 1) / 2
        low, median, high = np.quantile(middle, [0.25, 0.5, 0.75])
        nearest = found.nearest(first + at, settings.fdr)[0]
        motif, entry = database.motifs[nearest], judged[side.control, side.kind, at]
        q = float(found.q[first + at, nearest])
        named = entry.get("evidence") in (controls.FOUND, controls.PLACE) and q <= settings.fdr
        name = f"{side.kind}_{at + 1}"
        rows.append(
            {
                "control": side.control,
                "class": side.kind,
                "pattern": name,
                "rank": at + 1,
                "members": len(pattern.members),
                "sequences": len(np.unique(windows.row[pattern.members])),
                "of_sequences": len(side.rows),
                "consensus": elements.consensus(columns),
                "width": width,
                "information_bits": float(clusters.information(columns).sum()),
                "position_median": float(median),
                "position_low": float(low),
                "position_high": float(high),
                "plus_share": float(1 - pattern.reverse.mean()),
                "mean_score": float(windows.score[pattern.members].mean()),
                "windows": windows.size,
                "motif_id": motif.id,
                "motif_name": motif.name,
                "tf_family": motif.family,
                "tomtom_p": float(found.p[first + at, nearest]),
                "tomtom_q": q,
                "named": named,
                "logo": None if side.control else f"logos/{name}.svg",
            }
            | entry
        )
    return rows


def _hits(side: Side, first: int, found, database: Database, settings: Settings) -> list[dict]:
    return [
        {
            "control": side.control,
            "class": side.kind,
            "pattern": f"{side.kind}_{at + 1}",
            "rank": rank,
            "motif_id": database.motifs[column].id,
            "motif_name": database.motifs[column].name,
            "tf_family": database.motifs[column].family,
            "tf_class": database.motifs[column].tf_class,
            "p_value": float(found.p[first + at, column]),
            "q_value": float(found.q[first + at, column]),
            "overlap": int(found.overlap[first + at, column]),
            "offset": int(found.offset[first + at, column]),
            "strand": "-" if found.reverse[first + at, column] else "+",
        }
        for at in range(len(side.made.patterns))
        for rank, column in enumerate(found.nearest(first + at, settings.fdr), start=1)
    ]


def _stretches(side: Side, scored: Scored, settings: Settings) -> list[dict]:
    windows = side.made.windows
    pattern: dict[int, str] = {}
    for at, made in enumerate(side.made.patterns):
        pattern |= dict.fromkeys(made.members.tolist(), f"{side.kind}_{at + 1}")
    letters = np.frombuffer(b"ACGTN", np.uint8)[scored.codes]
    return [
        {
            "control": side.control,
            "class": side.kind,
            "sample_id": scored.samples[row],
            "start": scored.first + start,
            "end": scored.first + end,
            "score": score,
            "p_value": p,
            "sequence": letters[row, start:end].tobytes().decode(),
            "pattern": pattern.get(at),
        }
        for at, (row, start, end, score, p) in enumerate(zip(*(part.tolist() for part in windows), strict=True))
    ]


def _enriched(side: Side, scored: Scored, database: Database, chance) -> list[dict]:
    important = enrichment.regions(side.made.windows, scored.codes)
    other = enrichment.background(side.made.windows, scored.codes, side.rows, chance)
    of = {"control": side.control, "class": side.kind}
    return [of | row for row in enrichment.compare(database.motifs, important, other)]


def _elements(scored: Scored, rows: pl.DataFrame, members, chance) -> tuple[list[dict], list[str]]:
    codes, first, known = scores.of_dataset(rows)
    if not known:
        return [], [
            "no TSS is known, so core promoter elements were not looked for; positions count from the last base"
        ]
    there = {row["element"]: row for row in elements.presence(codes, rows["label"].to_numpy(), first)}
    made = []
    for control in sorted(scored.scores):
        mine = []
        for kind, every in members.items():
            seen = every[~np.isnan(scored.scores[control][every]).all(axis=1)]
            for row in elements.ranked(scored, control, seen, CLASSES[kind][1], chance):
                mine.append({"control": control, "class": kind} | there[row["element"]] | row)
        q = elements.statistics.false_discovery([row.get("rank_p", np.nan) for row in mine])
        made += [row | {"rank_q": float(value)} for row, value in zip(mine, q, strict=True)]
    absent = [row["element"] for row in there.values() if not row["positives"]]
    words = f"windows do not reach the place of {', '.join(absent)}; these were not looked for"
    return made, [words] if absent else []


def _counts(sides: list[Side], scored: Scored, made: dict[str, pl.DataFrame]) -> dict:
    motifs = made["motifs"].filter(pl.col("control") == "")
    return {
        "samples": {kind: int((scored.label == label).sum()) for kind, (label, _) in CLASSES.items()},
        "seeds": {control or "as_trained": seeds for control, seeds in sorted(scored.seeds.items())},
        "windows": {f"{side.control or 'as_trained'}, {side.kind}": side.made.windows.size for side in sides},
        "patterns": {f"{side.control or 'as_trained'}, {side.kind}": len(side.made.patterns) for side in sides},
        "evidence": {word: motifs["evidence"].to_list().count(word) for word in ("found", "place", "chance")},
        "named": int(motifs["named"].sum() or 0),
        "tss_known": scored.tss_known,
    }


def _notes(sides: list[Side], scored: Scored, made: dict[str, pl.DataFrame], settings: Settings) -> list[str]:
    notes = []
    for side in sides:
        if not side.control and not side.made.patterns:
            what = f"no {settings.source}" if not side.made.windows.size else "no pattern stands out"
            notes.append(f"{side.kind} class: {what} in {len(side.rows):,} sequences; that is a result")
    if not set(scored.scores) & set(_MARKS):
        notes.append("no rows of an untrained model: patterns are held against random windows alone")
    if not scored.signed:
        notes.append(f"{scored.method} has no sign: patterns of the positive class only")
    return notes


def meme(found: Found) -> str:
    """The patterns of the model as trained in MEME's format."""
    return parsing.meme((name, title.replace(" ", "_"), shares, sites) for name, title, shares, sites in found.patterns)
