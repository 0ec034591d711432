"""Rows of the tables, from the patterns, windows and tests of each control and class."""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom import random_keys
from lncprom.motifs import controls, discovery, enrichment, enrichment_tests, sequences_and_scores
from lncprom.motifs import core_elements as elements
from lncprom.motifs.classes import CLASSES, Settings, Side
from lncprom.motifs.databases import Database
from lncprom.motifs.sequences_and_scores import Scored
from lncprom.motifs.tomtom import Matches


def name(side: Side, at: int) -> str:
    """A pattern's name, from its class and rank: `positive_1`."""
    return f"{side.kind}_{at + 1}"


def patterns(side: Side, judged: list[dict], shares: list, found: Matches, scored: Scored, database, fdr) -> list[dict]:
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
                "control": side.control,
                "class": side.kind,
                "pattern": name(side, at),
                "rank": at + 1,
                "members": len(pattern.members),
                "sequences": len(np.unique(windows.row[pattern.members])),
                "of_sequences": len(side.rows),
                "consensus": elements.consensus(columns),
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
                "logo": None if side.control else f"logos/{name(side, at)}.svg",
            }
            | judged[at]
        )
    return rows


def hits(side: Side, found: Matches, database: Database, fdr: float) -> list[dict]:
    return [
        {
            "control": side.control,
            "class": side.kind,
            "pattern": name(side, at),
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


def stretches(side: Side, scored: Scored) -> list[dict]:
    """Rows of seqlets.tsv."""
    pattern: dict[int, str] = {}
    for at, made in enumerate(side.made.patterns):
        pattern |= dict.fromkeys(made.members.tolist(), name(side, at))
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
        for at, (row, start, end, score, p) in enumerate(
            zip(*(part.tolist() for part in side.made.windows), strict=True)
        )
    ]


def enriched(every: list[Side], scored: Scored, database: Database, settings: Settings) -> list[dict]:
    """Rows of enrichment.tsv, of all controls and classes in one scan."""
    pairs = []
    for side in every:
        mine = random_keys.of_words(settings.seed, "background", side.control, side.kind)
        other = enrichment.background(side.made.windows, scored.codes, side.rows, mine)
        pairs.append((enrichment.regions(side.made.windows, scored.codes), other))
    found = enrichment.compare(database.motifs, pairs)
    return [
        {"control": side.control, "class": side.kind} | row
        for side, rows in zip(every, found, strict=True)
        for row in rows
    ]


def core_elements(
    scored: Scored, rows: pl.DataFrame, members: dict[str, np.ndarray], settings: Settings
) -> tuple[list[dict], list[str]]:
    """Rows of elements.tsv and notes: presence in the whole data set, ranks in the explained samples."""
    codes, first, known = sequences_and_scores.of_dataset(rows)
    if not known:
        return [], ["no TSS is known: core promoter elements were not looked for; positions count from the last base"]
    there = {row["element"]: row for row in elements.presence(codes, rows["label"].to_numpy(), first)}
    made = []
    for control in sorted(scored.scores):
        mine = []
        for kind, every in members.items():
            seen = every[~np.isnan(scored.scores[control][every]).all(axis=1)]
            drawn = random_keys.of_words(settings.seed, "elements", control, kind)
            for row in elements.ranked(scored, control, seen, CLASSES[kind][1], drawn):
                mine.append({"control": control, "class": kind} | there[row["element"]] | row)
        q = enrichment_tests.false_discovery(np.array([row.get("rank_p", np.nan) for row in mine]))
        made += [row | {"rank_q": value} for row, value in zip(mine, q.tolist(), strict=True)]
    absent = [row["element"] for row in there.values() if not row["positives"]]
    words = f"the windows do not reach the place of {', '.join(absent)}: not looked for"
    return made, [words] if absent else []
