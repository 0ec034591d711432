"""What each sample's transform does to its window, whatever rows stand beside it."""

import numpy as np
import pytest

from lncprom.datasets import artificial_negatives

KINDS = ["none", "substitute", "shuffle", "dinucleotide_shuffle"]


def some_windows(n: int = 200, length: int = 300):
    codes = np.random.default_rng(1).choice(np.frombuffer(b"ACGT", np.uint8), (n, length))
    return codes, [KINDS[row % 4] for row in range(n)], [f"sample {row}" for row in range(n)]


def test_rows_without_transform__unchanged_and_the_lent_array_too():
    codes, kinds, ids = some_windows()
    before = codes.copy()
    made = artificial_negatives.transform(codes, kinds, ids, 1)
    assert (codes == before).all()
    same = (made == codes).all(axis=1)
    assert same.tolist() == [kind == "none" for kind in kinds]
    assert (made.dtype, made.shape) == (np.uint8, codes.shape)


def test_rows_in_another_order_alone_or_in_small_batches__the_same_bases(monkeypatch):
    codes, kinds, ids = some_windows()
    whole = artificial_negatives.transform(codes, kinds, ids, 1)
    order = np.random.default_rng(2).permutation(len(codes))
    mixed = artificial_negatives.transform(codes[order], np.array(kinds)[order], np.array(ids)[order], 1)
    assert (mixed == whole[order]).all()
    assert (artificial_negatives.transform(codes[6:7], kinds[6:7], ids[6:7], 1) == whole[6:7]).all()
    monkeypatch.setattr(artificial_negatives, "_BATCH", 1000)
    assert (artificial_negatives.transform(codes, kinds, ids, 1) == whole).all()


def test_another_seed_or_another_name__other_bases():
    codes, kinds, ids = some_windows()
    changed = np.array(kinds) != "none"
    made = artificial_negatives.transform(codes, kinds, ids, 1)
    for other in (
        artificial_negatives.transform(codes, kinds, ids, 2),
        artificial_negatives.transform(codes, kinds, [*ids[1:], "x"], 1),
    ):
        assert (made[changed] != other[changed]).any(axis=1).all()


def test_unknown_kind__refused_by_name():
    codes, _, ids = some_windows(1)
    with pytest.raises(ValueError, match="'reverse' is none of none, substitute"):
        artificial_negatives.transform(codes, ["reverse"], ids, 1)
