"""The small convolutional network: padding has no part in it, places count from the end, it learns a place."""

from __future__ import annotations

import pytest
import torch

from helpers_models import learn, logits, random_dna
from lncprom.errors import InputError
from lncprom.models import base, saved_folder
from lncprom.models.cnn import Network

SEQUENCES = random_dna(60, 61, 62, 63, 17, 64, letters="ACGTN")


def test_sizes_of_the_explained_network__about_43_thousand_weights():
    model = base.load("cnn", None, seed=1, options={"max_tokens": 300})
    assert sum(weight.numel() for weight in model.trainable().values()) == 43_266
    assert "43,266 weights" in model.notes[0]


@pytest.mark.parametrize("train", [False, True])
def test_padding__a_sequence_alone_and_among_longer_ones_has_the_same_logits(train):
    model = trained(train)
    together = logits(model, SEQUENCES)
    for at, sequence in enumerate(SEQUENCES):
        torch.testing.assert_close(logits(model, [sequence])[0], together[at], atol=1e-6, rtol=0)


def trained(train: bool = True):
    model = base.load("cnn", None, seed=1)
    if train:
        learn(model, SEQUENCES)
    return model


def test_places__count_from_the_last_base_so_that_windows_of_any_length_agree_on_the_tss():
    network = Network(4, 20, 0.0, 2)
    with torch.no_grad():
        network.first.weight.zero_()
        network.first.bias.zero_()
        network.position[7] = 1.0
    seen = []
    network.pool.register_forward_pre_hook(lambda _, values: seen.append(values[0]))
    for length in (10, 15):
        network(torch.zeros(1, length, dtype=torch.long))
        assert seen[-2][0, 0].nonzero().flatten().tolist() == [length - 8]


def test_saved_and_opened__the_same_logits(tmp_path):
    model = trained()
    model.save(tmp_path)
    again = saved_folder.open_saved(tmp_path)
    assert torch.equal(logits(again, SEQUENCES), logits(model, SEQUENCES))
    assert again.notes == []  # no word of weights drawn by chance: they are those that were saved


def test_tokens_and_spans__one_base_each():
    model = base.load("cnn", None, seed=1)
    tokens = model.tokenize(["ATCGN", "AT"])
    assert tokens.ids.tolist() == [[0, 1, 2, 3, 4], [0, 1, 5, 5, 5]]
    assert model.spans(["ATCGN", "AT"], tokens)[1].tolist() == [[0, 1], [1, 2], [-1, -1], [-1, -1], [-1, -1]]


def test_longer_than_it_has_places__cut_at_the_tss_and_checkpoint_refused(tmp_path):
    model = base.load("cnn", None, seed=1, options={"max_tokens": 50})
    tokens = model.tokenize(random_dna(60), tss_index=40)
    assert (tokens.first_base.tolist(), tokens.last_base.tolist()) == ([10], [60])
    with pytest.raises(InputError, match="trained from scratch; leave its checkpoint empty"):
        base.load("cnn", tmp_path, seed=1)
