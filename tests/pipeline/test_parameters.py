"""What is wrong with a call is said before any task, all of it at once."""

from __future__ import annotations

import json

import pytest

from pipeline.conftest import ROOT, tiny_inputs

pytestmark = pytest.mark.pipeline


def schema() -> dict[str, dict]:
    groups = json.loads((ROOT / "nextflow_schema.json").read_text())["$defs"].values()
    return {name: facts for group in groups for name, facts in group["properties"].items()}


@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_help__every_parameter_with_its_default_and_no_task(nextflow, tmp_path, parser):
    run = nextflow(tmp_path, "--help", parser=parser)
    assert run.status == 0, run.output
    for name, facts in schema().items():
        assert f"--{name} " in run.output
        assert facts["description"] in run.output
    assert "Submitted process" not in run.output


@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_several_faults__each_on_its_line_with_the_nearest_name_and_nothing_run(nextflow, tmp_path, parser):
    words = [*tiny_inputs(tmp_path)]
    words += ["--lenghts", "300", "--tata", "maybe", "--bootstrap", "2.5", "--confidence", "1.5", "--seeds", "1,x"]
    words += ["--tasks", "coding_vs_lncrma", "--assembly_report", "nowhere.txt", "--balance", "often"]
    run = nextflow(tmp_path, *words, parser=parser)
    assert run.status != 0
    for line in (
        "--lenghts: no such parameter; the nearest is --lengths",
        "--tata maybe: not one of exclude, only, any",
        "--bootstrap 2.5: not a whole number",
        "--confidence 1.5: must be less than 1",
        "--seeds 1,x: x is not a whole number",
        "--assembly_report nowhere.txt: no such file",
        "--balance often: neither true nor false",
    ):
        assert line in run.output, run.output
    assert "coding_vs_lncrma is not one of" in run.output
    assert "the nearest is coding_vs_lncrna" in run.output
    assert "Submitted process" not in run.output
    assert not list((tmp_path / "work").glob("*/*"))


def test_values_out_of_range_or_of_another_kind__each_on_its_line(nextflow, tmp_path):
    words = ["--lengths", "51,300,300", "--expression_rule", "most", "--fold_fractions", "0.8,0.2", "--input"]
    run = nextflow(tmp_path, *tiny_inputs(tmp_path), *words, outdir="sets.csv/results")
    assert run.status != 0
    for line in (
        "--lengths 51,300,300: 51: must be greater than 51",
        "--lengths 51,300,300: 300 stands twice",
        "--expression_rule most: neither all nor a share",
        "--fold_fractions 0.8,0.2: not three numbers",
        "sets.csv is not a folder",
        "--input: no value follows",
    ):
        assert line in run.output, run.output


def test_percentiles_that_cross__one_line(nextflow, tmp_path):
    run = nextflow(tmp_path, *tiny_inputs(tmp_path), "--low_percentile", "80")
    assert run.status != 0
    assert "--low_percentile 80: above --high_percentile 75" in run.output, run.output


def test_tasks_by_expression_without_a_table__says_which_task_wants_it(nextflow, tmp_path):
    words = tiny_inputs(tmp_path)
    at = words.index("--expression")
    run = nextflow(tmp_path, *words[:at], *words[at + 2 :])
    assert run.status != 0
    assert "--expression: missing; high_vs_low_expression is labelled by it" in run.output


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name,train\na,train.csv\na,train.csv\n", "sets.csv, lines 2 and 3: the name a stands twice"),
        ("name,train\na,gone.csv\n", "gone.csv does not exist; paths are relative to the sheet"),
        ("name,trian\na,train.csv\n", "sets.csv: no column train"),
        ("name,train\na b,train.csv\n", "sets.csv, line 2: the name 'a b' may hold"),
        ("name,train,dev\na,train.csv\n", "sets.csv, line 2: 2 cells, the header has 3"),
        ("name,train\n", "sets.csv: no rows"),
    ],
)
def test_datasets_sheet_with_a_fault__one_line_that_names_it(nextflow, tmp_path, text, line):
    tiny_inputs(tmp_path)
    (tmp_path / "sets.csv").write_text(text)
    run = nextflow(tmp_path, "--input", "sets.csv")
    assert run.status != 0
    assert line in run.output, run.output


def test_models_sheet_with_an_unknown_family__one_line_that_names_the_known(nextflow, tmp_path):
    tiny_inputs(tmp_path)
    (tmp_path / "models.csv").write_text("name,family\nmine,transformer\n")
    run = nextflow(tmp_path, "--input", "sets.csv", "--models", "models.csv")
    assert run.status != 0
    assert "models.csv, line 2: the family transformer of mine is not one of logistic_regression" in run.output
