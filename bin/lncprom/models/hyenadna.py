"""HyenaDNA: one token a base, and windows of up to a million bases read whole (Nguyen et al. 2023)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import click
import torch

from lncprom.errors import InputError
from lncprom.models import checkpoints, encoder, hyena, letters
from lncprom.models.base import Option, SelfAttention
from lncprom.models.vocabulary import Kmers

_IDS, _PAD = {"A": 7, "C": 8, "G": 9, "T": 10, "N": 11}, 4  # published code has them, no file of a checkpoint


def single_bases(path: None, tokens: int) -> Kmers:
    """The vocabulary of every HyenaDNA, without special tokens, as its authors fine-tune it."""
    if tokens <= max(_IDS.values()):
        raise ValueError(f"vocab_size is {tokens}, a HyenaDNA has 12 tokens")
    return Kmers(1, [_IDS[base] for base in letters.ORDER], pad=_PAD, unknown=_IDS["N"])


class HyenaDNA(encoder.Encoder):
    name = "hyenadna"
    MODEL_TYPE, ENCODER, VOCABULARY = "hyenadna", "hyena", None
    read_vocabulary = staticmethod(single_bases)
    HEAD = ("classifier.",)
    UNUSED = (r"lm_head\.", r"score\.", r".*\.implicit_filter\.[35]\.freq$")
    OPTIONS: ClassVar[Mapping[str, Option]] = {
        "pooling": Option("mean", click.Choice(hyena.POOLING)),
        **{name: encoder.Encoder.OPTIONS[name] for name in ("max_tokens", "dropout")},
    }
    rate = 6e-4  # of the authors' fine-tuning

    @classmethod
    def _build(cls, config: dict, words: Kmers, options: dict) -> torch.nn.Module:
        if options["dropout"] is not None:
            config = config | {"embed_dropout": options["dropout"]}
        return hyena.HyenaDNAForSequenceClassification(hyena.settings(config, pooling=options["pooling"]))

    @classmethod
    def _check_weights(cls, tensors: Mapping[str, torch.Tensor], folder: Path) -> None:
        """The three sines of a filter are one: some files hold it three times."""
        for name, tensor in tensors.items():
            first = name.replace("filter.3.freq", "filter.1.freq").replace("filter.5.freq", "filter.1.freq")
            if first != name and not (first in tensors and torch.equal(tensors[first], tensor)):
                raise InputError(f"{folder}: {name} differs from {first}; in a HyenaDNA they are one weight")

    def _positions(self) -> int:
        return self.module.sizes.max_seq_len

    def decays(self, name: str, weight: torch.nn.Parameter) -> bool:
        return super().decays(name, weight) and ".filter_fn." not in name  # as the authors train

    def redraw(self, seed: int) -> None:
        """As the authors draw them: the ends of a layer smaller the more layers there are."""
        spread = encoder.spread(self.config)
        checkpoints.draw([self.module], seed, spread)
        random = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for layer in self._inner["backbone"]["layers"]:
                for part in (layer.mixer.out_proj, layer.mlp["fc2"]):
                    part.weight /= (2 * self.module.sizes.n_layer) ** 0.5
                short, filters = layer.mixer.short_filter, layer.mixer.filter_fn
                bound = short.weight.shape[-1] ** -0.5
                for weight in short.parameters():
                    weight.copy_((2 * torch.rand(weight.shape, generator=random) - 1) * bound)
                filters.bias.copy_(torch.randn(filters.bias.shape, generator=random))
                filters.implicit_filter["1"].freq.fill_(self.module.sizes.activation_freq)

    def self_attentions(self) -> list[SelfAttention]:
        return []

    def layers(self) -> list[torch.nn.Module]:
        parts = self._inner["backbone"]
        return [self.embedding(), *parts["layers"][:-1], parts["ln_f"]]

    def embedding(self) -> torch.nn.Module:
        return self._inner["backbone"]["embeddings"]["word_embeddings"]
