"""How samples that are tested on resemble those of train: copies, near duplicates, overlaps, shared chunks, genes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import random_keys
from lncprom.datasets import sequences, shuffles
from lncprom.errors import InputError
from lncprom.genome import intervals, similarity
from lncprom.genome.bases import CODES, LETTERS, on_other_strand
from lncprom.tables import dataset
from lncprom.tables.base import FOLDS
from lncprom.tables.leaks import KINDS, LEAKS, PAIRS, SCORES

RELATED = 50  # lowest score of a related pair, which stands for 60 of an alignment with gaps
TWIN = 6  # chunks, of 20, that a made negative and its positive share; unrelated pairs share 5 at most
CONTROLS = 200  # mutated sequences of train and shuffled tested ones that are searched beside the tested ones
MUTATED = 0.2
MOST_PAIRS = 10_000  # that are written
_PAIRS = 1 << 14  # compared at once
_BINS = {"identity": (0.3, 0.5, 0.8, 0.9, 1.0), "score": SCORES}
_LEAKS = tuple(KINDS)[: list(KINDS).index("any")]


class Audited(NamedTuple):
    """Tested samples with a column for each kind of leak and the nearest of train; similar pairs; facts."""

    samples: pl.DataFrame
    pairs: pl.DataFrame
    counts: dict[str, object]
    notes: list[str]


def compare(tested: pl.DataFrame, train: pl.DataFrame, seed: int, k: int | None = None) -> Audited:
    """Which tested samples have a relative in train, and of what kind; the order of rows changes nothing.

    The search measures itself: on 200 sequences of train with a fifth of their bases replaced (recall), and on 200
    dinucleotide-shuffled tested sequences, which have no relative (null).

    Parameters
    ----------
    tested, train
        Rows of a data set, or of two.
    k
        Bases of the words that a pair must share, 10 or 12; by default 10 up to 10,000 sequences, else 12.

    Returns
    -------
    Audited
        `samples`: `sample_id`, `label`, `fold`, the kinds of `tables.leaks.KINDS` as Boolean columns, `best_score`,
        `best_identity`, `nearest`, `leak`; `pairs`: all rows of `tables.leaks.PAIRS`, the most similar first.
    """
    tested, train = tested.sort("sample_id"), train.sort("sample_id")
    own, of_train = sequences.to_codes(tested["sequence"]), sequences.to_codes(train["sequence"])
    how = similarity.settings(tested.height + train.height, k)
    planted, null = _some(train, seed), _some(tested, seed)
    parts = (own, _mutated(of_train[planted], seed), _shuffled(own[null], seed))
    width = max(part.shape[1] for part in parts)
    queries = np.concatenate([np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in parts])
    of_tested, of_planted, of_null = _by_part(similarity.search(queries, of_train, how), parts)
    found = int((planted[of_planted["query"].to_numpy()] == of_planted["target"].to_numpy()).sum())
    pairs = _pairs(of_tested, tested, train, own, of_train)
    counts = {
        "k": how.k,
        "shared_words": how.seeds,
        "cap": how.cap,
        "planted": {"sequences": len(planted), "identity": 1 - MUTATED, "found": found},
        "null": {"sequences": len(null), "related": of_null.filter(pl.col("score") >= RELATED)["query"].n_unique()},
        "similar_pairs": pairs.height,
    }
    note = f"the search finds {found} of {len(planted)} train sequences at an identity of 0.8"
    return Audited(_samples(tested, train, pairs), pairs.select(*PAIRS.columns), counts, [note])


def audit(rows: pl.DataFrame, seed: int, k: int | None = None) -> Audited:
    """Dev and test of a data set compared with its train, in each of its splits.

    Returns
    -------
    Audited
        As of `compare`, with a column `split`: `samples` of all splits, all else of the first.
    """
    of_train, samples, first = pl.col("fold") == "train", [], None
    for split in range(1, dataset.number_of_splits(rows) + 1):
        part = dataset.of_split(rows, split, "")
        found = compare(part.filter(~of_train), part.filter(of_train), seed, k)
        samples.append(found.samples.with_columns(split=pl.lit(split, dtype=pl.Int64)))
        first = first or found
    return first._replace(samples=pl.concat(samples))


def table(samples: pl.DataFrame, name: str) -> pl.DataFrame:
    """The table `tables.leaks.LEAKS`: samples of dev and test by kind of leak, and by bin of identity and score."""
    rows = []
    splits = range(1, (samples["split"].max() or 1) + 1)
    for split, fold in product(splits, FOLDS[1:]):
        part = samples.filter(pl.col("split") == split, pl.col("fold") == fold)
        of = dict.fromkeys(KINDS, part.height) | {"same_label": part["related"].sum()}
        rows += [(name, split, fold, "leak", kind, part[kind].sum(), of[kind]) for kind in KINDS]
        for measure, edges in _BINS.items():
            place = np.searchsorted(edges, part[f"best_{measure}"].to_numpy(), side="right")
            number = np.bincount(place, minlength=len(edges) + 1).tolist()
            ends = [f"{low}-{high}" for low, high in pairwise(edges)]
            levels = [f"<{edges[0]}", *ends, f">={edges[-1]}"]
            rows += [
                (name, split, fold, measure, level, n, part.height) for level, n in zip(levels, number, strict=True)
            ]
    return LEAKS.frame(rows)


def in_words(leaks: pl.DataFrame) -> list[str]:
    """Each fold by the rows of `table`: `14 of 613 test samples leak from train (14 exact)`; of several splits each."""
    said = []
    rows = leaks.filter(pl.col("measure") == "leak").group_by("split", "fold", maintain_order=True)
    for (split, fold), part in rows:
        number = dict(part.select("level", "samples").rows())
        kinds = ", ".join(f"{number[kind]:,} {kind}" for kind in _LEAKS if number[kind])
        where = f"{fold} samples of split {split}" if leaks["split"].n_unique() > 1 else f"{fold} samples"
        said.append(f"{number['any']:,} of {part['of'][0]:,} {where} leak from train{f' ({kinds})' if kinds else ''}")
    return said


def refuse(leaks: pl.DataFrame, most: float, source: str) -> None:
    """Stop at the first split of which more than this fraction of the test samples leaks, by the rows of `table`."""
    test = leaks.filter(pl.col("fold") == "test")
    splits = test.filter(pl.col("level") == "any").iter_rows(named=True)
    for row, said in zip(splits, in_words(test), strict=True):
        if row["samples"] > most * row["of"]:
            remedy = "Assign folds by group or homology, remove the samples in --homology, or raise --max-leakage."
            raise InputError(f"{source}: {said}, limit {most:.1%}. {remedy}")


def _some(rows: pl.DataFrame, seed: int) -> np.ndarray:
    """Numbers of rows, `CONTROLS` at random."""
    return np.sort(np.argsort(random_keys.keys(rows["sample_id"], seed, "leak controls"))[:CONTROLS])


def _mutated(letters: np.ndarray, seed: int) -> np.ndarray:
    """Sequences in which each base is replaced by another one with a probability of `MUTATED`."""
    key = random_keys.keys(map(str, range(len(letters))), seed, "leak mutants")
    drawn = random_keys.bits(key[:, None], np.arange(letters.shape[1])[None, :])
    replaced = (random_keys.unit(drawn) < MUTATED) & (CODES[letters] < 4)
    other = LETTERS[(CODES[letters] + 1 + drawn % np.uint64(3)) % 4]
    return np.where(replaced, other, letters)


def _shuffled(letters: np.ndarray, seed: int) -> np.ndarray:
    """Dinucleotide-shuffled sequences."""
    key = random_keys.keys(map(str, range(len(letters))), seed, "leak null")
    lengths, made = np.count_nonzero(letters, axis=1), letters.copy()
    for length in np.unique(lengths):
        rows = lengths == length
        made[rows, :length] = shuffles.dinucleotide_shuffle(letters[rows, :length], key[rows])
    return made


def _by_part(hits: pl.DataFrame, parts: Sequence[np.ndarray]) -> list[pl.DataFrame]:
    """The hits of each part of the queries, numbered within it."""
    edges = np.cumsum([0, *map(len, parts)]).tolist()
    query = pl.col("query")
    return [hits.filter(query >= low, query < high).with_columns(query - low) for low, high in pairwise(edges)]


def _pairs(
    hits: pl.DataFrame, tested: pl.DataFrame, train: pl.DataFrame, letters: np.ndarray, of_train: np.ndarray
) -> pl.DataFrame:
    """Hits with the samples' names, labels and shared chunks; the most similar first."""
    query, target = hits["query"].to_numpy(), hits["target"].to_numpy()
    chunks = _shared_chunks(letters, of_train, query, target)
    named = (
        tested[query]
        .select("sample_id", "fold", "label")
        .with_columns(train_id=train["sample_id"][target], same_label=pl.col("label") == train["label"][target])
    )
    strand = pl.when(hits["reverse"]).then(pl.lit("-")).otherwise(pl.lit("+"))
    found = hits.select("score", "identity", "coverage").with_columns(strand=strand, shared_chunks=pl.Series(chunks))
    rows = pl.concat([named, found], how="horizontal")
    return rows.sort("score", "identity", "sample_id", "train_id", descending=[True, True, False, False])


def _shared_chunks(own: np.ndarray, other: np.ndarray, query: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Chunks, of 20, that two sequences of one length share in place, for each pair; 0 where lengths differ."""
    chunks = np.zeros(len(query), np.int64)
    length, other_length = (np.count_nonzero(letters, axis=1) for letters in (own, other))
    for bases in np.intersect1d(length, other_length):
        rows = np.flatnonzero((length[query] == bases) & (other_length[target] == bases))
        edges = shuffles.chunk_edges(int(bases))[:-1]
        for part in np.array_split(rows, len(rows) // _PAIRS + 1) if bases >= shuffles.CHUNKS else ():
            equal = own[query[part], :bases] == other[target[part], :bases]
            chunks[part] = np.logical_and.reduceat(equal, edges, axis=1).sum(axis=1)
    return chunks


def _samples(tested: pl.DataFrame, train: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Tested samples with a Boolean column for each kind of leak, and the best of their pairs."""
    matches = pl.col("identity") * pl.col("coverage")
    twin = (pl.col("shared_chunks") >= TWIN) & (pl.col("shared_chunks") < shuffles.CHUNKS) & ~pl.col("same_label")
    best = pairs.group_by("sample_id", maintain_order=True).agg(
        pl.col("score").first().alias("best_score"),
        matches.max().round(4).alias("best_identity"),
        pl.col("train_id").first().alias("nearest"),
        pl.col("same_label").first(),
        similarity.NEAR.any().alias("near"),
        twin.any().alias("shared_chunks"),
    )
    rows = tested.select("sample_id", "label", "fold", "sequence", "gene_id")
    rows = rows.join(best, on="sample_id", how="left", maintain_order="left")
    other_strand = [on_other_strand(text) for text in tested["sequence"]]
    known, genes = train["sequence"].implode(), train["gene_id"].drop_nulls().implode()
    rows = rows.with_columns(
        pl.col("best_score", "best_identity").fill_null(0),
        pl.col("shared_chunks").fill_null(False),
        exact=pl.col("sequence").is_in(known),
        reverse_complement=pl.Series(other_strand, dtype=pl.String).is_in(known),
        overlapping=_overlapping(tested, train),
        same_gene=pl.col("gene_id").is_in(genes).fill_null(False),
    )
    copied = pl.col("exact") | pl.col("reverse_complement")
    rows = rows.with_columns(near=pl.col("near").fill_null(False) | copied)
    related = pl.col("near") | (pl.col("best_score") >= RELATED)
    rows = rows.with_columns(any=pl.any_horizontal(_LEAKS), related=related)
    rows = rows.with_columns(same_label=pl.col("related") & pl.col("same_label").fill_null(False))
    named = [pl.when(kind).then(pl.lit(kind)) for kind in _LEAKS]
    rows = rows.with_columns(leak=pl.when("any").then(pl.concat_str(named, separator=",", ignore_nulls=True)))
    best = ("best_score", "best_identity", "nearest", "leak")
    return rows.select("sample_id", "label", "fold", *KINDS, *best).sort("sample_id")


def _overlapping(tested: pl.DataFrame, train: pl.DataFrame) -> pl.Series:
    """Whether a window overlaps one of train; unknown places overlap nothing."""
    both = pl.concat([rows.select("chrom", "start", "end") for rows in (tested, train)])
    number = both["chrom"].rank("dense").fill_null(0).to_numpy().astype(np.int64)
    places = number, both["start"].fill_null(0).to_numpy(), both["end"].fill_null(0).to_numpy()
    own, other = ([part[rows] for part in places] for rows in (np.s_[: tested.height], np.s_[tested.height :]))
    return pl.Series(intervals.overlaps(own, other) > 0)
