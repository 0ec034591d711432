"""The models at the size in which they are published: how many weights, and, if asked for, a real load and pass."""

from __future__ import annotations

import os

import pytest
import torch

import tiny_checkpoints
from helpers_models import FAMILIES, logits, random_dna
from lncprom.models import base


def normed(width: int) -> int:
    return 2 * width


def linear(source: int, target: int, bias: bool = True) -> int:
    return target * (source + bias)


def encoder(layers: int, width: int, inner: int) -> int:
    layer = 4 * linear(width, width) + linear(width, inner) + linear(inner, width) + 2 * normed(width)
    return layers * layer


# Counted from the published sizes: embeddings, layers, what follows, head of two classes.
WEIGHTS = {
    "dnabert": (69 + 512 + 2) * 768 + normed(768) + encoder(12, 768, 3072) + linear(768, 768) + linear(768, 2),
    "dnabert2": (4096 + 2) * 768
    + normed(768)
    + 12 * (4 * linear(768, 768) + linear(768, 6144, bias=False) + linear(3072, 768) + 2 * normed(768))
    + linear(768, 768)
    + linear(768, 2),
    "nucleotide_transformer": (4105 + 1002) * 1280
    + encoder(24, 1280, 5120)
    + normed(1280)
    + linear(24 * 20, 1)
    + linear(1280, 1280)
    + linear(1280, 2),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_published_size__number_of_weights_counted_by_hand(tmp_path, family):
    folder = tiny_checkpoints.write(tmp_path / family, family)
    cls = base.family_class(family)
    tiny = cls.load(folder, seed=1, options={"lora_r": 0} if family == "nucleotide_transformer" else {})
    with torch.device("meta"):
        module = cls._build(tiny.config | tiny_checkpoints.PUBLISHED[family], tiny.vocabulary, tiny.options)
    assert sum(weight.numel() for weight in module.parameters()) == WEIGHTS[family]
    assert round(WEIGHTS[family] / 1e6) == {"dnabert": 86, "dnabert2": 117, "nucleotide_transformer": 480}[family]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.skipif(not os.environ.get("LNCPROM_FULL_SIZE"), reason="5 GB and a minute: set LNCPROM_FULL_SIZE=1")
def test_published_size_with_random_weights__loads_and_computes(tmp_path, family):
    folder = tiny_checkpoints.write(tmp_path / family, family, **tiny_checkpoints.PUBLISHED[family])
    model = base.load(family, folder, seed=1)
    found = logits(model, random_dna(300, 280))
    assert found.shape == (2, 2)
    assert torch.isfinite(found).all()
