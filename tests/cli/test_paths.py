"""Every step: no file that it writes may be one that it reads, or another one that it writes."""

from __future__ import annotations

import importlib
from itertools import product
from pathlib import Path

import click
import pytest

from lncprom import cli

PRINTING = ("versions", "check_published")
SCRIPTS = sorted(path.stem for path in (Path(__file__).parents[2] / "bin").glob("*.py") if path.stem not in PRINTING)


def options_of(script: str, *types) -> list[str]:
    """Flags of a script's options of these types."""
    params = importlib.import_module(script).main.params
    return [param.opts[0] for param in params if isinstance(param, click.Option) and param.type in types]


def test_scripts__each_writes_through_the_types_that_are_checked():
    assert len(SCRIPTS) > 10
    for script in SCRIPTS:
        assert options_of(script, cli.OUTPUT, cli.REPLACED_FOLDER), script


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_output_onto_any_input__refused_and_the_input_kept(step, refused, tmp_path, script):
    path = tmp_path / "mine"
    path.write_text("the only copy")
    for given, taken in product(options_of(script, cli.INPUT), options_of(script, cli.OUTPUT)):
        result = step(script, given, path, taken, tmp_path / "." / "mine")
        refused(result, str(path), given, taken, "would be overwritten", nothing_in=tmp_path, but=("mine",))
        assert path.read_text() == "the only copy"


@pytest.mark.parametrize("script", SCRIPTS)
def test_two_outputs_onto_one_path__refused(step, refused, tmp_path, script):
    outputs = options_of(script, cli.OUTPUT, cli.OUTPUT_FOLDER, cli.REPLACED_FOLDER)
    for one, other in product(outputs, outputs):
        if one != other:
            result = step(script, one, tmp_path / "out", other, tmp_path / "out")
            refused(result, one, other, "both would write it", nothing_in=tmp_path)


@pytest.mark.parametrize("option", ["--predictions", "--training", "--card", "--dataset", "--upstream", "--checkpoint"])
def test_finetune_with_a_file_inside_the_folder_that_it_replaces__refused(step, refused, tmp_path, option):
    inside = tmp_path / "model" / "mine"
    inside.parent.mkdir()
    if option == "--checkpoint":
        inside.mkdir()
    else:
        inside.write_text("the only copy")
    refused(step("finetune", "--out-dir", tmp_path / "model", option, inside), "--out-dir", option)
    assert inside.exists()


def test_finetune_that_would_keep_its_state_in_the_folder_that_it_replaces__refused(step, refused, tmp_path):
    folder = tmp_path / "model"
    result = step("finetune", "--out-dir", folder, "--checkpoint-dir", folder / "state")
    refused(result, "--out-dir", "--checkpoint-dir", nothing_in=tmp_path)
