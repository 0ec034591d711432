"""What tests of explanations share: tiny models that have learned something, and a model that a person can compute."""

from __future__ import annotations

import copy
import functools
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

import tiny_checkpoints
from helpers_models import learn, random_dna
from lncprom.attribution import methods
from lncprom.attribution.explained_model import Network
from lncprom.inference import device
from lncprom.models import base

ENCODERS = ("dnabert", "dnabert2", "nucleotide_transformer", "nucleotide_transformer_v2")
ALL = ("cnn", *ENCODERS, "hyenadna")


@functools.cache
def trained(family: str, **options) -> base.Family:
    """A model of the family after a few steps of training, so that norms, biases and adapters are at no first value.

    One for all tests, which leave it as it is.
    """
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = None if family == "cnn" else tiny_checkpoints.write(Path(folder) / family, family)
        model = base.load(family.removesuffix("_v2"), checkpoint, seed=1, options=options)
    torch.manual_seed(0)
    learn(model, random_dna(40, 50, 33, 45, seed=9))
    model.module.eval()
    return model


def network(family: str, truncation: str = "tss", batch: int = 16, max_tokens: int | None = None, **options) -> Network:
    model = copy.copy(trained(family, **options))
    model.max_tokens = max_tokens or model.max_tokens
    return Network(model, truncation, device.choose(threads=1), batch)


def rows(model: Network, texts: Sequence[str], tss_index: int | None = 20):
    return model.rows(texts, [f"s{at}" for at in range(len(texts))], tss_index)


WORTH = {"A": 1.0, "C": 2.0, "G": 4.0, "T": 8.0, "N": 0.0}


class Additive:
    """A logit that is the sum of one worth for each base and place: A counts 1, C 2, G 4, T 8, times the place's."""

    has = frozenset({methods.SEQUENCES})
    notes = ()

    def __init__(self, place: Sequence[float], first: int = 0) -> None:
        self.place, self.first = np.asarray(place, float), first
        self.asked = 0

    def logit(self, texts, names, tss_index) -> np.ndarray:
        self.asked += len(texts)
        table = np.zeros(256)
        table[[ord(letter) for letter in WORTH]] = list(WORTH.values())
        worth = table[np.frombuffer("".join(texts).encode(), np.uint8)].reshape(len(texts), -1)
        return (worth * self.place)[:, self.first :].sum(axis=1)

    def seen(self, texts, names, tss_index) -> np.ndarray:
        return np.array([[self.first, len(text)] for text in texts])
