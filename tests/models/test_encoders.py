"""The three families: logits as the stock models compute them, heads by seed, saved and opened again."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    BertForMaskedLM,
    BertForSequenceClassification,
    BertModel,
    EsmForMaskedLM,
    EsmForSequenceClassification,
    EsmModel,
)

import tiny_checkpoints
from helpers_models import FAMILIES, inputs, learn, logits, random_dna
from lncprom.errors import InputError
from lncprom.models import base, saved_folder
from lncprom.models.mosaic_bert import slopes

SEQUENCES = random_dna(40, 60, 33, 59, letters="ACGTN")
EVERY = (*FAMILIES, "hyenadna")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    for family in EVERY:
        tiny_checkpoints.write(folder / family, family)
    # as agro-nucleotide-transformer-1b: heads of an odd width, tokens as they are
    tiny_checkpoints.write(folder / "agro", "nucleotide_transformer", hidden_size=60, token_dropout=False)
    return folder


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("dnabert", BertForSequenceClassification),
        ("nucleotide_transformer", EsmForSequenceClassification),
        ("agro", EsmForSequenceClassification),
    ],
)
def test_saved__opened_by_the_stock_class_with_the_same_logits(folders, tmp_path, name, cls, attention):
    family = "dnabert" if name == "dnabert" else "nucleotide_transformer"
    options = {"attention": attention} | ({"lora_r": 0} if family == "nucleotide_transformer" else {})
    model = base.load(family, folders / name, seed=3, options=options)
    model.save(tmp_path)
    reference, faults = cls.from_pretrained(tmp_path, output_loading_info=True)
    assert not faults["missing_keys"]
    assert not faults["unexpected_keys"]
    for key, weight in cls.from_pretrained(folders / name).base_model.named_parameters():
        assert torch.equal(weight, reference.base_model.state_dict()[key]), key
    ids, mask = inputs(model, SEQUENCES)
    with torch.no_grad():
        expected = reference.eval()(ids, attention_mask=mask.long()).logits
    torch.testing.assert_close(logits(model, SEQUENCES), expected, atol=1e-6, rtol=0)
    assert "auto_map" not in json.loads((tmp_path / "config.json").read_text())


@pytest.mark.parametrize(("family", "cls"), [("dnabert", BertModel), ("nucleotide_transformer", EsmModel)])
def test_hidden_states__those_of_the_stock_class(folders, family, cls):
    model = base.load(family, folders / family, seed=3, options={"attention": "eager"})
    ids, mask = inputs(model, SEQUENCES)
    with torch.no_grad():
        found = model.hidden_states(ids, mask, range(model.depth + 1))
        stock = cls.from_pretrained(folders / family).eval()(ids, attention_mask=mask.long(), output_hidden_states=True)
    assert len(found) == len(stock.hidden_states) == 3
    for ours, theirs in zip(found, stock.hidden_states, strict=True):
        torch.testing.assert_close(ours[mask], theirs[mask], atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", base.FAMILIES)
def test_hidden_states__of_every_family_a_vector_for_each_token(trained, name):
    checkpoint = trained.checkpoint(name)
    model = base.load(name, checkpoint, seed=3)
    ids, mask = inputs(model, SEQUENCES)
    first, last = model.hidden_states(ids, mask, [0, model.depth])
    assert first.shape[:2] == last.shape[:2] == ids.shape
    assert not model.module._forward_hooks


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    ("family", "saved_as", "cls"),
    [
        ("dnabert", BertModel, BertForSequenceClassification),
        ("dnabert", BertForMaskedLM, BertForSequenceClassification),
        ("nucleotide_transformer", EsmModel, EsmForSequenceClassification),
        ("nucleotide_transformer", EsmForMaskedLM, EsmForSequenceClassification),
    ],
)
def test_saved_again_by_transformers__loaded_as_its_own_class_does(folders, tmp_path, family, saved_as, cls, old):
    again = shutil.copytree(folders / family, tmp_path / "again")
    if old:  # transformers 5 then saves an ESM by the old names too
        tensors = load_file(again / "model.safetensors")
        names = {name: name.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta") for name in tensors}
        save_file(
            {names[name]: tensor for name, tensor in tensors.items()}, again / "model.safetensors", {"format": "pt"}
        )
    saved_as.from_pretrained(again).save_pretrained(again)
    reference, faults = cls.from_pretrained(again, output_loading_info=True)
    model = base.load(family, again, seed=3, options={"lora_r": 0} if family == "nucleotide_transformer" else {})
    new = tuple(model._new)
    assert all(name.startswith(new) for name in faults["missing_keys"])
    expected = reference.state_dict()
    for name, weight in model.module.state_dict().items():
        assert name.startswith((*new, *model.IDLE)) or torch.equal(weight, expected[name]), name


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_dnabert2__logits_as_written_out_by_hand(folders, attention):
    model = base.load("dnabert2", folders / "dnabert2", seed=1, options={"attention": attention})
    tensors = dict(model.module.state_dict())
    for sequence in SEQUENCES:
        ids, _ = inputs(model, [sequence])
        expected = mosaic_by_hand(tensors, ids[0], heads=4, layers=2)
        torch.testing.assert_close(logits(model, [sequence])[0], expected, atol=1e-5, rtol=0)


def mosaic_by_hand(w: dict, ids: torch.Tensor, heads: int, layers: int) -> torch.Tensor:
    """One sequence through MosaicBERT, head by head and token by token where it matters, in float64."""
    w = {name: tensor.double() for name, tensor in w.items()}

    def norm(x, name):
        return (x - x.mean(-1, keepdim=True)) / (x.var(-1, unbiased=False, keepdim=True) + 1e-12).sqrt() * w[
            f"{name}.weight"
        ] + w[f"{name}.bias"]

    words, types = "bert.embeddings.word_embeddings.weight", "bert.embeddings.token_type_embeddings.weight"
    x = norm(w[words][ids] + w[types][0], "bert.embeddings.LayerNorm")
    length, width = x.shape
    size = width // heads
    distance = torch.tensor([[abs(i - j) for j in range(length)] for i in range(length)]).double()
    for layer in range(layers):
        name = f"bert.encoder.layer.{layer}"
        whole = x @ w[f"{name}.attention.self.Wqkv.weight"].T + w[f"{name}.attention.self.Wqkv.bias"]
        q, k, v = whole[:, :width], whole[:, width : 2 * width], whole[:, 2 * width :]
        found = []
        for head in range(heads):
            part = slice(head * size, (head + 1) * size)
            scores = q[:, part] @ k[:, part].T / size**0.5 - 2.0 ** (-2 * (head + 1)) * distance  # of 4 heads
            found.append(scores.softmax(-1) @ v[:, part])
        out = torch.cat(found, 1) @ w[f"{name}.attention.output.dense.weight"].T
        x = norm(out + w[f"{name}.attention.output.dense.bias"] + x, f"{name}.attention.output.LayerNorm")
        both = x @ w[f"{name}.mlp.gated_layers.weight"].T
        gate, value = both[:, : both.shape[1] // 2], both[:, both.shape[1] // 2 :]
        inner = gate * 0.5 * (1 + torch.erf(gate / 2**0.5)) * value
        x = norm(inner @ w[f"{name}.mlp.wo.weight"].T + w[f"{name}.mlp.wo.bias"] + x, f"{name}.mlp.layernorm")
    pooled = torch.tanh(x[0] @ w["bert.pooler.dense.weight"].T + w["bert.pooler.dense.bias"])
    return (pooled @ w["classifier.weight"].T + w["classifier.bias"]).float()


@pytest.mark.parametrize("family", FAMILIES)
def test_sdpa_and_eager__equal_to_a_hundred_thousandth_and_eager_hands_attention_out(folders, family):
    models = [base.load(family, folders / family, seed=1, options={"attention": way}) for way in ("sdpa", "eager")]
    one, other = (logits(model, SEQUENCES) for model in models)
    torch.testing.assert_close(one, other, atol=1e-5, rtol=0)
    ids, mask = inputs(models[1], SEQUENCES)
    attentions = models[1].module(input_ids=ids, attention_mask=mask).attentions
    assert [tuple(layer.shape) for layer in attentions] == [(4, 4, ids.shape[1], ids.shape[1])] * 2


@pytest.mark.parametrize("family", EVERY)
def test_padding__a_sequence_alone_and_among_longer_ones_has_the_same_logits(folders, family):
    model = base.load(family, folders / family, seed=1)
    together = logits(model, SEQUENCES)
    for at, sequence in enumerate(SEQUENCES):
        ids, mask = inputs(model, [sequence])
        for how in (mask, mask.long(), None):
            with torch.no_grad():
                torch.testing.assert_close(model.logits(ids, how)[0], together[at], atol=1e-6, rtol=0)


@pytest.mark.parametrize("family", EVERY)
def test_seed__draws_the_head_and_nothing_else_and_leaves_global_chance_alone(folders, family):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one, same, other = (base.load(family, folders / family, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    weights = [model.module.state_dict() for model in (one, same, other)]
    assert all(torch.equal(tensor, weights[1][name]) for name, tensor in weights[0].items())
    differ = {name for name, tensor in weights[0].items() if not torch.equal(tensor, weights[2][name])}
    assert differ
    assert all("classifier" in name or "pooler" in name or "lora_A" in name for name in differ)
    other.reset_head(1)
    drawn = [name for name in differ if "lora_A" not in name]
    assert len(drawn) >= 1
    assert all(torch.equal(weights[0][name], weights[2][name]) for name in drawn)
    kept = weights[0].keys() - set(differ)
    assert all(torch.equal(weights[1][name], weights[2][name]) for name in kept)


@pytest.mark.parametrize(
    ("family", "options"), [*((family, {}) for family in EVERY), ("nucleotide_transformer", {"lora_r": 0})]
)
def test_saved_after_training_and_opened__the_same_logits_and_bytes(folders, tmp_path, family, options):
    model = base.load(family, folders / family, seed=1, options=options)
    fresh = logits(model, SEQUENCES)
    learn(model, SEQUENCES)
    model.module.eval()
    trained = logits(model, SEQUENCES)
    assert (trained - fresh).abs().max() > 1e-3
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        model.save(tmp_path / name)
    again = saved_folder.open_saved(tmp_path / "one", folders / family)
    assert torch.equal(logits(again, SEQUENCES), trained)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert not [name for name in names if name.endswith((".bin", ".pt", ".pkl"))]
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names)


@pytest.mark.parametrize("family", EVERY)
def test_digest__changes_with_a_weight_and_an_option_and_with_nothing_else(folders, tmp_path, family):
    digests = [base.load(family, folders / family, seed=seed).digest() for seed in (1, 2)]
    assert digests[0] == digests[1]
    assert base.load(family, folders / family, seed=1, options={"max_tokens": 30}).digest() != digests[0]
    other = tiny_checkpoints.write(tmp_path / family, family, seed=9)
    assert base.load(family, other, seed=1).digest() != digests[0]


@pytest.mark.parametrize("family", EVERY)
@pytest.mark.parametrize("way", ["tss", "right", "left", "chunk"])
def test_too_long__cut_as_asked_and_each_token_spells_its_bases(folders, family, way):
    model = base.load(family, folders / family, seed=1, options={"max_tokens": 20})
    sequences = [*random_dna(500, 15, letters="ACGTN"), *random_dna(500)]
    tokens = model.tokenize(sequences, way, tss_index=449 if way != "tss" else 10)
    assert tokens.ids.dtype == tokens.lengths.dtype == tokens.first_base.dtype == tokens.last_base.dtype == np.int32
    assert tokens.lengths.max() <= 20
    assert tokens.ids.shape == (len(tokens.sample), tokens.lengths.max())
    spans = model.spans(sequences, tokens)
    assert spans.shape == (*tokens.ids.shape, 2)
    for row, at in enumerate(tokens.sample):
        first, last = tokens.first_base[row], tokens.last_base[row]
        inner = spans[row][spans[row][:, 0] >= 0]
        assert (inner[0, 0], inner[-1, 1]) == (first, last)
        alone = model.tokenize([sequences[at][first:last]], "error")
        assert alone.ids[0].tolist() == tokens.ids[row, : tokens.lengths[row]].tolist()
    if way == "tss":
        assert tokens.first_base.tolist()[::2] == [10, 10]
    if way == "right":
        assert set(tokens.first_base.tolist()) == {0}
    if way == "left":
        assert tokens.last_base.tolist() == [500, 15, 500]


def test_more_tokens_than_dnabert_has_positions__cut_and_not_an_index_error(folders):
    model = base.load("dnabert", folders / "dnabert", seed=1)
    assert model.max_tokens == 64
    with pytest.raises(InputError, match="sequence 1: 65 bases, the model sees 64 of them at once"):
        model.tokenize(random_dna(65), "error")
    assert model.tokenize(random_dna(65), "right").lengths.tolist() == [64]
    with pytest.raises(InputError, match=r"sequence 2: 2 bases, the model needs 3 or more"):
        model.tokenize(["ACG", "AC"])


def test_positions_of_nucleotide_transformer__two_fewer_than_embeddings(folders):
    model = base.load("nucleotide_transformer", folders / "nucleotide_transformer", seed=1)
    assert model.max_tokens == 64
    found = logits(model, random_dna(63 * 6 + 1), truncation="right")
    assert torch.isfinite(found).all()


def test_slopes_of_twelve_heads__as_published():
    expected = [2.0**-power for power in (1, 2, 3, 4, 5, 6, 7, 8, 0.5, 1.5, 2.5, 3.5)]
    assert slopes(12) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(  # embeddings, layers, what follows, a head of two classes: counted by hand
    ("family", "number"),
    [("dnabert", 86_095_874), ("dnabert2", 117_070_082), ("nucleotide_transformer", 480_440_803)],
)
def test_published_size__number_of_weights(folders, family, number):
    tiny = base.load(family, folders / family, seed=1, options={"lora_r": 0} if family == FAMILIES[2] else {})
    with torch.device("meta"):
        module = tiny._build(tiny.config | tiny_checkpoints.PUBLISHED[family], tiny.vocabulary, tiny.options)
    assert sum(weight.numel() for weight in module.parameters()) == number
