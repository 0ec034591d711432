"""The page of applied models: what was scored, how that compares with the training samples, the highest, the flags."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from markupsafe import Markup

from lncprom.report import base_panels, layout, svg, titles

_TOP = 25  # rows of a table
FLAGS = {
    "length": "length outside that of the training sequences",
    "gc": "GC content outside the central 99% of the training sequences",
    "cpg": "CpG observed/expected outside the central 99% of the training sequences",
    "n": "more N than any training sequence",
    "kmers": "4-mer frequencies further from the mean than 99% of the training sequences",
}


class Given(NamedTuple):
    """Tables of scores, peaks and variants by the name of their models, and the steps' cards by step and name."""

    scores: dict[str, pl.DataFrame]
    peaks: dict[str, pl.DataFrame]
    variants: dict[str, pl.DataFrame]
    cards: dict[tuple[str, str], dict]


def render(given: Given, title: str) -> str:
    """The page as text."""
    environment = layout.environment()
    of_variants = {name for step, name in given.cards if step == "score_variants"}
    names = sorted({*given.scores, *given.peaks, *of_variants})
    views = [_view(given, name) for name in names]
    return environment.get_template("scores.html").render(title=title, views=views, flags=FLAGS)


def _view(given: Given, name: str) -> dict:
    rows, bed = given.scores.get(name), given.peaks.get(name)
    steps = ("apply_model", "score_variants", "scan_genome")
    card = next((given.cards[step, name] for step in steps if (step, name) in given.cards), {})
    effects = given.variants.get(name)
    members = card.get("members", [])
    known = rows is not None and rows["flags"].null_count() < rows.height
    return {
        "name": name,
        "rows": rows,
        "top": [] if rows is None else rows.sort("logit", descending=True, nulls_last=True)[:_TOP].to_dicts(),
        "peaks": [] if bed is None else bed.sort("score", descending=True, maintain_order=True)[:_TOP].to_dicts(),
        "variants": given.cards.get(("score_variants", name), {}),
        "effects": [] if effects is None else _largest(effects),
        "found": 0 if bed is None else bed.height,
        "members": members,
        "classes": next((one["classes"] for one in members if "classes" in one), {"1": "class 1", "0": "class 0"}),
        "notes": card.get("notes", []),
        "kind": card.get("kind", ""),
        "source": card.get("name", ""),
        "flagged": _flagged(rows) if known else None,
        "figures": []
        if rows is None or rows.is_empty()
        else [_cumulative(rows, name, members), _histogram(rows, name)],
        "promoters": [_promoter(one) for one in given.cards.get(("apply_model", name), {}).get("panels", [])],
        "alleles": [_alleles(one) for one in given.cards.get(("score_variants", name), {}).get("panels", [])],
        "scan": given.cards.get(("merge_scan", name), {}),
    }


def _largest(effects: pl.DataFrame) -> list[dict]:
    """Variants with the smallest p, and among equal ones the largest change."""
    order = [pl.col("p"), -pl.col("delta").abs(), "chrom", "position", "alt", "promoter"]
    return effects.sort(order, nulls_last=True)[:_TOP].to_dicts()


def _promoter(one: dict) -> dict:
    """A panel of apply_model's card with `bars` and `bases`."""
    scores = np.array(one["importance"])
    bars = base_panels.bars(scores, one["first"], f"Importance of the bases of {one['id']}")
    return one | {"bars": bars, "bases": base_panels.letters(one["sequence"], scores, one["first"])}


def _alleles(one: dict) -> dict:
    """A panel of score_variants' card with `drawn`: the reference and the variant on one scale."""
    largest = max(abs(score) for allele in one["alleles"] for score in allele["importance"])
    drawn = []
    for name, allele in zip(("reference", "variant"), one["alleles"], strict=True):
        title = f"{one['variant']}, {name}: {allele['sequence']}"
        given = (allele["sequence"], allele["importance"], largest, allele["at"], allele["size"], title)
        drawn.append((name, base_panels.tall_letters(*given)))
    return one | {"drawn": drawn}


def _flagged(rows: pl.DataFrame) -> list[tuple[str, int]]:
    found = rows["flags"].drop_nulls().str.split(",").explode(empty_as_null=True)
    return [(flag, int((found == flag).sum())) for flag in FLAGS]


def _cumulative(rows: pl.DataFrame, name: str, members: list[dict]) -> tuple[str, Markup]:
    """The fraction of sequences below each logit: those given, and the training samples of both classes."""
    curves = []
    quantiles = [one["logits"] for one in members if "logits" in one]
    for label, colour in (("1", svg.SERIES[1]), ("0", svg.SERIES[2])):
        if quantiles:
            at = np.mean([of[label] for of in quantiles], axis=0)
            curves.append((f"training, class {label}", at, np.linspace(0, 1, len(at)), colour, svg.DASHES[1]))
    logits = rows["logit"].sort().to_numpy()
    shown = np.unique(np.linspace(0, len(logits) - 1, min(len(logits), 500)).astype(int))
    curves.append(("given", logits[shown], (shown + 1) / len(logits), svg.SERIES[0], "-"))
    with svg.style():
        legend = svg.legend_height(len(curves), 1)
        drawn = svg.figure(3.6, 2.9 + legend, left=0.62, bottom=0.6 + legend)
        axes = drawn.subplots()
        for label, at, share, colour, dash in curves:
            axes.plot(at, share, color=colour, linestyle=dash, label=label)
        axes.set(xlabel="logit", ylabel="fraction with less", ylim=(0, 1))
        drawn.legend(loc="lower center", ncols=1)
        described = f"Median logit of the sequences: {titles.number(float(np.median(logits)), 2)}"
        return "Logits, beside the training samples", svg.inline(drawn, f"ecdf-{name}", f"Logits of {name}", described)


def _histogram(rows: pl.DataFrame, name: str) -> tuple[str, Markup]:
    """Probabilities, calibrated where they can be, of sequences with and without a flag."""
    column = "probability_calibrated" if rows["probability_calibrated"].null_count() < rows.height else "probability"
    flagged = (rows["flags"].fill_null("none") != "none").to_numpy()
    values = rows[column].to_numpy()
    with svg.style():
        legend = svg.legend_height(2, 1)
        drawn = svg.figure(3.6, 2.9 + legend, left=0.62, bottom=0.6 + legend)
        axes = drawn.subplots()
        parts = {"usual": values[~flagged], "flagged": values[flagged]}
        axes.hist(list(parts.values()), np.linspace(0, 1, 21), color=svg.SERIES[0:2], stacked=True, label=list(parts))
        axes.set(xlabel=column.replace("_", ", "), ylabel="sequences", xlim=(0, 1))
        drawn.legend(loc="lower center", ncols=1)
        described = f"{int((values >= 0.5).sum()):,} of {len(values):,} have 0.5 or more"
        return "Probabilities", svg.inline(drawn, f"hist-{name}", f"Probabilities of {name}", described)
