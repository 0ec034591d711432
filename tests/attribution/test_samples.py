"""Which samples and methods are taken, where bases lie, and the twin that was never trained."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch

from helpers_attribution import ALL, ENCODERS, network, rows
from helpers_baseline import planted
from helpers_models import random_dna
from lncprom.attribution import attention, batching, methods, samples, token_scores, tokens_to_bases
from lncprom.attribution.batching import Progress
from lncprom.errors import InputError
from lncprom.models import out_of_memory

ROWS = planted(200)


def test_ten_of_each_class__the_same_whatever_the_order_and_the_first_of_more():
    ten = samples.choose(ROWS, "d", "train", 10, 42, ())
    assert ten["label"].to_list().count(1) == ten["label"].to_list().count(0) == 10
    assert ten["sample_id"].is_sorted()
    mixed = ROWS.sample(fraction=1, shuffle=True, seed=1)
    assert samples.choose(mixed, "d", "train", 10, 42, ()).equals(ten)
    more = samples.choose(ROWS, "d", "train", 20, 42, ())
    assert set(ten["sample_id"]) < set(more["sample_id"])
    assert set(samples.choose(ROWS, "d", "train", 10, 1, ())["sample_id"]) != set(ten["sample_id"])
    assert samples.choose(ROWS, "d", "test", 0, 42, ()).height == 20
    assert samples.choose(ROWS, "d", "test", 500, 42, ()).height == 20
    named = samples.choose(ROWS, "d", "test", 1, 42, ("s00003", "s00001"))  # of whatever fold
    assert named["sample_id"].to_list() == ["s00001", "s00003"]


def test_tss_of_one_sample_is_missing__refused_by_record():
    rows = ROWS.head(2).with_columns(pl.Series("tss_index", [5, None], pl.Int32))
    with pytest.raises(InputError, match=r"d, s0000[01]: has no tss_index, others have"):
        samples.choose(rows, "d", "train", 0, 42, ())


def test_auto__all_the_family_can_but_mutagenesis_and_a_note_on_the_rest():
    has = {methods.GRADIENTS, methods.SEQUENCES}
    found, notes = methods.chosen(("auto",), has, "cnn")
    assert found == ("integrated_gradients", "gradient_x_input", "occlusion")
    assert notes == ("attention, attention_all, rollout, kmer_weights: not possible with the family cnn",)
    assert methods.chosen(("ism", "occlusion"), has, "cnn")[0] == ("occlusion", "ism")


@pytest.mark.parametrize("family", ALL)
def test_twin__every_weight_another_and_the_models_own_untouched(family):
    model = network(family)
    before = {name: weight.clone() for name, weight in model.family.module.named_parameters()}
    twin, again = model.randomly_initialised(3), model.randomly_initialised(3)
    after = dict(twin.family.module.named_parameters())
    assert all(torch.equal(weight, before[name]) for name, weight in model.family.module.named_parameters())
    same = {name: float((weight == before[name]).float().mean()) for name, weight in after.items() if weight.ndim > 1}
    assert max(same.values()) < 0.03  # what is padding stays 0
    twice = dict(again.family.module.named_parameters())
    assert all(torch.equal(weight, twice[name]) for name, weight in after.items())
    texts = random_dna(40, 40)
    assert not np.allclose(twin.logit(texts, "ab", 20), model.logit(texts, "ab", 20))
    assert not np.allclose(twin.logit(texts, "ab", 20), model.randomly_initialised(4).logit(texts, "ab", 20))


def test_randomly_initialised_dnabert2__alibi_alone_draws_a_profile_that_falls_from_the_first_base():
    means = {}
    for family in ("dnabert", "dnabert2"):
        twin = network(family, max_tokens=400).randomly_initialised(3)
        tokens = rows(twin, random_dna(60, 60, 60, 60))
        look = attention.last_layer(twin.family, tokens.ids, tokens.mask).numpy()
        bases = tokens_to_bases.averaged(look, tokens.spans, tokens.owner, 4, 60)
        means[family] = (bases / bases.sum(axis=1, keepdims=True))[:, :20].sum(axis=1).mean()
    assert means["dnabert"] == pytest.approx(1 / 3, abs=0.03)
    assert means["dnabert2"] > 0.45


@pytest.mark.parametrize("family", ENCODERS)
def test_heads__share_and_entropy_of_each_head_by_hand(family):
    model, texts = network(family, batch=2), random_dna(57, 57, 57, 44)
    given = pl.DataFrame({"sample_id": list("abcd"), "sequence": texts, "tss_index": [40] * 4})
    table = token_scores.heads(model, given, "d", Progress(lambda line: None, "heads", 4))
    assert table.select("layer", "head").rows() == [(layer, head) for layer in (1, 2) for head in (1, 2, 3, 4)]
    shares, bits = [], []
    for text in texts:
        tokens = rows(model, [text], 40)
        look = attention.cls_rows(model.family, tokens.ids, tokens.mask)[1, :, 2].numpy()  # second layer, third head
        bases = tokens_to_bases.averaged(look, tokens.spans, tokens.owner, 1, len(text))[0]
        part = bases / bases.sum()
        shares.append(part[:40].sum())
        bits.append(-(part * np.log2(part)).sum())
    row = table.row(6, named=True)
    assert row["share_first80"] == pytest.approx(np.mean(shares), abs=1e-6)
    assert row["entropy_bits"] == pytest.approx(np.mean(bits), abs=1e-6)
    assert 0 < row["entropy_bits"] <= np.log2(57)


def test_out_of_memory_when_explaining__halved_and_with_one_sample_one_line():
    model, done = network("cnn", batch=16), []

    def work(part, rows, most=4):
        if part.height > most:
            raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")
        done.append(part["place"].to_list())

    data, progress = ROWS.head(20), Progress(lambda line: None, "test", 20)
    batching.over(model, data, "d", work, progress)
    assert sorted(place for places in done for place in places) == list(range(20))
    assert max(map(len, done)) == 4
    with pytest.raises(out_of_memory.NoMemory, match=r"no memory for one sequence of 60 tokens; take"):
        batching.over(model, data, "d", lambda part, rows: work(part, rows, most=0), progress)
