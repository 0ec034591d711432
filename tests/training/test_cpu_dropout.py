"""Dropout on a CPU: the share that was asked for falls out, and gradients are those of the plain formula."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from lncprom.training import cpu_dropout
from lncprom.training.cpu_dropout import Quick


def heads(rows: int = 3, length: int = 17) -> list[torch.Tensor]:
    torch.manual_seed(1)
    return [torch.randn(rows, 2, length, 8, requires_grad=True) for _ in range(3)]


def test_share_that_falls_out__as_asked_for_and_the_mean_is_kept():
    torch.manual_seed(1)
    for chance in (0.05, 0.1, 0.5):
        with Quick():
            found = functional.dropout(torch.ones(401, 1003), chance)
        assert abs(float((found == 0).float().mean()) - chance) < 0.003
        assert abs(float(found.mean()) - 1) < 0.005
        assert found.unique().numel() == 2


def test_draws__by_the_seed_independent_between_neighbours_and_anew_each_time():
    torch.manual_seed(1)
    with Quick():
        first, second = (functional.dropout(torch.ones(400_000), 0.5) > 0 for _ in range(2))
    torch.manual_seed(1)
    with Quick():
        again = functional.dropout(torch.ones(400_000), 0.5) > 0
    assert (again == first).all()
    assert abs(float((first == second).float().mean()) - 0.5) < 0.005
    for apart in (1, 2, 3, 4, 5):
        assert abs(float((first[apart:] == first[:-apart]).float().mean()) - 0.5) < 0.005


def test_gradient_of_what_fell_out__none_and_of_the_rest_scaled():
    x = torch.ones(1000, requires_grad=True)
    with Quick():
        found = functional.dropout(x, 0.25)
    found.sum().backward()
    assert torch.equal(x.grad, found.detach())


@pytest.mark.parametrize("kind", ["none", "padding", "bias for all rows", "bias for each row"])
def test_attention_with_dropout__the_plain_formula_and_its_gradients(kind):
    q, k, v = heads()
    bias = {
        "none": None,
        "padding": (torch.arange(17) < torch.tensor([17, 12, 3])[:, None])[:, None, None].expand(3, 1, 17, 17),
        "bias for all rows": torch.randn(1, 2, 17, 17),
        "bias for each row": torch.randn(3, 2, 17, 17),
    }[kind]
    torch.manual_seed(2)
    with Quick():
        found = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, dropout_p=0.3)
    torch.manual_seed(2)
    draw = cpu_dropout._Draw(torch.Size((3, 2, 17, 17)), 0.3)
    scores = q @ k.transpose(-1, -2) * 8**-0.5
    if bias is not None:
        scores = scores.masked_fill(~bias, float("-inf")) if bias.dtype == torch.bool else scores + bias
    expected = (scores.softmax(-1) * (draw.lanes > draw.limit) * draw.more) @ v
    torch.testing.assert_close(found, expected)
    weight = torch.randn_like(found)
    ours, plain = (torch.autograd.grad(one, (q, k, v), weight) for one in (found, expected))
    torch.testing.assert_close(ours, plain)


def test_what_it_is_not_made_for__left_to_torch():
    q, k, v = heads()
    for given in ({"dropout_p": 0.0}, {"dropout_p": 0.2, "is_causal": True}):
        torch.manual_seed(1)
        expected = functional.scaled_dot_product_attention(q, k, v, **given)
        torch.manual_seed(1)
        with Quick():
            assert torch.equal(functional.scaled_dot_product_attention(q, k, v, **given), expected)
    x = torch.ones(100, dtype=torch.bfloat16)
    with Quick():
        assert functional.dropout(x, 0.5).dtype == torch.bfloat16
        assert torch.equal(functional.dropout(x, 0.5, training=False), x)
