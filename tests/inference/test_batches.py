"""Batches: every sequence once, like lengths together, an order that seed and epoch decide."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from helpers_training import CPU, TinyFamily, encode, planted
from lncprom.inference import batches, predict
from lncprom.models import out_of_memory

LENGTHS = st.lists(st.integers(1, 40), min_size=1, max_size=300)


@given(LENGTHS, st.integers(1, 33), st.integers(0, 2**32), st.integers(0, 5))
def test_any_lengths__each_sequence_in_one_batch_and_no_batch_too_large(lengths, size, seed, epoch):
    found = batches.epoch(np.array(lengths), size, seed, epoch)
    assert sorted(np.concatenate(found).tolist()) == list(range(len(lengths)))
    assert max(map(len, found)) <= size
    assert len(found) == -(-len(lengths) // size)


def test_same_seed_and_epoch__the_same_order_and_another_in_the_next_epoch():
    lengths = np.arange(500) % 7
    first, again, later, other = (batches.epoch(lengths, 8, *which) for which in ((1, 0), (1, 0), (1, 1), (2, 0)))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    for changed in (later, other):
        assert not all((a == b).all() for a, b in zip(first, changed, strict=True))


def test_sequences_of_many_lengths__little_is_padded_and_short_ones_do_not_come_first():
    lengths = np.random.default_rng(1).integers(10, 400, 3200)
    found = batches.epoch(lengths, 32, 3, 0)
    padded = sum(int(lengths[batch].max()) * len(batch) for batch in found) / lengths.sum()
    by_lot = [np.arange(at, at + 32) for at in range(0, 3200, 32)]
    assert padded < 1.05
    assert sum(int(lengths[batch].max()) * 32 for batch in by_lot) / lengths.sum() > 1.7
    longest = [int(lengths[batch].max()) for batch in found]
    assert abs(np.corrcoef(longest, np.arange(len(longest)))[0, 1]) < 0.3


def test_rows_of_one_length__no_mask_and_of_several_a_mask_of_what_is_real():
    assert batches.gather(encode(["ACGT", "AACC"]), np.array([1, 0])).mask is None
    found = batches.gather(encode(["ACGT", "AA", "ACGTACGT"]), np.array([1, 0]))
    assert found.ids.tolist() == [[2, 2, 0, 0], [2, 3, 4, 5]]  # cut to the longest of the batch
    assert found.mask.tolist() == [[True, True, False, False], [True] * 4]


def test_chunks__a_sequences_logits_are_the_mean_over_its_rows():
    family = TinyFamily(max_tokens=10)
    texts = ["ACGTACGTACGGGGGGGGGGTTTTTTT", "ACGTACGTAC", "CCCCCCCCCCACGTACGTAC"]
    data = encode(texts, family)
    assert (len(data), len(data.lengths)) == (3, 6)
    found = predict.logits(family, data, CPU, size=2)
    for text, row in zip(texts, found, strict=True):
        parts = [text[at : at + 10] for at in range(0, len(text), 10)]
        alone = [predict.logits(family, encode([part]), CPU)[0] for part in parts]
        np.testing.assert_allclose(row, np.mean(alone, axis=0), atol=1e-6)


def test_batches_for_predicting__each_sequence_once_longest_first_and_little_padding():
    lengths = np.random.default_rng(1).integers(100, 511, size=1000)
    found = batches.by_length(lengths, 64)
    assert sorted(np.concatenate(found).tolist()) == list(range(1000))
    assert all(len(chosen) <= 64 for chosen in found)
    assert all(len(chosen) >= 8 for chosen in found[:-1])
    assert (np.diff([lengths[chosen].max() for chosen in found]) <= 0).all()
    assert sum(len(chosen) * lengths[chosen].max() for chosen in found) < 1.08 * lengths.sum()
    assert [len(chosen) for chosen in batches.by_length(np.full(100, 7), 64)] == [64, 36]
    assert [len(chosen) for chosen in batches.by_length(np.array([100, 10, 10, 10]), 1)] == [1, 1, 1, 1]
    assert [len(chosen) for chosen in batches.by_length(np.array([100, 10, 10, 10, 10]), 64, 30)] == [1, 3, 1]


def test_out_of_memory_when_predicting__halved_and_the_same_result():
    family, data, told, sizes = TinyFamily(), planted(100).train, [], []
    whole = predict.logits(family, data, CPU, 64)

    def hook(module, inputs):
        sizes.append(len(inputs[0]))
        if len(inputs[0]) > 20:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    family.module.register_forward_pre_hook(hook)
    np.testing.assert_allclose(predict.logits(family, data, CPU, 64, told.append), whole, atol=1e-6)
    assert sizes[:3] == [64, 32, 16]
    assert max(sizes[3:]) <= 16
    assert len(told) == 2


def test_out_of_memory_when_predicting_one_sequence__one_line_and_exit_1():
    family = TinyFamily()

    def hook(module, inputs):
        raise MemoryError

    family.module.register_forward_pre_hook(hook)
    with pytest.raises(out_of_memory.NoMemory, match=r"^CPU: no memory for one sequence of 40 tokens; take") as stopped:
        predict.logits(family, planted(100).train, CPU, 64)
    assert stopped.value.exit_code == 1


def test_prediction__leaves_each_part_in_its_mode_also_when_it_fails():
    family = TinyFamily()
    family.module.train()
    family.module.norm.eval()
    family.module.register_forward_hook(lambda module, inputs, output: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        predict.logits(family, encode(["ACGTACGT"]), CPU)
    assert family.module.training
    assert not family.module.norm.training
