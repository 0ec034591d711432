"""Figure of base and CpG fractions by position around the TSS, both classes in one panel."""

from __future__ import annotations

import polars as pl
from markupsafe import Markup

from lncprom.report import svg, titles
from lncprom.report.results import Dataset, Results

_BINS = 320
_CORE = (-100, 50)
_REACH = 0.1
_ROWS = ("A", "C", "G", "T", "CpG")


def figures(results: Results, frame: pl.DataFrame) -> list[tuple[str, list[tuple[str, Markup]]]]:
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
    positive, negative = titles.classes(dataset.task)
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
