"""The family huggingface: hidden states of the stock classes, tokens of the library, saved and opened, refusals."""

from __future__ import annotations

import json
import shutil

import polars as pl
import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import EsmTokenizer

import tiny_checkpoints
import tiny_stock
from helpers_checkpoints import change_config, refused
from helpers_models import inputs, learn, logits, random_dna
from lncprom.attribution import attention, changes, gradients
from lncprom.attribution.explained_model import Network
from lncprom.inference import encode
from lncprom.inference.device import choose
from lncprom.models import any_vocabulary, base, lora, pooling, saved_folder

FAMILY, KINDS = "huggingface", list(tiny_stock.KINDS)
SEQUENCES = random_dna(40, 60, 33, 59, letters="ACGTN")
DNA = st.text("ACGTN", min_size=1, max_size=60)


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stock")
    for kind in KINDS:
        tiny_stock.write(folder / kind, kind, torch.bfloat16 if kind == "mixtral" else torch.float32)
    return folder


@pytest.fixture
def bert(folders, tmp_path):
    return shutil.copytree(folders / "bert", tmp_path / "bert")


@pytest.mark.parametrize("kind", KINDS)
def test_stock_class__its_hidden_states_padded_or_not_and_the_mean_over_tokens(folders, kind):
    model = base.load(FAMILY, folders / kind, seed=3)
    cls = getattr(transformers, type(model.module.backbone).__name__)
    reference = cls.from_pretrained(folders / kind, dtype=torch.float32).eval()
    assert model.module.backbone.dtype == torch.float32
    ids, mask = inputs(model, SEQUENCES)
    whole = logits(model, SEQUENCES)
    for row, text in enumerate(SEQUENCES):
        alone = ids[row : row + 1, mask[row]]
        with torch.no_grad():
            hidden = reference(input_ids=alone).last_hidden_state[0]
        expected = model.module.classifier(hidden.mean(dim=0))
        assert hidden.std() > 0.01
        torch.testing.assert_close(whole[row], expected, atol=1e-5, rtol=0)
        torch.testing.assert_close(logits(model, [text])[0], expected, atol=1e-5, rtol=0)


def test_pooling__over_real_tokens_only():
    hidden, mask = torch.arange(24.0).reshape(2, 4, 3), torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]).bool()
    for way, expected in (("mean", [4.5, 13.5]), ("cls", [0, 12]), ("last", [9, 15]), ("max", [9, 15])):
        assert pooling.pooled(hidden, mask, way)[:, 0].tolist() == expected
        assert pooling.pooled(hidden[:1], None, way)[0, 0] == expected[0]


@pytest.mark.parametrize(
    ("kind", "options"), [*((kind, {}) for kind in KINDS), ("gpt2", {"lora_r": 4}), ("mixtral", {"lora_r": 4})]
)
def test_trained_and_saved__opened_with_the_same_logits_and_by_transformers(folders, tmp_path, kind, options):
    model = base.load(FAMILY, folders / kind, seed=3, options=options | {"dropout": 0.1})
    before = logits(model, SEQUENCES)
    learn(model, SEQUENCES)
    model.module.eval()
    model.save(tmp_path)
    expected = logits(model, SEQUENCES)
    assert (expected - before).abs().max() > 1e-3
    again = saved_folder.open_saved(tmp_path, folders / kind)
    assert torch.equal(logits(again, SEQUENCES), expected)
    assert again.options == model.options
    if not options:
        stock = transformers.AutoModel.from_pretrained(tmp_path)
        assert all(
            torch.equal(weight, model.module.backbone.state_dict()[name])
            for name, weight in stock.named_parameters()
            if "pooler" not in name
        )
        other = base.load(FAMILY, folders / kind, seed=4, options=options | {"dropout": 0.1})
        other.restore(tmp_path)
        assert torch.equal(logits(other, SEQUENCES), expected)


def test_lora__targets_by_architecture_and_conv1d_of_gpt2_as_a_linear_layer(folders):
    targets = {
        "bert": "query value",
        "modernbert": "Wqkv",
        "gpt2": "c_attn",
        "mistral": "q_proj v_proj",
        "mamba": "in_proj x_proj out_proj",
    }
    for kind, names in targets.items():
        model = base.load(FAMILY, folders / kind, seed=3, options={"lora_r": 2})
        assert model.options["lora_targets"] == names.split()
        torch.testing.assert_close(
            logits(model, SEQUENCES), logits(base.load(FAMILY, folders / kind, seed=3), SEQUENCES)
        )
    layer = transformers.pytorch_utils.Conv1D(5, 3)
    adapted = lora.Adapted(layer, 2, 4.0, 0.0)
    adapted.lora_B.weight.data.normal_()
    x = torch.randn(7, 3)
    change = 2 * adapted.lora_B.weight @ adapted.lora_A.weight
    torch.testing.assert_close(adapted(x), x @ (layer.weight + change.T) + layer.bias)


@pytest.mark.parametrize("options", [{}, {"lora_r": 4}])
@pytest.mark.parametrize("kind", ["mixtral", "bert"])
def test_redraw__as_the_class_draws_and_nothing_of_before_is_left(folders, kind, options):
    models = [base.load(FAMILY, folders / kind, seed=3, options=options) for _ in range(2)]
    learn(models[0], SEQUENCES)
    for model in models:
        model.redraw(5)
        model.module.eval()
    assert torch.equal(*(logits(model, SEQUENCES) for model in models))
    fresh = dict(models[0].module.named_parameters())
    old = dict(base.load(FAMILY, folders / kind, seed=3, options=options).module.named_parameters())
    for name, weight in fresh.items():
        if "norm" in name.lower():
            assert (weight == float(name.endswith("weight"))).all()  # also those of RMSNorm
        elif weight.ndim > 1:
            assert not torch.equal(weight, old[name]), name


@pytest.mark.parametrize("kind", ["bert", "modernbert", "gpt2", "mistral", "roformer"])
def test_attention__rows_of_eager_weights_of_the_tokens_that_the_head_reads(folders, kind):
    for way in ("mean", "last"):
        model = base.load(FAMILY, folders / kind, seed=3, options={"pooling": way})
        ids, mask = inputs(model, SEQUENCES)
        rows = attention.cls_rows(model, ids, mask)
        length = int(mask[0].sum())
        backbone = model.module.backbone
        backbone.set_attn_implementation("eager")
        layers = backbone(input_ids=ids[:1, :length], output_attentions=True).attentions
        read = [layer[0].mean(dim=1) if way == "mean" else layer[0, :, -1] for layer in layers]
        torch.testing.assert_close(rows[:, 0, :, :length], torch.stack(read).detach(), atol=1e-6, rtol=0)
        assert (rows.sum(dim=-1) - 1).abs().max() < 1e-5
        assert (attention.rollout(model, ids, mask).sum(dim=1) - 1).abs().max() < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_attributions__gradients_add_up_and_only_mamba_has_no_attention(folders, kind):
    model = base.load(FAMILY, folders / kind, seed=3)
    network = Network(model, "right", choose())
    assert ("attention" in network.has) == (kind != "mamba")
    rows = network.rows(SEQUENCES, list("abcd"), None)
    jumps = kind == "mixtral"  # in the choice of a token's expert, so that no number of steps is enough
    found = gradients.integrated(model, rows, steps=2) if jumps else gradients.converged(model, rows)
    assert jumps or not found.missed().any()
    assert gradients.gradient_x_input(model, rows).shape == rows.ids.shape


@pytest.mark.parametrize("kind", KINDS)
def test_changed_bases__each_seen_base_is_scored_by_the_fall_of_the_logit(folders, kind):
    network, text = Network(base.load(FAMILY, folders / kind, seed=3), "right", choose()), random_dna(24)[0]
    found = changes.mutagenesis(network, text, "s", None)
    mutants = [text[:5] + letter + text[6:] for letter in "ACGT" if letter != text[5]]
    logit = network.logit([text, *mutants], ["s"] * 4, None)
    assert found[5] == pytest.approx(logit[0] - logit[1:].mean(), abs=1e-5)
    for scores in (found, changes.occlusion(network, text, "s", None, seed=1)):
        assert scores.shape == (24,)
        assert (abs(scores) > 0).all()


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(DNA, min_size=1, max_size=4), most=st.integers(3, 30))
def test_tokens__those_of_the_library_with_their_bases_and_what_fits(folders, texts, most):
    path = folders / "bert" / "tokenizer.json"
    words, stock = any_vocabulary.read(path, tiny_stock.WORDS), Tokenizer.from_file(str(path))
    ids, lengths = words.encode(texts)
    spans = words.spans(texts, ids.shape[1])
    for row, length, text, span in zip(ids, lengths, texts, spans, strict=True):
        expected = stock.encode(text)
        assert row[:length].tolist() == expected.ids
        assert [tuple(pair) for pair in span[1 : length - 1]] == expected.offsets[1:-1]
        assert (span[length - 1 :] == -1).all()
    for from_end in (False, True):
        room = words.room(texts, most, from_end)
        parts = [
            text[len(text) - bases :] if from_end else text[:bases] for text, bases in zip(texts, room, strict=True)
        ]
        assert (words.encode(parts)[1] <= most).all()


@pytest.mark.parametrize("k", [1, 3])
def test_list_of_words__ids_of_the_esm_tokenizer(folders, tmp_path, k):
    kmers = any_vocabulary.letters.kmers(k) if k > 1 else []
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(["<unk>", "<pad>", "<mask>", "<cls>", "<eos>", "<bos>", *kmers, *"ATCGN"]))
    words, stock = any_vocabulary.read(path, 11 + len(kmers)), EsmTokenizer(str(path), eos_token=None)
    for text in SEQUENCES:
        ids, _ = words.encode([text])
        assert ids[0].tolist() == stock(text)["input_ids"]
        assert sum(last - first for first, last in words.spans([text], ids.shape[1])[0][1:]) == len(text)
    if k == 1:
        assert words.encode(["ACGTN"])[0].tolist() == [[3, 6, 8, 9, 7, 10]]
        assert words.knows_n


def test_longest_input__of_positions_the_tokenizer_and_the_option(folders, bert, tmp_path):
    assert base.load(FAMILY, bert, seed=1).max_tokens == 64
    (bert / "tokenizer_config.json").write_text('{"model_max_length": 40}')
    model = base.load(FAMILY, bert, seed=1)
    assert model.max_tokens == 40
    assert base.load(FAMILY, bert, seed=1, options={"max_tokens": 100}).max_tokens == 64  # a table of positions
    with pytest.raises(base.InputError, match="the model sees"):
        model.tokenize(random_dna(300), "error")
    (tmp_path / "saved").mkdir()
    model.save(tmp_path / "saved")
    assert saved_folder.open_saved(tmp_path / "saved").max_tokens == 40
    rotary = base.load(FAMILY, folders / "mistral", seed=1, options={"max_tokens": 100})
    assert rotary.max_tokens == 100
    assert "made for 64" in rotary.notes[-1] or "made for 64" in " ".join(rotary.notes)
    assert base.load(FAMILY, folders / "mamba", seed=1).max_tokens is None


def test_weights_that_are_not_the_stock_class__each_named(bert):
    path = bert / "model.safetensors"
    tensors = load_file(path)
    name = "bert.encoder.layer.0.attention.self.query.weight"
    for change, words in (
        ({name: None}, ("1 missing", "layer.0.attention.self.query.weight")),
        ({"bert.encoder.layer.0.attention.self.Wqkv.weight": torch.ones(2)}, ("1 unknown", "Wqkv")),
        ({name: torch.ones(2, 2)}, ("1 of another shape", "[2, 2], not [32, 32]")),
        ({name: torch.full((32, 32), float("nan"))}, ("NaN or infinite",)),
        ({"bert.embeddings.LayerNorm.gamma": torch.ones(32)}, ("two weights for bert.embeddings.LayerNorm.weight",)),
        ({"bert.decoder.layers.0.w": torch.ones(2)}, ("1 unknown", "bert.decoder.layers.0.w")),
    ):
        save_file(
            {key: value for key, value in (tensors | change).items() if value is not None}, path, {"format": "pt"}
        )
        refused(FAMILY, bert, *words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pre_layer_norm": True, "alibi_starting_size": 512}, ("pre_layer_norm is True", "authors' code")),
        ({"alibi_starting_size": 512}, ("alibi_starting_size",)),
        ({"add_bias_fnn": False}, ("add_bias_fnn is False",)),
        ({"rope_theta": 500_000}, ("rope_theta is 500000", "authors' code")),
        ({"auto_map": {"AutoModel": "code.Model"}}, ("auto_map", "stock=true")),
        ({"model_type": "no_such"}, ("no_such",)),
        ({"model_type": "t5", "classifier_dropout": 0.0}, ("t5 is no encoder or decoder",)),
        ({"num_attention_heads": 5}, ("hidden size",)),
        ({"vocab_size": 100}, ("of two models",)),
    ],
)
def test_config_of_another_model__refused_in_one_line(bert, changes, words):
    change_config(bert, **changes)
    refused(FAMILY, bert, "config.json" if "vocab_size" not in changes else "tokenizer.json", *words)


def test_auto_map_of_a_stock_model__loaded_where_the_option_says_so(bert, folders):
    change_config(bert, auto_map={"AutoModel": "code.Model"})
    model = base.load(FAMILY, bert, seed=3, options={"stock": "true"})
    assert torch.equal(logits(model, SEQUENCES), logits(base.load(FAMILY, folders / "bert", seed=3), SEQUENCES))


def test_stock_bert_with_an_empty_pooler_type__loaded(bert, folders):
    change_config(bert, pooler_type=None)
    assert torch.equal(
        logits(base.load(FAMILY, bert, seed=3), SEQUENCES),
        logits(base.load(FAMILY, folders / "bert", seed=3), SEQUENCES),
    )


@pytest.mark.parametrize("kind", ["distilbert", "electra", "opt"])
def test_saved_with_a_head_of_pre_training__opened_and_as_long_as_its_positions(tmp_path, kind):
    sizes = {"vocab_size": tiny_stock.WORDS, "hidden_size": 32, "num_attention_heads": 4, "max_position_embeddings": 64}
    cls, config = {
        "distilbert": (transformers.DistilBertForMaskedLM, transformers.DistilBertConfig),
        "electra": (transformers.ElectraForMaskedLM, transformers.ElectraConfig),
        "opt": (transformers.OPTForCausalLM, transformers.OPTConfig),
    }[kind]
    more = {"num_hidden_layers": 2, "word_embed_proj_dim": 32, "ffn_dim": 64, "embedding_size": 32}
    cls(config(**sizes, **more)).save_pretrained(tmp_path)
    tiny_checkpoints.byte_pairs(tiny_stock.WORDS).save(str(tmp_path / "tokenizer.json"))
    model = base.load(FAMILY, tmp_path, seed=1)
    assert model.max_tokens == 64
    assert logits(model, random_dna(600), truncation="right").isfinite().all()


def test_tokenizer_that_does_not_know_dna__refused(bert):
    path = bert / "tokenizer.json"
    content = json.loads(path.read_text())
    content["normalizer"] = {"type": "Lowercase"}
    path.write_text(json.dumps(content))
    refused(FAMILY, bert, "does not know the base A")
    path.unlink()
    refused(FAMILY, bert, "no tokenizer.json in it")


def test_n_that_is_no_token__noted_and_counted(folders):
    model = base.load(FAMILY, folders / "bert", seed=1)
    assert any("N is no token" in note for note in model.notes)
    rows = pl.DataFrame({"sequence": ["ACGNT", "ACGT", "NNA"]})
    assert encode.unknown_bases(model, rows) == [
        "3 bases of the data set are N, which the model reads as unknown tokens"
    ]
    assert not encode.unknown_bases(model, rows[1:2])


def test_pickle__read_as_safetensors(bert, folders):
    tensors = load_file(bert / "model.safetensors")
    (bert / "model.safetensors").unlink()
    torch.save({name: tensor.bfloat16() for name, tensor in tensors.items()}, bert / "pytorch_model.bin")
    found, expected = (logits(base.load(FAMILY, folder, seed=3), SEQUENCES) for folder in (bert, folders / "bert"))
    assert found.dtype == torch.float32
    assert (found - expected).abs().max() < 0.02
