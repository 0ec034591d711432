"""The examples of the docs run, and what they write has the columns and fields that the docs tell."""

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

TSVS = {
    "metrics.tsv": "out/metrics/expression_300.tsv",
    "curves.tsv": "out/curves/expression_300.tsv",
    "composition.tsv": "out/composition/expression_300.tsv",
    "kmers.tsv": "out/kmers/expression_300.tsv",
    "tpm.tsv": "out/tpm.tsv",
    "seeds.tsv": "out/seeds/expression_300.tsv",
    "comparisons.tsv": "out/comparisons/expression_300.tsv",
    "training.tsv": "out/training/expression_300.cnn.tsv",
    "deletion.tsv": "out/expression_300.cnn.deletion.tsv",
    "cost.tsv": "out/cost.tsv",
    "heads.tsv": "out/expression_300.cnn.heads.tsv",
    **{f"{name}.tsv": f"out/importance/expression_300.cnn/{name}.tsv" for name in ("profile", "shares", "audit")},
    **{
        f"{name}.tsv": f"out/motifs/expression_300.cnn/{name}.tsv"
        for name in ("motifs", "hits", "elements", "enrichment", "seqlets")
    },
}
MODELS_PYTHON = ROOT / ".venv-gpu" / "bin" / "python"


@pytest.fixture(scope="module")
def make_docs():
    with imported_make_docs() as module:
        yield module


@pytest.fixture(scope="module")
def pages():
    return read_pages()


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A folder with assets/ and tests/, and the environment of docs/reference/steps.md: `shell(words)` runs them there.

    With `models=True` in the environment of the language models.
    """
    folder = tmp_path_factory.mktemp("docs")
    for part in ("assets", "tests"):
        (folder / part).symlink_to(ROOT / part)
    for kind, interpreter in (("python", sys.executable), ("python-models", MODELS_PYTHON)):
        place = folder / kind  # the interpreters, under the names that users type
        place.mkdir()
        for name in ("python", "python3"):
            (place / name).write_text(f'#!/bin/sh\nexec {shlex.quote(str(interpreter))} "$@"\n')
            (place / name).chmod(0o755)

    def call(*words: str, models: bool = False) -> subprocess.CompletedProcess:
        places = map(str, (ROOT / "bin", folder / ("python-models" if models else "python")))
        environment = os.environ | {"PATH": os.pathsep.join([*places, os.environ["PATH"]])}
        environment |= {"PYTHONPATH": str(ROOT / "bin"), "HF_HUB_OFFLINE": "1"}
        return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    call.folder = folder
    return call


@pytest.fixture(scope="module")
def need_models(root):
    """Steps that run in the environment of the language models, by the label of their modules."""
    modules = {path.parent.name: path.read_text() for path in (root / "modules/local").glob("*/main.nf")}
    return {step for step, text in modules.items() if "label 'language_models'" in text}


@pytest.fixture(scope="module")
def ran(pages, shell, need_models):
    """The folder that the examples of docs/reference/steps.md wrote to, run in order in the environments they name."""
    if not MODELS_PYTHON.exists():
        pytest.skip("no .venv-gpu, which half of the examples need: make venv-gpu")
    text = pages["docs/reference/steps.md"]
    for step in re.findall(r"^## (\w+)$", text, re.MULTILINE):
        for block in fenced(section(text, step), "bash"):
            result = shell("bash", "-euo", "pipefail", "-c", block, models=step in need_models)
            assert result.returncode == 0, f"{block}\n{result.stderr}"
    return shell.folder


def cards(folder: Path) -> list[dict]:
    """Every record in every card that the examples wrote, earlier steps' too."""
    found = [json.loads(path.read_text()) for path in folder.glob("out/**/*.json")]
    found = [card for card in found if "step" in card]
    return [record for card in found for record in [*card["upstream"], card]]


def test_examples__one_for_each_step_in_the_order_of_the_data(make_docs, pages):
    titles = re.findall(r"^## (\w+)$", pages["docs/reference/steps.md"], re.MULTILINE)
    assert titles == list(make_docs.STEPS)
    for title in titles:
        assert f"\n{title}.py " in "\n" + fenced(section(pages["docs/reference/steps.md"], title), "bash")[0]


def test_examples__run_and_end_in_a_report(make_docs, ran):
    assert (ran / "out" / "report.html").read_text().rstrip().endswith("</html>")
    assert {card["step"] for card in cards(ran)} == set(make_docs.STEPS) - {"report", "summarise_cost"}


def test_examples__the_environment_of_each_step_as_the_page_says(pages, need_models):
    told = re.search(r"`\.venv` is enough for all but (.*?)\.\n", pages["docs/reference/steps.md"], re.DOTALL)[1]
    assert set(re.findall(r"`(\w+)`", told)) == need_models


def test_examples__probabilities_of_a_fasta(ran):
    lines = (ran / "out" / "promoters.tsv").read_text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["id", *(f"promoter_{at}" for at in range(1, 5))]


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


def test_columns_of_a_matrix__those_of_the_file(pages, ran):
    told = [row[0].strip("`") for row in cells(section(pages["docs/reference/tables_importance.md"], "matrix.tsv.gz"))]
    path = ran / "out/importance/expression_300.cnn/integrated_gradients.matrix.tsv.gz"
    header = gzip.decompress(path.read_bytes()).decode().partition("\n")[0].split("\t")
    assert header[: len(told)] == told
    assert [int(name) for name in header[len(told) :]] == list(range(-249, 51))


def test_fields_of_a_promoter__those_of_the_file(pages, ran):
    told = [row[0].strip("`") for row in cells(section(pages["docs/reference/tables_importance.md"], "promoters.json"))]
    shown = json.loads((ran / "out/importance/expression_300.cnn/promoters.json").read_text())
    assert [list(promoter) for promoter in shown] == [told] * 10


def test_example_in_python__two_probabilities(pages, ran, shell):
    (block,) = fenced(pages["docs/reference/steps.md"], "python")
    result = shell("python", "-c", block)
    assert result.returncode == 0, result.stderr
    numbers = [float(word) for word in result.stdout.strip("[]\n ").split()]
    assert len(numbers) == 2
    assert all(0 < number < 1 for number in numbers)


def test_errors_shown__word_for_word_with_status_2_and_nothing_left(pages, shell):
    shown = fenced(pages["docs/howto/resume.md"], "console")
    assert len(shown) == 2
    for block in shown:
        command, error = block.removeprefix("$ ").rstrip("\n").split("\n")
        before = set(shell.folder.iterdir())
        result = shell("bash", "-c", command)
        assert (result.returncode, result.stderr, result.stdout) == (2, error + "\n", "")
        assert set(shell.folder.iterdir()) == before


@pytest.mark.parametrize("name", TSVS)
def test_columns_of_a_tsv__those_that_the_step_writes(pages, ran, name):
    page = next(text for text in pages.values() if f"\n## {name}\n" in text)
    told = [row[0].strip("`") for row in cells(section(page, name))]
    assert told == (ran / TSVS[name]).read_text().partition("\n")[0].split("\t")


def test_fields_of_the_model__those_of_the_file(pages, ran):
    told = [row[0].strip("`") for row in cells(section(pages["docs/reference/tables_models.md"], "model.json"))]
    assert told == list(json.loads((ran / "out" / "expression_300.model" / "model.json").read_text()))


def test_fields_of_cards__each_in_the_docs_and_each_of_the_docs_in_the_code(root, pages, ran):
    first, _, second = section(pages["docs/reference/cards.md"], "Cards").partition("`counts` by step")
    fields = {row[0].strip("`") for row in cells(first)}
    counts = {
        (step.strip("`"), name.strip("`"))
        for row in cells(second)
        for step in row[0].split(", ")
        for name in row[1].split(", ")
    }
    found = cards(ran)
    assert {field for card in found for field in card} == fields
    assert {(card["step"], name) for card in found for name in card["counts"]} <= counts
    code = "\n".join(path.read_text() for path in (root / "bin" / "lncprom").rglob("*.py"))
    for _, name in counts - {(card["step"], name) for card in found for name in card["counts"]}:
        assert f'"{name}"' in code, f"no step counts {name}"
