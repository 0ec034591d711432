"""The docs say what the code does: parts of it are printed by the code, names are those of the code, links lead on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise

import pytest

from helpers_docs import PAGES, anchors, cells, imported_make_docs, read_pages, section
from lncprom.motifs import core_elements
from lncprom.tables import importance


@pytest.fixture(scope="module")
def make_docs():
    with imported_make_docs() as module:
        yield module


@pytest.fixture(scope="module")
def pages():
    return read_pages()


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


def test_graph__every_step_and_the_path_from_genome_to_report(make_docs, root):
    drawn = (root / "assets" / "dag.svg").read_text()
    assert all(f">{step}</text>" in drawn for step in make_docs.STEPS)
    path = ("prepare_genome", "define_task", "sample_negatives", "assign_folds", "build_length_variants", "finetune")
    path += ("score_attention", "compare_motifs", "report")
    for step, following in pairwise(path):
        assert f"<title>{step.upper()}&#45;&gt;{following.upper()}</title>" in drawn
    assert "<title>FINETUNE&#45;&gt;REPORT</title>" not in drawn  # a longer path implies it


def test_errors_of_parameters_shown__those_that_the_pipelines_tests_see(root, pages):
    shown = re.search(r"--lenghts 300 .*\n((?:    --.*\n)+)", pages["docs/howto/resume.md"])[1].splitlines()
    assert len(shown) == 2
    tested = (root / "tests" / "pipeline" / "test_parameters.py").read_text()
    for line in shown:
        assert f'"{line.strip()}"' in tested


def test_profiles__each_in_the_docs(root, pages):
    config = (root / "nextflow.config").read_text()
    body = re.search(r"^profiles \{\n(.*?)^\}", config, re.DOTALL | re.MULTILINE)[1]
    profiles = set(re.findall(r"^    (\w+)\s*\{", body, re.MULTILINE))
    told = {
        name.strip("`") for row in cells(section(pages["docs/reference/parameters.md"], "Profiles")) for name in row[0].split(", ")
    }
    assert told == profiles


def test_columns_of_the_sheet_of_data_sets__those_that_are_read(root, pages):
    reader = (root / "subworkflows/local/read_sheets/main.nf").read_text()
    call = re.search(r"def datasetRows\(sheet\) \{.*?rowsOf\(sheet, \[(.*?)\], \[(.*?)\]\)", reader, re.DOTALL)
    needed, allowed = (re.findall(r"'(\w+)'", names) for names in call.groups())
    assert told_columns(pages["docs/howto/own_data.md"], "Ready-made data sets") == (allowed, needed)


def test_columns_of_the_sheet_of_models__those_that_are_read(root, pages):
    reader = (root / "subworkflows/local/read_sheets/main.nf").read_text()
    settings = [
        re.search(rf"def {function}\(\) \{{\s*return \[(.*?)\]", reader)[1]
        for function in ("tunedColumns", "regressionColumns")
    ]
    named = re.findall(r"'(\w+)'", ", ".join(settings))
    assert told_columns(pages["docs/howto/own_model.md"], "The models sheet") == (["name", "family", *named], ["name", "family"])


def told_columns(page, title):
    """All columns of the section's first table, and those that are needed."""
    text, _, _ = section(page, title).partition("\nOptions by family")
    told = [(name.strip("`"), row[1].strip()) for row in cells(text) for name in row[0].split(", ")]
    return [name for name, _ in told], [name for name, must in told if must == "yes"]


def test_options_of_families__those_that_the_models_take(root, pages):
    _, _, text = section(pages["docs/howto/own_model.md"], "The models sheet").partition("\nOptions by family")
    told = {row[1].strip("`") for row in cells(text)}
    code = "".join(path.read_text() for path in (root / "bin/lncprom/models").glob("*.py"))
    assert told == set(re.findall(r'"(\w+)": Option\(', code))
    families = {name.strip("`") for row in cells(text) for name in row[0].split(", ")}
    assert families == set(json.loads((root / "bin/lncprom/models/families.json").read_text()))


def test_methods_of_explanation__all_on_both_pages(pages):
    methods = importance.METHODS
    for page, title in (
        ("docs/howto/explain.md", "What models look at"),
        ("docs/design/explanations.md", "What a method of explanation says"),
    ):
        rows = [row for row in cells(section(pages[page], title)) if row[0].strip("`") in methods]
        assert [row[0].strip("`") for row in rows] == list(methods)
        assert [row[0].strip("`") for row in rows if row[-1] == "yes"] == list(importance.SIGNED)


def test_core_elements__each_source_among_the_citations(root):
    text = section((root / "CITATIONS.md").read_text(), "Core promoter elements")
    for element in core_elements.ELEMENTS:
        for source in element.citation.split("; "):
            author, year = re.match(r"(.*?) (\d{4})", source).groups()
            assert author in text, source
            assert year in text, source


def test_parameters_in_the_text__each_in_the_schema(root, pages):
    groups = json.loads((root / "nextflow_schema.json").read_text())["$defs"].values()
    known = {name for group in groups for name in group["properties"]} | {"lenghts", "help", "gres", "fdr"}
    others = {"CONTRIBUTING.md", "docs/reference/steps.md", "docs/howto/offline.md", "docs/howto/cluster.md"}
    for page in sorted(set(PAGES) - others):
        text = "".join(re.split(r"^```console.*?^```$", pages[page], flags=re.DOTALL | re.MULTILINE))
        text = re.sub(
            r"^    (?:bedtools|\w+\.py) (?:.*\\\n)*.*$|`(?:bin/)?\w+\.py [^`]*`", "", text, flags=re.MULTILINE
        )
        named = set(re.findall(r"(?<![\w-])--([a-z]\w*)", text))
        assert named <= known, page


def test_make_targets_in_the_text__each_in_the_makefile(root, pages):
    known = set(re.search(r"^\.PHONY: (.*)$", (root / "Makefile").read_text(), re.MULTILINE)[1].split())
    named = {name for text in pages.values() for name in re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.MULTILINE)}
    assert {"demo", "test", "venv", "nextflow", "dag"} <= named <= known


@pytest.mark.parametrize("page", PAGES)
def test_links__lead_to_files_and_headings_that_are_there(root, page):
    for link in re.findall(r"\]\(([^)\s]+)\)", (root / page).read_text()):
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
    design = pages["docs/design/data.md"] + pages["docs/design/checks.md"]
    tata = (root / "tests/sites/test_tata_box.py").read_text()
    for called, of in re.findall(r'"(?:no)?tata\.\w+": \((\d+), (\d+)\)', tata):
        assert f"{int(called):,} of {int(of):,}" in design or f"{int(called):,}\nof {int(of):,}" in design
    gue = (root / "tests/datasets/test_gue.py").read_text()
    scores = re.findall(r'"(prom_\w+)": \(\(.*?\), ([\d.]+), ([\d.]+), ', gue)
    assert len(scores) == 3
    for name, mcc, floor in scores:
        (row,) = [line for line in design.splitlines() if line.startswith(f"| GUE `{name}`")]
        assert (f"MCC {mcc}" in row, floor in row) == (True, True)
    models = (root / "tests/pipeline/test_gue_models.py").read_text()
    (row,) = [line for line in design.splitlines() if "`tests/pipeline/test_gue_models.py`" in line]
    reached = re.search(r"reached with seed 42: (.*)", models)[1].split(", ")
    assert re.findall(r"0(\.\d+)", row) == reached
    seen = (root / "tests/attribution/test_seen_bases.py").read_text()
    assert "approx(512 / length" in seen
    assert all(f"{512 / length:.1%}" in design for length in (1000, 2000))
    genes = (root / "tests/genes/test_real_genes.py").read_text().replace("_", ",")
    for number in ("62,656", "31,211", "3,312", "2,006", "45.98 ± 870.83", "0.97 ± 8.22"):
        assert number in design
        assert number in genes


def test_levels_on_planted_motifs__those_that_the_test_asserts(root, pages):
    rows = [row for row in cells(section(pages["docs/design/checks.md"], "Checked on planted motifs")) if len(row) == 4]
    told = [tuple(map(float, row[1:])) for row in rows]
    _, _, cases = (root / "tests/training/test_planted_truth.py").read_text().partition("CASES = {")
    asserted = re.findall(r"(0\.\d+), (0\.\d+), (\d+\.\d+)\)", cases)
    assert told == [tuple(map(float, levels)) for levels in asserted]


def test_picture__a_png_that_loads_fast(root):
    picture = (root / "docs/images/report.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 300_000
