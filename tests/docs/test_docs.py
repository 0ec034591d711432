"""The docs agree with the code: generated tables, names of parameters, columns, options and files; every link works."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise

import pytest

from helpers_docs import PAGES, anchors, cells, imported_make_docs, read_pages, section
from lncprom.models import base
from lncprom.motifs import core_elements
from lncprom.tables import importance


@pytest.fixture(scope="module")
def make_docs():
    with imported_make_docs() as module:
        yield module


@pytest.fixture(scope="module")
def pages():
    return read_pages()


def test_generated_tables__each_on_one_page_and_up_to_date(root, make_docs, pages):
    marked = [name for text in pages.values() for _, name, _ in make_docs.MARK.findall(text)]
    assert sorted(marked) == sorted(make_docs.blocks())
    command = [sys.executable, root / "tools" / "make_docs.py", "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def test_steps_and_files__every_module_and_output_has_its_words_and_no_other(root, make_docs):
    modules = {path.name for path in (root / "modules" / "local").iterdir()}
    assert set(make_docs.STEPS) == set(make_docs.FILES) == modules
    for step, (_, meanings) in make_docs.FILES.items():
        assert {file.meaning for file in make_docs.published() if file.step == step} == set(meanings.values()), step


def test_a_published_path__known_or_not(make_docs):
    known = ("datasets/coding_vs_lncrna_300.parquet", "models/a.lr.model/model.json", "pipeline_info/params.json")
    known += ("models/a.bert.seed1.shuffled.model/vocab.txt", "importance/a.bert/rollout.heatmap.svg")
    known += ("motifs/a.bert/logos/positive_1.svg",)
    unknown = ("models/a.lr.model/weights.npz", "motifs/a.bert/logos/x/positive_1.svg", "surprise.txt")
    unknown += ("datasets/sites/folds/x/y.sites.parquet",)
    for path in (*known, *unknown):
        assert any(file.matches(path) for file in make_docs.published()) is (path in known), path


def test_graph__every_step_and_the_path_from_genome_to_report(make_docs, root):
    drawn = (root / "assets" / "dag.svg").read_text()
    assert all(f">{step}</text>" in drawn for step in make_docs.STEPS if step not in make_docs.APPLIED)
    path = ("prepare_genome", "define_task", "sample_negatives", "assign_folds", "build_length_variants")
    path += ("try_settings", "choose_settings", "finetune", "score_attention", "compare_motifs", "report")
    for step, following in pairwise(path):
        assert f"<title>{step.upper()}&#45;&gt;{following.upper()}</title>" in drawn
    assert "<title>FINETUNE&#45;&gt;REPORT</title>" not in drawn  # a longer path implies it


def test_profiles__each_in_the_docs(root, pages):
    config = (root / "nextflow.config").read_text()
    body = re.search(r"^profiles \{\n(.*?)^\}", config, re.DOTALL | re.MULTILINE)[1]
    rows = cells(section(pages["docs/reference/parameters.md"], "Profiles"))
    documented = {name.strip("`") for row in rows for name in row[0].split(", ")}
    assert documented == set(re.findall(r"^    (\w+)\s*\{", body, re.MULTILINE))


@pytest.mark.parametrize(
    ("page", "title", "schema"),
    [
        ("docs/howto/own_data.md", "Ready-made data sets", "schema_input.json"),
        ("docs/howto/own_data.md", "Sets to test on", "schema_external.json"),
        ("docs/howto/own_model.md", "The models sheet", "schema_models.json"),
        ("docs/howto/apply.md", "The sheet of models", "schema_apply.json"),
    ],
)
def test_columns_of_a_sheet__those_of_its_schema(root, pages, page, title, schema):
    items = json.loads((root / "assets" / schema).read_text())["items"]
    text, _, _ = section(pages[page], title).partition("\nOptions by family")
    documented = [(name.strip("`"), row[1].strip()) for row in cells(text) for name in row[0].split(", ")]
    assert {name for name, _ in documented} == set(items["properties"])
    assert {name for name, needed in documented if needed == "yes"} == set(items["required"])


def test_options_of_families__those_that_the_models_take(root, pages):
    _, _, text = section(pages["docs/howto/own_model.md"], "The models sheet").partition("\nOptions by family")
    documented = {(family.strip("`"), row[1].strip("`")) for row in cells(text) for family in row[0].split(", ")}
    families = json.loads((root / "bin/lncprom/models/families.json").read_text())
    of_networks = {(name, option) for name in families for option in base.family_class(name).OPTIONS}
    assert documented == of_networks | {("logistic_regression", "features")}


def test_methods_of_explanation__all_on_both_pages(pages):
    design = section(pages["docs/design/explanations.md"], "What a method of explanation says")
    for text in (section(pages["docs/howto/explain.md"], "What models look at"), design):
        rows = [row for row in cells(text) if row[0].strip("`") in importance.METHODS]
        assert [row[0].strip("`") for row in rows] == list(importance.METHODS)
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
    known = {name for group in groups for name in group["properties"]} | {"lenghts", "help", "gres", "fdr", "avoid"}
    others = {"CONTRIBUTING.md", "docs/reference/steps.md", "docs/howto/offline.md", "docs/howto/cluster.md"}
    scripts = r"^```console.*?^```$|^    (?:bedtools|\w+\.py) (?:.*\\\n)*[^\n]*$|`(?:bin/)?\w+\.py [^`]*`"
    for page in sorted(set(PAGES) - others):
        text = re.sub(scripts, "", pages[page], flags=re.DOTALL | re.MULTILINE)
        assert set(re.findall(r"(?<![\w-])--([a-z]\w*)", text)) <= known, page


def test_make_targets_in_the_text__each_in_the_makefile(root, pages):
    known = set(re.search(r"^\.PHONY: (.*)$", (root / "Makefile").read_text(), re.MULTILINE)[1].split())
    named = {name for text in pages.values() for name in re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.MULTILINE)}
    assert {"demo", "test", "venv", "nextflow", "dag"} <= named <= known


def test_links__lead_to_files_and_headings_that_exist(root, pages):
    links = [(page, link) for page, text in pages.items() for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    for page, link in links:
        path, _, heading = link.partition("#")
        if "://" not in link:
            target = (root / page).parent / path if path else root / page
            assert target.exists(), f"{page}: {link}"
            assert not heading or heading in anchors(target.read_text()), f"{page}: {link}"


def test_paths_in_the_text__exist_and_none_is_of_one_machine(root, pages):
    folders = "tests|bin|conf|assets|docs|tools|containers|modules|subworkflows|workflows|benchmarks"
    for page in PAGES:
        paths = re.findall(rf"`((?:{folders})/[\w./-]*)`", pages[page])
        assert [path for path in paths if not (root / path).exists()] == [], page
        assert not re.search(r"/(?:work|tmp|root|home)/|TODO|FIXME", pages[page]), page


def test_every_page__is_in_the_index_and_at_most_300_lines_and_the_picture_loads_fast(root, pages):
    assert (root / "docs/images/report.png").stat().st_size < 300_000
    index = pages["docs/README.md"]
    for page, text in pages.items():
        assert text.count("\n") <= 300, page
        assert page in ("README.md", "docs/README.md") or page.removeprefix("docs/") in index, page
