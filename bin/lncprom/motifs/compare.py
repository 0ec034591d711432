"""From importance to named motifs: the tables, the patterns and what the card tells of them."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl

from lncprom import cli, random_keys
from lncprom.genome.bases import LETTERS
from lncprom.motifs import (
    composition,
    controls,
    core_elements,
    databases,
    discovery,
    enrichment,
    enrichment_tests,
    tomtom,
)
from lncprom.motifs.composition import Expected
from lncprom.motifs.controls import CLASSES, RANDOM, Settings, Side
from lncprom.motifs.databases import Database
from lncprom.motifs.sequences_and_scores import Scored, of_dataset
from lncprom.tables import motifs as tables


def prefer_own_cache() -> None:
    """Keep memelite's compiled code beside it where that folder is writable, else where NUMBA_CACHE_DIR says.

    Call it before memelite is imported. The environments in images are read-only.
    """
    memelite = importlib.util.find_spec("memelite")
    if memelite and os.access(Path(memelite.origin).parent, os.W_OK):
        os.environ.pop("NUMBA_CACHE_DIR", None)


def fill_cache() -> None:
    """Compile what `compare` needs, by a search in random sequences: half a minute, once per environment."""
    prefer_own_cache()
    draw = np.random.default_rng(1)
    shares = [np.ascontiguousarray(draw.dirichlet([0.1] * 4, 8).T) for _ in range(databases.FEWEST)]
    motifs = tuple(databases.Motif(str(at), "", "", "", one) for at, one in enumerate(shares))
    tomtom.match(shares[:2], Database(motifs, ""), 0.05)
    enrichment.holding(motifs, [draw.integers(0, 4, (20, enrichment.WIDTH)).astype(np.uint8)])


def compare(
    scored: Scored, rows: pl.DataFrame, database: Database, settings: Settings
) -> tuple[dict[str, pl.DataFrame], list[tuple[str, str, np.ndarray, int]], dict]:
    """Tables by name, patterns (name, title, shares (4, width), members), and counts, dropped and notes for the card.

    `rows`: the whole data set, for the elements.
    """
    members = controls.samples(scored, settings.seed)
    half = controls.halves(scored.group, settings.seed)
    every = controls.chains(scored, members, half, settings)
    expected = composition.expected(scored, settings.seed)
    judged = controls.judge(every, scored.codes, half, expected, settings)
    parts, patterns = _of_patterns(every, judged, scored, database, settings)
    parts["enrichment"] = _enriched(every, scored, database, expected, settings)
    parts["elements"], notes = _elements(scored, rows.sort("sample_id"), members, expected, settings)
    of = {"dataset": settings.name, "model": settings.model, "method": scored.method, "source": settings.source}
    made = {name: tables.frame(name, [of | row for row in parts[name]]) for name in tables.TABLES}
    notes = [*_notes(every, scored, settings), *notes]
    return made, patterns, _counts(every, scored, members, made["motifs"]) | {"notes": notes}


def _of_patterns(
    every: list[Side], judged: dict, scored: Scored, database: Database, settings: Settings
) -> tuple[dict[str, list[dict]], list[tuple]]:
    """Rows of motifs.tsv, hits.tsv and seqlets.tsv, and the patterns of the model as trained."""
    parts, patterns = {"motifs": [], "hits": [], "seqlets": []}, []
    for control in dict.fromkeys(side.control for side in every):
        mine = [side for side in every if side.control == control]
        shares = [databases.shares(pattern.counts) for side in mine for pattern in side.made.patterns]
        cli.say(f"{control or 'as trained'}: {len(shares)} patterns against {database.title}")
        found = zip(shares, tomtom.match(shares, database, settings.fdr), strict=True)
        for side in mine:
            parts["seqlets"] += [side.about | row for row in _seqlets(side, scored)]
            for at, row in enumerate(judged[control, side.kind]):
                columns, hits = next(found)
                row = _motif(side, at, columns, hits[0], scored.first) | row
                stands = row.get("evidence") in (controls.FOUND, controls.PLACE)
                row["named"] = stands and row["tomtom_q"] <= settings.fdr
                parts["motifs"].append(row)
                parts["hits"] += [side.about | {"pattern": row["pattern"]} | hit for hit in hits]
                if not control:
                    title = row["motif_name"] if row["named"] else row["consensus"]
                    patterns.append((row["pattern"], title, columns, row["members"]))
    return parts, patterns


def _motif(side: Side, at: int, columns: np.ndarray, nearest: dict, first: int) -> dict:
    """A pattern's columns in motifs.tsv without the comparisons; `nearest`: its first hit."""
    pattern, windows, name = side.made.patterns[at], side.made.windows, _name(side, at)
    width = columns.shape[1]
    middle = first + windows.centre[pattern.members] + pattern.offset + (width - 1) / 2
    low, median, high = np.quantile(middle, [0.25, 0.5, 0.75]).tolist()
    return nearest | {
        **side.about,
        "pattern": name,
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
        "tomtom_p": nearest["p_value"],
        "tomtom_q": nearest["q_value"],
        "logo": None if side.control else f"logos/{name}.svg",
    }


def _name(side: Side, at: int) -> str:
    """A pattern's name, from its class and rank: `positive_1`."""
    return f"{side.kind}_{at + 1}"


def _seqlets(side: Side, scored: Scored) -> Iterable[dict]:
    """Rows of seqlets.tsv."""
    pattern: dict[int, str] = {}
    for at, made in enumerate(side.made.patterns):
        pattern |= dict.fromkeys(made.members.tolist(), _name(side, at))
    letters = LETTERS[scored.codes]
    windows = zip(*(part.tolist() for part in side.made.windows), strict=True)
    for at, (row, start, end, score, p) in enumerate(windows):
        yield {
            "sample_id": scored.samples[row],
            "start": scored.first + start,
            "end": scored.first + end,
            "score": score,
            "p_value": p,
            "sequence": letters[row, start:end].tobytes().decode(),
            "pattern": pattern.get(at),
        }


def _enriched(
    every: list[Side], scored: Scored, database: Database, expected: Expected, settings: Settings
) -> list[dict]:
    """Rows of enrichment.tsv, of all controls and classes in one scan; none of sequences shorter than a region."""
    if scored.codes.shape[1] < enrichment.WIDTH:
        return []
    every = [side for side in every if side.control != RANDOM]
    many = sum(side.made.windows.size for side in every)
    cli.say(f"known motifs in {many:,} important regions and their background")
    pairs = []
    for side in every:
        mine = random_keys.of_words(settings.seed, "background", side.control, side.kind)
        other = enrichment.background(side.made.windows, scored.codes, side.rows, mine)
        pairs.append((enrichment.regions(side.made.windows, scored.codes), other))
    found = []
    for side, rows in zip(every, enrichment.compare(database.motifs, pairs), strict=True):
        if not side.control:
            codes, sign = scored.codes[side.rows], CLASSES[side.kind][1]
            enrichment.against_composition(rows, database.motifs, codes, side.rows, expected, sign, settings.fdr)
        found += [side.about | row for row in rows]
    return found


def _elements(
    scored: Scored, rows: pl.DataFrame, members: dict[str, np.ndarray], expected: Expected, settings: Settings
) -> tuple[list[dict], list[str]]:
    """Rows of elements.tsv and notes: presence in the whole data set, ranks in the explained samples."""
    codes, first, known = of_dataset(rows)
    if not known:
        return [], ["no TSS is known: core promoter elements were not looked for; positions count from the last base"]
    group = rows["group"].fill_null(rows["sample_id"]).to_numpy()
    there = core_elements.presence(codes, rows["label"].to_numpy(), group, first)
    made, keys = [], (settings.seed, "elements")
    for control in sorted(scored.scores):
        mine = []
        for kind, every in members.items():
            seen, drawn = controls.seen(scored, control, every), random_keys.of_words(*keys, control, kind)
            ranked = core_elements.ranked(scored, control, seen, CLASSES[kind][1], None if control else expected, drawn)
            about = {"control": control, "class": kind}
            mine += [about | element | row for element, row in zip(there, ranked, strict=True)]
        p = [max(row.get("rank_p", np.nan), row.get("composition_p", 0.0)) for row in mine]
        q = enrichment_tests.false_discovery(np.array(p))
        made += [row | {"rank_q": value} for row, value in zip(mine, q.tolist(), strict=True)]
    absent = [row["element"] for row in there if not row["positives"]]
    words = f"the windows do not reach the place of {', '.join(absent)}: not looked for"
    return made, [words] if absent else []


def _counts(every: list[Side], scored: Scored, members: dict[str, np.ndarray], motifs: pl.DataFrame) -> dict:
    """What the card counts and what was dropped."""
    trained = motifs.filter(pl.col("control") == "")
    words = trained["evidence"].to_list()
    samples = {kind: int((scored.label == label).sum()) for kind, (label, _) in CLASSES.items()}
    counts = {
        "samples": samples,
        "seeds": {control or "as trained": seeds for control, seeds in sorted(scored.seeds.items())},
        "windows": {side.title: side.made.windows.size for side in every},
        "patterns": {side.title: len(side.made.patterns) for side in every},
        "evidence": {word: words.count(word) for word in controls.EVIDENCE},
        "named": int(trained["named"].sum()),
        "tss_known": scored.tss_known,
    }
    words = f"class beyond {controls.MOST_SAMPLES:,}, chosen at random"
    left = {f"samples of the {kind} {words}": samples[kind] - len(rows) for kind, rows in members.items()}
    return {"counts": counts, "dropped": {reason: many for reason, many in left.items() if many}}


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
