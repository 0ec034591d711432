"""Checkpoints changed by hand, and the one line that refuses them."""

import json

import pytest

from lncprom.errors import InputError
from lncprom.models import base


def refused(family: str, folder, *words: str, **options) -> str:
    with pytest.raises(InputError) as fault:
        base.load(family, folder, seed=1, options=options)
    message = fault.value.message
    assert "\n" not in message
    for word in words:
        assert word in message, message
    return message


def change_config(folder, **changes) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in config.items() if value != "gone"}))
