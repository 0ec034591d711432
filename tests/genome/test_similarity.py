"""Search of similar sequences: planted relatives are found, scores are those of a plain loop, clusters are chains."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from lncprom.genome import similarity
from lncprom.genome.bases import reverse_complement


def drawn(number: int, length: int = 300, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).choice(np.frombuffer(b"ACGT", np.uint8), (number, length))


def mutated(letters: np.ndarray, identity: float) -> np.ndarray:
    other = drawn(*letters.shape, seed=9)
    replaced = np.random.default_rng(8).random(letters.shape) < (1 - identity) * 4 / 3  # a quarter stays by chance
    return np.where(replaced, other, letters)


def overlapping(letters: np.ndarray, bases: int) -> np.ndarray:
    return np.hstack([letters[:, -bases:], drawn(len(letters), letters.shape[1] - bases, seed=7)])


RELATIVES = {
    "copies": (lambda of: of, 1.0, False),
    "the other strand": (reverse_complement, 1.0, True),
    "identity 0.9": (lambda of: mutated(of, 0.9), 0.9, False),
    "identity 0.8": (lambda of: mutated(of, 0.8), 0.8, False),
    "overlap of 150": (lambda of: overlapping(of, 150), 1.0, False),
}


@pytest.mark.parametrize("how", [similarity.FEW, similarity.MANY], ids=["10-mers", "12-mers"])
@pytest.mark.parametrize("kind", RELATIVES)
def test_a_hundred_planted_relatives__at_least_95_are_the_best_hit(kind, how):
    make, identity, reverse = RELATIVES[kind]
    train = drawn(1000)
    hits = similarity.search(make(train[200:300]), train, how).unique("query", keep="first", maintain_order=True)
    found = hits.filter(pl.col("target") == pl.col("query") + 200, pl.col("reverse") == reverse)
    assert found.height >= 95
    assert found["identity"].mean() == pytest.approx(identity, abs=0.02)
    assert found["coverage"].mean() > (0.45 if "overlap" in kind else 0.9)


def test_score_and_identity__as_by_a_loop_over_all_stretches():
    base = drawn(1, 80)
    own, other = mutated(base, 0.85), base[:, :60]
    hit = similarity.search(own, np.hstack([drawn(1, 5, seed=3), other]), similarity.Settings(6, 1, 100)).row(
        0, named=True
    )
    step = [1 if own[0, at] == other[0, at] else -1 for at in range(60)]
    sums = {(sum(step[first:end]), end - first) for first in range(60) for end in range(first + 1, 61)}
    assert (hit["shift"], hit["score"]) == (5, max(sums)[0])
    length = round(hit["coverage"] * 65)
    assert (hit["score"], length) in sums
    assert hit["identity"] == pytest.approx((hit["score"] + length) / 2 / length)


def test_n_and_the_padding_of_a_shorter_sequence__match_nothing():
    unknown = np.full((2, 50), ord("N"), np.uint8)
    short = np.pad(drawn(3, 40), ((0, 0), (0, 60)))
    assert similarity.search(unknown, unknown, similarity.FEW).is_empty()
    found = similarity.search(short, drawn(3, 100), similarity.FEW)
    assert found.select("coverage").max().item() is None or found["coverage"].max() <= 1
    whole = similarity.search(short, np.hstack([drawn(3, 20, seed=2), drawn(3, 40)]), similarity.FEW)
    assert whole.select("query", "target", "shift", "coverage").rows() == [(n, n, 20, 1.0) for n in range(3)]


def test_clusters__a_chain_of_near_duplicates_is_one_and_unrelated_sequences_are_alone():
    train = drawn(50)
    chain = [train[0]]
    for seed in range(3):
        changed = drawn(1, seed=20 + seed)[0]
        chain.append(np.where(np.random.default_rng(seed).random(300) < 0.15, changed, chain[-1]))
    letters = np.concatenate([train, np.stack(chain[1:]), reverse_complement(train[7:8])])
    of = similarity.clusters(letters)
    assert len(set(of)) == 50
    assert len({of[0], *of[50:53]}) == 1
    assert of[7] == of[53]
