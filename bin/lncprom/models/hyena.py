"""HyenaDNA with a head, with the names that its published weights have: long convolutions in place of attention.

Each layer's filter is as long as the sequence; a small network makes it from the positions. A base sees what lies
before it, never what lies behind it.

Source: Nguyen et al. 2023, https://arxiv.org/abs/2306.15794; Poli et al. 2023, https://arxiv.org/abs/2302.10866
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional

from lncprom.models.layers import Output, read_settings
from lncprom.models.pooling import pooled

POOLING = ("mean", "last", "max")
_FLOOR = 0.05  # of the decay of a filter with the distance
_DECAYED, _SLOWEST, _FASTEST = (
    0.01,
    1.5,
    0.3,
)  # the first channel's filter decays so far in 1.5 lengths, the last in 0.3


class Settings(NamedTuple):
    """The entries of a config.json that shape a model, under their published names."""

    d_model: int
    n_layer: int
    d_inner: int
    max_seq_len: int
    vocab_size: int = 12
    pad_vocab_size_multiple: int = 8
    emb_dim: int = 5  # numbers that describe a position
    filter_order: int = 64  # width of the network that makes a filter
    num_inner_mlps: int = 2
    short_filter_order: int = 3
    activation_freq: int = 10  # of its sines, before training
    layer_norm_epsilon: float = 1e-5
    embed_dropout: float = 0.1
    pooling: str = "mean"
    num_labels: int = 2


def settings(config: Mapping[str, object], **fixed: object) -> Settings:
    """Settings of a config.json, see `layers.settings`."""
    fractions = ("layer_norm_epsilon", "embed_dropout")
    sizes = [name for name in Settings._fields if name not in (*fractions, "pooling")]
    found = read_settings(Settings, config, fixed, sizes, fractions)
    for name, only in (("hyena_order", 2), ("use_bias", True)):
        if config.get(name, only) != only:
            raise ValueError(f"{name} is {config[name]!r}, the published models' is {only}")
    if found.emb_dim < 3 or found.emb_dim % 2 == 0:
        raise ValueError(f"emb_dim is {found.emb_dim}, not an odd number of at least 3")
    return found


def fast_length(least: int) -> int:
    """A length of at least so much, mostly a power of 2, for which a Fourier transform is fast.

    >>> fast_length(599), fast_length(3999), fast_length(1)
    (600, 4096, 1)
    """
    return min(odd << max(0, math.ceil(math.log2(least / odd))) for odd in (1, 3, 5, 9, 15, 25, 27, 45, 75))


def causal_convolution(x: torch.Tensor, filters: torch.Tensor) -> torch.Tensor:
    """(rows, channels, T): x, of the same shape, convolved with each channel's filter (channels, T), in float32."""
    length = x.shape[-1]
    size = fast_length(2 * length - 1)  # so long that the end does not run into the start
    return torch.fft.irfft(torch.fft.rfft(x, size) * torch.fft.rfft(filters, size), size)[..., :length]


class Positions(nn.Module):
    """Of each position a number from 0 to 1, and that with cosines and sines of it; a checkpoint has its own."""

    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        longest, bands = sizes.max_seq_len, (sizes.emb_dim - 1) // 2
        self.t = nn.Buffer(torch.linspace(0, 1, longest)[None, :, None])
        angles = torch.arange(longest)[:, None] * (2 * math.pi / longest) * torch.linspace(1e-4, bands - 1, bands)
        self.z = nn.Buffer(torch.cat([self.t, angles.cos()[None], -angles.sin()[None]], dim=-1))


class Modulation(nn.Module):
    """How fast each channel's filter decays with the distance; a checkpoint has its own."""

    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        ends = (math.log(_DECAYED) / lengths for lengths in (_SLOWEST, _FASTEST))
        self.deltas = nn.Buffer(torch.linspace(*ends, sizes.d_model)[None, None])


class Sine(nn.Module):
    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        self.freq = nn.Parameter(torch.full((1, sizes.filter_order), float(sizes.activation_freq)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sin(self.freq * x)


class Filter(nn.Module):
    """The filters of all channels, and the weight of each base itself (`bias`)."""

    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        width, inner = sizes.filter_order, sizes.num_inner_mlps
        parts = {"0": nn.Linear(sizes.emb_dim, width), "1": Sine(sizes)}  # one sine for all, 3 and 5 in other copies
        parts |= {str(2 * at): nn.Linear(width, width) for at in range(1, inner + 1)}
        parts[str(2 * inner + 2)] = nn.Linear(width, sizes.d_model, bias=False)
        self.implicit_filter = nn.ModuleDict(parts)
        self.pos_emb, self.modulation = Positions(sizes), Modulation(sizes)
        self.bias = nn.Parameter(torch.empty(sizes.d_model))

    def forward(self, length: int) -> torch.Tensor:
        """(channels, length)"""
        sine = self.implicit_filter["1"]
        first, *others = (part for part in self.implicit_filter.values() if part is not sine)
        found = first(self.pos_emb.z[:, :length])
        for part in others:
            found = part(sine(found))
        decay = torch.exp(-self.pos_emb.t[:, :length] * self.modulation.deltas.abs())
        return (found * (decay + _FLOOR))[0].T


class ShortFilter(nn.Module):
    """Each channel convolved with three weights of its own, as shifted products: faster on CPUs than Conv1d."""

    def __init__(self, channels: int, order: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(channels, 1, order)), nn.Parameter(torch.empty(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        length, order = x.shape[-1], self.weight.shape[-1]
        before, found = functional.pad(x, (order - 1, 0)), self.bias[:, None]
        for at in range(order):
            found = torch.addcmul(found, self.weight[..., at], before[..., at : at + length])
        return found


class Mixer(nn.Module):
    """Two gates around a long convolution, in the place that attention has elsewhere."""

    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        width = sizes.d_model
        self.in_proj, self.out_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.short_filter = ShortFilter(3 * width, sizes.short_filter_order)
        self.filter_fn = Filter(sizes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        after, before, x = self.short_filter(self.in_proj(x).transpose(1, 2)).chunk(3, dim=1)
        with torch.autocast(x.device.type, enabled=False):  # there is no Fourier transform of bf16
            x = (x * before).float()
            x = causal_convolution(x, self.filter_fn(x.shape[-1])) + x * self.filter_fn.bias[:, None]
        return self.out_proj((x * after).transpose(1, 2))


class Layer(nn.Module):
    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        width, eps = sizes.d_model, sizes.layer_norm_epsilon
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=eps), nn.LayerNorm(width, eps=eps)
        self.mixer = Mixer(sizes)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, sizes.d_inner), "fc2": nn.Linear(sizes.d_inner, width)})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.mixer(self.norm1(x))
        return x + self.mlp["fc2"](functional.gelu(self.mlp["fc1"](self.norm2(x)), approximate="tanh"))


class HyenaDNAForSequenceClassification(nn.Module):
    """A linear map of what stands for the sequence: the mean over all bases, their maximum, or the last base."""

    def __init__(self, sizes: Settings) -> None:
        super().__init__()
        rows = -(-sizes.vocab_size // sizes.pad_vocab_size_multiple) * sizes.pad_vocab_size_multiple
        words = nn.ModuleDict({"word_embeddings": nn.Embedding(rows, sizes.d_model)})
        layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.n_layer))
        norm = nn.LayerNorm(sizes.d_model, eps=sizes.layer_norm_epsilon)
        parts = {"embeddings": words, "layers": layers, "ln_f": norm}
        self.sizes, self.hyena = sizes, nn.ModuleDict({"backbone": nn.ModuleDict(parts)})
        self.dropout = nn.Dropout(sizes.embed_dropout)
        self.classifier = nn.Linear(sizes.d_model, sizes.num_labels)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None) -> Output:
        parts = self.hyena["backbone"]
        x = self.dropout(parts["embeddings"]["word_embeddings"](input_ids))
        for layer in parts["layers"]:
            x = layer(x)
        mask = None if attention_mask is None else attention_mask.bool()
        return Output(self.classifier(pooled(parts["ln_f"](x), mask, self.sizes.pooling)), None)
