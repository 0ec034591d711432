"""Options of the families: read from text, refused by name, the default where left empty."""

from __future__ import annotations

import pytest
import torch

from helpers_models import FAMILIES
from lncprom.errors import InputError
from lncprom.models import base


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lora_rank": 8}, "dnabert: no option lora_rank"),
        ({"maxtokens": 8}, "Did you mean max_tokens?"),
        ({"max_tokens": "many"}, "dnabert, option max_tokens: 'many' is not a valid integer range"),
        ({"max_tokens": 3}, "option max_tokens: 3 is not in the range x>=16"),
        ({"dropout": 1}, "1.0 is not in the range 0<=x<1"),
        ({"dropout": "nan"}, "'nan' is not a number"),
        ({"attention": "flash"}, "'flash' is not one of 'sdpa', 'eager'"),
    ],
)
def test_option_that_is_none__refused_by_name(tiny, options, words):
    with pytest.raises(InputError) as fault:
        base.load("dnabert", tiny("dnabert"), seed=1, options=options)
    assert words in fault.value.message
    assert "\n" not in fault.value.message


def test_option_left_empty__its_default(tiny):
    assert base.load("dnabert", tiny("dnabert"), seed=1, options={"k": "", "dropout": None}).options["k"] is None


def test_dropout__as_the_config_has_it_or_as_asked(tiny):
    for family in FAMILIES:
        folder = tiny(family, dropout=0.1)
        found = {layer.p for layer in dropouts(base.load(family, folder, seed=1, options={}))}
        assert 0.1 in found
        options = {"dropout": 0} | ({"lora_dropout": 0} if family == "nucleotide_transformer" else {})
        model = base.load(family, folder, seed=1, options=options)
        assert {layer.p for layer in dropouts(model)} <= {0}


def dropouts(model) -> list[torch.nn.Dropout]:
    return [layer for layer in model.module.modules() if isinstance(layer, torch.nn.Dropout)]


def test_family_of_no_name__the_nearest_offered():
    with pytest.raises(InputError, match=r"no model family dnabert_2. Did you mean dnabert2"):
        base.load("dnabert_2", None, seed=1)
