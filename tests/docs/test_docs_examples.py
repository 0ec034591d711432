"""The examples of the docs run as printed, and their files have the fields that the docs describe."""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from helpers_docs import ROOT, cells, fenced, imported_make_docs, read_pages, section

PAGES = read_pages()
STEPS_PAGE = PAGES["docs/reference/steps.md"]


@pytest.fixture(scope="module")
def make_docs():
    with imported_make_docs() as module:
        yield module


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Call a command in a folder with assets/ and tests/, with the scripts of bin/ and this Python on PATH."""
    folder = tmp_path_factory.mktemp("docs")
    for part in ("assets", "tests"):
        (folder / part).symlink_to(ROOT / part)
    programs = folder / "programs"
    programs.mkdir()
    for name in ("python", "python3"):
        (programs / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        (programs / name).chmod(0o755)

    def call(*words: str) -> subprocess.CompletedProcess:
        environment = os.environ | {"PATH": f"{ROOT / 'bin'}:{programs}:{os.environ['PATH']}"}
        environment |= {"PYTHONPATH": str(ROOT / "bin"), "HF_HUB_OFFLINE": "1"}
        return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    call.folder = folder
    return call


@pytest.fixture(scope="module")
def ran(shell) -> Path:
    """The folder with everything that the examples of docs/reference/steps.md wrote, run in their order."""
    for step in re.findall(r"^## (\w+)$", STEPS_PAGE, re.MULTILINE):
        for block in fenced(section(STEPS_PAGE, step), "bash"):
            result = shell("bash", "-euo", "pipefail", "-c", block)
            assert result.returncode == 0, f"{block}\n{result.stderr}"
    return shell.folder


def records(folder: Path) -> list[dict]:
    """Every provenance record that the examples wrote, including those of earlier steps."""
    found = [json.loads(path.read_text()) for path in folder.glob("out/**/*.json")]
    found = [record for record in found if "step" in record]
    return [earlier for record in found for earlier in [*record["upstream"], record]]


def described(page: str, title: str) -> list[str]:
    """First column of the tables in a section."""
    return [row[0].strip("`") for row in cells(section(PAGES[page], title))]


def test_examples__one_for_each_step_in_the_order_of_the_data(make_docs):
    titles = re.findall(r"^## (\w+)$", STEPS_PAGE, re.MULTILINE)
    assert titles == [step for step in make_docs.STEPS if step not in make_docs.APPLIED]  # those: howto/apply.md
    for title in titles:
        assert f"\n{title}.py " in "\n" + fenced(section(STEPS_PAGE, title), "bash")[0]


def test_errors_in_the_docs__word_for_word_with_status_2_and_no_file(shell):
    shown = fenced(PAGES["docs/howto/resume.md"], "console")
    assert len(shown) == 2
    for block in shown:
        command, error = block.removeprefix("$ ").rstrip("\n").split("\n")
        before = set(shell.folder.iterdir())
        result = shell("bash", "-c", command)
        assert (result.returncode, result.stderr, result.stdout) == (2, error + "\n", "")
        assert set(shell.folder.iterdir()) == before


@pytest.mark.full
def test_examples__run_and_end_in_a_report(make_docs, ran):
    assert (ran / "out" / "report.html").read_text().rstrip().endswith("</html>")
    assert {record["step"] for record in records(ran)} == set(make_docs.STEPS) - {
        "report",
        "summarise_cost",
        *make_docs.APPLIED,
    }


@pytest.mark.full
@pytest.mark.parametrize(
    ("made", "step", "published"),
    [
        ("expression_300.cnn.model", "finetune", "models/<run>.model"),
        ("importance/expression_300.cnn", "profile_importance", "importance/<dataset>.<model>"),
        ("motifs/expression_300.cnn", "compare_motifs", "motifs/<dataset>.<model>"),
    ],
)
def test_files_of_a_folder__each_in_the_docs(make_docs, ran, made, step, published):
    known = [file for file in make_docs.published() if file.step == step]
    place = re.sub(r"<\w+>", "x", published)
    folder = ran / "out" / made
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert [path for path in files if not any(f.matches(f"{place}/{path.relative_to(folder)}") for f in known)] == []


@pytest.mark.full
def test_fields_of_files_with_explanations_and_models__those_in_the_docs(ran):
    importance = ran / "out" / "importance" / "expression_300.cnn"
    columns = described("docs/reference/tables_importance.md", "matrix.tsv.gz")
    matrix = gzip.decompress((importance / "integrated_gradients.matrix.tsv.gz").read_bytes()).decode()
    header = matrix.partition("\n")[0].split("\t")
    assert header[: len(columns)] == columns
    assert [int(name) for name in header[len(columns) :]] == list(range(-249, 51))
    promoters = json.loads((importance / "promoters.json").read_text())
    assert [list(promoter) for promoter in promoters] == [
        described("docs/reference/tables_importance.md", "promoters.json")
    ] * 10
    model = json.loads((ran / "out" / "expression_300.model" / "model.json").read_text())
    assert {*model} == {*described("docs/reference/tables_training.md", "model.json")}


@pytest.mark.full
def test_example_in_python__two_probabilities(ran, shell):
    (block,) = fenced(STEPS_PAGE, "python")
    result = shell("python", "-c", block)
    assert result.returncode == 0, result.stderr
    numbers = [float(word) for word in result.stdout.strip("[]\n ").split()]
    assert len(numbers) == 2
    assert all(0 < number < 1 for number in numbers)


@pytest.mark.full
def test_fields_and_counts_of_provenance__those_in_the_docs(ran):
    fields, _, counts = section(PAGES["docs/reference/cards.md"], "Cards").partition("`counts` by step")
    found = records(ran)
    assert {field for record in found for field in record} == {row[0].strip("`") for row in cells(fields)}
    known = {
        (step.strip("`"), name.strip("`"))
        for row in cells(counts)
        for step in row[0].split(", ")
        for name in row[1].split(", ")
    }
    counted = {(record["step"], name) for record in found for name in record["counts"] if ".on." not in name}
    assert counted <= known  # evaluate_transfer counts by pair
