"""Dropout while training on a CPU, in a third of the time: four draws to a random number, attention row by row.

torch draws each element by itself, and with dropout leaves its fast attention for one that writes all scores out
several times. Here the model is left as it is: its calls are caught while a batch goes through.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

_LANES, _VALUES = 4, 1 << 16  # of 16 bits in a random number of 64
_keep = torch.ops.aten.threshold_backward  # what a number's place above a threshold keeps; vectorized, unlike masks


class _Draw:
    """A number for each element; those up to `limit` fall out: with `chance`, rounded to 1/65,536."""

    def __init__(self, shape: torch.Size, chance: float) -> None:
        number, fallen = math.prod(shape), round(chance * _VALUES)
        drawn = torch.empty(-(-number // _LANES), dtype=torch.int64).random_(-(2**63), None)
        self.lanes = drawn.view(torch.int16)[:number].view(shape)
        self.limit, self.more = fallen - _VALUES // 2 - 1, _VALUES / (_VALUES - fallen)


class _Dropped(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: torch.Tensor, chance: float) -> torch.Tensor:
        draw = _Draw(x.shape, chance)
        ctx.limit, ctx.more = draw.limit, draw.more
        ctx.save_for_backward(draw.lanes)
        return _keep(x, draw.lanes.float(), draw.limit).mul_(draw.more)

    @staticmethod
    def backward(ctx, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        (lanes,) = ctx.saved_tensors
        return _keep(grad, lanes.float(), ctx.limit).mul_(ctx.more), None


class _Attention(torch.autograd.Function):
    """softmax(q k scale + bias), dropped, times v; (rows, heads, T, width), row by row so that scores stay in cache."""

    @staticmethod
    def forward(ctx, q, k, v, bias: torch.Tensor | None, chance: float, scale: float) -> torch.Tensor:
        draw, found = _Draw((*q.shape[:3], k.shape[2]), chance), torch.empty_like(q)
        ctx.limit, ctx.more, ctx.scale = draw.limit, draw.more, scale
        ctx.save_for_backward(q, k, v, bias, draw.lanes)
        for row in range(len(q)):
            attention = _weights(q[row], k[row], _of(bias, row), scale)
            dropped = _keep.grad_input(attention, draw.lanes[row].float(), draw.limit, grad_input=attention)
            found[row] = dropped @ v[row]
        return found.mul_(draw.more)

    @staticmethod
    def backward(ctx, grad: torch.Tensor):
        q, k, v, bias, lanes = ctx.saved_tensors
        to_q, to_k, to_v = torch.empty_like(q), torch.empty_like(k), torch.empty_like(v)
        grad = grad * ctx.more
        for row in range(len(q)):
            number = lanes[row].float()
            attention = _weights(q[row], k[row], _of(bias, row), ctx.scale)
            to_v[row] = _keep(attention, number, ctx.limit).transpose(-1, -2) @ grad[row]
            found = grad[row] @ v[row].transpose(-1, -2)
            found = _keep.grad_input(found, number, ctx.limit, grad_input=found)
            found = torch._softmax_backward_data(found, attention, -1, attention.dtype)
            to_q[row], to_k[row] = found @ k[row], found.transpose(-1, -2) @ q[row]
        return to_q.mul_(ctx.scale), to_k.mul_(ctx.scale), to_v, None, None, None


def _weights(q: torch.Tensor, k: torch.Tensor, bias: torch.Tensor | None, scale: float) -> torch.Tensor:
    scores = (q * scale) @ k.transpose(-1, -2)
    if bias is not None:
        scores = scores.masked_fill_(~bias, float("-inf")) if bias.dtype == torch.bool else scores.add_(bias)
    return scores.softmax(dim=-1)


def _of(bias: torch.Tensor | None, row: int) -> torch.Tensor | None:
    """A row's part of what is added to scores; one part may hold for all rows."""
    return None if bias is None else bias[row if len(bias) > 1 else 0]


def _dropout(x: torch.Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> torch.Tensor | None:
    if not training or inplace or not 0 < p < 1 or x.dtype != torch.float32:
        return None
    return _Dropped.apply(x, p)


def _attention(q, k, v, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    learned = attn_mask is not None and attn_mask.requires_grad
    if not 0 < dropout_p < 1 or is_causal or enable_gqa or learned or q.dtype != torch.float32 or q.ndim != 4:
        return None
    return _Attention.apply(q, k, v, attn_mask, dropout_p, q.shape[-1] ** -0.5 if scale is None else scale)


_OURS = {functional.dropout: _dropout, functional.scaled_dot_product_attention: _attention}


class Quick(TorchFunctionMode):
    """Within, dropout of fp32 tensors is this module's, that of attention too."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        found = _OURS[func](*args, **kwargs) if func in _OURS else None
        return func(*args, **kwargs) if found is None else found
