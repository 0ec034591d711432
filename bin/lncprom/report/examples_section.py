"""A small panel for one promoter: its scores as bars over the window, its core sequence with the highest marked."""

from __future__ import annotations

from itertools import groupby
from typing import NamedTuple

import numpy as np
from markupsafe import Markup, escape

from lncprom.profiles import method_titles as importance_words

_WIDTH, _HEIGHT = 600, 56  # of the bars
_BARS = 300
_MARKED = 20  # bases, as many as the deletion curve is judged by
_CORE = (-100, 50)


class Panel(NamedTuple):
    """Why it is shown, who it is, what the model says of it, and two pictures."""

    why: str
    sample_id: str
    gene_name: str | None
    label: int
    place: str | None
    probability: float | None
    method: str
    bars: Markup
    sequence: Markup


def panels(given: list[dict], method: str) -> list[Panel]:
    """`given`: as in promoters.json."""
    return [_panel(one, method) for one in given]


def _panel(one: dict, method: str) -> Panel:
    scores = np.array([np.nan if value is None else value for value in one["scores"][method]], float)
    place = None
    if one["chrom"] is not None and one["tss"] is not None:
        place = f"{one['chrom']}:{one['tss'] + 1:,} {one['strand']}"  # as browsers count, from 1
    title = f"{importance_words.TITLES[method]} of {one['sample_id']}"
    return Panel(
        one["why"],
        one["sample_id"],
        one["gene_name"],
        one["label"],
        place,
        one["probability"],
        importance_words.TITLES[method],
        _bars(scores, one["first"], title),
        _letters(one["sequence"], scores, one["first"]),
    )


def _bars(scores: np.ndarray, first: int, title: str) -> Markup:
    """Up: for the positive class; down: against it; grey: not seen. Of many bases the greatest of neighbours."""
    step = -(-len(scores) // _BARS)
    count = -(-len(scores) // step)
    top = np.nanmax(np.abs(scores), initial=0.0) or 1.0
    signed = bool((scores < 0).any())
    room = _HEIGHT - 12
    zero = room // 2 if signed else room
    ups, downs, unseen = [], [], []
    for at in range(count):
        part = scores[at * step : (at + 1) * step]
        x = f"{(at + 0.5) * _WIDTH / count:.0f}"
        if np.isnan(part).all():
            unseen.append(f"M{x} {zero - 1}v2")
            continue
        value = part[np.nanargmax(np.abs(part))]
        size = round(abs(value) / top * (zero - 1))
        if size:
            (ups if value > 0 else downs).append(f"M{x} {zero}v{-size if value > 0 else size}")
    wide = max(1.0, _WIDTH / count - 0.4)
    paths = [
        f'<path d="{"".join(bars)}" stroke="var(--{colour})" stroke-width="{wide:.1f}"/>'
        for bars, colour in ((unseen, "muted"), (ups, "blue"), (downs, "vermillion"))
        if bars
    ]
    last = first + len(scores) - 1
    ticks = [first, last] + ([0] if first < 0 < last else [])
    marks = []
    for tick in ticks:
        x = (tick - first + 0.5) * _WIDTH / len(scores)
        anchor = "start" if tick == first else "end" if tick == last else "middle"
        text = "TSS" if tick == 0 and first < 0 < last else f"{tick:,}".replace("-", "\u2212")
        if text == "TSS":
            marks.append(f'<path d="M{x:.0f} 0v{room}" stroke="var(--muted)" stroke-dasharray="2 2"/>')
        marks.append(f'<text x="{x:.0f}" y="{_HEIGHT - 1}" text-anchor="{anchor}">{text}</text>')
    return Markup(
        f'<svg class="bars" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<path d="M0 {zero}h{_WIDTH}" stroke="var(--line)"/>{"".join(paths)}{"".join(marks)}</svg>'
    )


def _letters(sequence: str, scores: np.ndarray, first: int) -> Markup:
    """The bases from -100 to +50 (all, where no TSS lies within), the highest of the window marked by direction."""
    size = np.where(np.isfinite(scores), np.abs(scores), -1.0)
    rank = np.argsort(-size, kind="stable")[:_MARKED]
    marked = np.zeros(len(scores), int)
    marked[rank] = np.where(size[rank] > 0, np.where(scores[rank] > 0, 1, -1), 0)
    low, high = (
        (max(0, _CORE[0] - first), min(len(sequence), _CORE[1] - first + 1)) if first < 0 else (0, len(sequence))
    )
    parts = []
    tss = -first
    cells = [
        (int(marked[at]), at == tss and first < 0 < first + len(sequence) - 1, sequence[at]) for at in range(low, high)
    ]
    for (mark, is_tss), letters in groupby(cells, key=lambda cell: cell[:2]):
        text = "".join(letter for _, _, letter in letters)
        if is_tss:
            text = f'<u title="TSS">{text}</u>'
        parts.append({1: f'<b class="for">{text}</b>', -1: f'<b class="against">{text}</b>', 0: text}[mark])
    return Markup("".join(parts))
