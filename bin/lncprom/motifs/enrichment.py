"""Known motifs in the regions that a model looks at, against regions that it does not: how often each is held.

A region is the 31 bases about a window. Its background: three regions at the same place of other sequences of the
class that hold no window of theirs; of 20 random ones those nearest in G + C. What passes must also exceed, wherever
it stands in the sequences, what composition explains of the importance there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lncprom.genome.bases import UNKNOWN
from lncprom.motifs import composition, enrichment_tests, seqlets
from lncprom.motifs.composition import Expected
from lncprom.motifs.databases import Motif
from lncprom.motifs.seqlets import Windows

REACH = 15  # bases on either side of a window's centre
WIDTH = 2 * REACH + 1
LONG, SHORT = 1e-4, 1e-3  # p-values from which a match counts
BRIEF = 10  # columns; shorter motifs take the laxer one, which at 1e-4 miss most of their sites
_DRAWN, _KEPT = 20, 3


def regions(windows: Windows, codes: np.ndarray) -> np.ndarray:
    """Letters of each window's region (n, 31), moved inside where it would pass an end."""
    return _cut(codes, windows.row, _starts(windows, codes))


def background(windows: Windows, codes: np.ndarray, rows: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Letters of the regions (3 n at most, 31) that those of the windows are held against."""
    if len(rows) < 2:
        return np.zeros((0, WIDTH), np.uint8)
    start = _starts(windows, codes)
    other = np.stack([seqlets.other(windows, rows, chance) for _ in range(_DRAWN)], axis=1)
    letters = _cut(codes, other.ravel(), np.repeat(start, _DRAWN)).reshape(*other.shape, WIDTH)
    gap = np.abs(_gc(letters) - _gc(_cut(codes, windows.row, start))[:, None])
    taken = seqlets.covered(codes, windows.row, windows.start, windows.end)
    before = np.pad(np.cumsum(taken, axis=1), ((0, 0), (1, 0)))
    busy = before[other, start[:, None] + WIDTH] > before[other, start[:, None]]
    gap[busy | (letters == UNKNOWN).any(axis=2)] = np.inf
    nearest = np.argsort(gap, axis=1, kind="stable")[:, :_KEPT]
    usable = np.isfinite(np.take_along_axis(gap, nearest, axis=1))
    return np.take_along_axis(letters, nearest[:, :, None], axis=1)[usable]


def holding(motifs: Sequence[Motif], groups: Sequence[np.ndarray]) -> np.ndarray:
    """How many regions of each group hold each motif on either strand, by memelite's FIMO: (groups, motifs)."""
    found = np.zeros((len(groups), len(motifs)), dtype=np.int64)
    group = np.repeat(np.arange(len(groups)), [len(letters) for letters in groups])
    for at, row, _ in _hits(motifs, np.concatenate(groups)):
        found[:, at] = np.bincount(group[np.unique(row)], minlength=len(groups))
    return found


def _hits(motifs: Sequence[Motif], letters: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """For each motif its number, and of its matches on either strand row and middle column; none without sequences."""
    if not len(letters):
        return
    from memelite import fimo

    one_hot = (letters[:, None, :] == np.arange(4, dtype=np.uint8)[:, None]).astype(np.int8)
    thresholds = np.array([threshold(motif) for motif in motifs])
    for limit in np.unique(thresholds):
        mine = np.flatnonzero(thresholds == limit)
        hits = fimo({str(at): motifs[at].shares for at in mine}, one_hot, threshold=float(limit))
        for at, table in zip(mine.tolist(), hits, strict=True):
            row, start, end = (table[name].to_numpy(dtype=np.int64) for name in ("sequence_name", "start", "end"))
            yield at, row, (start + end - 1) // 2


def threshold(motif: Motif) -> float:
    return SHORT if motif.shares.shape[1] < BRIEF else LONG


def compare(motifs: Sequence[Motif], pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[list[dict]]:
    """For each pair of important and background regions a row a motif, as in enrichment.tsv, significant ones first."""
    counts, found = holding(motifs, [letters for pair in pairs for letters in pair]), []
    for (important, background), here, there in zip(pairs, counts[::2], counts[1::2], strict=True):
        odds = enrichment_tests.enriched(here, len(important), there, len(background))
        columns = odds | {"q_value": enrichment_tests.false_discovery(odds["p_value"])}
        rows = [
            {
                **motif.about(),
                "threshold": threshold(motif),
                "important_with": int(here[at]),
                "important": len(important),
                "background_with": int(there[at]),
                "background": len(background),
                **{name: float(part[at]) for name, part in columns.items()},
            }
            for at, motif in enumerate(motifs)
        ]
        found.append([rows[at] for at in np.lexsort((-np.nan_to_num(odds["odds_ratio"]), odds["p_value"]))])
    return found


def against_composition(
    rows: list[dict],
    motifs: Sequence[Motif],
    codes: np.ndarray,
    samples: np.ndarray,
    expected: Expected,
    sign: int,
    fdr: float,
) -> None:
    """Add to the rows of `compare` what composition explains of the motifs within the rate, and renew the q-values.

    `codes` are those of the `samples`. Both strands' matches at one place count once.
    """
    by_id = {motif.id: motif for motif in motifs}
    passed = [row for row in rows if row["q_value"] <= fdr]
    for at, row, middle in _hits([by_id[row["motif_id"]] for row in passed], codes):
        row, middle = np.unique(np.stack([row, middle]), axis=1)
        passed[at].update(composition.above(expected, samples[row], middle, sign))
    q = enrichment_tests.false_discovery(np.array([max(row["p_value"], row.get("composition_p", 0.0)) for row in rows]))
    for row, value in zip(rows, q.tolist(), strict=True):
        row["q_value"] = value


def _starts(windows: Windows, codes: np.ndarray) -> np.ndarray:
    return np.clip(windows.centre - REACH, 0, codes.shape[1] - WIDTH)


def _cut(codes: np.ndarray, row: np.ndarray, start: np.ndarray) -> np.ndarray:
    return codes[row[:, None], start[:, None] + np.arange(WIDTH)]


def _gc(letters: np.ndarray) -> np.ndarray:
    return ((letters == 1) | (letters == 2)).mean(axis=-1)
