"""Of --inflation: MCC by kind of negatives and way to split, a heat map for each model and the best rung."""

from __future__ import annotations

from markupsafe import Markup

from lncprom.report import svg, titles
from lncprom.report.results import Dataset, Results, Score

_WAYS = ("sample", "group", "chromosome")
_KINDS = ("substitute", "shuffle", "dinucleotide_shuffle", "genomic", "matched")
Grid = dict[tuple[str, str], Dataset]


def grid(results: Results) -> Grid:
    """(kind of negatives, way to split) -> data set, by the cards; empty unless a run has several ways."""
    found: Grid = {}
    for dataset in results.datasets:
        steps = {record["step"]: record["parameters"] for record in (dataset.card or {}).get("upstream", [])}
        kind, way = (
            steps.get(step, {}).get(name) for step, name in (("sample_negatives", "kind"), ("assign_folds", "by"))
        )
        if kind and way:
            found.setdefault((kind, way), dataset)
    return found if len({way for _, way in found}) > 1 else {}


def figures(results: Results, cells: Grid) -> list[tuple[str, Markup]]:
    """A panel for the best rung (by dev) of each cell, and one for each model."""
    rungs = {cell: results.score(dataset.name, results.rung(dataset) or "") for cell, dataset in cells.items()}
    panels = [("Best trivial baseline", {cell: score for cell, score in rungs.items() if score})]
    for model in results.models:
        scores = {cell: results.score(dataset.name, model) for cell, dataset in cells.items()}
        panels.append((titles.model(model), {cell: score for cell, score in scores.items() if score}))
    return [(title, _panel(title, scores)) for title, scores in panels if scores]


def _panel(title: str, scores: dict[tuple[str, str], Score]) -> Markup:
    kinds = [kind for kind in _KINDS if any(kind == of for of, _ in scores)]
    ways = [way for way in _WAYS if any(way == of for _, of in scores)]
    told = []
    with svg.style():
        drawn = svg.figure(3.9, 0.9 + 0.5 * len(kinds), left=1.35, bottom=0.55)
        axes = drawn.subplots()
        for kind, way in ((kind, way) for kind in kinds for way in ways if (kind, way) in scores):
            score, at = scores[kind, way], (ways.index(way), kinds.index(kind))
            text = titles.interval(*score[:3], titles.hundred)
            axes.bar(at[0], 0.96, 0.96, at[1] - 0.48, color=svg.SERIES[0], alpha=0.6 * max(score.value or 0, 0))
            axes.text(*at, text.replace(" [", "\n["), ha="center", va="center", fontsize=7.5)
            told.append(f"{kind}, by {way}: {text}")
        axes.set_xticks(range(len(ways)), ways)
        axes.set_yticks(range(len(kinds)), [kind.replace("_", "\n") for kind in kinds])
        axes.grid(visible=False)
        axes.set(xlim=(-0.5, len(ways) - 0.5), ylim=(len(kinds) - 0.5, -0.5))
        axes.set(xlabel="what stays in one split", ylabel="negatives")
        return svg.inline(
            drawn, f"inflation-{title}", f"{title}: MCC \u00d7 100 by negatives and split", "; ".join(told)
        )
