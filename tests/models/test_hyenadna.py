"""HyenaDNA: logits by direct sums in numpy, causal, padding without effect, its weights by name, its first values."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import tiny_checkpoints
from helpers_checkpoints import change_config, refused
from helpers_models import inputs, learn, logits, random_dna
from lncprom.errors import InputError
from lncprom.models import base, hyena
from lncprom.training import trainable

FAMILY = "hyenadna"
SEQUENCES = random_dna(40, 60, 33, 97, letters="ACGTN")
LAYER = "hyena.backbone.layers.1."
FILTER = f"{LAYER}mixer.filter_fn."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_checkpoints.write(tmp_path_factory.mktemp("hyena") / FAMILY, FAMILY)


def load(folder, **options):
    return base.load(FAMILY, folder, seed=1, options=options)


def by_hand(w: dict, text: str, pooling: str) -> np.ndarray:
    """One sequence, each convolution as a sum over all bases before; float64, positions and decay by their formulas."""

    def linear(x, name):
        return x @ w[f"{name}.weight"].T + w.get(f"{name}.bias", 0)

    def norm(x, name):
        x = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5)
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    n, longest = len(text), 258
    j = np.arange(n)[:, None]
    angles = 2 * np.pi * j / longest * np.array([1e-4, 1])
    z, t = np.hstack([j / (longest - 1), np.cos(angles), -np.sin(angles)]), j / (longest - 1)
    x = w["hyena.backbone.embeddings.word_embeddings.weight"][["ACGTN".index(base) + 7 for base in text]]
    deltas = np.linspace(np.log(0.01) / 1.5, np.log(0.01) / 0.3, x.shape[1])
    for layer in ("hyena.backbone.layers.0.", "hyena.backbone.layers.1."):
        name = f"{layer}mixer."
        p, weight = linear(norm(x, f"{layer}norm1"), f"{name}in_proj"), w[f"{name}short_filter.weight"][:, 0]
        c = np.array([sum(weight[:, 2 - back] * p[at - back] for back in range(3) if at >= back) for at in range(n)])
        after, before, v = np.split(c + w[f"{name}short_filter.bias"], 3, axis=1)
        v, h, start = v * before, z, f"{name}filter_fn.implicit_filter."
        for number in (0, 2, 4):
            h = np.sin(w[f"{start}1.freq"] * linear(h, f"{start}{number}"))
        k = linear(h, f"{start}6") * (np.exp(-t * np.abs(deltas)) + 0.05)
        y = np.array([sum(k[back] * v[at - back] for back in range(at + 1)) for at in range(n)])
        x = x + linear((y + v * w[f"{name}filter_fn.bias"]) * after, f"{name}out_proj")
        inner = linear(norm(x, f"{layer}norm2"), f"{layer}mlp.fc1")
        inner = inner / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
        x = x + linear(inner, f"{layer}mlp.fc2")
    x = norm(x, "hyena.backbone.ln_f")
    return linear({"mean": x.mean(0), "last": x[-1], "max": x.max(0)}[pooling], "classifier")


@pytest.mark.parametrize("pooling", hyena.POOLING)
def test_logits__those_written_out_by_hand_alone_and_padded(folder, pooling):
    model = load(folder, pooling=pooling)
    learn(model, SEQUENCES)
    model.module.eval()
    weights = {name: tensor.double().numpy() for name, tensor in model.module.state_dict().items()}
    together = logits(model, SEQUENCES)
    for sequence, found in zip(SEQUENCES, together, strict=True):
        np.testing.assert_allclose(found, by_hand(weights, sequence, pooling), atol=2e-5)
        ids, mask = inputs(model, [sequence])
        for how in (mask, mask.long(), None):
            np.testing.assert_allclose(found, model.logits(ids, how).detach()[0], atol=1e-5)


def test_tokens__one_a_base_as_published_and_padding_behind(folder):
    tokens = load(folder).tokenize(["ACGTN", "GA"])
    assert tokens.ids.tolist() == [[7, 8, 9, 10, 11], [9, 7, 4, 4, 4]]
    assert load(folder).spans(["ACGTN", "GA"], tokens)[1].tolist() == [[0, 1], [1, 2], *[[-1, -1]] * 3]


def test_hidden_states__nothing_of_a_base_reaches_those_before_it(folder):
    model, (text,) = load(folder), random_dna(60)
    other = text[:30] + {"A": "C"}.get(text[30], "A") + text[31:]
    last = [model.hidden_states(*inputs(model, [one]), [model.depth])[0][0].detach() for one in (text, other)]
    difference = (last[0] - last[1]).abs().amax(dim=1)
    assert difference[:30].max() < 1e-5
    assert difference[30:].min() > 1e-4


def test_autocast__the_convolution_in_fp32_and_the_logits_alike(folder):
    model = load(folder)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = logits(model, SEQUENCES).float()
    torch.testing.assert_close(found, logits(model, SEQUENCES), atol=0.02, rtol=0)


def test_sequence_longer_than_the_model__refused_or_cut_as_asked(folder):
    with pytest.raises(InputError, match="sequence 1: 259 bases, the model sees 258 of them at once"):
        load(folder).tokenize(random_dna(259), "error")
    assert load(folder).tokenize(random_dna(300), "tss", 290).first_base.tolist() == [42]


def test_sines_under_all_names__taken_if_equal_and_refused_if_not(tmp_path):
    folder = tiny_checkpoints.write(tmp_path / "three", FAMILY, binary=True)
    one = load(tiny_checkpoints.write(tmp_path / "one", FAMILY)).module.state_dict()
    assert all(torch.equal(tensor, one[name]) for name, tensor in load(folder).module.state_dict().items())
    path = folder / "pytorch_model.bin"
    tensors = torch.load(path)
    tensors[f"{FILTER}implicit_filter.5.freq"] = torch.ones(1, 16)
    torch.save(tensors, path)
    refused(FAMILY, folder, f"{FILTER}implicit_filter.5.freq differs from {FILTER}implicit_filter.1.freq;")


def test_weights_missing_unknown_or_of_another_shape__named_in_one_line(tmp_path):
    folder = tiny_checkpoints.write(tmp_path / FAMILY, FAMILY)
    path = folder / "model.safetensors"
    tensors = load_file(path)
    tensors["odd"] = tensors.pop(f"{FILTER}pos_emb.z")
    tensors[f"{LAYER}mlp.fc1.weight"] = tensors[f"{LAYER}mlp.fc1.weight"].T.contiguous()
    save_file(tensors, path)
    shapes = f"1 of another shape: {LAYER}mlp.fc1.weight [32, 64], not [64, 32];"
    refused(FAMILY, folder, f"1 missing: {FILTER}pos_emb.z;", "1 unknown: odd;", shapes)
    path.unlink()
    refused(FAMILY, folder, "no weights in it")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("hyena_order", 3, "hyena_order is 3, the published models' is 2"),
        ("emb_dim", 4, "emb_dim is 4, not an odd number of at least 3"),
        ("d_model", 0, "d_model is 0, not a whole number of at least 1"),
        ("vocab_size", 4, "vocab_size is 4, a HyenaDNA has 12 tokens"),
        ("max_seq_len", "gone", "no 'max_seq_len' in it"),
        ("model_type", "bert", "model_type is 'bert', hyenadna needs 'hyenadna'"),
    ],
)
def test_config_of_another_model__one_line(tmp_path, name, value, words):
    folder = tiny_checkpoints.write(tmp_path / FAMILY, FAMILY)
    change_config(folder, **{name: value})
    refused(FAMILY, folder, words)


def test_positions_and_decay__by_their_formulas_as_in_the_checkpoint(folder):
    model = load(folder)
    fresh = hyena.HyenaDNAForSequenceClassification(model.module.sizes)
    for name, tensor in model.module.named_buffers():
        torch.testing.assert_close(fresh.get_buffer(name), tensor, atol=1e-6, rtol=0)


def test_redrawn__as_its_authors_draw_and_what_positions_are_stays(folder):
    model = base.load(FAMILY, folder, seed=1)
    buffers = {name: tensor.clone() for name, tensor in model.module.named_buffers()}
    model.redraw(7)
    assert all(torch.equal(tensor, buffers[name]) for name, tensor in model.module.named_buffers())
    found = model.module.state_dict()
    spread = {name: float(found[f"{LAYER}{name}"].std()) for name in ("mlp.fc1.weight", "mlp.fc2.weight")}
    assert spread == {"mlp.fc1.weight": pytest.approx(0.02, rel=0.1), "mlp.fc2.weight": pytest.approx(0.01, rel=0.1)}
    assert float(found[f"{LAYER}mixer.short_filter.weight"].abs().max()) == pytest.approx(3**-0.5, rel=0.05)
    assert float(found[f"{FILTER}bias"].std()) == pytest.approx(1, rel=0.5)
    assert (found[f"{FILTER}implicit_filter.1.freq"] == 10).all()
    assert (found[f"{LAYER}norm1.weight"] == 1).all()
    again = base.load(FAMILY, folder, seed=2)
    again.redraw(7)
    assert all(torch.equal(tensor, found[name]) for name, tensor in again.module.state_dict().items())


def test_weight_decay__on_matrices_but_not_on_the_filters(folder):
    model = load(folder)
    decaying, other = (group["params"] for group in trainable.optimizer(model, 0.1).param_groups)
    names = {id(weight): name for name, weight in model.trainable().items()}
    assert not [names[id(weight)] for weight in decaying if "filter_fn" in names[id(weight)] or weight.ndim < 2]
    assert len(decaying) + len(other) == len(names)


@pytest.mark.parametrize(("sizes", "number"), [((2, 128, 512, 1026), 438_144), ((4, 256, 1024, 32770), 3_281_664)])
def test_published_size__number_of_weights(folder, sizes, number):
    """With the head for masked words in place of ours; counted on the hub's model."""
    names = ("n_layer", "d_model", "d_inner", "max_seq_len")
    published = load(folder).config | dict(zip(names, sizes, strict=True)) | {"filter_order": 64}
    module = hyena.HyenaDNAForSequenceClassification(hyena.settings(published))
    ours = sum(weight.numel() for name, weight in module.named_parameters() if not name.startswith("classifier."))
    assert ours + 16 * sizes[1] == number
