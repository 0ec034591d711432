"""Scores of single bases as inline SVG: bars along a promoter, its letters, and letters as tall as their score."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from markupsafe import Markup, escape

from lncprom.report import titles

_WIDTH, _HEIGHT, _AXIS = 600, 56, 44  # of a promoter's picture; height of the axis' end
_BARS = 300  # at most
_MARKED = 20  # bases, as many as the deletion curve is judged by
_CORE = (-100, 50)
_COLOURS = {"A": "green", "C": "blue", "G": "orange", "T": "vermillion", "N": "muted"}
_LETTER, _HALF = 14, 44  # width of a letter, and height of the largest score
_CAPITAL = 0.72  # height of a capital letter in units of the font size


def bars(scores: np.ndarray, first: int, title: str) -> Markup:
    """Up: towards the positive class; down: against it; grey: not seen. A bar is the largest score of its bases."""
    step = -(-len(scores) // _BARS)
    count = -(-len(scores) // step)
    top = np.nanmax(np.abs(scores), initial=0.0) or 1.0
    zero = _AXIS // 2 if (scores < 0).any() else _AXIS
    bars = {"muted": "", "blue": "", "vermillion": ""}
    for at, part in enumerate(np.split(scores, range(step, len(scores), step))):
        x = f"{(at + 0.5) * _WIDTH / count:.0f}"
        if np.isnan(part).all():
            bars["muted"] += f"M{x} {zero - 1}v2"
            continue
        value = part[np.nanargmax(np.abs(part))]
        if size := round(abs(value) / top * (zero - 1)):
            bars["blue" if value > 0 else "vermillion"] += f"M{x} {zero}v{-size if value > 0 else size}"
    wide = max(1.0, _WIDTH / count - 0.4)
    drawn = "".join(
        f'<path d="{path}" stroke="var(--{colour})" stroke-width="{wide:.1f}"/>'
        for colour, path in bars.items()
        if path
    )
    return Markup(
        f'<svg class="bars" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<path d="M0 {zero}h{_WIDTH}" stroke="var(--line)"/>{drawn}{_ticks(first, len(scores))}</svg>'
    )


def _ticks(first: int, count: int) -> str:
    """Labels of the first and last base, and of the TSS where it lies between them."""
    last = first + count - 1
    marks = [(0, "start", titles.number(first, 0)), (_WIDTH, "end", titles.number(last, 0))]
    lines = ""
    if first < 0 < last:
        middle = round((0.5 - first) * _WIDTH / count)
        marks.append((middle, "middle", "TSS"))
        lines = f'<path d="M{middle} 0v{_AXIS}" stroke="var(--muted)" stroke-dasharray="2 2"/>'
    text = (f'<text x="{x}" y="{_HEIGHT - 1}" text-anchor="{anchor}">{word}</text>' for x, anchor, word in marks)
    return lines + "".join(text)


def letters(sequence: str, scores: np.ndarray, first: int) -> Markup:
    """The bases from -100 to +50 (all, if no TSS lies within), with the highest scores of the window marked by sign."""
    size = np.where(np.isfinite(scores), np.abs(scores), -1.0)
    rank = np.argsort(-size, kind="stable")[:_MARKED]
    marked = np.zeros(len(scores), int)
    marked[rank] = np.where(size[rank] > 0, np.where(scores[rank] > 0, 1, -1), 0)
    low, high, tss = 0, len(sequence), -1
    if first < 0:
        low, high = max(0, _CORE[0] - first), min(len(sequence), _CORE[1] - first + 1)
        tss = -first if -first < len(sequence) - 1 else -1
    parts = []
    for (mark, is_tss), places in groupby(range(low, high), key=lambda at: (int(marked[at]), at == tss)):
        text = "".join(sequence[at] for at in places)
        if is_tss:
            text = f'<u title="TSS">{text}</u>'
        parts.append({1: f'<b class="for">{text}</b>', -1: f'<b class="against">{text}</b>', 0: text}[mark])
    return Markup("".join(parts))


def tall_letters(sequence: str, scores: list[float], largest: float, at: int, size: int, title: str) -> Markup:
    """Letters as tall as their score, up or down; `size` letters from index `at` on stand on grey.

    `largest`: the absolute score that is drawn in full height; with no letter there, a line marks the place.
    """
    width, scale = _LETTER * len(sequence), _HALF / (largest or 1.0)
    drawn = f'<rect x="{_LETTER * at}" width="{_LETTER * size or 1}" height="{2 * _HALF}" fill="var(--line)"/>'
    for place, (letter, score) in enumerate(zip(sequence, scores, strict=True)):
        stretch = score * scale / (_LETTER * _CAPITAL)
        if abs(score) * scale >= 1:
            move = f"translate({_LETTER * (place + 0.5):g} {_HALF}) scale(1 {stretch:.2f})"
            drawn += f'<text transform="{move}" fill="var(--{_COLOURS[letter]})">{letter}</text>'
    return Markup(
        f'<svg class="acgt" viewBox="0 0 {width} {2 * _HALF}" role="img" aria-label="{escape(title)}">{drawn}'
        f'<path d="M0 {_HALF}h{width}" stroke="var(--muted)"/></svg>'
    )
