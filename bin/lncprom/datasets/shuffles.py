"""Artificial negatives: a promoter's bases replaced or reordered, for many sequences at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np

from lncprom import random_keys
from lncprom.genome.bases import CODES, LETTERS

CHUNKS = 20
REPLACED = 12
_BATCH = 1 << 16  # bases at once, so that their random numbers stay in the processor's cache
_OF_BYTE = LETTERS[:4].repeat(64).tobytes()  # letter of a random byte, by its first two bits


def chunk_edges(length: int) -> np.ndarray:
    """Edges of the 20 chunks, whose lengths differ by at most one base: int (21,)."""
    return np.arange(CHUNKS + 1) * length // CHUNKS


def substitute(codes: np.ndarray, key: np.ndarray) -> np.ndarray:
    """Sequences in which 12 of the first 19 of 20 chunks become uniform random bases; the last chunk is kept.

    Parameters
    ----------
    codes
        ASCII letters ACGTN: uint8 (n, length).
    key
        One random stream per sequence, uint64 (n,), of `random_keys.keys`.

    Source: the negatives of GUE (Zhou et al. 2023, DNABERT-2).
    """
    n, length = codes.shape
    lots = random_keys.bits(key[:, None], np.arange(CHUNKS - 1)[None, :])
    replaced = np.zeros((n, CHUNKS), dtype=bool)
    np.put_along_axis(replaced, np.argsort(lots, axis=1)[:, :REPLACED], True, axis=1)
    drawn = random_keys.bits(key[:, None], np.arange(CHUNKS, CHUNKS + length)[None, :]) >> np.uint64(56)
    bases = np.frombuffer(drawn.astype(np.uint8).tobytes().translate(_OF_BYTE), np.uint8).reshape(codes.shape)
    return np.where(np.repeat(replaced, np.diff(chunk_edges(length)), axis=1), bases, codes)


def shuffle(codes: np.ndarray, key: np.ndarray) -> np.ndarray:
    """The bases of each sequence in random order; every order is equally likely."""
    lots = random_keys.bits(key[:, None], np.arange(codes.shape[1])[None, :])
    return np.take_along_axis(codes, np.argsort(lots, axis=1), axis=1)


def dinucleotide_shuffle(codes: np.ndarray, key: np.ndarray) -> np.ndarray:
    """Each sequence reordered with all its dinucleotide counts and both end letters.

    Every such sequence is equally likely. A sequence is a walk that uses each of its dinucleotides once. A random walk
    follows from the last departure of each letter, which together form a tree that leads to the last letter, and from
    a random order of all other departures. The trees, at most 125 with N as fifth letter, are weighted and drawn
    directly, because drawing edges until they form a tree is slow for repeats.

    Source: Altschul and Erickson (1985), Mol. Biol. Evol. 2:526-538.
    """
    n, length = codes.shape
    if length < 3:
        return codes.copy()
    letters = CODES[codes]
    before, after = letters[:, :-1], letters[:, 1:]
    pairs = before * np.uint8(5) + after
    rows = np.arange(n)
    counts = np.bincount((pairs + rows[:, None] * 25).ravel(), minlength=n * 25).reshape(n, 5, 5)
    last_departure = _last_departures(counts, letters[:, -1], random_keys.unit(random_keys.bits(key, 0)))

    order = random_keys.bits(key[:, None], np.arange(1, length)[None, :]) >> np.uint64(4)
    order |= before.astype(np.uint64) << np.uint64(61)
    for letter in range(5):
        leaves = (counts[:, letter].sum(axis=1) > 0) & (letters[:, -1] != letter)
        edge = pairs[leaves] == (last_departure[leaves, letter] + 5 * letter)[:, None]
        order[rows[leaves], edge.argmax(axis=1)] |= np.uint64(1 << 60)
    departures = np.take_along_axis(after, np.argsort(order, axis=1), axis=1)
    return LETTERS[_walk(letters[:, 0], departures, counts.sum(axis=2))]


def _last_departures(counts: np.ndarray, root: np.ndarray, lot: np.ndarray) -> np.ndarray:
    """The letter after each letter's last occurrence (n, 5); trees drawn in proportion to their number of walks."""
    chosen = np.empty((len(root), 5), dtype=np.uint8)
    for letter in range(5):
        rows = np.flatnonzero(root == letter)
        edges = counts[rows].astype(np.float64)
        absent = edges.sum(axis=2) == 0
        edges[..., letter] += absent  # an absent letter is a child of the root with weight 1
        trees = _trees(letter)
        weight = np.ones((len(rows), len(trees)))
        for other in range(5):
            if other != letter:
                weight *= edges[:, other][:, trees[:, other]]
        cumulated = weight.cumsum(axis=1)
        chosen[rows] = trees[(cumulated > (lot[rows] * cumulated[:, -1])[:, None]).argmax(axis=1)]
    return chosen


@cache
def _trees(root: int) -> np.ndarray:
    """All trees in which four letters lead to `root`: the parent of each letter (125, 5)."""
    trees = []
    for parents in product(range(5), repeat=5):
        reached = list(range(5))
        for _ in range(5):
            reached = [parents[letter] for letter in reached]
        if parents[root] == root and set(reached) == {root}:
            trees.append(parents)
    return np.array(trees, dtype=np.uint8)


def _walk(first: np.ndarray, departures: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Letters of the walks that follow each row's departures, which are listed letter by letter: (n, length)."""
    n, steps = departures.shape
    pointer = (np.cumsum(degrees, axis=1) - degrees + np.arange(n)[:, None] * steps).ravel()
    departures = np.ascontiguousarray(departures).ravel()
    path = np.empty((steps + 1, n), dtype=np.uint8)
    path[0] = first
    slots = np.arange(n) * 5
    for step in range(steps):
        here = slots + path[step]
        at = pointer[here]
        path[step + 1] = departures[at]
        pointer[here] = at + 1
    return np.ascontiguousarray(path.T)


_MADE = {"substitute": substitute, "shuffle": shuffle, "dinucleotide_shuffle": dinucleotide_shuffle}


def transform(codes: np.ndarray, kinds: Sequence[str], sample_ids: Sequence[str], seed: int) -> np.ndarray:
    """The windows after each sample's transform: uint8 (n, length); `none` changes nothing.

    A sequence's result depends on its bases, kind, sample id and the seed, not on other rows.

    Parameters
    ----------
    codes
        ASCII letters ACGTN in the gene's direction: uint8 (n, length).
    kinds
        `none`, `substitute`, `shuffle` or `dinucleotide_shuffle` for each row.
    """
    kinds = np.asarray(kinds, dtype=object)
    sample_ids = np.asarray(sample_ids, dtype=object)
    changed = codes.copy()
    batch = max(1, _BATCH // max(1, codes.shape[1]))
    for kind, make in _MADE.items():
        rows = np.flatnonzero(kinds == kind)
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            changed[part] = make(codes[part], random_keys.keys(sample_ids[part], seed, kind))
    return changed
