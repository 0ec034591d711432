"""Integrated gradients and gradient x input: against captum, and what they add up to."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch
from captum.attr import IntegratedGradients

from helpers_attribution import ALL, ENCODERS, network, rows
from helpers_models import random_dna
from lncprom.attribution import gradients, options, token_scores, tokens_to_bases
from lncprom.attribution.batching import Progress
from lncprom.models import letters

TEXTS = random_dna(40, 47, 33, letters="ACGTACGTACGTN")


@pytest.fixture(scope="module", params=ALL)
def model(request):
    return network(request.param)


@pytest.mark.parametrize("baseline", options.BASELINES)
def test_integrated_gradients__those_of_captum(model, baseline):
    tokens = rows(model, TEXTS)
    vectors = model.family.embedding()(tokens.ids).detach()
    base = gradients.baseline_vectors(model.family, tokens, vectors, baseline)
    given = {"n_steps": 8, "method": "riemann_middle", "internal_batch_size": 3}
    captum = IntegratedGradients(lambda found: gradients.logit(model.family, tokens, found))
    expected = captum.attribute(vectors, base, **given).sum(dim=-1)
    found = gradients.integrated(model.family, tokens, 8, baseline)
    assert torch.equal(found.scores, expected)


def test_integrated_gradients__add_up_to_the_difference_of_logits_and_closer_with_more_steps(model):
    tokens = rows(model, TEXTS)
    misses = [gradients.integrated(model.family, tokens, steps).delta.abs().max() for steps in (4, 32)]
    assert misses[1] < max(misses[0] / 4, 1e-5)
    found = gradients.integrated(model.family, tokens, 128)
    bases = tokens_to_bases.shared(found.scores.numpy(), tokens.spans, tokens.owner, 3, 47)
    logits = model.logit(TEXTS, ["a", "b", "c"], 20)
    np.testing.assert_allclose(found.here, logits, atol=1e-5)
    np.testing.assert_allclose(np.nansum(bases, axis=1), (found.here - found.there).numpy(), atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize("family", ALL)
def test_sequence_in_chunks__scores_add_up_to_the_difference_of_its_mean_logits(family):
    model = network(family, "chunk", max_tokens=24)
    text = random_dna(210, seed=5)
    tokens = rows(model, text)
    assert len(tokens.ids) > 1
    found = gradients.integrated(model.family, tokens, 128)
    bases = tokens_to_bases.shared(found.scores.numpy(), tokens.spans, tokens.owner, 1, 210)[0]
    assert not np.isnan(bases).any()
    assert found.here.mean().item() == pytest.approx(model.logit(text, ["s"], 20)[0], abs=1e-5)
    assert bases.sum() == pytest.approx((found.here - found.there).mean().item(), abs=2e-3)


def test_vectors_by_a_hook__the_same_logits_as_from_ids(model):
    tokens = rows(model, TEXTS)
    with torch.no_grad():
        plain = model.family.logits(tokens.ids, tokens.mask)
        found = gradients.logit(model.family, tokens, model.family.embedding()(tokens.ids))
    assert torch.equal(found, plain[:, 1] - plain[:, 0])
    assert not model.family.embedding()._forward_hooks


def test_steep_logits__more_steps_for_those_rows_alone(model, monkeypatch):
    monkeypatch.setattr(gradients, "_LEAST", 1e-5)
    monkeypatch.setattr(gradients, "_MISS", 1e-4)
    tokens = rows(model, TEXTS)
    coarse, found = (way(model.family, tokens, 2) for way in (gradients.integrated, gradients.converged))
    odd = coarse.missed()
    assert odd.any()
    assert (found.delta.abs()[odd] < coarse.delta.abs()[odd]).all()
    assert torch.equal(found.scores[~odd], coarse.scores[~odd])
    finest = gradients.integrated(model.family, tokens, 2 * gradients.FINER[-1])
    worst = int(coarse.delta.abs().argmax())
    if found.missed()[worst]:
        torch.testing.assert_close(found.scores[worst], finest.scores[worst], atol=1e-5, rtol=1e-4)


def test_gradient_x_input_of_the_cnn__the_slope_at_each_base():
    model = network("cnn")
    text = "ACGTTGCANACGTACG"
    tokens = rows(model, [text])
    one_hot = torch.eye(4)[[letters.ORDER.index(letter) if letter != "N" else 0 for letter in text]]
    one_hot[8] = 0
    one_hot.requires_grad_()
    (slope,) = torch.autograd.grad(gradients.logit(model.family, tokens, one_hot[None]), one_hot)
    expected = (slope * one_hot).sum(dim=1).detach()
    found = gradients.gradient_x_input(model.family, tokens)[0]
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)
    assert found[8] == 0


def test_baselines__the_mean_of_all_kmers_or_padding_and_specials_as_they_are():
    model = network("dnabert")
    tokens = rows(model, TEXTS[:1])
    table = model.family.embedding().weight.detach()
    vectors = model.family.embedding()(tokens.ids).detach()
    found = gradients.baseline_vectors(model.family, tokens, vectors, "mean")[0]
    torch.testing.assert_close(found[1], table[5:].mean(dim=0), atol=1e-6, rtol=0)
    assert torch.equal(found[0], table[2])
    assert torch.equal(found[-1], table[3])
    padded = gradients.baseline_vectors(model.family, tokens, vectors, "pad")[0]
    assert torch.equal(padded[1], table[model.family.pad_id])


@pytest.mark.parametrize(
    "method", ["attention", "attention_all", "rollout", "integrated_gradients", "gradient_x_input"]
)
@pytest.mark.parametrize("truncation", ["tss", "chunk"])
def test_batches_of_1_and_of_16__the_same_scores(method, truncation):
    for family in ALL:
        if family not in ENCODERS and method in token_scores.ATTENTION:
            continue
        found = []
        for batch in (1, 16):
            model = network(family, truncation, batch, max_tokens=24)
            texts = random_dna(60, 57, 90, 90, 30)
            table = {"sample_id": list("edcba"), "sequence": texts, "tss_index": [20, 20, 20, 25, 25]}
            work = Progress(lambda line: None, method, 5)
            found.append(token_scores.scores(model, method, pl.DataFrame(table), "d", work, 4, "mean")[0])
        for text, one, other in zip(texts, *found, strict=True):
            assert one.shape == (len(text),)
            np.testing.assert_allclose(one, other, atol=2e-5, rtol=1e-4)
