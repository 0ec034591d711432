"""What is wrong with a call is said before any task, all of it at once."""

from __future__ import annotations

import json
import shutil

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
    words = ["--lengths", "51,300,300", "--expression_rule", "most", "--fold_fractions", "0.8,0.2"]
    words += ["--cluster_options", "--qos=long", "--input"]
    run = nextflow(tmp_path, *tiny_inputs(tmp_path), *words, outdir="sets.csv/results")
    assert run.status != 0
    for line in (
        "--lengths 51,300,300: 51: must be greater than 51",
        "--lengths 51,300,300: 300 stands twice",
        "--expression_rule most: neither all nor a share",
        "--fold_fractions 0.8,0.2: not three numbers",
        "sets.csv is not a folder",
        "--input: no value follows",
        "--cluster_options: no value follows; it takes text, joined by a sign: --cluster_options=--qos=long",
    ):
        assert line in run.output, run.output


def test_values_that_do_not_go_together__each_on_its_line(nextflow, tmp_path):
    words = [
        "--low_percentile",
        "75",
        "--fold_fractions",
        "0.9,0.2,0.1",
        "--lengths",
        "300,500",
        "--group_length",
        "300",
    ]
    run = nextflow(tmp_path, *tiny_inputs(tmp_path), *words)
    assert run.status != 0
    for line in (
        "--low_percentile 75: not below --high_percentile 75",
        "--fold_fractions 0.9,0.2,0.1: each must be above 0, and together they must be 1",
        "--group_length 300: less than the greatest of --lengths, 500",
    ):
        assert line in run.output, run.output


def test_false_as_text_in_a_params_file__is_false_for_the_steps_and_in_the_record(nextflow, tmp_path):
    (tmp_path / "params.json").write_text('{"balance": "false", "tasks": "coding_vs_lncrna", "lengths": 300}')
    run = nextflow(tmp_path, "-stub-run", *tiny_inputs(tmp_path), "-params-file", "params.json")
    assert run.status == 0, run.output
    assert json.loads((run.outdir / "pipeline_info" / "params.json").read_text())["balance"] is False
    scripts = [path.read_text() for path in (tmp_path / "work").glob("*/*/.command.sh")]
    assert not [script for script in scripts if "--balance" in script]


def test_a_path_with_a_dollar__refused_before_the_shell_reads_it(nextflow, tmp_path):
    words = tiny_inputs(tmp_path)
    (tmp_path / "my$x.bed").write_text("x")
    words[words.index("--promoters") + 1] = str(tmp_path / "my$x.bed")
    run = nextflow(tmp_path, *words)
    assert run.status != 0
    assert 'my$x.bed: $, `, " and \\ in a path break the job scripts' in run.output, run.output


def test_an_outdir_with_another_runs_data_sets__said_and_left_alone(nextflow, tmp_path):
    (tmp_path / "results" / "datasets").mkdir(parents=True)
    (tmp_path / "results" / "datasets" / "older.parquet").write_text("x")
    words = tiny_inputs(tmp_path)
    run = nextflow(tmp_path, "-stub-run", *words[words.index("--input") :])
    assert run.status == 0, run.output
    assert "holds data sets of another run, which this one leaves alone: older" in run.output
    assert (run.outdir / "datasets" / "older.parquet").read_text() == "x"


@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_seeds__of_32_bits_and_no_more(nextflow, tmp_path, parser):
    words = ["-preview", *tiny_inputs(tmp_path)]
    assert nextflow(tmp_path, *words, "--seeds", "1,4294967295", parser=parser).status == 0
    run = nextflow(tmp_path, *words, "--seeds", "1,4294967296", parser=parser)
    assert run.status != 0
    assert "--seeds 1,4294967296: 4294967296: more than 4294967295" in run.output


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


def test_a_set_named_like_one_that_is_built__refused_before_any_task(nextflow, tmp_path):
    words = tiny_inputs(tmp_path)
    (tmp_path / "sets.csv").write_text("name,train\ncoding_vs_lncrna_300,train.csv\n")
    run = nextflow(tmp_path, *words)
    assert run.status != 0
    assert "sets.csv: coding_vs_lncrna_300 is the name of a data set that this run builds" in run.output, run.output


def test_models_sheet_with_faults__one_line_for_each(nextflow, tmp_path):
    tiny_inputs(tmp_path)
    rows = ["name,family,kmer_min,kmer_max,c_grid", "mine,transformer,,,", "b,logistic_regression,6,3,foo"]
    (tmp_path / "models.csv").write_text("\n".join([*rows, "biotype,logistic_regression,3,9,1"]) + "\n")
    run = nextflow(tmp_path, "--input", "sets.csv", "--models", "models.csv")
    assert run.status != 0
    for line in (
        "models.csv, line 2: the family transformer of mine is not one of logistic_regression",
        "models.csv, line 3: kmer_min 6 is above kmer_max 3",
        "models.csv, line 3: c_grid foo is not a list of positive numbers",
        "models.csv, line 4: kmer_min and kmer_max are whole numbers from 1 to 8, not 3 and 9",
        "models.csv, line 4: biotype is the name of a floor",
    ):
        assert line in run.output, run.output


def test_models_sheet_of_language_models_with_faults__one_line_for_each(nextflow, tmp_path):
    tiny_inputs(tmp_path)
    (tmp_path / "file").write_text("no folder\n")
    (tmp_path / "models.csv").write_text(
        "name,family,checkpoint,revision,epochs,learning_rate,truncation,options,kmer_min\n"
        "a,cnn,somewhere,,,,,,\n"
        "b,dnabert,,,,,,,\n"
        "c,dnabert,lab/bert,v1,,,,,\n"
        "d,dnabert,./gone,,,,,,\n"
        "e,dnabert,file,,,,,,\n"
        "f,cnn,,,0,fast,centre,hidden 8,\n"
        "g,cnn,,,,,,,3\n"
        "h,logistic_regression,,,4,,,,\n"
        "i,dnabert,demo:gpt,,,,,,\n"
        "j,cnn,,,,0,,,\n"
    )
    run = nextflow(tmp_path, "--input", "sets.csv", "--models", "models.csv")
    assert run.status != 0
    for line in (
        "line 2: cnn is trained from scratch; leave its checkpoint empty",
        "line 3: b has no checkpoint",
        "line 4: the checkpoint lab/bert needs a revision",
        "line 5: the checkpoint ./gone is neither a folder (relative to the sheet) nor owner/name of a hub",
        "line 6: the checkpoint file is a file; name the folder that it lies in",
        "line 7: epochs 0 is not a whole number from 1 up",
        "line 7: learning_rate fast is not a number above 0",
        "line 7: truncation centre is not one of tss, right, left, chunk, error",
        "line 7: the option 'hidden 8' is not name=value",
        "line 8: kmer_min is no setting of the family cnn",
        "line 9: epochs is no setting of the family logistic_regression",
        "line 10: demo:gpt is no checkpoint of the demo",
        "line 11: learning_rate 0 is not a number above 0",
    ):
        assert f"models.csv, {line}" in run.output, run.output


def test_what_to_explain_misspelt__the_nearest_is_named(nextflow, tmp_path):
    run = nextflow(tmp_path, *tiny_inputs(tmp_path), "--explain", "coding_vs_lncrn")
    assert run.status != 0
    assert (
        "--explain coding_vs_lncrn: no task and no data set of this run; the nearest is coding_vs_lncrna" in run.output
    )


def test_profile_venv_without_the_models_environment__said_before_any_task(nextflow, project, tmp_path):
    copy = tmp_path / "lncprom"
    shutil.copytree(project, copy, symlinks=True)
    (copy / ".venv-gpu").unlink()
    words = tiny_inputs(tmp_path)
    run = nextflow(tmp_path, "-profile", "venv", *words, of=copy)
    assert run.status != 0
    assert "need .venv-gpu, which is not there; make it by: make venv-gpu" in run.output
