"""From importance to named motifs: the tables, the patterns and what the card tells of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import random_keys
from lncprom.motifs import (
    classes,
    controls,
    core_elements,
    databases,
    discovery,
    enrichment,
    enrichment_tests,
    sequences_and_scores,
    tomtom,
)
from lncprom.motifs.classes import CLASSES, RANDOM, Log, Settings, Side
from lncprom.motifs.databases import Database
from lncprom.motifs.sequences_and_scores import Scored
from lncprom.motifs.tomtom import Matches
from lncprom.tables import motifs as tables


class Found(NamedTuple):
    """Tables by name, patterns (name, title, shares (4, width), members), and what the card tells."""

    tables: dict[str, pl.DataFrame]
    patterns: list[tuple[str, str, np.ndarray, int]]
    counts: dict[str, object]
    dropped: dict[str, int]
    notes: list[str]


def compare(scored: Scored, rows: pl.DataFrame, database: Database, settings: Settings, log: Log) -> Found:
    """Everything that the folder holds. `rows`: the whole data set, for the elements."""
    every = classes.chains(scored, settings, log)
    judged = classes.judge(every, scored, settings, log)
    members = classes.samples(scored, settings.seed)
    parts, patterns = _of_patterns(every, judged, scored, database, settings, log)
    parts["enrichment"] = _enriched(every, scored, database, settings, log)
    parts["elements"], notes = _elements(scored, rows, members, settings)
    of = {"dataset": settings.name, "model": settings.model, "method": scored.method, "source": settings.source}
    made = {name: tables.frame(name, [of | row for row in parts[name]]) for name in tables.TABLES}
    notes = [*_notes(every, scored, settings), *notes]
    return Found(made, patterns, _counts(every, scored, made), _dropped(scored, members), notes)


def _of_patterns(
    every: list[Side], judged: dict, scored: Scored, database: Database, settings: Settings, log: Log
) -> tuple[dict[str, list[dict]], list[tuple]]:
    """Rows of motifs.tsv, hits.tsv and seqlets.tsv, and the patterns of the model as trained."""
    parts, patterns = {"motifs": [], "hits": [], "seqlets": []}, []
    for control in dict.fromkeys(side.control for side in every):
        mine = [side for side in every if side.control == control]
        shares = [[databases.shares(pattern.counts) for pattern in side.made.patterns] for side in mine]
        log(f"{control or 'as trained'}: {sum(map(len, shares))} patterns against {database.title}")
        for side, columns, matches in zip(mine, shares, tomtom.match(shares, database), strict=True):
            motifs = _motifs(side, judged[control, side.kind], columns, matches, scored, database, settings.fdr)
            hits, seqlets = _hits(side, matches, database, settings.fdr), _seqlets(side, scored)
            for name, part in (("motifs", motifs), ("hits", hits), ("seqlets", seqlets)):
                parts[name] += [side.about | row for row in part]
            for row, column in zip(motifs, columns, strict=True) if not control else ():
                title = row["motif_name"] if row["named"] else row["consensus"]
                patterns.append((row["pattern"], title, column, row["members"]))
    return parts, patterns


def _name(side: Side, at: int) -> str:
    """A pattern's name, from its class and rank: `positive_1`."""
    return f"{side.kind}_{at + 1}"


def _motifs(side: Side, judged: list[dict], shares: list, found: Matches, scored: Scored, database, fdr) -> list[dict]:
    """Rows of motifs.tsv. `shares` and the rows of `found` are those of the side's patterns."""
    rows, windows = [], side.made.windows
    for at, pattern in enumerate(side.made.patterns):
        columns, width = shares[at], pattern.counts.shape[1]
        middle = scored.first + windows.centre[pattern.members] + pattern.offset + (width - 1) / 2
        low, median, high = np.quantile(middle, [0.25, 0.5, 0.75]).tolist()
        nearest = found.nearest(at, fdr)[0]
        q, motif = float(found.q[at, nearest]), database.motifs[nearest]
        rows.append(
            {
                "pattern": _name(side, at),
                "rank": at + 1,
                "members": len(pattern.members),
                "sequences": len(np.unique(windows.row[pattern.members])),
                "of_sequences": len(side.rows),
                "consensus": core_elements.consensus(columns),
                "width": width,
                "information_bits": float(discovery.information(columns).sum()),
                "position_median": median,
                "position_low": low,
                "position_high": high,
                "plus_share": float(1 - pattern.reverse.mean()),
                "mean_score": float(windows.score[pattern.members].mean()),
                **motif.about(),
                "tomtom_p": float(found.p[at, nearest]),
                "tomtom_q": q,
                "named": judged[at].get("evidence") in (controls.FOUND, controls.PLACE) and q <= fdr,
                "logo": None if side.control else f"logos/{_name(side, at)}.svg",
            }
            | judged[at]
        )
    return rows


def _hits(side: Side, found: Matches, database: Database, fdr: float) -> list[dict]:
    """Rows of hits.tsv."""
    return [
        {
            "pattern": _name(side, at),
            "rank": rank,
            **database.motifs[column].about(),
            "tf_class": database.motifs[column].tf_class,
            "p_value": float(found.p[at, column]),
            "q_value": float(found.q[at, column]),
            "overlap": int(found.overlap[at, column]),
            "offset": int(found.offset[at, column]),
            "strand": "-" if found.reverse[at, column] else "+",
        }
        for at in range(len(side.made.patterns))
        for rank, column in enumerate(found.nearest(at, fdr), start=1)
    ]


def _seqlets(side: Side, scored: Scored) -> list[dict]:
    """Rows of seqlets.tsv."""
    pattern: dict[int, str] = {}
    for at, made in enumerate(side.made.patterns):
        pattern |= dict.fromkeys(made.members.tolist(), _name(side, at))
    letters = np.frombuffer(b"ACGTN", np.uint8)[scored.codes]
    return [
        {
            "sample_id": scored.samples[row],
            "start": scored.first + start,
            "end": scored.first + end,
            "score": score,
            "p_value": p,
            "sequence": letters[row, start:end].tobytes().decode(),
            "pattern": pattern.get(at),
        }
        for at, (row, start, end, score, p) in enumerate(
            zip(*(part.tolist() for part in side.made.windows), strict=True)
        )
    ]


def _enriched(every: list[Side], scored: Scored, database: Database, settings: Settings, log: Log) -> list[dict]:
    """Rows of enrichment.tsv, of all controls and classes in one scan; none of sequences shorter than a region."""
    if scored.codes.shape[1] < enrichment.WIDTH:
        return []
    every = [side for side in every if side.control != RANDOM]
    many = sum(side.made.windows.size for side in every)
    log(f"known motifs in {many:,} important regions and their background")
    pairs = []
    for side in every:
        mine = random_keys.of_words(settings.seed, "background", side.control, side.kind)
        other = enrichment.background(side.made.windows, scored.codes, side.rows, mine)
        pairs.append((enrichment.regions(side.made.windows, scored.codes), other))
    found = zip(every, enrichment.compare(database.motifs, pairs), strict=True)
    return [side.about | row for side, rows in found for row in rows]


def _elements(
    scored: Scored, rows: pl.DataFrame, members: dict[str, np.ndarray], settings: Settings
) -> tuple[list[dict], list[str]]:
    """Rows of elements.tsv and notes: presence in the whole data set, ranks in the explained samples."""
    codes, first, known = sequences_and_scores.of_dataset(rows)
    if not known:
        return [], ["no TSS is known: core promoter elements were not looked for; positions count from the last base"]
    there = {row["element"]: row for row in core_elements.presence(codes, rows["label"].to_numpy(), first)}
    made = []
    for control in sorted(scored.scores):
        mine = []
        for kind, every in members.items():
            seen = every[~np.isnan(scored.scores[control][every]).all(axis=1)]
            drawn = random_keys.of_words(settings.seed, "elements", control, kind)
            for row in core_elements.ranked(scored, control, seen, CLASSES[kind][1], drawn):
                mine.append({"control": control, "class": kind} | there[row["element"]] | row)
        q = enrichment_tests.false_discovery(np.array([row.get("rank_p", np.nan) for row in mine]))
        made += [row | {"rank_q": value} for row, value in zip(mine, q.tolist(), strict=True)]
    absent = [row["element"] for row in there.values() if not row["positives"]]
    words = f"the windows do not reach the place of {', '.join(absent)}: not looked for"
    return made, [words] if absent else []


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
    if (longest := scored.codes.shape[1]) < enrichment.WIDTH:
        words = f"sequences of {longest} bases are shorter than a region of {enrichment.WIDTH}"
        notes.append(f"{words}: no enrichment was sought")
    return notes
