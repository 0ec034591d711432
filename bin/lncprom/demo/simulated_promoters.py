"""Simulated promoters: known motifs at their places in a background that has none, to learn from and to check by.

Half the sequences carry one, two or three of the motifs of the .json beside this file, each at its distance from the
TSS, so that none is needed in all; the other half has none and, pair by pair, the same number of G and C.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.tables import dataset
from lncprom.tables.base import FOLDS

DATA = Path(__file__).with_name("simulated_promoters.json")
DOWNSTREAM = 50  # bases behind the TSS
ODDS = (0.5, 0.3, 0.2)  # of one, two, three motifs
_LETTERS = np.frombuffer(b"ACGT", np.uint8)
_ORDER, _FORGET = 3, 20  # of the background's Markov chain; steps until it has forgotten its start


class Motif(NamedTuple):
    """A motif of JASPAR: `first` and `last` are where its first base may lie, TSS = 0; `shares` is (width, 4)."""

    name: str
    matrix: str
    first: int
    last: int
    shares: np.ndarray


class Promoters(NamedTuple):
    """`sequences`; `label` 1 where motifs were planted; `planted` uint8 (n, length): 0, or 1 + the motif's number."""

    sequences: list[str]
    label: np.ndarray
    planted: np.ndarray

    @property
    def tss_index(self) -> int:
        return self.planted.shape[1] - 1 - DOWNSTREAM


@cache
def motifs() -> tuple[Motif, ...]:
    found = []
    for entry in json.loads(DATA.read_text(encoding="utf-8"))["motifs"]["matrices"]:
        counts = np.array([entry["counts"][letter] for letter in "ACGT"], float).T
        shares = counts / counts.sum(axis=1, keepdims=True)
        found.append(Motif(entry["name"], entry["matrix"], entry["first"], entry["last"], shares))
    return tuple(found)


def promoters(pairs: int, seed: int, length: int = 300) -> Promoters:
    """`pairs` promoters, each followed by a sequence without motifs and of equal G + C."""
    chance = np.random.default_rng([seed, length])
    codes, planted = np.empty((2, 0, length), np.uint8), np.empty((0, length), np.uint8)
    while codes.shape[1] < pairs:
        wanted = pairs - codes.shape[1] + 50
        positive = background(wanted, length, chance)
        marks = _plant(positive, chance)
        negative = background(4 * wanted, length, chance)
        first, second = _alike(_gc(positive), _gc(negative), chance)
        codes = np.concatenate([codes, np.stack([positive[first], negative[second]])], axis=1)
        planted = np.concatenate([planted, marks[first]])
    codes = codes[:, :pairs].transpose(1, 0, 2).reshape(2 * pairs, length)
    marks = np.zeros_like(codes)
    marks[::2] = planted[:pairs]
    text = _LETTERS[codes].tobytes().decode()
    sequences = [text[at : at + length] for at in range(0, len(text), length)]
    return Promoters(sequences, np.tile(np.array([1, 0], np.int8), pairs), marks)


def table(made: Promoters, name: str, shares: Sequence[float] = (0.8, 0.1, 0.1)) -> pl.DataFrame:
    """Promoters as a data set; pairs go to train, dev and test in this order, by these shares."""
    pairs = len(made.label) // 2
    edges = np.round(np.cumsum(shares) * pairs).astype(int)
    number = np.repeat(np.arange(pairs), 2)
    rows = pl.DataFrame(
        {
            "sample_id": [f"{name}{at:06d}" for at in range(2 * pairs)],
            "task": [name] * (2 * pairs),
            "label": made.label,
            "transform": ["none"] * (2 * pairs),
            "fold": np.array(FOLDS)[np.searchsorted(edges, number, side="right")],
            "group": [f"{name}{at:06d}" for at in number],
            "tss_index": [made.tss_index] * (2 * pairs),
            "sequence": made.sequences,
        }
    )
    needed = [name for name, column in dataset.TABLE.columns.items() if not column.optional]
    absent = [name for name in needed if name not in rows.columns]
    return dataset.check(rows.with_columns(pl.lit(None).alias(column) for column in absent), name)


def background(number: int, length: int, chance: np.random.Generator) -> np.ndarray:
    """Sequences of the Markov chain of simulated_promoters.json as numbers of A, C, G, T: uint8 (number, length)."""
    limits, states = _chain(), 4**_ORDER
    state = chance.integers(states, size=number)
    found = np.empty((_FORGET + length, number), np.uint8)
    for step in range(_FORGET + length):
        draw = chance.random(number)
        base = (draw[:, None] >= limits[state]).sum(axis=1)
        state = (4 * state + base) % states
        found[step] = base
    return np.ascontiguousarray(found[_FORGET:].T)


@cache
def _chain() -> np.ndarray:
    """(64, 3): after each 3-mer, the draws from which on the next base is C, G, T."""
    counts = np.array(json.loads(DATA.read_text(encoding="utf-8"))["background"]["counts"], float)
    counts = counts.reshape(4**_ORDER, 4)
    return np.cumsum(counts, axis=1)[:, :3] / counts.sum(axis=1, keepdims=True)


def _plant(codes: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """Write motifs into sequences, in place; returns which base is of which."""
    number, tss = len(codes), codes.shape[1] - 1 - DOWNSTREAM
    marks = np.zeros_like(codes)
    many = 1 + chance.choice(len(ODDS), size=number, p=ODDS)
    rank = chance.permuted(np.tile(np.arange(len(motifs())), (number, 1)), axis=1)
    for at, motif in enumerate(motifs()):
        width = len(motif.shares)
        rows = np.flatnonzero(rank[:, at] < many)
        place = tss + chance.integers(motif.first, motif.last + 1, size=len(rows))
        draw = chance.random((len(rows), width, 1))
        drawn = (draw >= np.cumsum(motif.shares, axis=1)[:, :3]).sum(axis=2)
        cells = place[:, None] + np.arange(width)
        codes[rows[:, None], cells] = drawn
        marks[rows[:, None], cells] = at + 1
    return marks


def _gc(codes: np.ndarray) -> np.ndarray:
    return ((codes == 1) | (codes == 2)).sum(axis=1)


def _alike(first: np.ndarray, second: np.ndarray, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Indices into both of as many pairs as there are of equal value, in random order."""
    sides = [
        pl.DataFrame({"gc": values}).with_row_index("row").with_columns(nth=pl.int_range(pl.len()).over("gc"))
        for values in (first, second)
    ]
    pairs = sides[0].join(sides[1], on=["gc", "nth"]).sort("gc", "nth")
    order = chance.permutation(pairs.height)
    return pairs["row"].to_numpy()[order], pairs["row_right"].to_numpy()[order]
