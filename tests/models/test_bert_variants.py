"""GENA-LM and MutBERT: hidden states as written out by hand, and all that a model of the family huggingface does."""

from __future__ import annotations

import pytest
import torch

import tiny_stock
from helpers_checkpoints import change_config, refused
from helpers_models import inputs, learn, logits, random_dna
from lncprom.attribution import attention
from lncprom.models import base, checkpoints, saved_folder

SEQUENCES = random_dna(40, 60, 33, letters="ACGTN")
KINDS = {
    "gena": tiny_stock.gena,
    "gena_base": lambda folder: tiny_stock.gena(folder, last_norm=False),
    "mutbert": tiny_stock.mutbert,
}


@pytest.fixture(scope="module", params=KINDS)
def folder(request, tmp_path_factory):
    return KINDS[request.param](tmp_path_factory.mktemp("variants") / request.param)


def by_hand(w: dict[str, torch.Tensor], ids: torch.Tensor, heads: int = 4, layers: int = 2) -> torch.Tensor:
    """Hidden states (T, width) of one sequence in float64, head by head; which model it is, the names say."""
    w = {name: tensor.double() for name, tensor in w.items()}

    def norm(x, name):
        centred = x - x.mean(-1, keepdim=True)
        return (
            centred / (centred.pow(2).mean(-1, keepdim=True) + 1e-12).sqrt() * w[f"{name}.weight"] + w[f"{name}.bias"]
        )

    def linear(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def turned(x):
        half = x.shape[1] // 2
        angle = torch.tensor([[at * 10000.0 ** (-i / half) for i in range(half)] for at in range(len(x))]).double()
        pairs = torch.complex(x[:, :half], x[:, half:]) * torch.polar(torch.ones_like(angle), angle)
        return torch.cat([pairs.real, pairs.imag], dim=1)

    places = w.get("bert.embeddings.position_embeddings.weight")
    x = w["bert.embeddings.word_embeddings.weight"][ids] + w["bert.embeddings.token_type_embeddings.weight"][0]
    x = norm(x if places is None else x + places[: len(ids)], "bert.embeddings.LayerNorm")
    for layer in range(layers):
        name = f"bert.encoder.layer.{layer}"
        before = f"{name}.pre_attention_ln.weight" in w
        y = norm(x, f"{name}.pre_attention_ln") if before else x
        q, k, v = (linear(y, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        found, size = [], x.shape[1] // heads
        for part in (slice(head * size, (head + 1) * size) for head in range(heads)):
            one, other = (q[:, part], k[:, part]) if places is not None else (turned(q[:, part]), turned(k[:, part]))
            found.append((one @ other.T / size**0.5).softmax(-1) @ v[:, part])
        x = x + linear(torch.cat(found, 1), f"{name}.attention.output.dense")
        x = x if before else norm(x, f"{name}.attention.output.LayerNorm")
        y = linear(norm(x, f"{name}.post_attention_ln") if before else x, f"{name}.intermediate.dense")
        x = x + linear(y * 0.5 * (1 + torch.erf(y / 2**0.5)), f"{name}.output.dense")
        x = x if before else norm(x, f"{name}.output.LayerNorm")
    return norm(x, "bert.encoder.last_layer_ln") if "bert.encoder.last_layer_ln.weight" in w else x


def test_hidden_states__as_written_out_by_hand_padded_or_not(folder):
    model = base.load("huggingface", folder, seed=3)
    tensors, (ids, mask) = checkpoints.weights(folder), inputs(model, SEQUENCES)
    found = model.hidden_states(ids, mask, [model.depth])[0].detach()
    for row in range(len(SEQUENCES)):
        expected = by_hand(tensors, ids[row][mask[row]]).float()
        torch.testing.assert_close(found[row][mask[row]], expected, atol=2e-5, rtol=0)
        torch.testing.assert_close(logits(model, SEQUENCES)[row], model.module.classifier(expected.mean(dim=0)))


def test_trained_saved_and_opened__the_same_logits_and_attention(folder, tmp_path):
    model = base.load("huggingface", folder, seed=3, options={"dropout": 0.1})
    learn(model, SEQUENCES)
    model.module.eval()
    model.save(tmp_path)
    again = saved_folder.open_saved(tmp_path)
    assert torch.equal(logits(again, SEQUENCES), logits(model, SEQUENCES))
    ids, mask = inputs(model, SEQUENCES)
    assert (attention.rollout(again, ids, mask).sum(dim=1) - 1).abs().max() < 1e-5
    model.redraw(5)
    assert (logits(again, SEQUENCES) - logits(model, SEQUENCES)).abs().max() > 1e-3


def test_weights_of_a_stock_bert_under_such_a_config__refused(tmp_path):
    folder = tiny_stock.write(tmp_path / "bert", "bert")
    change_config(folder, pre_layer_norm=True)
    refused("huggingface", folder, "pre_attention_ln", "missing", "unknown")
    change_config(folder, pre_layer_norm=False, rope_theta=10000)
    refused("huggingface", folder, "1 unknown: bert.embeddings.position_embeddings.weight")
