"""Logos of patterns: the height of a column is its information, as SVG whose bytes the matrix decides alone."""

from __future__ import annotations

import io
import re

import numpy as np

from lncprom.motifs.discovery import information

_COLOURS = {"A": "#009e73", "C": "#0072b2", "G": "#e69f00", "T": "#d55e00"}  # Okabe and Ito
_UNSEEN = 0.02  # bits: lower letters are not drawn
_LONG = re.compile(r"-?\d+\.\d{3,}")  # numbers of more decimals than a screen shows


def draw(shares: np.ndarray, title: str) -> str:
    """SVG of a matrix (4, width)."""
    import logomaker
    import matplotlib
    import pandas as pd
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings = {"svg.hashsalt": "lncprom", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 8}
    bits = (shares * information(shares)).T
    heights = pd.DataFrame(np.where(bits < _UNSEEN, 0, bits), columns=list("ACGT"))
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        figure = Figure(figsize=(0.28 * len(heights) + 0.6, 1.3), layout="constrained")
        canvas = FigureCanvasSVG(figure)
        axes = figure.subplots()
        logomaker.Logo(heights, ax=axes, color_scheme=_COLOURS, font_name="DejaVu Sans", show_spines=False)
        axes.set_ylim(0, 2)
        axes.set_yticks([0, 1, 2])
        axes.set_xticks([])
        axes.set_ylabel("bits")
        axes.spines["left"].set_visible(True)
        axes.set_title(title, fontsize=8)
        text = io.StringIO()
        canvas.print_svg(text, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _LONG.sub(lambda number: f"{float(number.group()):.2f}", text.getvalue())
