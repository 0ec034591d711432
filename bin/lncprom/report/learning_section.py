"""Of --train_fractions: the main metric by number of training sequences, a panel for each data set."""

from __future__ import annotations

import polars as pl
from markupsafe import Markup

from lncprom.report import figures, svg, titles
from lncprom.report.results import Dataset, Results


def panels(results: Results, curve: pl.DataFrame) -> dict[str, list[tuple[str, Markup]]]:
    """Data set -> its panel."""
    found = {}
    for dataset in results.datasets:
        rows = curve.filter(dataset=dataset.name, metric=results.main_metric(dataset.name))
        if rows.height:
            found[dataset.name] = [(dataset.title, _panel(results, dataset, rows))]
    return found


def _panel(results: Results, dataset: Dataset, rows: pl.DataFrame) -> Markup:
    models, described = [model for model in results.models if model in set(rows["model"])], []
    metric = results.main_title(dataset.name)
    with svg.style():
        legend = svg.legend_height(len(models), 2)
        drawn = svg.figure(3.9, 2.6 + legend, left=0.66, bottom=0.6 + legend)
        axes = drawn.subplots()
        for at, model in enumerate(models):
            part = rows.filter(pl.col("model") == model, pl.col("mean").is_not_null()).sort("fraction")
            colour, marker, dash = figures.keys(results)[model]
            ends = [(100 * (part["mean"] - part[end].fill_null(part["mean"]))).abs() for end in ("ci_low", "ci_high")]
            # a little apart, so that no interval hides another
            place = part["sequences"] * 1.04 ** (at - (len(models) - 1) / 2)
            look = {"color": colour, "marker": marker, "linestyle": dash, "label": titles.model(model)}
            axes.errorbar(place, 100 * part["mean"], ends, markersize=4.5, capsize=2, elinewidth=1, **look)
            scores = part.select("mean", "ci_low", "ci_high", "sequences").rows()
            said = [f"{titles.interval(*of, titles.hundred)} with {n:,}" for *of, n in scores]
            described.append(f"{titles.model(model)}: {', '.join(said)}")
        numbers = rows["sequences"].unique().sort().to_list()
        axes.set_xscale("log")
        axes.set_xticks(_apart(numbers), [f"{number:,}" for number in _apart(numbers)])
        axes.minorticks_off()
        axes.axhline(0, color=svg.MUTED, linewidth=0.8)
        axes.set(xlabel="training sequences", ylabel=f"{metric} \u00d7 100, test split", ylim=(None, 102))
        drawn.legend(loc="lower center", ncols=2)
        title = f"{dataset.title}: {metric} by number of training sequences"
        return svg.inline(drawn, f"learning-{dataset.name}", title, "; ".join(described))


def _apart(numbers: list[int]) -> list[int]:
    """Those at least 1.5 times the one before, so that their labels stay apart.

    >>> _apart([10, 11, 100, 1000])
    [10, 100, 1000]
    """
    found = numbers[:1]
    for number in numbers[1:]:
        if number >= 1.5 * found[-1]:
            found.append(number)
    return found
