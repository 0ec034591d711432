"""Figures of scores and of base composition, with titles: small panels, which a phone shows at full size."""

from __future__ import annotations

import numpy as np
import polars as pl
from markupsafe import Markup

from lncprom.report import svg, titles
from lncprom.report.results import Dataset, Finding, Results
from lncprom.sites import task_names

_NAME = 22  # letters that fit beside a figure
_AXIS = "MCC \u00d7 100, test split"
_BINS = 320  # of the composition, at most
_CORE = (-100, 50)
_REACH = 0.1  # of the sequences must reach a position
_ROWS = ("A", "C", "G", "T", "CpG")
_CURVES = {
    "roc": ("ROC", "auroc", "area under the curve", "false positive rate", "true positive rate"),
    "pr": ("PR", "auprc", "average precision", "recall", "precision"),
}


def keys(results: Results) -> dict[str, tuple]:
    """Colour, marker and dash of each model in every figure: models take the palette in order, baselines are grey."""
    found = {
        m: (svg.SERIES[at % 6], svg.MARKERS[at % 6], svg.DASHES[at // 6 % 4]) for at, m in enumerate(results.models)
    }
    dashes = ((1, 3), (5, 1.5), (3, 1.5), (5, 1.5, 1, 1.5), (1.5, 1.2))
    grey = dict(zip(titles.TRIVIAL, zip("xD^vs", dashes, strict=True), strict=True))
    return found | {name: (svg.MUTED, grey[name][0], (0, grey[name][1])) for name in results.trivial}


def ladder(results: Results, finding: Finding) -> Markup:
    """MCC x 100 of a data set with intervals: from trivial baselines at the bottom up to language models.

    A line marks the rung, the trivial baseline that was chosen on dev; the model that was chosen so is bold.
    """
    dataset, told = finding.dataset, []
    scored = {m: results.score(dataset.name, m) for m in (*results.trivial, *results.models)}
    scored = {model: score for model, score in scored.items() if score and score.value is not None}
    if not scored:
        return Markup('<p class="small">No model has a score here: the test split is too small, or constant.</p>')
    names = [_shortened(titles.model(model)) for model in scored]
    with svg.style():
        margin = 0.2 + 0.074 * max(map(len, names))
        drawn = svg.figure(3.9, 1.0 + 0.24 * len(names), left=margin, bottom=0.8, right=0.42)
        axes = drawn.subplots()
        for at, (model, score) in enumerate(scored.items()):
            colour, marker, _ = keys(results)[model]
            value, *ends = (100 * (score.value if end is None else end) for end in score[:3])
            look = {"color": colour, "marker": marker, "markersize": 5, "elinewidth": 1.4, "capsize": 2.5}
            axes.errorbar(value, at, xerr=[[abs(value - end)] for end in ends], linestyle="none", **look)
            text = titles.hundred(score.value)
            axes.text(1.02, at, text, transform=axes.get_yaxis_transform(), va="center")
            told.append(f"{titles.model(model)}: {titles.interval(*score[:3], titles.hundred)}")
            if (theirs := results.published(dataset, model)) is not None:
                axes.plot(theirs, at, marker="D", markersize=7, mfc="none", mec=svg.INK, linestyle="none")
                told.append(f"published: {theirs}")
        low = min(0.0, *(axes.dataLim.intervalx))
        axes.set(xlim=(low - 2, 102), ylim=(-0.6, len(names) - 0.4))
        axes.set_xlabel(f"{results.main_title(dataset.name)} \u00d7 100, test split")
        axes.set_yticks(range(len(names)), names, fontsize=10)
        for model, label in zip(scored, axes.get_yticklabels(), strict=True):
            label.set_fontweight("bold" if model == finding.model else "normal")
        axes.axhline(len([model for model in scored if model in results.trivial]) - 0.5, color=svg.LINE, linewidth=0.8)
        axes.grid(axis="y", visible=False)
        if finding.rung in scored:
            label = "best trivial baseline on dev"
            axes.axvline(
                100 * scored[finding.rung].value, color=svg.INK, linewidth=1, linestyle=(0, (4, 2)), label=label
            )
            told.append(f"{label}: {titles.model(finding.rung)}")
        if any(text.startswith("published") for text in told):
            axes.plot([], [], marker="D", markersize=7, mfc="none", mec=svg.INK, linestyle="none", label="published")
        if axes.get_legend_handles_labels()[0]:
            drawn.legend(loc="lower center", ncols=2)
        return svg.inline(drawn, f"ladder-{dataset.name}", f"{dataset.title}: ladder of scores", "; ".join(told))


def any_published(results: Results) -> bool:
    """Whether a published score stands in a ladder."""
    return any(results.published(dataset, model) is not None for dataset in results.leading for model in results.models)


def _shortened(name: str) -> str:
    return name if len(name) <= _NAME else name[: _NAME - 1] + "\u2026"


def _all_series(results: Results, sets: list[Dataset]) -> list[tuple]:
    """Every model with a score on any of the sets, side by side so that no interval hides another.

    Each has its name, settings of matplotlib, dash, and of the sets on which it has a score: indices, places along the
    axis, MCC x 100, and lengths of whiskers.
    """
    scores = {m: [results.score(d.name, m) for d in sets] for m in results.every_model}
    scored = {m: [(at, s) for at, s in enumerate(of) if s and s.value is not None] for m, of in scores.items()}
    scored = {model: pairs for model, pairs in scored.items() if pairs}
    step = min(0.16, 0.7 / max(1, len(scored)))
    found = []
    for row, (model, pairs) in enumerate(scored.items()):
        numbers = [(s.value, *(s.value if bound is None else bound for bound in (s.low, s.high))) for _, s in pairs]
        value, low, high = 100 * np.array(numbers).T
        at = [at for at, _ in pairs]
        place = np.array(at) + (row - (len(scored) - 1) / 2) * step
        colour, marker, dash = keys(results)[model]
        look = {"color": colour, "marker": marker, "label": titles.model(model)}
        look |= {"markersize": 5, "elinewidth": 1.3, "capsize": 2.5}
        found.append((model, look, dash, at, place, value, np.abs([value - low, high - value])))
    return found


def _lowest(results: Results, sets: list[Dataset]) -> float:
    """Start of the axis: 0, or the multiple of ten below the lowest bound."""
    ends = [(value - whiskers[0]).min() for *_, value, whiskers in _all_series(results, sets)]
    return float(min([0.0, *(10 * np.floor(end / 10) for end in ends)]))


def scores(results: Results) -> list[tuple[str, Markup]]:
    """MCC of each task by window length, and of the ready-made sets."""
    return [_by_length(results, task) for task in results.tasks] + _ready_made(results)


def _by_length(results: Results, task: str) -> tuple[str, Markup]:
    """MCC x 100 of each model with its interval; the axis is that of all tasks."""
    sets = [dataset for dataset in results.built if dataset.task == task]
    series = _all_series(results, sets)
    compared = any(dataset.comparison.comparable for dataset in sets)
    told = []
    with svg.style():
        legend = svg.legend_height(len(series) + compared, 2)
        drawn = svg.figure(3.9, 2.75 + legend, left=0.55, bottom=0.52 + legend)
        axes = drawn.subplots()
        for model, look, dash, indices, places, values, whiskers in series:
            axes.errorbar(places, values, whiskers, linestyle=dash, **look)
            texts = (f"{value:.1f} at {sets[at].length} bp" for at, value in zip(indices, values, strict=True))
            told.append(f"{look['label']}: {', '.join(texts)}")
            for at, place in zip(indices, places, strict=True):
                if (theirs := results.published(sets[at], model)) is not None:
                    axes.plot(place, theirs, marker="D", markersize=7, mfc="none", mec=look["color"])
                    told.append(f"published: {theirs} at {sets[at].length} bp")
        if compared:
            axes.plot([], [], linestyle="none", marker="D", markersize=7, mfc="none", mec=svg.INK, label="published")
        axes.set_xticks(range(len(sets)), [f"{d.length:,}" for d in sets])
        axes.axhline(0, color=svg.MUTED, linewidth=0.8)
        axes.grid(axis="x", visible=False)
        axes.set(xlim=(-0.5, len(sets) - 0.5), ylim=(_lowest(results, results.built), 101))
        axes.set(xlabel="window length (bp)", ylabel=_AXIS)
        drawn.legend(loc="lower center", ncols=2)
        title = task_names.title(task)
        return title, svg.inline(drawn, f"length-{task}", f"{title}: MCC by window length", "; ".join(told))


def _ready_made(results: Results) -> list[tuple[str, Markup]]:
    """One panel of the ready-made sets, if they have scores: MCC x 100 with intervals, one row per set."""
    sets = results.imported
    series = _all_series(results, sets)
    if not series:
        return []
    with svg.style():
        legend = svg.legend_height(len(series), 2)
        names = [_shortened(d.name) for d in sets]
        height = 0.75 + 0.17 * len(series) * len(sets)
        margin = 0.25 + 0.072 * max(map(len, names))
        drawn = svg.figure(3.9, height + legend, left=margin, bottom=0.52 + legend)
        axes = drawn.subplots()
        for _, look, _, _, places, values, whiskers in series:
            axes.errorbar(values, places, xerr=whiskers, linestyle="none", **look)
        axes.set_yticks(range(len(sets)), names)
        axes.set(ylim=(len(sets) - 0.5, -0.5), xlim=(_lowest(results, sets), 101), xlabel=_AXIS)
        axes.grid(axis="y", visible=False)
        drawn.legend(loc="lower center", ncols=2)
        text = "MCC of each model on each ready-made set, with intervals; the tables give the values."
        return [("Ready-made data sets", svg.inline(drawn, "ready-made", "Ready-made data sets: MCC", text))]


def curves(results: Results, frame: pl.DataFrame) -> dict[str, list[tuple[str, Markup]]]:
    """ROC and precision-recall curves of the test split by data set; of several seeds the first."""
    given = frame.partition_by("dataset", as_dict=True)
    sets = [dataset for dataset in results.datasets if (dataset.name,) in given]
    return {d.name: [_curve(results, given[d.name,], d, kind) for kind in _CURVES] for d in sets}


def _curve(results: Results, rows: pl.DataFrame, dataset: Dataset, kind: str) -> tuple[str, Markup]:
    name, metric, area, across, up = _CURVES[kind]
    told = []
    with svg.style():
        shown = [model for model in results.every_model if model in set(rows["model"])]
        legend = svg.legend_height(len(shown) + 2, 1)
        drawn = svg.figure(3.1, 3.0 + legend, left=0.62, bottom=0.52 + legend)
        axes = drawn.subplots()
        for model in shown:
            line = rows.filter((pl.col("model") == model) & (pl.col("curve") == kind))
            line = line.filter(pl.col("seed") == line["seed"].min())
            colour, _, dash = keys(results)[model]
            score = next(iter(results.seeds(dataset.name, model, metric).values()), None)
            label = f"{titles.model(model)} ({titles.number(score.value if score else None, 2)})"
            axes.plot(line["x"], line["y"], color=colour, linestyle=dash, label=label)
            told.append(label)
        score = next((s for m in shown if (s := results.score(dataset.name, m))), None)
        level = score.n_positive / score.n if score and score.n else 0.5
        guess = [0, 1] if kind == "roc" else [level, level]
        axes.plot([0, 1], guess, color=svg.MUTED, linewidth=0.8, linestyle=(0, (1, 2)), label="random guess")
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel=across, ylabel=up, aspect="equal")
        drawn.legend(loc="lower center", ncols=1, title=area, title_fontsize=9)
        text = f"{metric.upper()} on the test split: " + "; ".join(told)
        figure = svg.inline(drawn, f"{kind}-{dataset.name}", f"{dataset.title}: {name}", text)
    return f"{dataset.short}: {name}", figure


def composition(results: Results, frame: pl.DataFrame) -> list[tuple[str, list[tuple[str, Markup]]]]:
    """Panels of the longest window of each task, since it contains the shorter ones, and of each ready-made set."""
    longest = [*{dataset.task: dataset for dataset in results.built}.values(), *results.imported]
    return [(dataset.title, shown) for dataset in longest if (shown := _panels(frame, dataset))]


def _panels(frame: pl.DataFrame, dataset: Dataset) -> list[tuple[str, Markup]]:
    """The whole window in bins, and the core promoter at single-base resolution."""
    rows = frame.filter(pl.col("dataset") == dataset.name).sort("label", "position")
    if rows.is_empty():
        return []
    # few sequences of different lengths reach the end, and fractions of few sequences are noisy
    rows = rows.filter(pl.col("n") >= _REACH * pl.col("n").max().over("label"))
    first, last = rows["position"].min(), rows["position"].max()
    width = max(1, -(-(last - first + 1) // _BINS))
    whole = "Whole window" + (f", mean of {width} bp" if width > 1 else "")
    # bins start at the 3' end, so that those around the TSS are complete
    bins = rows.with_columns(((last - pl.col("position")) // width).alias("bin"))
    bins = bins.filter(pl.len().over("label", "bin") == width).group_by("label", "bin", maintain_order=True)
    means = bins.agg(pl.col("position", *_ROWS).mean()).sort("label", "position")
    found = [_composition(means, dataset, whole, first < 0, "whole")]
    if first < 0 and width > 1:
        core = rows.filter(pl.col("position").is_between(*_CORE))
        found.append(_composition(core, dataset, "Core promoter, single bases", True, "core"))
    return found


def _composition(rows: pl.DataFrame, dataset: Dataset, what: str, relative: bool, name: str) -> tuple[str, Markup]:
    positive, negative = task_names.classes(dataset.task)
    looks = ((0, negative, {"color": svg.MUTED, "linestyle": (0, (4, 1))}), (1, positive, {"color": svg.SERIES[0]}))
    with svg.style():
        drawn = svg.figure(4.6, 5.4, left=0.6, bottom=0.5, top=0.4)
        grid = drawn.subplots(len(_ROWS), 1, sharex=True, gridspec_kw={"hspace": 0.22})
        drawn.align_ylabels(grid)
        for base, axes in zip(_ROWS, grid, strict=True):
            for label, text, look in looks:
                one = rows.filter(pl.col("label") == label)
                if one.height:
                    axes.plot(one["position"], 100 * one[base], linewidth=1.2, label=text, **look)
            axes.set_ylabel(f"{base} (%)")
            if relative:
                axes.axvline(0, color=svg.MUTED, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0)
            axes.locator_params(axis="y", nbins=4)
            axes.margins(x=0.01)
        grid[-1].set_xlabel("position relative to the TSS (bp)" if relative else "index in the sequence (from 0)")
        handles, labels = grid[0].get_legend_handles_labels()
        drawn.legend(handles[::-1], labels[::-1], loc="upper center", ncols=2)
        text = f"Fraction of A, C, G, T and CpG by position: {positive} (solid) and {negative} (dashed)."
        figure = svg.inline(drawn, f"composition-{name}-{dataset.name}", f"{dataset.title}: {what}", text)
    return what, figure
