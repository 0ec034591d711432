"""The scores of one method as a table, sample x position, and as the study's Figure 2: a heat map under its mean."""

from __future__ import annotations

import gzip
from pathlib import Path

import matplotlib
import numpy as np
import polars as pl
import pyarrow.parquet as pq
from matplotlib.figure import Figure

from lncprom import files, plot_style, random_keys
from lncprom import study as published
from lncprom.plot_style import INK
from lncprom.profiles import correlation, method_titles
from lncprom.profiles.means import Settings
from lncprom.profiles.score_matrix import TRAINED, Scored
from lncprom.tables import importance

COARSE = 1.5  # bases a score from which on a figure says so
CLUSTERED = 2000  # promoters of a class at most: distances grow with the square
_BIN = 10  # bases that a cluster looks at together: a motif a few bases away is the same motif
COLOURS = {1: plot_style.BLUE, 0: plot_style.VERMILLION}
UNSEEN = "#9aa0a6"
_ROWS, _COLUMNS = 100, 300  # of a picture, and points of a curve, so that the file stays small
_TITLE = 70  # letters that fit at full size
_LEVELS = 17  # an odd number: zero is white
_STYLE = {
    **dict.fromkeys(("font.size", "axes.labelsize"), 9),
    "axes.titlesize": 9.5,
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"), 8),
    "legend.frameon": False,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    "axes.linewidth": 0.6,
    "axes.facecolor": "none",
    "path.simplify_threshold": 0.2,
}


def write(found: Scored, means: dict, method: str, settings: Settings, folder: Path, png: bool) -> float:
    """Write the matrix and both heat maps of a method; return how many neighbouring bases share one score.

    `means`: by control, method and class, as of `means.means`.
    """
    matrix = found.mean(method)
    near = matrix[:, found.position < 0] if found.tss_known else matrix
    total = np.nansum(near.astype(np.float64), axis=1)
    ranked, leaves = {}, {}
    for label in (1, 0):
        rows = np.flatnonzero(found.label == label)
        ranked[label] = rows[np.argsort(-total[rows], kind="stable")]
        keys = random_keys.keys(found.samples["sample_id"][rows].to_list(), settings.seed, "heat map")
        drawn = rows[np.sort(np.argsort(keys, kind="stable")[:CLUSTERED])]
        leaves[label] = drawn[by_cluster(near[drawn])]
    _matrix(found, matrix, total, ranked, leaves, folder / f"{method}.matrix")
    resolution = block(next(iter(found.of(method).values())))
    end = f". Shaded: {100 * settings.confidence:g}% interval."
    end += f" One score for about {resolution:.0f} neighbouring bases." if resolution >= COARSE else ""
    by_sum = "by their sum upstream of the TSS" if found.tss_known else "by their sum"
    orders = {"heatmap": (f"Rows: ordered {by_sum}{end}", ranked)}
    orders["clustered"] = (f"Rows: ordered by similarity (Ward){end}", leaves)
    _draw(found, means, method, settings.region, orders, folder / method, png)
    return resolution


def _matrix(found: Scored, matrix: np.ndarray, total: np.ndarray, ranked: dict, leaves: dict, path: Path) -> None:
    """One row a sample, class 1 first, as in the heat map; a column a position.

    `rank` and `cluster` are the sample's row in its class's heat map, by score and by similarity.
    """
    rows = np.concatenate([ranked[1], ranked[0]])
    place = {row: at for label in (1, 0) for at, row in enumerate(leaves[label].tolist())}
    about = {
        "rank": np.concatenate([np.arange(len(ranked[label])) for label in (1, 0)]),
        "cluster": pl.Series([place.get(row) for row in rows.tolist()], dtype=pl.Int64),
        "score": pl.Series(total[rows]).round_sig_figs(6),
    }
    values = matrix[rows].astype(np.float32)
    scores = {str(at): values[:, column] for column, at in enumerate(found.position.tolist())}
    table = found.samples.select("sample_id", pl.col("label").cast(pl.Int64))[rows]
    table = table.hstack(pl.DataFrame(about)).hstack(pl.DataFrame(scores).fill_nan(None))
    arrow = table.to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    with files.writing(path.with_name(f"{path.name}.parquet")) as beside:
        pq.write_table(arrow, beside, compression="zstd")
    text = path.with_name(f"{path.name}.tsv.gz")
    with files.writing(text) as beside, open(beside, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as handle:
        table.write_csv(handle, separator="\t")


def _draw(found: Scored, means: dict, method: str, region: int, orders: dict, path: Path, png: bool) -> None:
    """Draw the scores of a method as SVG and, with `png`, as PNG; the bytes depend on what is shown alone.

    `orders`: what follows `path` in the file's name -> the line below the title, and the rows of the scores by class.
    """
    matrix, position = found.mean(method), found.position
    title = f"{method_titles.TITLES[method]}: {found.model}, {found.dataset}"
    study = published.TASKS.get(found.samples["task"][0])
    names = {1: study.positive, 0: study.negative} if study else {1: "class 1", 0: "class 0"}
    with plot_style.style(_STYLE):
        figure = Figure(figsize=(7.6, 6.2))
        figure.patch.set_alpha(0)
        figure.text(0.015, 0.985, title, fontsize=10.5 * min(1, _TITLE / len(title)), fontweight="bold", va="top")
        subtitle = figure.text(0.015, 0.953, "", fontsize=7.5, va="top")
        maps = _panels(figure, found, matrix, means, method, region, names)
        for name, (line, rows) in orders.items():
            subtitle.set_text(line)
            for label, image, chosen in maps:
                scores, place = matrix[rows[label]][:, chosen], position[chosen]
                image.set_data(np.ma.masked_invalid(thin(thin(scores, _ROWS, 0), _COLUMNS, 1)))
                image.set_extent((place[0] - 0.5, place[-1] + 0.5, len(scores), 0))
                if image.axes.get_subplotspec().is_first_col():
                    image.axes.set_ylabel(f"{names[label]}\n{len(scores):,} sequences")
            with files.writing(path.with_name(f"{path.name}.{name}.svg")) as beside:
                plot_style.write_svg(figure, beside)
            if png:
                with files.writing(path.with_name(f"{path.name}.{name}.png")) as beside:
                    figure.savefig(beside, format="png", dpi=150, metadata={"Software": None})


def _panels(figure: Figure, found: Scored, matrix: np.ndarray, means: dict, method: str, region: int, names) -> list:
    """For each window a mean profile and a map of each class: (label, image, its positions) of the maps."""
    windows = [("upstream of the TSS", found.position < 0)] if found.tss_known else []
    windows.append(("whole window", np.ones(len(found.position), bool)))
    shape = {"left": 0.09, "right": 0.9, "top": 0.865, "bottom": 0.085, "hspace": 0.14, "wspace": 0.1}
    grid = figure.add_gridspec(3, len(windows), height_ratios=[2, 3, 3], **shape)
    signed, maps = method in importance.SIGNED, []
    colours = _scale(matrix, signed)
    for column, (name, chosen) in enumerate(windows):
        position = found.position[chosen]
        top = figure.add_subplot(grid[0, column])
        _profile(top, found, means, method, chosen, names)
        top.set_title(name, loc="left")
        if found.tss_known:
            top.axvspan(-region - 0.5, -0.5, color=INK, alpha=0.07, linewidth=0)
            place = {"xycoords": ("data", "axes fraction"), "xytext": (1, -1), "textcoords": "offset points"}
            top.annotate(f"{region} bp", (-region, 1), **place, fontsize=7, va="top")
        for row, label in enumerate((1, 0), start=1):
            axes = figure.add_subplot(grid[row, column], sharex=top)
            maps.append((label, axes.imshow(np.zeros((1, 1)), aspect="auto", interpolation="none", **colours), chosen))
            axes.set_yticks([])
            axes.tick_params(labelbottom=row == 2)
            for at in (-region - 0.5, -0.5) if found.tss_known else ():
                if position[0] < at < position[-1]:
                    axes.axvline(at, color="#444444" if signed else "#ffffff", linewidth=0.7, linestyle=(0, (3, 2)))
        end = "bases from the TSS" if found.tss_known else "bases from the window's last base (TSS unknown)"
        step = len(position) / _COLUMNS
        axes.set_xlabel(f"{end}, {step:.1f} a point" if step > 1 else end)
        if column == 0:
            top.set_ylabel("% of importance\nper base")
        else:
            top.tick_params(labelleft=False)
            top.sharey(figure.axes[0])
    _keys(figure, maps[-1][1], signed, np.isnan(matrix).any())
    return maps


def _keys(figure: Figure, image, signed: bool, unseen: bool) -> None:
    """What the colours and the lines stand for."""
    scale = figure.colorbar(image, cax=figure.add_axes((0.915, 0.16, 0.014, 0.36)), extend="both" if signed else "max")
    scale.outline.set_linewidth(0.4)
    scale.set_label("score (blue: for the positive class)" if signed else "attention")
    scale.ax.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}".replace("-", "\u2212"))
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(0.005, 0.937), ncols=4)
    if unseen:
        look = {"transform": figure.transFigure, "color": UNSEEN, "linewidth": 0, "figure": figure}
        figure.patches.append(matplotlib.patches.Rectangle((0.915, 0.105), 0.014, 0.02, **look))
        figure.text(0.933, 0.115, "not seen", fontsize=7, va="center")


def _profile(axes, found: Scored, means: dict, method: str, chosen: np.ndarray, names: dict[int, str]) -> None:
    """Mean share of importance by position, with interval; dashed: random weights; dotted: evenly spread."""

    def percent(values: np.ndarray) -> np.ndarray:
        return 100 * thin(values[None, chosen], _COLUMNS, 1)[0]

    position = percent(found.position.astype(np.float64)) / 100
    for label in (1, 0):
        curve, colour = means[TRAINED, method, label][1], COLOURS[label]
        if np.isfinite(curve.low).any():
            axes.fill_between(position, percent(curve.low), percent(curve.high), color=colour, alpha=0.25, linewidth=0)
        axes.plot(position, percent(curve.mean), color=colour, linewidth=1, label=names[label])
    if ("random_init", method, 1) in means:
        mean = percent(correlation.mean([means["random_init", method, label][1].mean for label in (0, 1)]))
        look = {"color": plot_style.MUTED, "linewidth": 0.8, "linestyle": (0, (4, 2)), "label": "random weights"}
        axes.plot(position, mean, **look)
    even = 100 / max(1, int(np.isfinite(means[TRAINED, method, 1][1].mean).sum()))
    axes.axhline(even, color=INK, linewidth=0.6, linestyle=(0, (1, 2)), label="evenly spread")
    axes.set_ylim(bottom=0)
    axes.set_xlim(found.position[chosen][0] - 0.5, found.position[chosen][-1] + 0.5)
    axes.tick_params(labelbottom=False)
    axes.spines[["top", "right"]].set_visible(False)


def _scale(matrix: np.ndarray, signed: bool) -> dict:
    """Colours and what their ends stand for: the 99th percentile, so that one base does not pale all others."""
    size = np.abs(matrix[np.isfinite(matrix)])
    top = (np.quantile(size, 0.99) or size.max() or 1.0) if len(size) else 1.0
    colours = matplotlib.colormaps["RdBu" if signed else "viridis"].resampled(_LEVELS)
    return {"cmap": colours.with_extremes(bad=UNSEEN), "vmin": -top if signed else 0.0, "vmax": top}


def thin(matrix: np.ndarray, limit: int, axis: int) -> np.ndarray:
    """At most `limit` rows (axis 0) or columns (1): the mean of neighbours that were seen, NaN where none was."""
    size = matrix.shape[axis]
    if size <= limit:
        return matrix
    edges = np.linspace(0, size, limit + 1).round().astype(int)[:-1]
    seen = np.add.reduceat(np.isfinite(matrix).astype(np.float64), edges, axis=axis)
    total = np.add.reduceat(np.nan_to_num(matrix.astype(np.float64)), edges, axis=axis)
    return np.divide(total, seen, out=np.full_like(total, np.nan), where=seen > 0)


def by_cluster(near: np.ndarray) -> np.ndarray:
    """Rows in the order of the leaves of Ward's tree over scores (rows, positions), binned and scaled to unit sum."""
    if len(near) < 3:
        return np.arange(len(near))
    from scipy.cluster import hierarchy  # imports half of scipy

    near = np.nan_to_num(near.astype(np.float64))
    whole = near[:, near.shape[1] % _BIN :] if near.shape[1] >= _BIN else near
    if whole.shape[1] >= _BIN:
        whole = whole.reshape(len(whole), -1, _BIN).mean(axis=2)
    size = np.abs(whole).sum(axis=1, keepdims=True)
    scaled = np.divide(whole, size, out=np.zeros_like(whole), where=size > 0)
    return hierarchy.leaves_list(hierarchy.linkage(scaled, method="ward"))


def block(matrix: np.ndarray) -> float:
    """How many neighbouring bases share one score, on average: 1 for a score a base, about 6 for tokens of 6.

    Zeros do not count: a base that has no say is in no token.
    """
    one, two = matrix[:, :-1], matrix[:, 1:]
    both = np.isfinite(one) & np.isfinite(two) & ((one != 0) | (two != 0))
    rows = int(both.any(axis=1).sum())
    runs = int((both & (one != two)).sum()) + rows
    return float((both.sum() + rows) / runs) if runs else 1.0
