"""The docs say what the code does: parts of it are printed by the code, examples run, links lead somewhere."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/usage.md",
    "docs/steps.md",
    "docs/output.md",
    "docs/design.md",
    "docs/faq.md",
)
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
    "heads.tsv": "out/expression_300.cnn.heads.tsv",
    **{f"{name}.tsv": f"out/importance/expression_300.cnn/{name}.tsv" for name in ("profile", "shares", "audit")},
    **{
        f"{name}.tsv": f"out/motifs/expression_300.cnn/{name}.tsv"
        for name in ("motifs", "hits", "elements", "enrichment", "seqlets")
    },
}
MODELS_PYTHON = Path(__file__).resolve().parents[2] / ".venv-gpu" / "bin" / "python"


@pytest.fixture(scope="module")
def make_docs(root):
    spec = importlib.util.spec_from_file_location("make_docs", root / "tools" / "make_docs.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_docs"] = module  # its NamedTuple looks its own module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["make_docs"]


@pytest.fixture(scope="module")
def pages():
    root = Path(__file__).resolve().parents[2]
    return {page: (root / page).read_text(encoding="utf-8") for page in PAGES}


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A folder with assets/ and tests/, and the environment of docs/steps.md: `shell(words)` runs them there.

    With `models=True` in the environment of the language models.
    """
    root = Path(__file__).resolve().parents[2]
    folder = tmp_path_factory.mktemp("docs")
    for part in ("assets", "tests"):
        (folder / part).symlink_to(root / part)
    for kind, interpreter in (("python", sys.executable), ("python-models", MODELS_PYTHON)):
        place = folder / kind  # the interpreters, under the names that users type
        place.mkdir()
        for name in ("python", "python3"):
            (place / name).write_text(f'#!/bin/sh\nexec {shlex.quote(str(interpreter))} "$@"\n')
            (place / name).chmod(0o755)

    def call(*words: str, models: bool = False) -> subprocess.CompletedProcess:
        places = map(str, (root / "bin", folder / ("python-models" if models else "python")))
        environment = os.environ | {"PATH": os.pathsep.join([*places, os.environ["PATH"]])}
        environment |= {"PYTHONPATH": str(root / "bin"), "HF_HUB_OFFLINE": "1"}
        return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    call.folder = folder
    return call


@pytest.fixture(scope="module")
def need_models(root):
    """Steps that run in the environment of the language models, by the label of their modules."""
    modules = {path.parent.name: path.read_text() for path in (root / "modules/local").glob("*/main.nf")}
    return {step for step, text in modules.items() if "label 'language_models'" in text}


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def section(text: str, title: str) -> str:
    """What stands below a heading, down to the next one of its rank."""
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)[1]


def cells(text: str) -> list[list[str]]:
    """The rows of all tables in a text without their headers."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    ruled = [at for at, line in enumerate(lines) if line[0] == "---"]
    return [line for at, line in enumerate(lines) if at not in ruled and at + 1 not in ruled]


@pytest.fixture(scope="module")
def ran(pages, shell, need_models):
    """The examples of docs/steps.md, run in their order, each in the least environment: the folder they wrote to."""
    if not MODELS_PYTHON.exists():
        pytest.skip("no .venv-gpu, which half of the examples need: make venv-gpu")
    text = pages["docs/steps.md"]
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


def test_parts_printed_from_the_code__as_the_code_has_them(make_docs, pages):
    parts = make_docs.blocks()
    marked = [name for page in make_docs.PAGES for _, name, _ in make_docs.MARK.findall(pages[page])]
    assert sorted(marked) == sorted(parts)
    for page in make_docs.PAGES:
        assert make_docs.renewed(pages[page], parts) == pages[page], f"{page}: run python tools/make_docs.py"


def test_a_page_that_differs__said_and_left_alone(root):
    command = [sys.executable, root / "tools" / "make_docs.py", "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def test_steps_and_files__every_module_and_output_has_its_words_and_no_other(root, make_docs):
    modules = {path.name for path in (root / "modules" / "local").iterdir()}
    assert set(make_docs.STEPS) == set(make_docs.FILES) == modules
    for step, (_, meanings) in make_docs.FILES.items():
        told = {file.meaning for file in make_docs.published() if file.step == step}
        assert told == set(meanings.values()), step


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("datasets/coding_vs_lncrna_300.parquet", True),
        ("models/a.lr.model/model.json", True),
        ("models/a.lr.model/weights.npz", False),
        ("models/a.bert.seed1.shuffled.model/vocab.txt", True),
        ("importance/a.bert/rollout.heatmap.svg", True),
        ("motifs/a.bert/logos/positive_1.svg", True),
        ("motifs/a.bert/logos/x/positive_1.svg", False),
        ("datasets/sites/folded/x/y.sites.parquet", False),
        ("pipeline_info/params.json", True),
        ("surprise.txt", False),
    ],
)
def test_a_published_path__known_or_not(make_docs, path, known):
    assert any(file.matches(path) for file in make_docs.published()) is known


def test_graph__every_process_and_the_way_from_genome_to_report(make_docs):
    drawn = make_docs.graph()
    assert re.findall(r'\(\["(\w+)"\]\)', drawn) == [step.upper() for step in make_docs.STEPS]
    number = {step: f"p{at}" for at, step in enumerate(make_docs.STEPS)}
    way = ("prepare_genome", "define_task", "sample_negatives", "assign_folds", "build_length_variants", "finetune")
    way += ("score_attention", "compare_motifs", "report")
    for step, following in pairwise(way):
        assert f"{number[step]} --> {number[following]}\n" in drawn
    assert f"{number['finetune']} --> {number['report']}\n" not in drawn  # a longer way replaces it


def test_examples__one_for_each_step_in_the_order_of_the_data(make_docs, pages):
    titles = re.findall(r"^## (\w+)$", pages["docs/steps.md"], re.MULTILINE)
    assert titles == list(make_docs.STEPS)
    for title in titles:
        assert f"\n{title}.py " in "\n" + fenced(section(pages["docs/steps.md"], title), "bash")[0]


def test_examples__run_and_end_in_a_report(make_docs, ran):
    assert (ran / "out" / "report.html").read_text().rstrip().endswith("</html>")
    assert {card["step"] for card in cards(ran)} == set(make_docs.STEPS) - {"report"}


def test_examples__the_environment_of_each_step_as_the_page_says(pages, need_models):
    told = re.search(r"`\.venv` is enough for all but (.*?)\.\n", pages["docs/steps.md"], re.DOTALL)[1]
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
    told = [row[0].strip("`") for row in cells(section(pages["docs/output.md"], "matrix.tsv.gz"))]
    path = ran / "out/importance/expression_300.cnn/integrated_gradients.matrix.tsv.gz"
    header = gzip.decompress(path.read_bytes()).decode().partition("\n")[0].split("\t")
    assert header[: len(told)] == told
    assert [int(name) for name in header[len(told) :]] == list(range(-249, 51))


def test_fields_of_a_promoter__those_of_the_file(pages, ran):
    told = [row[0].strip("`") for row in cells(section(pages["docs/output.md"], "promoters.json"))]
    shown = json.loads((ran / "out/importance/expression_300.cnn/promoters.json").read_text())
    assert [list(promoter) for promoter in shown] == [told] * 10


def test_example_in_python__two_probabilities(pages, ran, shell):
    (block,) = fenced(pages["docs/steps.md"], "python")
    result = shell("python", "-c", block)
    assert result.returncode == 0, result.stderr
    numbers = [float(word) for word in result.stdout.strip("[]\n ").split()]
    assert len(numbers) == 2
    assert all(0 < number < 1 for number in numbers)


def test_errors_shown__word_for_word_with_status_2_and_nothing_left(pages, shell):
    shown = fenced(pages["docs/usage.md"], "console")
    assert len(shown) == 2
    for block in shown:
        command, error = block.removeprefix("$ ").rstrip("\n").split("\n")
        before = set(shell.folder.iterdir())
        result = shell("bash", "-c", command)
        assert (result.returncode, result.stderr, result.stdout) == (2, error + "\n", "")
        assert set(shell.folder.iterdir()) == before


def test_errors_of_parameters_shown__those_that_the_pipelines_tests_see(root, pages):
    shown = re.search(r"--lenghts 300 .*\n((?:    --.*\n)+)", pages["docs/usage.md"])[1].splitlines()
    assert len(shown) == 2
    tested = (root / "tests" / "pipeline" / "test_parameters.py").read_text()
    for line in shown:
        assert f'"{line.strip()}"' in tested


@pytest.mark.parametrize("name", TSVS)
def test_columns_of_a_tsv__those_that_the_step_writes(pages, ran, name):
    told = [row[0].strip("`") for row in cells(section(pages["docs/output.md"], name))]
    assert told == (ran / TSVS[name]).read_text().partition("\n")[0].split("\t")


def test_fields_of_the_model__those_of_the_file(pages, ran):
    told = [row[0].strip("`") for row in cells(section(pages["docs/output.md"], "model.json"))]
    assert told == list(json.loads((ran / "out" / "expression_300.model" / "model.json").read_text()))


def test_fields_of_cards__each_in_the_docs_and_each_of_the_docs_in_the_code(root, pages, ran):
    first, _, second = section(pages["docs/output.md"], "Cards").partition("`counts` by step")
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


def test_profiles__each_in_the_docs(root, pages):
    config = (root / "nextflow.config").read_text()
    body = re.search(r"^profiles \{\n(.*?)^\}", config, re.DOTALL | re.MULTILINE)[1]
    profiles = set(re.findall(r"^    (\w+)\s*\{", body, re.MULTILINE))
    told = {
        name.strip("`") for row in cells(section(pages["docs/usage.md"], "Profiles")) for name in row[0].split(", ")
    }
    assert told == profiles


@pytest.mark.parametrize(
    ("title", "function"), [("Ready-made data sets", "datasetRows"), ("The models sheet", "modelRows")]
)
def test_columns_of_a_sheet__those_that_are_read(root, pages, title, function):
    reader = (root / "subworkflows/local/read_sheets/main.nf").read_text()
    call = re.search(rf"def {function}\(sheet\) \{{.*?rowsOf\(sheet, \[(.*?)\], \[(.*?)\]\)", reader, re.DOTALL)
    needed, allowed = (re.findall(r"'(\w+)'", names) for names in call.groups())
    rows = cells(section(pages["docs/usage.md"], title))
    told = [(name.strip("`"), row[1].strip()) for row in rows for name in row[0].split(", ")]
    assert [name for name, _ in told] == allowed
    assert [name for name, must in told if must == "yes"] == needed


def test_parameters_in_the_text__each_in_the_schema(root, pages):
    groups = json.loads((root / "nextflow_schema.json").read_text())["$defs"].values()
    known = {name for group in groups for name in group["properties"]} | {"account", "lenghts", "help"}
    for page in ("README.md", "docs/usage.md", "docs/output.md", "docs/design.md", "docs/faq.md"):
        text = "".join(part for part in re.split(r"^```console.*?^```$", pages[page], flags=re.DOTALL | re.MULTILINE))
        named = set(re.findall(r"(?<![\w-])--([a-z]\w*)", text))
        assert named <= known, page


def test_make_targets_in_the_text__each_in_the_makefile(root, pages):
    known = set(re.search(r"^\.PHONY: (.*)$", (root / "Makefile").read_text(), re.MULTILINE)[1].split())
    named = {name for text in pages.values() for name in re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.MULTILINE)}
    assert {"demo", "test", "venv", "nextflow", "dag"} <= named <= known


def anchors(text: str) -> set[str]:
    """What GitHub makes of headings: `## model.json` -> `modeljson`."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_links__lead_to_files_and_headings_that_are_there(root, pages, page):
    for link in re.findall(r"\]\(([^)\s]+)\)", pages[page]):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        target = (root / page).parent / path if path else root / page
        assert target.exists(), f"{page}: {link}"
        if heading:
            assert heading in anchors(target.read_text()), f"{page}: {link}"


@pytest.mark.parametrize("page", PAGES)
def test_places_named_in_the_text__are_there_and_none_of_this_machine(root, pages, page):
    text = pages[page]
    places = re.findall(
        r"`((?:tests|bin|conf|assets|docs|tools|containers|modules|subworkflows|workflows)/[\w./-]*)`", text
    )
    assert [place for place in places if not (root / place).exists()] == []
    assert not re.search(r"/(?:work|tmp|root|home)/", text)
    assert not re.search(r"TODO|FIXME", text)


def test_figures_of_public_data__those_that_the_tests_assert(root, pages):
    design = pages["docs/design.md"]
    tata = (root / "tests/python/test_tata.py").read_text()
    for called, of in re.findall(r'"(?:no)?tata\.\w+": \((\d+), (\d+)\)', tata):
        assert f"{int(called):,} of {int(of):,}" in design or f"{int(called):,}\nof {int(of):,}" in design
    gue = (root / "tests/python/test_gue.py").read_text()
    scores = re.findall(r'"(prom_\w+)": \(\(.*?\), ([\d.]+), ([\d.]+), ', gue)
    assert len(scores) == 3
    for name, mcc, floor in scores:
        (row,) = [line for line in design.splitlines() if line.startswith(f"| GUE `{name}`")]
        assert (f"MCC {mcc}" in row, floor in row) == (True, True)
    genes = (root / "tests/python/test_real_genes.py").read_text().replace("_", ",")
    for number in ("62,656", "31,211", "3,312", "2,006", "45.98 ± 870.83", "0.97 ± 8.22"):
        assert number in design
        assert number in genes


def test_picture__a_png_that_loads_fast(root):
    picture = (root / "docs/images/report.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 300_000
