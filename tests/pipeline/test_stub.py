"""The whole graph as a stub: every process runs, every documented file is published, -resume repeats what changed.

Resumed runs write no trace, which takes longer than all stubs together; the tasks that ran are read from the output.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from helpers_docs import imported_make_docs
from helpers_nextflow import ROOT, Run, tiny_inputs

pytestmark = pytest.mark.pipeline

TASKS = ("promoter_vs_nonpromoter", "high_vs_low_expression")
PROCESSES = {path.name.upper() for path in (ROOT / "modules" / "local").iterdir()}
EXPLAIN = {"SCORE_ATTENTION", "PROFILE_IMPORTANCE", "COMPARE_MOTIFS"}
MODELS = {"TRAIN_BASELINE", "FINETUNE", "EVALUATE", "COMPARE_MODELS", "REPORT"}
# of the data sets that are built; only the ready-made one is explained
AFTER_TASKS = {"ASSIGN_FOLDS", "BUILD_LENGTH_VARIANTS"} | MODELS
ONLY_ALL = pytest.mark.full


class Stub(NamedTuple):
    """A finished stub run, the copy of the pipeline that made it, its folder, and how to resume it."""

    run: Run
    project: Path
    folder: Path
    resume: Callable[..., Run]


@pytest.fixture(scope="module", params=["v1", pytest.param("v2", marks=ONLY_ALL)])
def stub(request, nextflow, project, tmp_path_factory) -> Stub:
    copy = tmp_path_factory.mktemp("edited") / "lncprom"
    shutil.copytree(project, copy, symlinks=True)
    folder = tmp_path_factory.mktemp("stub")
    words = ["-stub-run", *tiny_inputs(folder), "-params-file", "params.json", "--lengths", "300"]
    words += ["--tasks", ",".join(TASKS), "--explain", "ready_made"]
    (folder / "params.json").write_text('{"balance": "false"}')
    older = folder / "results" / "datasets" / "older.parquet"
    older.parent.mkdir(parents=True)
    older.write_text("from another run")
    first = nextflow(folder, *words, of=copy, parser=request.param)
    assert first.status == 0, first.output
    with open(copy / "nextflow.config", "a") as config:
        config.write("\ntrace.enabled = false\nreport.enabled = false\ntimeline.enabled = false\ndag.enabled = false\n")

    def resume(*more: str) -> Run:
        run = nextflow(folder, *words, *more, "-resume", of=copy, outdir="resumed", parser=request.param)
        assert run.status == 0, run.output
        return run

    return Stub(first, copy, folder, resume)


@pytest.fixture(scope="module")
def documented():
    with imported_make_docs() as make_docs:
        yield make_docs.published()


def steps(run: Run) -> set[str]:
    return {name.split(" ")[0] for name in run.submitted()}


def test_stub_of_the_whole_graph__every_process_runs_and_publishes(stub):
    assert {name.split(" ")[0] for name in stub.run.statuses()} == PROCESSES
    files = stub.run.published()
    for dataset in [f"{task}_300" for task in TASKS] + ["mine"]:
        assert f"datasets/{dataset}.parquet" in files
        assert f"metrics/{dataset}.metrics.tsv" in files
        assert f"predictions/{dataset}.lr.predictions.parquet" in files
        for model in ("cnn", "nt", "bert"):
            assert f"predictions/{dataset}.{model}.seed42.predictions.parquet" in files
        explained = dataset == "mine"
        assert (f"importance/{dataset}.cnn.seed42.shuffled.importance.parquet" in files) is explained
        assert (f"motifs/{dataset}.lr.motifs.json" in files) is explained
    assert {"report/report.html", "report/cost.html", "pipeline_info/cost.tsv"} <= files
    assert {f"pipeline_info/{name}" for name in ("trace.txt", "timeline.html", "execution.html", "dag.html")} <= files


def test_published_files__those_in_the_docs(stub, documented):
    found = stub.run.published() - {"datasets/older.parquet"}
    assert sorted(path for path in found if not any(file.matches(path) for file in documented)) == []
    folder = re.compile(r"(models/.*\.model|(importance|motifs)/<dataset>\.<model>)/")  # empty in a stub run
    missing = {file.path for file in documented if not any(file.matches(path) for path in found)}
    assert missing == {file.path for file in documented if folder.match(file.path)}


def test_reports_for_seqera_platform__each_a_published_file(documented):
    shown = yaml.safe_load((ROOT / "tower.yml").read_text())["reports"]
    assert len(shown) > 5
    for pattern in shown:
        # any text in place of `*`, also a name in angle brackets
        example = re.compile(re.escape(pattern.removeprefix("**/")).replace(r"\*", r"[\w<>.]+"))
        assert any(example.fullmatch(file.path) for file in documented), pattern


def test_graph_in_the_report__has_every_process():
    drawn = (ROOT / "assets" / "dag.svg").read_text()
    assert [name for name in PROCESSES if f">{name.lower()}</text>" not in drawn] == [], "run make dag"


def test_stub__versions_of_every_process_but_the_last_two(stub):
    versions = yaml.safe_load((stub.run.outdir / "pipeline_info" / "versions.yml").read_text())
    assert versions.keys() == PROCESSES - {"REPORT", "SUMMARISE_COST"}


def test_stub__parameters_for_the_report_typed_and_without_places_and_resources(stub):
    parameters = json.loads((stub.run.outdir / "pipeline_info" / "params.json").read_text())
    assert parameters["balance"] is False  # was text in the file of parameters
    assert not {"outdir", "max_memory", "container_cpu"} & parameters.keys()


def test_outdir_with_data_sets_of_another_run__reported_and_left_alone(stub):
    assert re.search(r"WARN: .*results contains data sets of another run, .*: older", stub.run.output)
    assert (stub.run.outdir / "datasets" / "older.parquet").read_text() == "from another run"


def test_one_shorter_length_more__only_the_tasks_of_that_length_run(stub):
    run = stub.resume("--lengths", "300,100")
    new = {f"{task}_100" for task in TASKS}
    assert run.submitted() == (
        {f"BUILD_LENGTH_VARIANTS ({name})" for name in new}
        | {f"TRAIN_BASELINE ({name}.lr)" for name in new}
        | {f"FINETUNE ({name}.{model}.seed42)" for name in new for model in ("cnn", "nt", "bert")}
        | {f"COMPARE_MODELS ({name})" for name in new}
        | {f"EVALUATE ({name})" for name in new}
        | {"REPORT (report)"}
    )


@pytest.mark.parametrize(
    ("words", "rerun"),
    [
        (["--bootstrap", "50"], {"EVALUATE", "COMPARE_MODELS", "PROFILE_IMPORTANCE", "REPORT"}),
        (["--seeds", "42,43"], {"FINETUNE", "EVALUATE", "COMPARE_MODELS", "REPORT"} | EXPLAIN),
        (
            ["--tss_source", "canonical"],
            {"EXTRACT_TSS", "LABEL_EXPRESSION", "DEFINE_TASK", "SAMPLE_NEGATIVES"} | AFTER_TASKS,
        ),
        pytest.param(["--explain_samples", "9"], EXPLAIN | {"REPORT"}, marks=ONLY_ALL),
        pytest.param(["--motif_fdr", "0.1"], {"COMPARE_MOTIFS", "REPORT"}, marks=ONLY_ALL),
        pytest.param(["--min_distance", "2000"], {"SAMPLE_NEGATIVES"} | AFTER_TASKS, marks=ONLY_ALL),
        pytest.param(["--fold_by", "sample"], AFTER_TASKS, marks=ONLY_ALL),
        pytest.param(["--report_title", "mine"], {"REPORT"}, marks=ONLY_ALL),
    ],
)
def test_a_parameter_changed__the_steps_that_depend_on_it_run_again(stub, words, rerun):
    assert steps(stub.resume(*words)) == rerun


@contextmanager
def edited(project: Path, *names: str) -> Iterator[None]:
    """Append a comment to files of the pipeline, and remove it afterwards."""
    texts = {project / name: (project / name).read_text() for name in names}
    for path, text in texts.items():
        path.write_text(text + "\n# one line more\n")
    try:
        yield
    finally:
        for path, text in texts.items():
            path.write_text(text)


def test_the_package_changed__every_step_but_the_costs_runs_again(stub):
    with edited(stub.project, "bin/lncprom/evaluation/metrics.py"):
        assert steps(stub.resume()) == PROCESSES - {"SUMMARISE_COST"}


def test_the_report_changed__the_report_alone_runs_again(stub):
    with edited(stub.project, "bin/lncprom/report/page.py", "bin/lncprom/report/costs/tally.py"):
        assert steps(stub.resume()) == {"REPORT"}


@pytest.mark.parametrize(
    "names",
    [
        [
            *(f"bin/lncprom/{folder}/__init__.py" for folder in ("attribution", "profiles", "motifs")),
            *("bin/lncprom/study.py", "bin/lncprom/plot_style.py"),
        ],
        *(
            pytest.param([f"bin/lncprom/{name}"], marks=ONLY_ALL)
            for name in ("attribution/__init__.py", "profiles/__init__.py", "motifs/__init__.py")
        ),
    ],
)
def test_explanations_changed__no_model_is_trained_again(stub, names):
    with edited(stub.project, *names):
        assert steps(stub.resume()) == EXPLAIN | {"REPORT"}


def test_packages_of_the_tests_and_where_a_run_computes_changed__nothing_runs_again(stub):
    places = ("--max_cpus", "1", "--require_gpu", "false", "--checkpoint_dir", "states")
    with edited(stub.project, "containers/test/requirements.lock", "containers/lint/requirements.lock"):
        assert steps(stub.resume(*places, "--checkpoint_cache", "elsewhere")) == set()


@pytest.mark.full
def test_a_package_of_the_steps_changed__they_run_again(stub):
    with edited(stub.project, "containers/cpu/requirements.lock"):
        assert steps(stub.resume()) == PROCESSES - {"SUMMARISE_COST"}


def test_a_row_of_the_models_sheet_changed__only_that_model_is_trained_again(stub):
    sheet = stub.folder / "models.csv"
    text = sheet.read_text()
    sheet.write_text(text.replace("hidden=8", "hidden=16"))
    run = stub.resume()
    sheet.write_text(text)
    trained = {name for name in run.submitted() if name.startswith("FINETUNE")}
    assert {name.partition("(")[2].split(".")[1] for name in trained} == {"cnn"}
    assert steps(run) == {"FINETUNE", "EVALUATE", "COMPARE_MODELS", "REPORT"} | EXPLAIN
