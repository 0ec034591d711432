"""Artificial negatives against brute force, and against what was measured in GUE's own file."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lncprom import random_keys
from lncprom.datasets import shuffles


def codes_of(*sequences: str) -> np.ndarray:
    return np.array([list(sequence.encode()) for sequence in sequences], dtype=np.uint8)


def text_of(codes: np.ndarray) -> list[str]:
    return [bytes(row).decode() for row in codes]


def keys(n: int, seed: int = 1) -> np.ndarray:
    return random_keys.keys([f"sample {number}" for number in range(n)], seed, "test")


def pairs(sequence: str) -> Counter:
    return Counter(pairwise(sequence))


def rearrangements(sequence: str) -> list[str]:
    """All sequences with the dinucleotides of this one, by trying every next letter."""
    found, stack = [], [(sequence[0], pairs(sequence))]
    while stack:
        path, left = stack.pop()
        if not left:
            found.append(path)
        for before, after in left:
            if before == path[-1]:
                stack.append((path + after, left - Counter([(before, after)])))
    return sorted(found)


sequences = st.text("ACGTN", min_size=1, max_size=60)


@given(sequences, st.integers(0, 2**32))
def test_dinucleotide_shuffle__every_dinucleotide_as_often_as_before(sequence, seed):
    for shuffled in text_of(shuffles.dinucleotide_shuffle(codes_of(sequence, sequence), keys(2, seed))):
        assert pairs(shuffled) == pairs(sequence)
        assert (shuffled[0], shuffled[-1]) == (sequence[0], sequence[-1])


@pytest.mark.parametrize(
    "sequence",
    ["ACAGTACCAGT", "AACCAGATA", "ACNACGTACNGA", "AAAATAACA", "GATTACAGATC", "CCGCGACGC", "NANANCANA", "ACTGNATCAGT"],
)
def test_dinucleotide_shuffle__every_possible_sequence_equally_often(sequence):
    possible = rearrangements(sequence)
    n = 400 * len(possible)
    shuffled = shuffles.dinucleotide_shuffle(np.repeat(codes_of(sequence), n, axis=0), keys(n))
    drawn = Counter(text_of(shuffled))
    assert set(drawn) <= set(possible)
    assert len(possible) > 3
    assert stats.chisquare([drawn[text] for text in possible]).pvalue > 1e-3


def test_dinucleotide_shuffle_of_repeats__ends_and_keeps_them():
    for sequence in ("A" * 2000, "AC" * 999 + "GT", "A" * 999 + "N" * 1000 + "C", "ACG" * 600 + "TGN" * 60):
        (shuffled,) = text_of(shuffles.dinucleotide_shuffle(codes_of(sequence), keys(1)))
        assert pairs(shuffled) == pairs(sequence)


@given(sequences)
def test_shuffle__the_same_bases(sequence):
    assert Counter(text_of(shuffles.shuffle(codes_of(sequence), keys(1)))[0]) == Counter(sequence)


def test_shuffle__every_order_equally_often():
    drawn = Counter(text_of(shuffles.shuffle(np.repeat(codes_of("AACG"), 12000, axis=0), keys(12000))))
    assert len(drawn) == 12
    assert stats.chisquare(list(drawn.values())).pvalue > 1e-3


def test_substitute__twelve_of_the_first_nineteen_chunks_anew_and_the_last_kept():
    codes = np.full((5000, 300), ord("N"), np.uint8)  # no drawn base is an N
    made = shuffles.substitute(codes, keys(5000)).reshape(5000, 20, 15)
    kept = (made == ord("N")).all(axis=2)
    assert ((made != ord("N")).all(axis=2) == ~kept).all()
    assert (kept.sum(axis=1) == 8).all()
    assert kept[:, 19].all()
    assert kept[:, :19].mean(axis=0) == pytest.approx(np.full(19, 7 / 19), abs=0.03)
    assert stats.chisquare(np.bincount(made[~kept].ravel())[list(b"ACGT")]).pvalue > 1e-3


def test_chunks_of_a_length_that_20_does_not_divide__differ_by_one_base_at_most():
    assert np.diff(shuffles.chunk_edges(70)).tolist() == [3, 4] * 10
    made = shuffles.substitute(np.full((10, 70), ord("N"), np.uint8), keys(10))
    assert (made[:, 66:] == ord("N")).all()


def shared_chunks(negatives: list[str], positives: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """(negatives, 20): which chunks of 15 a negative has from the positive with most of them; and that positive."""
    holders = [defaultdict(list) for _ in range(20)]
    for number, sequence in enumerate(positives):
        for chunk in range(20):
            holders[chunk][sequence[chunk * 15 : chunk * 15 + 15]].append(number)
    kept, source = np.zeros((len(negatives), 20), bool), np.full(len(negatives), -1)
    for row, sequence in enumerate(negatives):
        chunks = [sequence[at : at + 15] for at in range(0, 300, 15)]
        votes = Counter(
            number for holder, chunk in zip(holders, chunks, strict=True) for number in holder.get(chunk, ())
        )
        if votes:
            source[row] = votes.most_common(1)[0][0]
            kept[row] = [positives[source[row]][at * 15 : at * 15 + 15] == chunk for at, chunk in enumerate(chunks)]
    return kept, source


@pytest.mark.real
def test_gue_negatives_and_ours__the_same_chunk_statistics(real_data):
    rows = pl.read_csv(real_data / "gue" / "prom_300_notata.dev.csv.gz")
    positives = rows.filter(pl.col("label") == 1)["sequence"].to_list()
    theirs = rows.filter(pl.col("label") == 0)["sequence"].to_list()
    ours = text_of(shuffles.substitute(codes_of(*positives), keys(len(positives))))
    kept, source = shared_chunks(theirs, positives)
    made_here = kept.sum(axis=1) >= 7  # the other positives lie in the train and test files
    assert made_here.mean() == pytest.approx(0.1, abs=0.02)
    our_kept, our_source = shared_chunks(ours, positives)
    for sequences_, kept_, source_, n_replaced in (
        (np.array(theirs)[made_here], kept[made_here], source[made_here], 288),
        (np.array(ours), our_kept, our_source, len(ours)),
    ):
        per_negative = kept_.sum(axis=1)
        assert (per_negative == 8).sum() >= n_replaced
        assert np.isin(per_negative, (7, 8, 9)).all()
        assert kept_[:, 19].all()
        assert kept_[:, :19].mean(axis=0) == pytest.approx(np.full(19, 7 / 19), abs=0.1)
        letters = codes_of(*sequences_).reshape(-1, 20, 15)[~kept_]
        before = codes_of(*(positives[number] for number in source_)).reshape(-1, 20, 15)[~kept_]
        assert stats.chisquare(np.bincount(letters.ravel(), minlength=128)[list(b"ACGT")]).pvalue > 1e-3
        assert (letters == before).mean() == pytest.approx(0.25, abs=0.01)


KINDS = ["none", "substitute", "shuffle", "dinucleotide_shuffle"]


def some_windows(n: int = 200, length: int = 300):
    codes = np.random.default_rng(1).choice(np.frombuffer(b"ACGT", np.uint8), (n, length))
    return codes, [KINDS[row % 4] for row in range(n)], [f"sample {row}" for row in range(n)]


def test_rows_without_transform__unchanged_and_the_lent_array_too():
    codes, kinds, ids = some_windows()
    before = codes.copy()
    made = shuffles.transform(codes, kinds, ids, 1)
    assert (codes == before).all()
    same = (made == codes).all(axis=1)
    assert same.tolist() == [kind == "none" for kind in kinds]
    assert (made.dtype, made.shape) == (np.uint8, codes.shape)


def test_rows_in_another_order_alone_or_in_small_batches__the_same_bases(monkeypatch):
    codes, kinds, ids = some_windows()
    whole = shuffles.transform(codes, kinds, ids, 1)
    order = np.random.default_rng(2).permutation(len(codes))
    mixed = shuffles.transform(codes[order], np.array(kinds)[order], np.array(ids)[order], 1)
    assert (mixed == whole[order]).all()
    assert (shuffles.transform(codes[6:7], kinds[6:7], ids[6:7], 1) == whole[6:7]).all()
    monkeypatch.setattr(shuffles, "_BATCH", 1000)
    assert (shuffles.transform(codes, kinds, ids, 1) == whole).all()


def test_another_seed_or_another_name__other_bases():
    codes, kinds, ids = some_windows()
    changed = np.array(kinds) != "none"
    made = shuffles.transform(codes, kinds, ids, 1)
    for other in (shuffles.transform(codes, kinds, ids, 2), shuffles.transform(codes, kinds, [*ids[1:], "x"], 1)):
        assert (made[changed] != other[changed]).any(axis=1).all()
