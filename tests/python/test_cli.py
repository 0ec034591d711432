"""Option types: the fault is met before anything is read."""

from __future__ import annotations

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
        (cli.INTEGERS, "300, 500", (300, 500)),
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
        (cli.INTEGERS, "300,x", "is not a list of whole numbers"),
        (cli.INTEGERS, "300,,500", "an empty entry"),
        (cli.INTEGERS, "300,300", "names something twice"),
    ],
)
def test_a_list_with_a_fault__exit_2(kind, text, fault):
    result = call(kind, text)
    assert result.exit_code == 2
    assert fault in result.stderr


def test_input__missing_folder_and_empty_are_refused_by_name(tmp_path):
    (tmp_path / "empty").touch()
    for name, fault in (("gone", "no such file"), (".", "a folder"), ("empty", "empty; was its download")):
        result = call(cli.INPUT, tmp_path / name)
        assert result.exit_code == 2
        assert fault in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1


def test_output__a_folder_or_one_without_a_folder_is_refused(tmp_path):
    for name, fault in ((".", "a folder, --x takes the name of a file"), ("no/where", "there is no folder")):
        result = call(cli.OUTPUT, tmp_path / name)
        assert result.exit_code == 2
        assert fault in result.stderr
