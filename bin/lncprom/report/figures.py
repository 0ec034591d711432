"""The report's figures: one small panel each, so that a phone shows them below one another at full size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from markupsafe import Markup

from lncprom import published
from lncprom.report import svg, words
from lncprom.report.results import Dataset, Results


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
    low = min([0.0, *(_bound(results, dataset) for dataset in results.built)])
    return [_by_length(results, task, 100 * low) for task in results.tasks]


def _bound(results: Results, dataset: Dataset) -> float:
    scores = [results.score(dataset.name, model) for model in [*results.models, *results.floors]]
    return min((s.low if s.low is not None else s.value for s in scores if s and s.value is not None), default=0.0)


def _by_length(results: Results, task: str, low: float) -> Panel:
    sets = [dataset for dataset in results.built if dataset.task == task]
    shown = [*results.models, *results.floors]
    said = []
    with svg.style():
        drawn = svg.figure(3.9, 3.1)
        axes = drawn.subplots()
        for at, model in enumerate(shown):
            points = [(i, results.score(d.name, model)) for i, d in enumerate(sets)]
            points = [(i, score) for i, score in points if score and score.value is not None]
            if not points:
                continue
            key = keys(results)[model]
            x = np.array([i for i, _ in points]) + (at - (len(shown) - 1) / 2) * min(0.13, 0.6 / len(shown))
            y = 100 * np.array([score.value for _, score in points])
            spread = [
                [100 * (s.value - _or(s.low, s.value)) for _, s in points],
                [100 * (_or(s.high, s.value) - s.value) for _, s in points],
            ]
            axes.errorbar(
                x,
                y,
                np.abs(spread),
                color=key.colour,
                linestyle=key.dash,
                marker=key.marker,
                markersize=5,
                elinewidth=1.3,
                capsize=2.5,
                label=words.model(model),
            )
            said.append(
                f"{words.model(model)}: "
                + ", ".join(f"{words.hundred(s.value)} at {sets[i].length} bp" for i, s in points)
            )
        other = _published_points(results, sets)
        if other:
            axes.plot(
                *zip(*other, strict=True),
                linestyle="none",
                marker="D",
                markersize=6,
                markerfacecolor="none",
                markeredgecolor=svg.INK,
                label="published, same model",
            )
            said.append("published: " + ", ".join(f"{y}" for _, y in other))
        axes.set_xticks(range(len(sets)), [f"{d.length:,}" for d in sets])
        axes.set_xlim(-0.5, len(sets) - 0.5)
        axes.set_ylim(min(0.0, 10 * np.floor(low / 10)), 100)
        axes.axhline(0, color=svg.MUTED, linewidth=0.8)
        axes.grid(axis="x", visible=False)
        axes.set_xlabel("window length (bp)")
        axes.set_ylabel("MCC \u00d7 100, test fold")
        drawn.legend(loc="outside lower center", ncols=2)
        title = words.task(task)
        figure = svg.inline(drawn, f"length-{task}", f"{title}: MCC by window length", "; ".join(said))
    return Panel(title, figure)


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _published_points(results: Results, sets: list[Dataset]) -> list[tuple[float, float]]:
    found = []
    for i, dataset in enumerate(sets):
        if dataset.comparison.comparable:
            values = {published.mcc(dataset.task, dataset.length, model) for model in results.models}
            found += [(i, value) for value in sorted(value for value in values if value is not None)]
    return found


def ready_made(results: Results) -> list[Panel]:
    """One panel over the sets that the user brought: MCC x 100 with intervals, a row a set."""
    if not results.imported:
        return []
    shown = [*results.models, *results.floors]
    with svg.style():
        drawn = svg.figure(3.9, 1.5 + 0.22 * len(shown) * len(results.imported) ** 0.9)
        axes = drawn.subplots()
        for at, model in enumerate(shown):
            points = [(i, results.score(d.name, model)) for i, d in enumerate(results.imported)]
            points = [(i, s) for i, s in points if s and s.value is not None]
            if not points:
                continue
            key = keys(results)[model]
            y = np.array([i for i, _ in points]) + (at - (len(shown) - 1) / 2) * min(0.22, 0.7 / len(shown))
            x = 100 * np.array([s.value for _, s in points])
            spread = [
                [100 * (s.value - _or(s.low, s.value)) for _, s in points],
                [100 * (_or(s.high, s.value) - s.value) for _, s in points],
            ]
            axes.errorbar(
                x,
                y,
                xerr=np.abs(spread),
                color=key.colour,
                linestyle="none",
                marker=key.marker,
                markersize=5,
                elinewidth=1.3,
                capsize=2.5,
                label=words.model(model),
            )
        axes.set_yticks(range(len(results.imported)), [d.name for d in results.imported])
        axes.set_ylim(len(results.imported) - 0.5, -0.5)
        axes.set_xlim(min(0.0, 10 * np.floor(10 * min(_bound(results, d) for d in results.imported))), 100)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("MCC \u00d7 100, test fold")
        drawn.legend(loc="outside lower center", ncols=2)
        text = "MCC of each model on each ready-made set, with intervals; the values stand in the tables."
        figure = svg.inline(drawn, "ready-made", "Ready-made data sets: MCC", text)
    return [Panel("Ready-made data sets", figure)]


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
        drawn = svg.figure(3.1, 2.85 + 0.18 * len(shown))
        axes = drawn.subplots()
        for model in shown:
            line = rows.filter((pl.col("model") == model) & (pl.col("curve") == kind))
            line = line.filter(pl.col("seed") == line["seed"].min())
            key = keys(results)[model]
            score = next(iter(results.seeds(dataset.name, model, metric=metric)), None)
            label = f"{words.model(model)} ({words.number(score.value if score else None, 2)})"
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
            loc="outside lower center",
            ncols=1,
            title={"roc": "area under the curve", "pr": "average precision"}[kind],
            title_fontsize=9,
        )
        title = f"{dataset.title}: {name}"
        figure = svg.inline(
            drawn, f"{kind}-{dataset.name}", title, f"{metric.upper()} on the test fold: " + "; ".join(said)
        )
    return Panel(f"{dataset.short}: {name}", figure)
