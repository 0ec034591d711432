"""What a k-mer model has learned: its weights as a table, and the strongest as a figure."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lncprom import plot_style
from lncprom.baseline.classifier import LogisticRegression
from lncprom.tables.training import KMERS

_SHOWN = 20  # k-mers each way


def table(model: LogisticRegression, dataset: str) -> pl.DataFrame:
    """Every k-mer, those for the positive class first, each side from the strongest down."""
    rows = pl.DataFrame(
        {
            "kmer": model.feature_set.names,
            "weight": model.weights,
            **model.feature_set.statistics(),
        }
    )
    rows = rows.with_columns(
        pl.lit(dataset).alias("dataset"),
        pl.when(pl.col("weight") > 0).then(pl.lit("positive")).otherwise(pl.lit("negative")).alias("direction"),
        pl.col("weight").abs().alias("strength"),
    ).sort("direction", "strength", "kmer", descending=[True, True, False])
    rows = rows.with_columns(pl.int_range(1, pl.len() + 1).over("direction").alias("rank"))
    return KMERS.check(rows, dataset)


def draw(rows: pl.DataFrame, title: str, path: Path) -> None:
    """Bars of the strongest k-mers for and against the positive class, as SVG whose bytes the rows decide alone."""
    from matplotlib.figure import Figure

    with plot_style.style({"font.size": 10}):
        figure = Figure(figsize=(7.2, 5.2), layout="constrained")
        figure.suptitle(title)
        axes = figure.subplots(1, 2)
        widest = rows["weight"].abs().max() * 1.03 or 1
        sides = (
            ("negative", "against the positive class", plot_style.VERMILLION),
            ("positive", "for the positive class", plot_style.BLUE),
        )
        for axis, (direction, label, colour) in zip(axes, sides, strict=True):
            shown = rows.filter((pl.col("direction") == direction) & (pl.col("rank") <= _SHOWN))
            axis.barh(range(shown.height), shown["weight"].abs().to_list(), color=colour, height=0.75)
            axis.set_yticks(range(shown.height), shown["kmer"].to_list(), family="monospace")
            axis.set_ylim(_SHOWN - 0.4, -0.6)
            axis.set_xlim(0, widest)
            axis.set_title(label, fontsize=10)
            axis.set_xlabel("weight (absolute)")
            axis.grid(axis="x", color="#dddddd", linewidth=0.7)
            axis.set_axisbelow(True)
            axis.tick_params(axis="y", length=0)
            axis.spines[["top", "right"]].set_visible(False)
        plot_style.write_svg(figure, path)
