"""Checkpoint folders that are not what they should be: one line each, that names the file and each weight."""

from __future__ import annotations

import json
import math
import os
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertTokenizer

import tiny_checkpoints
from helpers_checkpoints import change_config, refused
from helpers_models import FAMILIES
from lncprom.errors import InputError
from lncprom.models import base, saved_folder


def change_weights(folder, change) -> None:
    path = folder / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)


LAST = {
    "dnabert": "bert.encoder.layer.1.output.dense.weight",
    "dnabert2": "bert.encoder.layer.1.mlp.wo.weight",
    "nucleotide_transformer": "esm.encoder.layer.1.output.dense.weight",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_missing_unknown_of_another_shape_or_no_number__each_named_in_one_line(tiny, family):
    folder = tiny(family)

    def change(tensors):
        tensors["odd"] = tensors.pop(LAST[family])
        first = LAST[family].replace("layer.1", "layer.0")
        tensors[first] = tensors[first].T.contiguous()

    change_weights(folder, lambda tensors: tensors[LAST[family]][3, 4:6].copy_(torch.tensor([math.nan, math.inf])))
    refused(family, folder, f"{folder}: NaN or infinite values in 1 weights: {LAST[family]}; the file is damaged")
    change_weights(folder, change)
    shapes = f"1 of another shape: {LAST[family].replace('layer.1', 'layer.0')} [64, 32], not [32, 64];"
    refused(family, folder, str(folder), f"1 missing: {LAST[family]};", "1 unknown: odd;", shapes)


@pytest.mark.parametrize(
    ("family", "head", "words"),
    [
        ("nucleotide_transformer", {"classifier.dense.weight": (32, 32)}, "missing: classifier.dense.bias, classifier"),
        ("dnabert", {"classifier.weight": (3, 32), "classifier.bias": (3,)}, "classifier.weight [3, 32], not [2, 32]"),
    ],
)
def test_half_a_head_or_one_of_three_classes__refused(tiny, family, head, words):
    folder = tiny(family)
    change_weights(folder, lambda tensors: tensors.update({name: torch.zeros(size) for name, size in head.items()}))
    refused(family, folder, words)


def old_names(tensors):
    for name in [name for name in tensors if "norm." in name.lower()]:
        tensors[name.replace(".weight", ".gamma").replace(".bias", ".beta")] = tensors.pop(name)


def encoder_alone(tensors):
    for name in list(tensors):
        weight = tensors.pop(name)
        if name.startswith(("bert.", "esm.")):
            tensors[name.partition(".")[2]] = weight
    tensors.setdefault("pooler.dense.weight", torch.zeros(32, 32))
    tensors.setdefault("pooler.dense.bias", torch.zeros(32))


@pytest.mark.parametrize("changes", [[old_names], [encoder_alone], [encoder_alone, old_names]])
@pytest.mark.parametrize("family", FAMILIES)
def test_old_names_or_the_encoder_saved_alone__the_same_weights_and_a_new_head(tiny, family, changes):
    folder = tiny(family)
    expected = base.load(family, folder, seed=1).module.state_dict()
    for change in changes:
        change_weights(folder, change)
    model = base.load(family, folder, seed=1)
    assert "drawn with seed 1: " in model.notes[0]
    assert model.notes[0].endswith("classifier")
    for name, weight in model.module.state_dict().items():
        head = name.startswith("classifier.") or (family == "dnabert2" and "pooler" in name)
        assert head or torch.equal(weight, expected[name]), name
    change_weights(folder, lambda tensors: tensors.update({LAST[family]: torch.zeros(32, 64)}))
    if encoder_alone in changes:
        refused(family, folder, f"two weights for {LAST[family]}", "keep one")


def test_tokenizer_json_in_place_of_vocab_txt__the_same_vocabulary_and_saved_with_the_model(tiny, tmp_path):
    folder = tiny("dnabert")
    expected = base.load("dnabert", folder, seed=1).tokenize(["ACGTTTGN"]).ids
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    (folder / "vocab.txt").unlink()
    model = base.load("dnabert", folder, seed=1)
    assert (model.tokenize(["ACGTTTGN"]).ids == expected).all()
    model.save(tmp_path)
    assert (saved_folder.open_saved(tmp_path).tokenize(["ACGTTTGN"]).ids == expected).all()


def test_dnabert2_given_to_the_stock_class__refused_by_config_and_by_weights(tiny, tmp_path):
    folder = tiny("dnabert2")
    (folder / "vocab.txt").write_text((tiny("dnabert") / "vocab.txt").read_text())
    refused("dnabert", folder, "config.json: a checkpoint of DNABERT-2", "its family is dnabert2")
    change_config(folder, alibi_starting_size="gone", vocab_size=69)
    refused("dnabert", folder, "weights of DNABERT-2", "Wqkv.weight", "its family is dnabert2")


def test_dnabert_given_to_dnabert2__every_weight_named(tiny):
    folder = tiny("dnabert")
    tiny_checkpoints.byte_pairs(69).save(str(folder / "tokenizer.json"))
    message = refused("dnabert2", folder, "layer.*.attention.self.Wqkv.weight", "layer.*.attention.self.query.weight")
    assert "bert.embeddings.position_embeddings.weight" in message
    assert "position_ids" not in message


@pytest.mark.parametrize(
    ("family", "other"), [("dnabert", "nucleotide_transformer"), ("nucleotide_transformer", "dnabert")]
)
def test_config_of_another_family__refused_by_model_type(tiny, family, other):
    folder = tiny(other)
    kinds = {"dnabert": "bert", "nucleotide_transformer": "esm"}
    refused(family, folder, f"config.json: model_type is '{kinds[other]}', {family} needs '{kinds[family]}'")


@pytest.mark.parametrize("family", FAMILIES)
def test_folder_missing_or_incomplete__said_what_is_missing(tiny, tmp_path, family):
    refused(family, None, f"{family}: needs a checkpoint folder")
    refused(family, tmp_path / "nowhere", "nowhere: no such checkpoint folder")
    folder = tiny(family)
    for name in ("model.safetensors", "tokenizer.json" if family == "dnabert2" else "vocab.txt", "config.json"):
        (folder / name).unlink()
        refused(family, folder, f"no {'weights' if name.startswith('model') else name} in it")


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "not JSON"), ("[]", "model_type is None"), ('{"model_type": "bert"}', "no 'vocab_size' in it")],
)
def test_config_that_is_none__one_line(tiny, text, words):
    folder = tiny("dnabert")
    (folder / "config.json").write_text(text)
    refused("dnabert", folder, f"config.json: {words}")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("hidden_size", 33, "33 hidden units cannot be divided by 4 heads"),
        ("hidden_size", "wide", "hidden_size is 'wide', not a whole number of at least 1"),
        ("num_hidden_layers", 0, "num_hidden_layers is 0, not a whole number"),
        ("hidden_dropout_prob", 1.5, "hidden_dropout_prob is 1.5, not a number from 0 to 1"),
        ("hidden_act", "relu", "hidden_act is 'relu', the model's is 'gelu'"),
        *(
            ("initializer_range", value, "initializer_range is ")
            for value in (None, "x", True, -0.1, math.nan, math.inf, [0.1], 10**400)
        ),
    ],
)
def test_entry_of_a_config_that_cannot_be__named_in_one_line(tiny, name, value, words):
    folder = tiny("dnabert")
    change_config(folder, **{name: value})
    refused("dnabert", folder, f"config.json: no config of a model ({words}")


@pytest.mark.parametrize("binary", [False, True])
def test_weights_cut_short__named_and_to_be_downloaded_again(tiny, binary):
    folder = tiny("dnabert", binary=binary)
    path = folder / ("pytorch_model.bin" if binary else "model.safetensors")
    for size in (0.99, 0.5, 0.001, 0.0):
        os.truncate(path, int(path.stat().st_size * size))
        message = refused("dnabert", folder, path.name)
        assert "cut short or damaged" in message or "holds more than tensors" in message


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("legacy", [False, True])
def test_code_in_a_bin__does_not_run_and_is_named(tiny, tmp_path, legacy):
    folder, mark = tiny("dnabert", binary=True), tmp_path / "it_ran"
    path = folder / "pytorch_model.bin"
    tensors = torch.load(path, weights_only=True) | {"bomb": Bomb(mark)}
    if legacy:
        path.write_bytes(pickle.dumps(tensors | {"bert.embeddings.LayerNorm.bias": 0}))
    else:
        torch.save(tensors, path)
    refused("dnabert", folder, "pytorch_model.bin: holds more than tensors", "get the weights as safetensors")
    assert not mark.exists()
    torch.load(path, weights_only=False) if not legacy else pickle.loads(path.read_bytes())
    assert mark.exists(), "the pickle does hold code that runs when it is opened without care"


POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 359000000\n"


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors"])
@pytest.mark.parametrize("text", ["<!DOCTYPE html><html><body>Sign in</body></html>", "Entry not found", "P"])
def test_weights_that_are_a_page__said_and_not_called_code(tiny, name, text):
    folder = tiny("dnabert", binary=name.endswith("bin"))
    (folder / name).write_text(text)
    words = (
        "a web page (HTML), not weights. Download" if "html" in text else "no weights (another format by this name?)"
    )
    refused("dnabert", folder, f"{name}: {words}")


STAND_INS = ["config.json", "vocab.txt", "model.safetensors", "pytorch_model.bin", "model.safetensors.index.json"]


@pytest.mark.parametrize("name", STAND_INS)
@pytest.mark.parametrize(("text", "words"), [(POINTER, "Git LFS pointer"), ("../../blobs/0a", "link that was copied")])
def test_file_that_only_points_to_the_real_one__named_with_the_command(tiny, name, text, words):
    folder = tiny("dnabert")
    if name.startswith(("pytorch", "model")):
        (folder / "model.safetensors").unlink()
    (folder / name).write_text(text)
    refused("dnabert", folder, f"{folder / name}: a {words}", "git lfs pull" if text == POINTER else "cp -rL")


def test_folder_that_is_no_checkpoint__what_it_is_and_which_to_give(tiny, tmp_path):
    trainer, adapters, cache = tiny("dnabert"), tmp_path / "adapters", tmp_path / "hub" / "models--a--b"
    for folder in (adapters, cache / "blobs", cache / "snapshots" / "0a"):
        folder.mkdir(parents=True)
    (adapters / "adapter_config.json").write_text('{"base_model_name_or_path": "zhihan1996/DNA_bert_3"}')
    refused("dnabert", adapters, "adapters only", "the folder of the pretrained model, zhihan1996/DNA_bert_3,")
    (adapters / "adapter_config.json").write_text("[]")
    refused("dnabert", adapters, "adapters only", "the folder of the pretrained model or merge")
    (cache / "snapshots" / "0a" / "config.json").write_text("{}")
    for root in (cache, cache / "snapshots", cache.parent):
        refused("dnabert", root, f"{root}: a cache folder of a model hub, not a checkpoint; give {cache}/snapshots/0a")
    (cache / "config.json").symlink_to("gone")
    refused("dnabert", cache, "config.json is a link to a file that is not there")
    (trainer / "model.safetensors").rename(trainer / "adapter_model.safetensors")
    (trainer / "adapter_config.json").write_text("{}")
    refused("dnabert", trainer, "adapters only", "the folder of the pretrained model or merge")
    (trainer / "vocab.txt").unlink()
    (trainer / "trainer_state.json").write_text("{}")
    refused(
        "dnabert", trainer, "of transformers' Trainer", "no vocab.txt in it", "from the folder of the pretrained model"
    )
    (trainer.parent / "vocab.txt").touch()
    refused("dnabert", trainer, f"copy that file from {trainer.parent}")
    refused("dnabert", trainer.parent, f"no config.json in it; give {trainer}")


def test_bin_that_holds_a_training_state__refused(tiny):
    folder = tiny("dnabert", binary=True)
    torch.save({"step": 7, "model": {"a": torch.zeros(1)}}, folder / "pytorch_model.bin")
    refused("dnabert", folder, "pytorch_model.bin: not a table of named weights")


def test_vocabulary_of_another_k__refused_with_both(tiny, tmp_path):
    folder = tiny("dnabert", k=3)
    refused("dnabert", folder, "vocab.txt: k-mers of k = 3, asked for is k = 6", k="6")
    six = tiny_checkpoints.dnabert(tmp_path / "six", k=6)
    (folder / "vocab.txt").write_text((six / "vocab.txt").read_text())
    refused("dnabert", folder, "vocab.txt: 4,101 tokens (k = 6), its config.json says 69")
    assert base.load("dnabert", six, seed=1, options={"k": 6}).vocabulary.k == 6


@pytest.mark.parametrize(
    ("family", "name", "text", "words"),
    [
        ("dnabert", "vocab.txt", "", "no [PAD] in it"),
        ("dnabert", "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nAAA\nAAT\n", "2 words beside the special ones"),
        ("dnabert", "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n", "0 words beside the special ones"),
        ("nucleotide_transformer", "vocab.txt", "<pad>\n", "no <unk> in it"),
        ("dnabert2", "tokenizer.json", "{}", "tokenizer.json: not a tokenizer"),
        ("dnabert2", "tokenizer.json", "", "tokenizer.json: not a tokenizer"),
    ],
)
def test_vocabulary_of_another_model__refused(tiny, family, name, text, words):
    folder = tiny(family)
    (folder / name).write_text(text)
    refused(family, folder, name, words)


def test_vocabularies_larger_than_the_embeddings__refused(tiny):
    folder = tiny("nucleotide_transformer")
    change_config(folder, vocab_size=1000)
    refused("nucleotide_transformer", folder, "config.json says 1,000 tokens")
    folder = tiny("dnabert2")
    change_config(folder, vocab_size=100)
    refused("dnabert2", folder, "128 tokens, its config.json says 100")


def test_special_ids__those_of_the_tokenizer_whatever_the_config_says(tiny):
    model = base.load("dnabert2", tiny("dnabert2"), seed=1)
    assert model.config["pad_token_id"] == 0
    assert (model.pad_id, model.module.bert.embeddings.word_embeddings.padding_idx) == (3, 3)
    folder = tiny("nucleotide_transformer")
    change_config(folder, pad_token_id=0, mask_token_id=0)
    model = base.load("nucleotide_transformer", folder, seed=1)
    assert (model.pad_id, model.module.sizes.pad_id, model.module.sizes.mask_id) == (1, 1, 2)


def test_index_that_names_a_file_which_is_not_there__refused(tiny):
    folder = tiny("dnabert")
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    refused("dnabert", folder, "names the file 'model-2.safetensors', which is not in the folder")


@pytest.mark.parametrize("binary", [False, True])
def test_weights_in_two_files_in_bf16_and_by_columns__the_same_weights_in_fp32(tiny, binary):
    folder = tiny("nucleotide_transformer", binary=binary)
    how = {"seed": 1, "options": {"lora_r": 0}}
    expected = base.load("nucleotide_transformer", folder, **how).module.state_dict()
    name = "pytorch_model.bin" if binary else "model.safetensors"
    tensors = torch.load(folder / name) if binary else load_file(folder / name)
    tensors = {key: tensor.bfloat16() for key, tensor in tensors.items()}
    if binary:  # as published: the transposed tensors of another library
        tensors = {key: tensor.T.contiguous().T if tensor.ndim == 2 else tensor for key, tensor in tensors.items()}
    index = {key: f"{at % 2}-{name}" for at, key in enumerate(tensors)}
    for part in set(index.values()):
        here = {key: tensors[key] for key in tensors if index[key] == part}
        torch.save(here, folder / part) if binary else save_file(here, folder / part)
    (folder / name).unlink()
    (folder / f"{name}.index.json").write_text(json.dumps({"weight_map": index}))
    for key, weight in base.load("nucleotide_transformer", folder, **how).module.state_dict().items():
        assert weight.dtype == torch.float32
        wanted = expected[key].bfloat16().float() if key in tensors else expected[key]
        assert torch.equal(weight, wanted), key


@pytest.mark.parametrize("text", [None, "{", "{}", '{"content": "code", "options": {}}'])
def test_folder_that_finetune_did_not_write__said(tmp_path, text):
    if text is not None:
        (tmp_path / saved_folder.RECORD).write_text(text)
    with pytest.raises(InputError, match=r"finetune.py wrote|the folder of a trained model"):
        saved_folder.open_saved(tmp_path)
