"""Attention without a T x T tensor: equal to the rows of the eager one, in every family, padded or not."""

from __future__ import annotations

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from helpers_attribution import ENCODERS, network, rows
from helpers_models import random_dna
from lncprom.attribution import attention

SEQUENCES = {
    "one length": random_dna(42, 42, 42),
    "padded, with N": random_dna(40, 57, 21, seed=3, letters="ACGTACGTN"),
}


@pytest.fixture(scope="module", params=ENCODERS)
def both(request):
    """The same weights with SDPA and with eager attention."""
    found = [network(request.param, attention=way) for way in ("sdpa", "eager")]
    weights = found[0].family.module.state_dict()
    found[1].family.module.load_state_dict(weights)
    return found


def eager(model, tokens) -> torch.Tensor:
    """(layers, rows, heads, T, T) as the model itself hands them out."""
    with torch.no_grad():
        found = model.family.module(input_ids=tokens.ids, attention_mask=tokens.mask).attentions
    assert found is not None
    assert len(found) == len(model.family.self_attentions()) == 2
    assert all(one is not None and one.shape[1:] == (4, *tokens.ids.shape[1:] * 2) for one in found)
    return torch.stack(found)


@pytest.mark.parametrize("kind", SEQUENCES)
def test_cls_rows__those_of_the_eager_tensor(both, kind):
    tokens = rows(both[0], SEQUENCES[kind])
    assert (tokens.mask is not None) == (kind != "one length" or both[0].family.name == "dnabert2")
    expected = eager(both[1], tokens)[:, :, :, 0]
    found = attention.cls_rows(both[0].family, tokens.ids, tokens.mask)
    assert (found - expected).abs().max() < 1e-6
    torch.testing.assert_close(found.sum(dim=-1), torch.ones(found.shape[:-1]), atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", SEQUENCES)
def test_profiles__last_layer_mean_of_layers_and_rollout_of_the_eager_tensor(both, kind, monkeypatch):
    tokens = rows(both[0], SEQUENCES[kind])
    expected = eager(both[1], tokens)
    given = (both[0].family, tokens.ids, tokens.mask)
    last, every = attention.last_layer(*given), attention.all_layers(*given)
    torch.testing.assert_close(last, expected[-1, :, :, 0].mean(dim=1), atol=1e-5, rtol=0)
    torch.testing.assert_close(every, expected[:, :, :, 0].mean(dim=(0, 2)), atol=1e-5, rtol=0)
    product = torch.eye(tokens.ids.shape[1]).expand(len(tokens.ids), -1, -1)
    for layer in expected:
        product = (layer.mean(dim=1) / 2 + torch.eye(tokens.ids.shape[1]) / 2) @ product
    whole = attention.rollout(*given)
    torch.testing.assert_close(whole, product[:, 0], atol=1e-5, rtol=0)
    monkeypatch.setattr(attention, "_KEPT", 1)
    monkeypatch.setattr(attention, "_PLACES", 5)
    torch.testing.assert_close(attention.rollout(*given), whole, atol=1e-6, rtol=0)
    assert not any(part._forward_pre_hooks for part in both[0].family.module.modules())


class _Square(TorchDispatchMode):
    """Keeps the shapes of what is made that end in T x T."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length, self.made = length, []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        found = function(*args, **(kwargs or {}))
        for one in found if isinstance(found, tuple) else (found,):
            if isinstance(one, torch.Tensor) and one.shape[-2:] == (self.length, self.length):
                self.made.append(tuple(one.shape))
        return found


@pytest.mark.parametrize("family", ["dnabert", "nucleotide_transformer"])
def test_every_tensor_on_the_way__none_is_t_by_t(family, monkeypatch):
    model = network(family)
    length = {"dnabert": 61 + 2, "nucleotide_transformer": 61}[family]
    tokens = rows(model, random_dna(*[63 if family == "dnabert" else 60 * 6] * 2))
    assert tokens.ids.shape[1] == length
    assert tokens.mask is None
    monkeypatch.setattr(attention, "_PLACES", 16)
    with _Square(length) as seen:
        attention.last_layer(model.family, tokens.ids, tokens.mask)
        attention.all_layers(model.family, tokens.ids, tokens.mask)
        attention.rollout(model.family, tokens.ids, tokens.mask)
    assert seen.made == []
    other = network(family, attention="eager")
    with _Square(length) as seen:
        eager(other, tokens)
    assert (2, 4, length, length) in seen.made  # so that the test would see one
