"""Core promoter elements at the places where they work: who has them, and whether a model looks there when they are.

Places are those of the element's first base, counted as in the literature: +1 is the TSS, and there is no 0. Where an
element's distance from the TSS is exact (Inr, DPE), two bases either way are allowed for the annotation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats

from lncprom.genome.bases import UNKNOWN
from lncprom.motifs import composition, enrichment_tests
from lncprom.motifs.composition import Expected
from lncprom.motifs.sequences_and_scores import Scored

_IUPAC = dict(zip("ACGTRYSWKMBDHVN", (1, 2, 4, 8, 5, 10, 6, 9, 12, 3, 14, 13, 11, 7, 15), strict=True))
_BITS = np.array([1, 2, 4, 8, 0], np.uint8)  # of A, C, G, T, unknown
_OTHER_STRAND = np.array([8, 4, 2, 1, 0], np.uint8)
_LETTERS = {bits: letter for letter, bits in _IUPAC.items()}
FEWEST = 5  # samples with the element, and without, that a test of ranks needs


class Element(NamedTuple):
    """An element by name; its first base lies `first` to `last` from the TSS as the literature counts."""

    name: str
    consensus: str
    first: int
    last: int
    both_strands: bool
    citation: str


ELEMENTS = (
    Element("TATA box", "TATAWAWR", -33, -27, False, "Basehoar 2004 Cell 116:699; Ponjavic 2006 Genome Biol 7:R78"),
    Element("Inr", "YYANWYY", -4, 1, False, "Javahery 1994 Mol Cell Biol 14:116"),
    Element("Inr (human)", "BBCABW", -5, -1, False, "Vo ngoc 2017 Genes Dev 31:6"),
    Element("GC box", "GGGCGG", -164, -6, True, "Bucher 1990 J Mol Biol 212:563"),
    Element("CCAAT box", "CCAAT", -100, -60, True, "Mantovani 1998 Nucleic Acids Res 26:1135"),
    Element("DPE", "RGWYVT", 26, 30, False, "Kutach 2000 Mol Cell Biol 20:4754"),
    Element("BREu", "SSRCGCC", -40, -34, False, "Lagrange 1998 Genes Dev 12:34"),
    Element("BREd", "RTDKKKK", -25, -19, False, "Deng 2005 Genes Dev 19:2418"),
)


def place(literature: int) -> int:
    """Position with the TSS at 0 of one that counts it as +1: -1 -> -1, +1 -> 0."""
    return literature - 1 if literature > 0 else literature


def consensus(shares: np.ndarray) -> str:
    """IUPAC letters of a matrix (4, width): in each column the bases of at least half the greatest share."""
    bits = ((shares >= shares.max(axis=0) / 2) * np.array([[1], [2], [4], [8]])).sum(axis=0)
    return "".join(_LETTERS[int(column)] for column in bits)


def found(element: Element, codes: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Column at which each sequence first has the element (-1: nowhere), and which sequences hold its whole place.

    `codes` is (n, positions), column 0 at position `first`.
    """
    low, high = place(element.first) - first, place(element.last) - first
    width = len(element.consensus)
    if low < 0 or high + width > codes.shape[1]:
        return np.full(len(codes), -1), np.zeros(len(codes), dtype=bool)
    letters = np.lib.stride_tricks.sliding_window_view(codes[:, low : high + width], width, axis=1)
    masks = np.array([_IUPAC[letter] for letter in element.consensus], np.uint8)
    hit = (_BITS[letters] & masks > 0).all(axis=2)
    if element.both_strands:
        hit |= (_OTHER_STRAND[letters] & masks[::-1] > 0).all(axis=2)
    at = np.where(hit.any(axis=1), low + hit.argmax(axis=1), -1)
    ends = (codes[:, low] != UNKNOWN) & (codes[:, high + width - 1] != UNKNOWN)
    return at, ends | (at >= 0)


def presence(codes: np.ndarray, label: np.ndarray, group: np.ndarray, first: int) -> list[dict]:
    """One row an element: in how many of each class it stands, with odds ratio and test; groups are resampled."""
    rows = []
    for element in ELEMENTS:
        at, held = found(element, codes, first)
        counts = {}
        for value, words in ((1, "positives"), (0, "negatives")):
            mine = held & (label == value)
            counts |= {f"{words}_with": int((at[mine] >= 0).sum()), words: int(mine.sum())}
        odds = {name: float(part) for name, part in enrichment_tests.enriched(*counts.values(), two_sided=True).items()}
        odds = enrichment_tests.over_groups(odds, at[held] >= 0, label[held] == 1, group[held])
        about = {"element": element.name, "consensus": element.consensus, "citation": element.citation}
        about |= {"first": place(element.first), "last": place(element.last)}
        about["strands"] = "both" if element.both_strands else "+"
        rows.append(about | counts | odds)
    q = enrichment_tests.false_discovery([row["p_value"] for row in rows])
    return [row | {"q_value": value} for row, value in zip(rows, q.tolist(), strict=True)]


def ranked(
    scored: Scored, control: str, rows: np.ndarray, sign: int, expected: Expected | None, chance: np.random.Generator
) -> list[dict]:
    """One row an element: ranks of its bases where it stands, against the same places where it does not.

    A sample without the element is looked at where a randomly chosen sample with the element has it. `sign` makes
    scores that support the class positive. With what composition makes `expected`, its importance is compared with it.
    """
    given = scored.scores[control][rows] * sign
    seen = ~np.isnan(given)
    ranks = stats.rankdata(given, axis=1, nan_policy="omit")
    ranks = (ranks - 0.5) / np.maximum(seen.sum(axis=1, keepdims=True), 1)
    made = []
    for element in ELEMENTS:
        at, held = found(element, scored.codes[rows], scored.first)
        there, absent = np.flatnonzero(at >= 0), np.flatnonzero(held & (at < 0))
        width = len(element.consensus)
        row = {"element": element.name, "with_n": 0, "without_n": len(absent)}
        if len(there):
            drawn = chance.choice(at[there], size=len(absent))
            inside, outside = _mean(ranks, there, at[there], width), _mean(ranks, absent, drawn, width)
            seen = [~np.isnan(part) for part in (inside, outside)]
            inside, outside = inside[seen[0]], outside[seen[1]]
            row |= {"with_n": len(inside), "without_n": len(outside)}
        if min(row["with_n"], row["without_n"]) >= FEWEST:
            groups = scored.group[rows[there[seen[0]]]], scored.group[rows[absent[seen[1]]]]
            row |= {"rank_with": float(inside.mean()), "rank_without": float(outside.mean())}
            row |= dict(zip(("superiority", "rank_p"), enrichment_tests.higher(inside, outside, groups), strict=True))
            if expected:
                row |= composition.above(expected, rows[there], at[there] + (width - 1) // 2, sign)
        made.append(row)
    return made


def _mean(ranks: np.ndarray, row: np.ndarray, start: np.ndarray, width: int) -> np.ndarray:
    """Mean rank of the bases there; NaN in sequences where one was not seen."""
    return ranks[row[:, None], start[:, None] + np.arange(width)].mean(axis=1)
