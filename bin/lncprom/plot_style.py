"""The look that all figures share; equal data give equal bytes. Matplotlib is imported when a figure is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

# Okabe and Ito (2008), safe for the colour-blind; without yellow and black, since a page may be light or dark
BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"
# Stand-ins that the report replaces by its own colours, which differ in light and dark
INK, MUTED, LINE, PAPER = "#010101", "#020202", "#030303", "#040404"

_SHARED = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lncprom",
    "text.parse_math": False,  # names are the user's, a $ in one is a $
    "font.family": "sans-serif",
}
_WITHOUT_DATE = {"Date": None, "Creator": None, "Format": None, "Type": None}


@contextmanager
def style(settings: Mapping[str, object]) -> Iterator[None]:
    """Matplotlib's defaults, the shared settings and `settings`, whatever the user's own are; restored afterwards."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SHARED | settings)
        yield


def write_svg(figure: Figure, target: Path | IO) -> None:
    """Write a figure as SVG, without the date and the name of the program; call it within `style`."""
    figure.savefig(target, format="svg", metadata=_WITHOUT_DATE)
