"""Logos of patterns: the height of a column is its information, as SVG whose bytes the matrix decides alone."""

from __future__ import annotations

import io
import re

import numpy as np

from lncprom import plot_style
from lncprom.motifs.discovery import information

_COLOURS = {"A": plot_style.GREEN, "C": plot_style.BLUE, "G": plot_style.ORANGE, "T": plot_style.VERMILLION}
_UNSEEN = 0.02  # bits: lower letters are not drawn
_LONG = re.compile(r"-?\d+\.\d{3,}")  # numbers of more decimals than a screen shows


def draw(shares: np.ndarray, title: str) -> str:
    """SVG of a matrix (4, width)."""
    import logomaker
    import pandas as pd
    from matplotlib.figure import Figure

    bits = (shares * information(shares)).T
    heights = pd.DataFrame(np.where(bits < _UNSEEN, 0, bits), columns=list("ACGT"))
    with plot_style.style({"font.size": 8}):
        figure = Figure(figsize=(0.28 * len(heights) + 0.6, 1.3), layout="constrained")
        axes = figure.subplots()
        logomaker.Logo(heights, ax=axes, color_scheme=_COLOURS, font_name="DejaVu Sans", show_spines=False)
        axes.set_ylim(0, 2)
        axes.set_yticks([0, 1, 2])
        axes.set_xticks([])
        axes.set_ylabel("bits")
        axes.spines["left"].set_visible(True)
        axes.set_title(title, fontsize=8)
        text = io.StringIO()
        plot_style.write_svg(figure, text)
    return _LONG.sub(lambda number: f"{float(number.group()):.2f}", text.getvalue())
