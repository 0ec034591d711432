"""Matplotlib figures as SVG that lives inside a page: no clashing ids, no dates, colours and fonts of the page."""

from __future__ import annotations

import io
import re
from contextlib import AbstractContextManager

from markupsafe import Markup, escape
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from lncprom import plot_style
from lncprom.plot_style import INK, LINE, MUTED, PAPER

COLOURS = ("blue", "vermillion", "green", "purple", "orange", "sky")
SERIES = tuple(getattr(plot_style, name.upper()) for name in COLOURS)
MARKERS = ("o", "s", "^", "v", "P", "X")
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.5, 1, 1.5)))
_PAGE = {INK: "var(--ink)", MUTED: "var(--muted)", LINE: "var(--line)", PAPER: "var(--panel)"}
_DROPPED = re.compile(
    r'<metadata>.*?</metadata>|<!--.*?-->|<style type="text/css">.*?</style>| xmlns:xlink="[^"]*"|xlink:(?=href="#)'
    r'| font-family: [^;"]+;',
    re.DOTALL,
)
_PAGE |= {colour: f"var(--{name})" for name, colour in zip(COLOURS, SERIES, strict=True)}

_STYLE = {
    **dict.fromkeys(("font.size", "axes.labelsize", "axes.titlesize"), 10),
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"), 9),
    **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), INK),
    **dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), MUTED),
    **dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False),
    **dict.fromkeys(("axes.grid", "axes.axisbelow"), True),
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "grid.color": LINE,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.6,
    "path.simplify_threshold": 0.2,
}


def style() -> AbstractContextManager[None]:
    """Matplotlib's settings for figures of the page, restored afterwards."""
    return plot_style.style(_STYLE)


def figure(width: float, height: float, left: float, bottom: float, top: float = 0.12, right: float = 0.12) -> Figure:
    """An empty figure and its margins in inches; as wide as a phone, so that its letters keep their size there."""
    made = Figure(figsize=(width, height))
    made.subplots_adjust(left / width, bottom / height, 1 - right / width, 1 - top / height)
    made.patch.set_alpha(0)
    FigureCanvasSVG(made)
    return made


def legend_height(entries: int, columns: int) -> float:
    """Inches that a legend takes, so that it finds room under the axes."""
    return 0.06 + 0.19 * -(-entries // columns)


def inline(drawn: Figure, name: str, title: str, description: str) -> Markup:
    """The figure as an <svg> element that screen readers announce by title and description."""
    out = io.StringIO()
    plot_style.write_svg(drawn, out)
    return embed(out.getvalue(), name, title, description)


def embed(text: str, name: str, title: str, description: str) -> Markup:
    """SVG text made fit for a page: `name` goes before every id that is referred to, all other ids go."""
    prefix = re.sub(r"[^A-Za-z0-9_-]", lambda odd: f"--{ord(odd[0]):x}", name)
    text = re.sub(_DROPPED, "", text[text.index("<svg") :])
    used = set(re.findall(r"""(?:url\(|href=")#([^)"]+)""", text))
    text = re.sub(r' id="([^"]+)"', lambda found: f' id="{prefix}-{found[1]}"' if found[1] in used else "", text)
    text = re.sub(r'(url\(|href=")#', rf"\g<1>#{prefix}-", text)
    text = re.sub(r"#[0-9a-f]{6}", lambda found: _PAGE.get(found[0], found[0]), text)
    text = re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), text)
    text = re.sub(r"\n\s*", "\n", text)
    box = re.search(r'viewBox="([^"]+)"', text)[1]
    width = float(box.split()[2])
    start = (
        f'<svg viewBox="{box}" role="img" aria-labelledby="{prefix}-title {prefix}-desc" '
        f'style="max-width:{width * 1.4:.0f}px">'
        f'<title id="{prefix}-title">{escape(title)}</title><desc id="{prefix}-desc">{escape(description)}</desc>'
    )
    return Markup(start + text[text.index(">") + 1 :])
