"""Scores of tokens as scores of bases: by hand, by DNABERT's published loop; what is not counted in any family."""

from __future__ import annotations

import numpy as np
import pytest

from helpers_attribution import ALL, network, rows
from helpers_models import random_dna
from lncprom.attribution import attention, tokens_to_bases

ONE = np.zeros(1, int)


def viewer(scores: np.ndarray, k: int) -> np.ndarray:
    """`get_real_score` with the metric "mean" of DNABERT's visualization, then its L2 norm."""
    counts, real = np.zeros([len(scores) + k - 1]), np.zeros([len(scores) + k - 1])
    for at, score in enumerate(scores):
        for letter in range(k):
            counts[at + letter] += 1.0
            real[at + letter] += score
    real = real / counts
    return real / np.linalg.norm(real)


def test_three_kmers_over_five_bases__their_mean_or_equal_parts_of_each():
    spans = np.array([[[-1, -1], [0, 3], [1, 4], [2, 5], [-1, -1]]])  # [CLS] ACG CGT GTA [SEP]
    found = tokens_to_bases.averaged(np.array([[0.5, 0.1, 0.2, 0.3, 0.4]]), spans, ONE, 1, 6)
    np.testing.assert_allclose(found, [[0.1, 0.15, 0.2, 0.25, 0.3, np.nan]])
    found = tokens_to_bases.shared(np.array([[9.0, 3.0, 6.0, -3.0, 9.0]]), spans, ONE, 1, 6)
    np.testing.assert_allclose(found, [[1, 3, 2, 1, -1, np.nan]])


def test_byte_pairs_and_layers__each_base_its_token_and_each_channel_by_itself():
    spans = np.array([[[-1, -1], [0, 1], [1, 4]]])
    scores = np.array([[[9, 0.2, 0.6], [9, 1, 3]]])
    found = tokens_to_bases.averaged(scores, spans, ONE, 1, 4)
    np.testing.assert_allclose(found, [[[0.2, 0.6, 0.6, 0.6], [1, 3, 3, 3]]])
    found = tokens_to_bases.shared(scores, spans, ONE, 1, 4)
    np.testing.assert_allclose(found, [[[0.2, 0.2, 0.2, 0.2], [1, 1, 1, 1]]])


def test_two_chunks_that_overlap__attention_averaged_and_attributions_halved():
    spans = np.array([[[-1, -1], [0, 2], [1, 3]], [[-1, -1], [2, 4], [3, 5]], [[-1, -1], [0, 2], [1, 3]]])
    scores = np.array([[9, 1.0, 3.0], [9, 5.0, 7.0], [9, 2.0, 2.0]])
    owner = np.array([0, 0, 1])
    found = tokens_to_bases.averaged(scores, spans, owner, 2, 5)
    np.testing.assert_allclose(found, [[1, 2, (3 + 5) / 2, 6, 7], [2, 2, 2, np.nan, np.nan]])
    found = tokens_to_bases.shared(scores, spans, owner, 2, 5)
    np.testing.assert_allclose(found[0], np.array([0.5, 2, 1.5 + 2.5, 6, 3.5]) / 2)
    np.testing.assert_allclose(np.nansum(found, axis=1), [(1 + 3 + 5 + 7) / 2, 4])


def test_dnabert_attention_over_a_sequence__the_published_viewers_scores():
    model = network("dnabert")
    text = random_dna(50)
    tokens = rows(model, text)
    heads = attention.cls_rows(model.family, tokens.ids, tokens.mask, only_last=True)[-1]
    expected = viewer(heads[0].sum(dim=0)[1:-1].numpy(), 3)
    found = tokens_to_bases.averaged(heads.mean(dim=1).numpy(), tokens.spans, tokens.owner, 1, 50)[0]
    np.testing.assert_allclose(found / np.linalg.norm(found), expected, atol=1e-7)


@pytest.mark.parametrize("family", ALL)
def test_special_tokens_and_padding__never_counted(family):
    model = network(family)
    texts = random_dna(40, 57, 31, letters="ACGTACGTACGTN")
    tokens = rows(model, texts)
    covers = tokens.spans[..., 0] >= 0
    special = {"cnn": 0, "hyenadna": 0, "dnabert": 2, "dnabert2": 2}.get(family, 1)
    lengths = model.tokens(texts, list("abc"), None)
    assert (covers.sum(axis=1) == lengths - special).all()
    scores = np.where(covers, 1.0, 1e9)
    for way in (tokens_to_bases.averaged, tokens_to_bases.shared):
        found = way(scores, tokens.spans, tokens.owner, 3, 57)
        assert np.nanmax(found) <= 1 + 1e-9
        assert [int((~np.isnan(one)).sum()) for one in found] == [len(text) for text in texts]
    np.testing.assert_allclose(np.nansum(found, axis=1), covers.sum(axis=1))


@pytest.mark.parametrize("family", ALL[1:])
@pytest.mark.parametrize("way", ["right", "left", "tss", "chunk"])
def test_sequence_longer_than_the_model__bases_that_it_did_not_see_have_no_score(family, way):
    model = network(family, way, max_tokens=16)
    text = random_dna(180)
    tokens = rows(model, text, tss_index=172)
    first, last = model.seen(text, ["s"], 172)[0]
    scores = np.ones(tokens.spans.shape[:2])
    for spread in (tokens_to_bases.averaged, tokens_to_bases.shared):
        found = spread(scores, tokens.spans, tokens.owner, 1, 180)[0]
        assert np.flatnonzero(~np.isnan(found)).tolist() == list(range(first, last))
    assert (last - first < 180) == (way != "chunk")
    assert (first == 0) == (way in ("right", "chunk"))
    assert (last == 180) == (way in ("left", "tss", "chunk"))
    assert (len(tokens.ids) > 1) == (way == "chunk")
