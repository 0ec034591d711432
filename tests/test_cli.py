"""Option types: the fault is met before anything is read."""

from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner

from lncprom import cli


def call(kind, value, **options):
    @click.command()
    @click.option("--x", type=kind, **options)
    def command(x):
        click.echo(repr(x))

    return CliRunner().invoke(command, ["--x", str(value)])


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        (cli.NUMBERS, "0.1,1", (0.1, 1.0)),
        (cli.NAMES, "lncRNA,protein_coding", ("lncRNA", "protein_coding")),
        (cli.SHARES, "0.2,0.4,0.4", (0.2, 0.4, 0.4)),
    ],
)
def test_a_list__its_values(kind, text, values):
    assert call(kind, text).output.strip() == repr(values)


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        (cli.NUMBERS, "300,x", "is not a list of numbers"),
        (cli.NUMBERS, "300,,500", "an empty entry"),
        (cli.NUMBERS, "300,300", "repeats a value"),
    ],
)
def test_a_list_with_a_fault__exit_2(kind, text, fault):
    result = call(kind, text)
    assert result.exit_code == 2
    assert fault in result.stderr


@pytest.mark.parametrize("name", ["high_vs_low.300", "gue-tata", "_1", "A"])
def test_name_of_letters_digits_and_marks__kept(name):
    assert call(cli.NAME, name).output.strip() == repr(name)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "../x", ".hidden", "-x", "é", "a\n", "a\tb"])
def test_name_that_cannot_be_a_files__exit_2(name):
    result = call(cli.NAME, name)
    assert result.exit_code == 2
    assert "Error: --x" in result.stderr


@pytest.mark.parametrize("seed", [-1, 2**32, 2**63, 10**30])
def test_seed_that_no_generator_takes__exit_2(seed):
    result = call(cli.SEED, seed)
    assert result.exit_code == 2
    assert "is not in the range 0<=x<=4294967295" in result.stderr


def test_seed__the_same_range_as_in_the_pipeline(root):
    facts = json.loads((root / "nextflow_schema.json").read_text())["$defs"]["models_and_metrics"]["properties"]
    for limits in (facts["seed"], facts["seeds"]["items"]):
        assert (limits["minimum"], limits["maximum"]) == (cli.SEED.min, cli.SEED.max)


def test_input__missing_folder_and_empty_are_refused_by_name(tmp_path):
    (tmp_path / "empty").touch()
    for name, fault in (("gone", "no such file"), (".", "a folder"), ("empty", "empty. Download")):
        result = call(cli.INPUT, tmp_path / name)
        assert result.exit_code == 2
        assert fault in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1


def test_output__a_folder_or_one_without_a_folder_is_refused(tmp_path):
    for name, fault in ((".", "a folder. Give --x the name of a file"), ("no/where", "no folder")):
        result = call(cli.OUTPUT, tmp_path / name)
        assert result.exit_code == 2
        assert fault in result.stderr


def paths(folder, **values):
    """Call a command of two inputs, an output and two folders to write to with these paths in `folder`."""
    kinds = {
        "in": cli.INPUT,
        "also": cli.INPUT,
        "out": cli.OUTPUT,
        "dir": cli.OUTPUT_FOLDER,
        "new": cli.REPLACED_FOLDER,
    }
    command = click.Command("x", params=[click.Option([f"--{name}"], type=kind) for name, kind in kinds.items()])
    command.callback = lambda **_: None
    return CliRunner().invoke(
        command, [part for name, value in values.items() for part in (f"--{name}", folder / value)]
    )


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        ({"in": "a", "out": "a"}, ("--in", "--out")),
        ({"out": "a", "in": "sub/../a"}, ("--out", "--in")),
        ({"in": "a", "out": "link"}, ("--in", "--out")),
        ({"out": "new", "dir": "new"}, ("--out", "--dir")),
        ({"dir": "sub", "new": "sub"}, ("--dir", "--new")),
        ({"new": "sub", "out": "sub/x"}, ("--new", "--out")),
        ({"in": "sub/b", "new": "sub"}, ("--in", "--new")),
    ],
)
def test_a_path_that_one_option_writes_and_another_uses__refused_in_a_line(tmp_path, given, flags):
    (tmp_path / "sub").mkdir()
    for name in ("a", "sub/b"):
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to("a")
    result = paths(tmp_path, **given)
    assert result.exit_code == 2, result.output
    (said,) = result.stderr.strip().splitlines()
    assert said.startswith("Error: ")
    assert all(flag in said for flag in flags)


@pytest.mark.parametrize(
    "given", [{"in": "a", "also": "a"}, {"in": "sub/b", "dir": "sub", "out": "sub/x"}, {"in": "a", "out": "sub/a"}]
)
def test_paths_that_do_not_meet__taken(tmp_path, given):
    (tmp_path / "sub").mkdir()
    for name in ("a", "sub/b"):
        (tmp_path / name).write_text("x")
    result = paths(tmp_path, **given)
    assert result.exit_code == 0, result.output
