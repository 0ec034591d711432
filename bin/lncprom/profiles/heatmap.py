"""The study's Figure 2: importance as a heat map, promoter x position, under its mean profile."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lncprom import files, plot_style
from lncprom.plot_style import INK
from lncprom.profiles import correlation, heatmap_order
from lncprom.profiles.means import Curve

COLOURS = {1: plot_style.BLUE, 0: plot_style.VERMILLION}
UNSEEN = "#9aa0a6"
_MARKS = {True: "#444444", False: "#ffffff"}  # on pale, on dark pictures; the same on any page
_ROWS, _COLUMNS = 100, 300  # of a picture, and points of a curve, so that the file stays small
_TITLE = 70  # letters that fit at full size
_LEVELS = 17  # an odd number: zero is white
_STYLE = {
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 9.5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.6,
    "axes.facecolor": "none",
    "path.simplify_threshold": 0.2,
}


class Figure2(NamedTuple):
    """What a figure shows: titles, positions, and by class the name, ordered scores, and mean profile of shares.

    random_init: that of the control with random weights by class, or None. region: bases upstream that are marked.
    """

    title: str
    subtitle: str
    position: np.ndarray
    tss_known: bool
    signed: bool
    names: dict[int, str]
    scores: dict[int, np.ndarray]
    profiles: dict[int, Curve]
    random_init: dict[int, Curve] | None
    region: int


def draw(shown: Figure2, svg: Path, png: Path | None) -> None:
    """Draw the figure as SVG and, with `png`, as PNG; its bytes depend on what is shown alone."""
    with plot_style.style(_STYLE):
        figure = _figure(shown)
        with files.writing(svg) as beside:
            plot_style.write_svg(figure, beside)
        if png is None:
            return
        figure.patch.set_facecolor("white")
        FigureCanvasAgg(figure)
        with files.writing(png) as beside:
            figure.savefig(beside, format="png", dpi=150, metadata={"Software": None})


def _figure(shown: Figure2) -> Figure:
    windows = [("upstream of the TSS", shown.position < 0)] if shown.tss_known else []
    windows.append(("whole window", np.ones(len(shown.position), bool)))
    figure = Figure(figsize=(7.6, 6.2))
    figure.patch.set_alpha(0)
    figure.text(
        0.015, 0.985, shown.title, fontsize=10.5 * min(1, _TITLE / len(shown.title)), fontweight="bold", va="top"
    )
    figure.text(0.015, 0.953, shown.subtitle, fontsize=7.5, va="top")
    grid = figure.add_gridspec(
        3, len(windows), left=0.09, right=0.9, top=0.865, bottom=0.085, hspace=0.14, wspace=0.1, height_ratios=[2, 3, 3]
    )
    colours, limits = _scale(shown)
    image = None
    for column, (name, chosen) in enumerate(windows):
        top = figure.add_subplot(grid[0, column])
        _means(top, shown, chosen)
        top.set_title(name, loc="left")
        for row, label in enumerate((1, 0), start=1):
            axes = figure.add_subplot(grid[row, column], sharex=top)
            image = _map(axes, shown, label, chosen, colours, limits)
            axes.tick_params(labelbottom=row == 2)
            if column == 0:
                axes.set_ylabel(f"{shown.names[label]}\n{len(shown.scores[label]):,} sequences")
        end = "bases from the TSS" if shown.tss_known else "bases from the window's last base (TSS unknown)"
        step = chosen.sum() / _COLUMNS
        axes.set_xlabel(f"{end}, {step:.1f} a point" if step > 1 else end)
        if column == 0:
            top.set_ylabel("% of importance\nper base")
        else:
            top.tick_params(labelleft=False)
            top.sharey(figure.axes[0])
    scale = figure.colorbar(
        image, cax=figure.add_axes((0.915, 0.16, 0.014, 0.36)), extend="both" if shown.signed else "max"
    )
    scale.outline.set_linewidth(0.4)
    scale.set_label("score (blue: for the positive class)" if shown.signed else "attention")
    scale.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}".replace("-", "\u2212"))
    figure.legend(*top.get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(0.005, 0.937), ncols=4)
    if any(np.isnan(scores).any() for scores in shown.scores.values()):
        figure.patches.append(
            matplotlib.patches.Rectangle(
                (0.915, 0.105), 0.014, 0.02, transform=figure.transFigure, color=UNSEEN, linewidth=0, figure=figure
            )
        )
        figure.text(0.933, 0.115, "not seen", fontsize=7, va="center")
    return figure


def _means(axes, shown: Figure2, chosen: np.ndarray) -> None:
    """Mean share of importance by position, with interval; dashed: random weights; dotted: evenly spread."""

    def percent(values: np.ndarray) -> np.ndarray:
        return 100 * heatmap_order.thin(values[None, chosen], _COLUMNS, 1)[0]

    position = percent(shown.position.astype(np.float64)) / 100
    for label in (1, 0):
        curve, colour = shown.profiles[label], COLOURS[label]
        if np.isfinite(curve.low).any():
            axes.fill_between(position, percent(curve.low), percent(curve.high), color=colour, alpha=0.25, linewidth=0)
        axes.plot(position, percent(curve.mean), color=colour, linewidth=1, label=shown.names[label])
    if shown.random_init:
        mean = percent(correlation.mean([curve.mean for curve in shown.random_init.values()]))
        look = {"color": plot_style.MUTED, "linewidth": 0.8, "linestyle": (0, (4, 2)), "label": "random weights"}
        axes.plot(position, mean, **look)
    even = 100 / max(1, int(np.isfinite(shown.profiles[1].mean).sum()))
    axes.axhline(even, color=INK, linewidth=0.6, linestyle=(0, (1, 2)), label="evenly spread")
    axes.set_ylim(bottom=0)
    axes.set_xlim(shown.position[chosen][0] - 0.5, shown.position[chosen][-1] + 0.5)
    axes.tick_params(labelbottom=False)
    axes.spines[["top", "right"]].set_visible(False)
    if shown.tss_known:
        axes.axvspan(-shown.region - 0.5, -0.5, color=INK, alpha=0.07, linewidth=0)
        axes.annotate(
            f"{shown.region} bp",
            (-shown.region, 1),
            xycoords=("data", "axes fraction"),
            xytext=(1, -1),
            textcoords="offset points",
            fontsize=7,
            va="top",
        )


def _map(axes, shown: Figure2, label: int, chosen: np.ndarray, colours, limits: tuple[float, float]):
    position = shown.position[chosen]
    scores = heatmap_order.thin(heatmap_order.thin(shown.scores[label][:, chosen], _ROWS, 0), _COLUMNS, 1)
    image = axes.imshow(
        np.ma.masked_invalid(scores),
        cmap=colours,
        vmin=limits[0],
        vmax=limits[1],
        aspect="auto",
        interpolation="none",
        extent=(position[0] - 0.5, position[-1] + 0.5, len(shown.scores[label]), 0),
    )
    axes.set_yticks([])
    if shown.tss_known:
        for at in (-shown.region - 0.5, -0.5):
            if position[0] < at < position[-1]:
                axes.axvline(at, color=_MARKS[shown.signed], linewidth=0.7, linestyle=(0, (3, 2)))
    return image


def _scale(shown: Figure2) -> tuple[matplotlib.colors.Colormap, tuple[float, float]]:
    """Colours and what their ends stand for: the 99th percentile, so that one base does not pale all others."""
    size = np.abs(np.concatenate([scores[np.isfinite(scores)] for scores in shown.scores.values()]))
    top = float(np.quantile(size, 0.99)) if len(size) else 0.0
    top = top or (float(size.max()) if len(size) else 0.0) or 1.0
    colours = matplotlib.colormaps["RdBu" if shown.signed else "viridis"].resampled(_LEVELS)
    colours = colours.with_extremes(bad=UNSEEN)
    return colours, (-top if shown.signed else 0.0, top)
