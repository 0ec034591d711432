"""Similar sequences, on both strands: k-mers shared on one diagonal, then the best alignment without gaps there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.genome.bases import CODES, UNKNOWN, reverse_complement, words_at

# near duplicates, which form one cluster; unrelated promoters score 30 in one of 10,000 comparisons
NEAR = (pl.col("identity") >= 0.8) & (pl.col("coverage") >= 0.5) & (pl.col("score") >= 30)
_SEEDS = 1 << 22  # shared k-mers held at once
_ROWS = 1 << 12  # sequences, or pairs, handled at once
_MOST = 100  # pairs of a query that are aligned: those that share the most k-mers
_PLACE = 39  # bits of a word's place in the packed index
_KEPT = pl.col("score") >= 20


class Settings(NamedTuple):
    """Bases of a shared word, how many of them on one diagonal make a pair aligned, and how frequent a word may be."""

    k: int
    seeds: int
    cap: int


FEW = Settings(k=10, seeds=3, cap=2000)
MANY = Settings(k=12, seeds=2, cap=500)


def settings(sequences: int, k: int | None = None) -> Settings:
    """The search for this many sequences: 10-mers up to 10,000, beyond 12-mers; or those with words of `k`."""
    return FEW if (k or (10 if sequences <= 10_000 else 12)) == FEW.k else MANY


def search(
    queries: np.ndarray, targets: np.ndarray, how: Settings, within: bool = False, kept: pl.Expr = _KEPT
) -> pl.DataFrame:
    """For each query, up to 100 similar targets, each with its best alignment without gaps: match 1, mismatch -1.

    Two sequences are aligned where they share `how.seeds` words of `how.k` bases on one diagonal. Words that occur more
    than `how.cap` times in the targets are skipped: they are repeats.

    Parameters
    ----------
    queries, targets
        ASCII letters: uint8 (sequences, longest); 0 after the end of a shorter one. N matches nothing.
    within
        The queries are the targets: each pair once, with the smaller row as query, and no sequence with itself.
    kept
        Which alignments are returned; by default a score of 20 or more.

    Returns
    -------
    pl.DataFrame
        `query`, `target`: rows; `reverse`: the query's other strand; `shift`: target position minus query position;
        `score`; `identity`: matches / aligned bases; `coverage`: aligned bases / bases of the shorter sequence;
        sorted by query, then by falling score.
    """
    width = queries.shape[1] + targets.shape[1]
    index = _Index.of(CODES[targets], how, width)
    lengths = [np.count_nonzero(letters, axis=1) for letters in (queries, targets)]
    found = [_NO_HITS]
    for reverse, letters in enumerate((queries, reverse_complement(queries))):
        codes = CODES[letters]
        for row, place, word in _blocks(codes, how.k, index.counts):
            number = index.counts[word]
            ends = np.cumsum(number)
            places = index.places[np.arange(ends[-1]) + np.repeat(index.starts[word] - ends + number, number)]
            keys = places + np.repeat(row * (len(targets) * width) + queries.shape[1] - 1 - place, number)
            if within:
                keys = keys[places >= np.repeat((row + 1) * width, number)]
            pairs = _pairs(keys, how.seeds, len(targets), width)
            pairs = pairs.with_columns(reverse=pl.lit(bool(reverse)), shift=pl.col("shift") - queries.shape[1] + 1)
            found.append(_align(pairs, codes, CODES[targets], *lengths).filter(kept))
    order = ["query", "score", "target", "reverse", "shift"]
    hits = pl.concat(found).sort(order, descending=[False, True, False, False, False])
    return hits.unique(["query", "target"], keep="first", maintain_order=True)


_NO_HITS = pl.DataFrame(
    schema=dict.fromkeys(("query", "target", "shift"), pl.Int64)
    | {"reverse": pl.Boolean, "score": pl.Int64, "identity": pl.Float64, "coverage": pl.Float64}
)


class _Index(NamedTuple):
    """Places of all words (row * width + position) sorted by word, where a word's places start, how many there are."""

    places: np.ndarray
    starts: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray, how: Settings, width: int) -> _Index:
        counts = np.zeros(4**how.k, np.int64)
        packed = [np.empty(0, np.int64)]
        for first in range(0, len(codes), _ROWS):
            words = words_at(codes[first : first + _ROWS], range(how.k))
            row, place = np.nonzero(words >= 0)
            word = words[row, place].astype(np.int64)
            counts += np.bincount(word, minlength=len(counts))
            packed.append(word << _PLACE | (row + first) * width + place)
        places = np.concatenate(packed)
        places.sort()
        places &= (1 << _PLACE) - 1
        return cls(places, np.cumsum(counts) - counts, np.where(counts > how.cap, 0, counts))


def _blocks(codes: np.ndarray, k: int, counts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Row, position and number of the words of whole queries that share about `_SEEDS` words with the targets."""
    for first in range(0, len(codes), _ROWS):
        words = words_at(codes[first : first + _ROWS], range(k))
        shared = np.where(words >= 0, counts[words], 0)
        block = np.cumsum(shared.sum(axis=1)) // _SEEDS
        row, place = np.nonzero(shared)
        for one in np.unique(block[row]):
            part = block[row] == one
            yield row[part] + first, place[part], words[row[part], place[part]]


def _pairs(keys: np.ndarray, seeds: int, targets: int, width: int) -> pl.DataFrame:
    """Query, target and diagonal of the keys that occur `seeds` times: of each query the most frequent."""
    keys.sort()
    begins = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]][: len(keys)])
    times = np.diff(np.r_[begins, len(keys)])
    keys, times = keys[begins[times >= seeds]], times[times >= seeds]
    rows = pl.DataFrame({"query": keys // width // targets, "target": keys // width % targets, "shift": keys % width})
    rows = rows.with_columns(times=pl.Series(times)).sort(
        "query", "times", descending=[False, True], maintain_order=True
    )
    return (
        rows.unique(["query", "target"], keep="first", maintain_order=True)
        .group_by("query", maintain_order=True)
        .head(_MOST)
    )


def _align(
    pairs: pl.DataFrame, codes: np.ndarray, targets: np.ndarray, lengths: np.ndarray, target_lengths: np.ndarray
) -> pl.DataFrame:
    """The pairs with score, identity and coverage of the best-scoring stretch of their diagonal."""
    done = [_NO_HITS]
    for part in pairs.iter_slices(_ROWS):
        query, target = part["query"].to_numpy(), part["target"].to_numpy()
        place = np.arange(codes.shape[1]) + part["shift"].to_numpy()[:, None]
        there = (place >= 0) & (place < targets.shape[1])
        base = targets[target[:, None], np.where(there, place, 0)]
        equal = there & (base == codes[query]) & (base < UNKNOWN)
        total = np.cumsum(np.where(equal, 1, -1), axis=1, dtype=np.int32)
        before = np.pad(total, ((0, 0), (1, 0)))[:, :-1]
        lowest = np.minimum.accumulate(before, axis=1)
        rows, end = np.arange(len(query)), np.argmax(total - lowest, axis=1)
        low = lowest[rows, end]
        bases = end + 1 - np.argmax(before == low[:, None], axis=1)
        score = total[rows, end] - low
        shorter = np.minimum(lengths[query], target_lengths[target])
        done.append(
            part.select("query", "target", "shift", "reverse").with_columns(
                score=pl.Series(score, dtype=pl.Int64),
                identity=pl.Series((score + bases) / (2 * bases)),
                coverage=pl.Series(bases / shorter),
            )
        )
    return pl.concat(done)


def clusters(letters: np.ndarray) -> np.ndarray:
    """The cluster of each sequence: near duplicates, their near duplicates, and so on, share one: int (sequences,).

    Parameters
    ----------
    letters
        ASCII letters: uint8 (sequences, longest); 0 after the end of a shorter one.
    """
    hits = search(letters, letters, settings(len(letters)), within=True, kept=NEAR)
    edges = (np.ones(hits.height, bool), (hits["query"].to_numpy(), hits["target"].to_numpy()))
    # half a second to import, which most users of this module do not need
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    return connected_components(coo_array(edges, shape=(len(letters), len(letters))), directed=False)[1]
