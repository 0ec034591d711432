"""Nucleotide Transformer v2: logits written out in numpy, its vocabularies, its weights by name, its rotation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from scipy.special import expit

import tiny_checkpoints
from helpers_checkpoints import change_config, refused
from helpers_models import inputs, learn, logits, random_dna
from lncprom.models import base, saved_folder

FAMILY = "nucleotide_transformer"
SEQUENCES = random_dna(40, 60, 33, 90, letters="ACGTACGTACGTN")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_checkpoints.write(tmp_path_factory.mktemp("v2") / "v2", f"{FAMILY}_v2")


def load(folder, **options):
    return base.load(FAMILY, folder, seed=1, options={"lora_r": 0} | options)


def by_hand(w: dict, ids: np.ndarray, heads: int = 4, layers: int = 2) -> np.ndarray:
    """One sequence, head by head, each pair of a query's or key's numbers turned as a complex number; float64."""

    def linear(x, name):
        return x @ w[f"{name}.weight"].T + w.get(f"{name}.bias", 0)

    def norm(x, name):
        x = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-12)
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    def turned(x):
        half = x.shape[1] // 2
        angles = np.outer(np.arange(len(x)), 10000.0 ** (-np.arange(half) / half))
        z = (x[:, :half] + 1j * x[:, half:]) * np.exp(1j * angles)
        return np.concatenate([z.real, z.imag], axis=1)

    x = w["esm.embeddings.word_embeddings.weight"][ids]
    for layer in range(layers):
        start = f"esm.encoder.layer.{layer}."
        inner = norm(x, f"{start}attention.LayerNorm")
        q, k, v = (
            np.split(linear(inner, f"{start}attention.self.{part}"), heads, axis=1)
            for part in ("query", "key", "value")
        )
        found = []
        for head in range(heads):
            scores = turned(q[head]) @ turned(k[head]).T / np.sqrt(q[head].shape[1])
            scores = np.exp(scores - scores.max(1, keepdims=True))
            found.append(scores / scores.sum(1, keepdims=True) @ v[head])
        x = x + linear(np.concatenate(found, axis=1), f"{start}attention.output.dense")
        gate, value = np.split(linear(norm(x, f"{start}LayerNorm"), f"{start}intermediate.dense"), 2, axis=1)
        x = x + linear(gate * expit(gate) * value, f"{start}output.dense")
    first = norm(x, "esm.encoder.emb_layer_norm_after")[:1]
    return linear(np.tanh(linear(first, "classifier.dense")), "classifier.out_proj")[0]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_logits__those_written_out_by_hand_alone_and_padded(folder, attention):
    model = load(folder, attention=attention)
    learn(model, SEQUENCES)
    model.module.eval()
    weights = {name: tensor.double().numpy() for name, tensor in model.module.state_dict().items()}
    together = logits(model, SEQUENCES)
    for sequence, found in zip(SEQUENCES, together, strict=True):
        ids, _ = inputs(model, [sequence])
        np.testing.assert_allclose(found, by_hand(weights, ids[0].numpy()), atol=1e-5)
        np.testing.assert_allclose(found, logits(model, [sequence])[0], atol=1e-5)


@pytest.mark.parametrize(("k", "ids"), [(6, [3, 369, 369, 369, 4102]), (3, [3, 11, 49, 11, 49, 11, 49, 70])])
def test_vocabulary_in_another_order_of_6mers_or_3mers__the_published_ids(tmp_path, k, ids):
    model = load(tiny_checkpoints.write(tmp_path / "v2", f"{FAMILY}_v2", k=k, binary=True))
    found = model.tokenize(["ATTCCG" * 3 + "A"])
    assert found.ids[0].tolist() == ids
    assert model.spans(["ATTCCG" * 3 + "A"], found)[0, [0, 1, -1]].tolist() == [[-1, -1], [0, k], [18, 19]]


def test_positions__two_fewer_than_embeddings_as_in_the_first_version(folder):
    assert load(folder).max_tokens == 64


def test_saved_and_opened__the_same_logits_a_model_type_and_the_published_names(folder, tmp_path):
    model = load(folder)
    model.save(tmp_path)
    config, saved = json.loads((tmp_path / "config.json").read_text()), load_file(tmp_path / "model.safetensors")
    assert config["model_type"] == "esm"
    published = {name for name in load_file(folder / "model.safetensors") if not name.startswith("lm_head.")}
    assert published - saved.keys() == {"esm.embeddings.position_embeddings.weight"}
    assert (logits(saved_folder.open_saved(tmp_path), SEQUENCES) == logits(model, SEQUENCES)).all()


def test_redrawn__every_weight_but_the_angles(folder):
    model = load(folder)
    before = {name: tensor.clone() for name, tensor in model.module.state_dict().items()}
    model.redraw(3)
    after = model.module.state_dict()
    for name, tensor in before.items():
        if tensor.ndim > 1 or name.endswith("inv_freq"):
            assert (after[name] == tensor).all() == name.endswith("inv_freq"), name


def test_weights_or_config_of_another_model__one_line(tmp_path):
    folder = tiny_checkpoints.write(tmp_path / "v2", f"{FAMILY}_v2")
    path = folder / "model.safetensors"
    tensors = load_file(path)
    start = "esm.encoder.layer.1."
    tensors["odd"] = tensors.pop(f"{start}attention.self.rotary_embeddings.inv_freq")
    tensors[f"{start}intermediate.dense.weight"] = tensors[f"{start}intermediate.dense.weight"][:64].clone()
    save_file(tensors, path)
    refused(FAMILY, folder, f"1 missing: {start}attention.self.rotary", "1 unknown: odd;", "[64, 32], not [128, 32]")
    change_config(folder, position_embedding_type="relative_key")
    refused(FAMILY, folder, "config.json: no Nucleotide Transformer, whose positions are absolute")
    change_config(folder, architectures=["BertForMaskedLM"])
    refused(FAMILY, folder, "config.json: model_type is None, nucleotide_transformer needs 'esm'")
