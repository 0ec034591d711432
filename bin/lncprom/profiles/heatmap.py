"""The study's Figure 2: importance as a heat map, promoter x position, under its mean profile."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from lncprom import files, plot_style
from lncprom.plot_style import INK
from lncprom.profiles import correlation
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
    """What a figure shows beside the scores: title, positions, and by class the name and the mean profile of shares.

    random_init: that of the control with random weights by class, or None. region: bases upstream that are marked.
    """

    title: str
    position: np.ndarray
    tss_known: bool
    signed: bool
    names: dict[int, str]
    profiles: dict[int, Curve]
    random_init: dict[int, Curve] | None
    region: int


def draw(shown: Figure2, orders: dict[str, tuple[str, dict[int, np.ndarray]]], path: Path, png: bool) -> None:
    """Draw the scores in each order as SVG and, with `png`, as PNG; the bytes depend on what is shown alone.

    `orders`: what follows `path` in the file's name -> the line below the title, and the ordered scores by class.
    """
    every = list(next(iter(orders.values()))[1].values())
    windows = [("upstream of the TSS", shown.position < 0)] if shown.tss_known else []
    windows.append(("whole window", np.ones(len(shown.position), bool)))
    with plot_style.style(_STYLE):
        figure = Figure(figsize=(7.6, 6.2))
        figure.patch.set_alpha(0)
        size = 10.5 * min(1, _TITLE / len(shown.title))
        figure.text(0.015, 0.985, shown.title, fontsize=size, fontweight="bold", va="top")
        subtitle = figure.text(0.015, 0.953, "", fontsize=7.5, va="top")
        maps = _panels(figure, shown, windows, every)
        _keys(figure, shown, maps[-1][1], any(np.isnan(scores).any() for scores in every))
        for name, (line, by_class) in orders.items():
            subtitle.set_text(line)
            for label, image, chosen in maps:
                _fill(image, by_class[label][:, chosen], shown.position[chosen], shown.names[label])
            with files.writing(path.with_name(f"{path.name}.{name}.svg")) as beside:
                plot_style.write_svg(figure, beside)
            if png:
                with files.writing(path.with_name(f"{path.name}.{name}.png")) as beside:
                    figure.savefig(beside, format="png", dpi=150, metadata={"Software": None})


def _panels(figure: Figure, shown: Figure2, windows: list[tuple[str, np.ndarray]], scores: list[np.ndarray]) -> list:
    """For each window a mean profile and a map of each class: (label, image, its positions) of the maps."""
    shape = {"left": 0.09, "right": 0.9, "top": 0.865, "bottom": 0.085, "hspace": 0.14, "wspace": 0.1}
    grid = figure.add_gridspec(3, len(windows), height_ratios=[2, 3, 3], **shape)
    colours, found = _scale(shown, scores), []
    for column, (name, chosen) in enumerate(windows):
        top = figure.add_subplot(grid[0, column])
        _means(top, shown, chosen)
        top.set_title(name, loc="left")
        for row, label in enumerate((1, 0), start=1):
            axes = figure.add_subplot(grid[row, column], sharex=top)
            image = axes.imshow(np.zeros((1, 1)), aspect="auto", interpolation="none", **colours)
            found.append((label, image, chosen))
            axes.set_yticks([])
            axes.tick_params(labelbottom=row == 2)
            _mark(axes, shown, shown.position[chosen])
        end = "bases from the TSS" if shown.tss_known else "bases from the window's last base (TSS unknown)"
        step = chosen.sum() / _COLUMNS
        axes.set_xlabel(f"{end}, {step:.1f} a point" if step > 1 else end)
        if column == 0:
            top.set_ylabel("% of importance\nper base")
        else:
            top.tick_params(labelleft=False)
            top.sharey(figure.axes[0])
    return found


def _keys(figure: Figure, shown: Figure2, image, unseen: bool) -> None:
    """What the colours and the lines stand for."""
    place = figure.add_axes((0.915, 0.16, 0.014, 0.36))
    scale = figure.colorbar(image, cax=place, extend="both" if shown.signed else "max")
    scale.outline.set_linewidth(0.4)
    scale.set_label("score (blue: for the positive class)" if shown.signed else "attention")
    scale.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}".replace("-", "\u2212"))
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(0.005, 0.937), ncols=4)
    if unseen:
        look = {"transform": figure.transFigure, "color": UNSEEN, "linewidth": 0, "figure": figure}
        figure.patches.append(matplotlib.patches.Rectangle((0.915, 0.105), 0.014, 0.02, **look))
        figure.text(0.933, 0.115, "not seen", fontsize=7, va="center")


def _means(axes, shown: Figure2, chosen: np.ndarray) -> None:
    """Mean share of importance by position, with interval; dashed: random weights; dotted: evenly spread."""

    def percent(values: np.ndarray) -> np.ndarray:
        return 100 * thin(values[None, chosen], _COLUMNS, 1)[0]

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


def _mark(axes, shown: Figure2, position: np.ndarray) -> None:
    """Lines where the region begins and ends."""
    for at in (-shown.region - 0.5, -0.5) if shown.tss_known else ():
        if position[0] < at < position[-1]:
            axes.axvline(at, color=_MARKS[shown.signed], linewidth=0.7, linestyle=(0, (3, 2)))


def _fill(image, scores: np.ndarray, position: np.ndarray, name: str) -> None:
    """Put the scores of a class into a map, beside it its name and their number."""
    thinned = thin(thin(scores, _ROWS, 0), _COLUMNS, 1)
    image.set_data(np.ma.masked_invalid(thinned))
    image.set_extent((position[0] - 0.5, position[-1] + 0.5, len(scores), 0))
    if image.axes.get_subplotspec().is_first_col():
        image.axes.set_ylabel(f"{name}\n{len(scores):,} sequences")


def _scale(shown: Figure2, every: list[np.ndarray]) -> dict:
    """Colours and what their ends stand for: the 99th percentile, so that one base does not pale all others."""
    size = np.abs(np.concatenate([scores[np.isfinite(scores)] for scores in every]))
    top = float(np.quantile(size, 0.99)) if len(size) else 0.0
    top = top or (float(size.max()) if len(size) else 0.0) or 1.0
    colours = matplotlib.colormaps["RdBu" if shown.signed else "viridis"].resampled(_LEVELS)
    return {"cmap": colours.with_extremes(bad=UNSEEN), "vmin": -top if shown.signed else 0.0, "vmax": top}


def thin(matrix: np.ndarray, limit: int, axis: int) -> np.ndarray:
    """At most `limit` rows (axis 0) or columns (1): the mean of neighbours that were seen, NaN where none was."""
    size = matrix.shape[axis]
    if size <= limit:
        return matrix
    edges = np.linspace(0, size, limit + 1).round().astype(int)[:-1]
    seen = np.add.reduceat(np.isfinite(matrix).astype(np.float64), edges, axis=axis)
    total = np.add.reduceat(np.nan_to_num(matrix.astype(np.float64)), edges, axis=axis)
    return np.divide(total, seen, out=np.full_like(total, np.nan), where=seen > 0)
