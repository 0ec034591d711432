"""The report's figures: one small panel each, so that a phone shows them below one another at full size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from markupsafe import Markup

from lncprom.report import svg, titles
from lncprom.report.results import Dataset, Results

_NAME = 20  # letters that fit beside a figure
_AXIS = "MCC \u00d7 100, test fold"


class Panel(NamedTuple):
    """A figure and the line above it."""

    title: str
    figure: Markup
    note: str = ""


class Key(NamedTuple):
    """Colour, marker and dash of a model, the same in every figure."""

    colour: str
    marker: str
    dash: object


def keys(results: Results) -> dict[str, Key]:
    """Floors are grey and dashed; models take the palette in order."""
    found = {
        model: Key(svg.SERIES[at % 6], svg.MARKERS[at % 6], svg.DASHES[at // 6 % 4])
        for at, model in enumerate(results.models)
    }
    dashes = {"gc_cpg": ((0, (5, 1.5)), "D"), "biotype": ((0, (1.5, 1.2)), "s")}
    return found | {floor: Key(svg.MUTED, dashes[floor][1], dashes[floor][0]) for floor in results.floors}


def mcc_by_length(results: Results) -> list[Panel]:
    """One panel a task: MCC x 100 of each model with its interval, against the window's length."""
    low = _lowest(results, results.built)
    return [_by_length(results, task, low) for task in results.tasks]


def _by_length(results: Results, task: str, low: float) -> Panel:
    sets = [dataset for dataset in results.built if dataset.task == task]
    series = _all_series(results, sets)
    compared = any(dataset.comparison.comparable for dataset in sets)
    said = []
    with svg.style():
        legend = svg.legend_height(len(series) + compared, 2)
        drawn = svg.figure(3.9, 2.75 + legend, left=0.55, bottom=0.52 + legend)
        axes = drawn.subplots()
        for one in series:
            axes.errorbar(one.place, one.value, one.spread, linestyle=one.key.dash, **one.look)
            told = (f"{value:.1f} at {sets[at].length} bp" for at, value in zip(one.sets, one.value, strict=True))
            said.append(f"{one.look['label']}: {', '.join(told)}")
            for at, place in zip(one.sets, one.place, strict=True):
                if (theirs := results.published(sets[at], one.model)) is not None:
                    axes.plot(place, theirs, marker="D", markersize=7, mfc="none", mec=one.key.colour)
                    said.append(f"published: {theirs} at {sets[at].length} bp")
        if compared:
            axes.plot([], [], linestyle="none", marker="D", markersize=7, mfc="none", mec=svg.INK, label="published")
        axes.set_xticks(range(len(sets)), [f"{d.length:,}" for d in sets])
        axes.set_xlim(-0.5, len(sets) - 0.5)
        axes.set_ylim(low, 101)
        axes.axhline(0, color=svg.MUTED, linewidth=0.8)
        axes.grid(axis="x", visible=False)
        axes.set_xlabel("window length (bp)")
        axes.set_ylabel(_AXIS)
        drawn.legend(loc="lower center", ncols=2)
        title = titles.task(task)
        figure = svg.inline(drawn, f"length-{task}", f"{title}: MCC by window length", "; ".join(said))
    return Panel(title, figure)


def ready_made(results: Results) -> list[Panel]:
    """One panel over the sets that the user brought: MCC x 100 with intervals, a row a set."""
    sets = results.imported
    series = _all_series(results, sets)
    if not series:
        return []
    with svg.style():
        legend = svg.legend_height(len(series), 2)
        names = [d.name if len(d.name) <= _NAME else d.name[: _NAME - 1] + "\u2026" for d in sets]
        margin = 0.25 + 0.072 * max(map(len, names))
        height = 0.75 + 0.17 * len(series) * len(sets)
        drawn = svg.figure(3.9, height + legend, left=margin, bottom=0.52 + legend)
        axes = drawn.subplots()
        for one in series:
            axes.errorbar(one.value, one.place, xerr=one.spread, linestyle="none", **one.look)
        axes.set_yticks(range(len(sets)), names)
        axes.set_ylim(len(sets) - 0.5, -0.5)
        axes.set_xlim(_lowest(results, sets), 101)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(_AXIS)
        drawn.legend(loc="lower center", ncols=2)
        text = "MCC of each model on each ready-made set, with intervals; the values stand in the tables."
        figure = svg.inline(drawn, "ready-made", "Ready-made data sets: MCC", text)
    return [Panel("Ready-made data sets", figure)]


class Series(NamedTuple):
    """A model's MCC x 100 over data sets: which of them, where along the axis, value, bounds below and above."""

    model: str
    key: Key
    sets: list[int]
    place: np.ndarray
    value: np.ndarray
    spread: np.ndarray

    @property
    def look(self) -> dict:
        settings = {"color": self.key.colour, "marker": self.key.marker, "label": titles.model(self.model)}
        return settings | {"markersize": 5, "elinewidth": 1.3, "capsize": 2.5}


def _all_series(results: Results, sets: list[Dataset]) -> list[Series]:
    """Every model with a score on any of the sets, beside one another so that no interval hides another."""
    scores = {m: [results.score(d.name, m) for d in sets] for m in [*results.models, *results.floors]}
    scored = {m: [(at, s) for at, s in enumerate(of) if s and s.value is not None] for m, of in scores.items()}
    scored = {model: pairs for model, pairs in scored.items() if pairs}
    step = min(0.16, 0.7 / max(1, len(scored)))
    found = []
    for row, (model, pairs) in enumerate(scored.items()):
        value = np.array([score.value for _, score in pairs])
        low = np.array([score.value if score.low is None else score.low for _, score in pairs])
        high = np.array([score.value if score.high is None else score.high for _, score in pairs])
        at = [at for at, _ in pairs]
        place = np.array(at) + (row - (len(scored) - 1) / 2) * step
        spread = 100 * np.abs([value - low, high - value])
        found.append(Series(model, keys(results)[model], at, place, 100 * value, spread))
    return found


def _lowest(results: Results, sets: list[Dataset]) -> float:
    """Where the axis starts: 0, or the ten below the lowest bound."""
    ends = [(one.value - one.spread[0]).min() for one in _all_series(results, sets)]
    return float(min([0.0, *(10 * np.floor(end / 10) for end in ends)]))


def curves(results: Results, frame: pl.DataFrame, dataset: Dataset) -> list[Panel]:
    """ROC and precision-recall of the test fold; of several seeds the first."""
    rows = frame.filter(pl.col("dataset") == dataset.name)
    if rows.is_empty():
        return []
    return [_curve(results, rows, dataset, kind) for kind in ("roc", "pr")]


def _curve(results: Results, rows: pl.DataFrame, dataset: Dataset, kind: str) -> Panel:
    metric, name = {"roc": ("auroc", "ROC"), "pr": ("auprc", "PR")}[kind]
    said = []
    with svg.style():
        shown = [model for model in [*results.models, *results.floors] if model in set(rows["model"])]
        legend = svg.legend_height(len(shown) + 2, 1)
        drawn = svg.figure(3.1, 3.0 + legend, left=0.62, bottom=0.52 + legend)
        axes = drawn.subplots()
        for model in shown:
            line = rows.filter((pl.col("model") == model) & (pl.col("curve") == kind))
            line = line.filter(pl.col("seed") == line["seed"].min())
            key = keys(results)[model]
            score = next(iter(results.seeds(dataset.name, model, metric=metric)), None)
            label = f"{titles.model(model)} ({titles.number(score.value if score else None, 2)})"
            axes.plot(line["x"], line["y"], color=key.colour, linestyle=key.dash, label=label)
            said.append(label)
        score = next((s for m in shown if (s := results.score(dataset.name, m))), None)
        share = score.n_positive / score.n if score and score.n else 0.5
        chance = ([0, 1], [0, 1]) if kind == "roc" else ([0, 1], [share, share])
        axes.plot(*chance, color=svg.MUTED, linewidth=0.8, linestyle=(0, (1, 2)), label="chance")
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
        axes.set_aspect("equal")
        axes.set_xlabel({"roc": "false positive rate", "pr": "recall"}[kind])
        axes.set_ylabel({"roc": "true positive rate", "pr": "precision"}[kind])
        drawn.legend(
            loc="lower center",
            ncols=1,
            title={"roc": "area under the curve", "pr": "average precision"}[kind],
            title_fontsize=9,
        )
        title = f"{dataset.title}: {name}"
        figure = svg.inline(
            drawn, f"{kind}-{dataset.name}", title, f"{metric.upper()} on the test fold: " + "; ".join(said)
        )
    return Panel(f"{dataset.short}: {name}", figure)
