"""From importance to named motifs: the tables, the patterns and what the card tells of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.motifs import classes, controls, databases, enrichment, tomtom
from lncprom.motifs import rows as entries
from lncprom.motifs.classes import CLASSES, RANDOM, Log, Settings, Side
from lncprom.motifs.databases import Database
from lncprom.motifs.sequences_and_scores import Scored
from lncprom.tables import motifs as tables


class Named(NamedTuple):
    """A pattern of the model as trained: `shares` is (4, width), `sites` its members."""

    name: str
    title: str
    shares: np.ndarray
    sites: int


class Found(NamedTuple):
    """Tables by name, patterns in their order, and what the card tells."""

    tables: dict[str, pl.DataFrame]
    patterns: list[Named]
    counts: dict[str, object]
    dropped: dict[str, int]
    notes: list[str]


def compare(scored: Scored, rows: pl.DataFrame, database: Database, settings: Settings, log: Log) -> Found:
    """Everything that the folder holds. `rows`: the whole data set, for the elements."""
    every = classes.chains(scored, settings, log)
    judged = classes.judge(every, scored, settings, log)
    parts: dict[str, list[dict]] = {name: [] for name in tables.TABLES}
    patterns: list[Named] = []
    for control in dict.fromkeys(side.control for side in every):
        mine = [side for side in every if side.control == control]
        shares = [[databases.shares(pattern.counts) for pattern in side.made.patterns] for side in mine]
        log(f"{control or 'as trained'}: {sum(map(len, shares))} patterns against {database.title}")
        found = tomtom.match(shares, database)
        for side, columns, matches in zip(mine, shares, found, strict=True):
            motifs = entries.patterns(
                side, judged[control, side.kind], columns, matches, scored, database, settings.fdr
            )
            parts["motifs"] += motifs
            parts["hits"] += entries.hits(side, matches, database, settings.fdr)
            parts["seqlets"] += entries.stretches(side, scored)
            if not control:
                titles = [row["motif_name"] if row["named"] else row["consensus"] for row in motifs]
                sites = [row["members"] for row in motifs]
                patterns += map(Named, [row["pattern"] for row in motifs], titles, columns, sites)
    scanned = [side for side in every if side.control != RANDOM]
    width, longest = 2 * enrichment.REACH + 1, scored.codes.shape[1]
    if longest >= width:
        many = sum(side.made.windows.size for side in scanned)
        log(f"known motifs in {many:,} important regions and their background")
        parts["enrichment"] = entries.enriched(scanned, scored, database, settings)
    members = classes.samples(scored, settings.seed)
    parts["elements"], notes = entries.core_elements(scored, rows, members, settings)
    of = {"dataset": settings.name, "model": settings.model, "method": scored.method, "source": settings.source}
    made = {name: tables.frame(name, [of | row for row in part]) for name, part in parts.items()}
    notes = [*_notes(every, scored, settings), *notes]
    if longest < width:
        notes.append(f"sequences of {longest} bases are shorter than a region of {width}: no enrichment was sought")
    return Found(made, patterns, _counts(every, scored, made), _dropped(scored, members), notes)


def _counts(every: list[Side], scored: Scored, made: dict[str, pl.DataFrame]) -> dict:
    trained = made["motifs"].filter(pl.col("control") == "")
    words = trained["evidence"].to_list()
    return {
        "samples": {kind: int((scored.label == label).sum()) for kind, (label, _) in CLASSES.items()},
        "seeds": {control or "as trained": seeds for control, seeds in sorted(scored.seeds.items())},
        "windows": {side.title: side.made.windows.size for side in every},
        "patterns": {side.title: len(side.made.patterns) for side in every},
        "evidence": {word: words.count(word) for word in (controls.FOUND, controls.PLACE, controls.CHANCE)},
        "named": int(trained["named"].sum()),
        "tss_known": scored.tss_known,
    }


def _dropped(scored: Scored, members: dict[str, np.ndarray]) -> dict[str, int]:
    left = {kind: int((scored.label == CLASSES[kind][0]).sum()) - len(rows) for kind, rows in members.items()}
    return {
        f"samples of the {kind} class beyond {classes.MOST_SAMPLES:,}, chosen at random": many
        for kind, many in left.items()
        if many
    }


def _notes(every: list[Side], scored: Scored, settings: Settings) -> list[str]:
    notes = []
    for side in every:
        if not side.control and not side.made.patterns:
            what = "no pattern stands out" if side.made.windows.size else f"no {settings.source} at this rate"
            notes.append(f"{side.kind} class: {what} in {len(side.rows):,} sequences; a result, not a fault")
    if len(scored.scores) == 1:
        notes.append("no importance of a randomly initialised model: patterns are compared with random windows alone")
    if not scored.signed:
        notes.append(f"{scored.method} has no sign: patterns of the positive class only")
    return notes
