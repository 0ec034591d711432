"""Inputs that several tests of the report share."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from click.testing import CliRunner

import helpers_importance as made

METHODS = ("attention", "attention_all", "integrated_gradients", "occlusion")


@pytest.fixture(scope="session")
def importance_folder(tmp_path_factory) -> Path:
    """The output of profile_importance for a model whose attention alone misses what the model uses."""
    given = tmp_path_factory.mktemp("given")
    arguments = [*made.make(given, per_class=8, seeds=(1,), methods=METHODS), "--bootstrap", "100"]
    made.curves(METHODS, falls={"attention": 1.0}).write_csv(given / "c1.tsv", separator="\t")
    out = tmp_path_factory.mktemp("importance")
    to = ["--sample", "n05", "--out-dir", str(out / f"{made.NAME}.{made.MODEL}"), "--card", str(given / "card.json")]
    main = importlib.import_module("profile_importance").main
    result = CliRunner().invoke(main, [*arguments, *to])
    assert result.exit_code == 0, result.output
    return out
