"""The whole graph without its contents: every process, every declared name, under both parsers."""

from __future__ import annotations

import json

import pytest

from pipeline.conftest import ROOT, tiny_inputs

pytestmark = pytest.mark.pipeline

TASKS = ("biological_vs_artificial", "promoter_vs_nonpromoter", "high_vs_low_expression", "coding_vs_lncrna")


def published(outdir):
    return {str(path.relative_to(outdir)) for path in outdir.rglob("*") if path.is_file()}


@pytest.fixture(scope="module", params=["v1", "v2"])
def stub(request, nextflow, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"stub_{request.param}")
    arguments = ["-stub-run", *tiny_inputs(folder), "--lengths", "300,100"]
    return nextflow, folder, arguments, request.param, nextflow(folder, *arguments, parser=request.param)


def test_stub_of_the_whole_graph__every_process_runs_and_publishes(stub):
    *_, run = stub
    assert run.status == 0, run.output
    processes = {path.name.upper() for path in (ROOT / "modules" / "local").iterdir()}
    assert {name.split(" ")[0] for name in run.statuses()} == processes
    files = published(run.outdir)
    for dataset in [f"{task}_{length}" for task in TASKS for length in (100, 300)] + ["mine"]:
        assert f"datasets/{dataset}.parquet" in files
        assert f"metrics/{dataset}.metrics.tsv" in files
        assert f"predictions/{dataset}.lr.predictions.parquet" in files
        for model in ("cnn", "nt", "bert"):
            assert f"predictions/{dataset}.{model}.seed42.predictions.parquet" in files
        explained = dataset in ("mine", "high_vs_low_expression_300")
        assert (f"importance/{dataset}.cnn.seed42.shuffled.importance.parquet" in files) is explained
        assert (f"motifs/{dataset}.lr.motifs.json" in files) is explained
    assert {"report/report.html", "report/cost.html", "pipeline_info/cost.tsv"} <= files
    assert {f"pipeline_info/{name}" for name in ("trace.txt", "timeline.html", "execution.html", "dag.html")} <= files


def test_graph_in_the_report__has_every_process(stub):
    drawn = (ROOT / "assets" / "dag.svg").read_text()
    for path in (ROOT / "modules" / "local").iterdir():
        assert f">{path.name}</text>" in drawn, "run make dag"


def test_stub__versions_by_topic_name_every_process_but_the_last_two(stub):
    *_, run = stub
    lines = (run.outdir / "pipeline_info" / "versions.yml").read_text().splitlines()
    named = {line.rstrip(":") for line in lines if not line.startswith(" ")}
    assert named == {name.split(" ")[0] for name in run.statuses()} - {"REPORT", "SUMMARISE_COST"}


def test_stub__parameters_are_written_for_the_report_without_places_and_resources(stub):
    *_, run = stub
    parameters = json.loads((run.outdir / "pipeline_info" / "params.json").read_text())
    assert parameters["lengths"] == "300,100"
    assert not {"outdir", "max_memory", "container_cpu"} & parameters.keys()


def test_stub_resumed__all_tasks_come_from_the_cache_but_the_one_that_sums_costs(stub):
    nextflow, folder, arguments, parser, run = stub
    again = nextflow(folder, *arguments, "-resume", parser=parser)
    assert again.status == 0, again.output
    assert again.executed() == {"SUMMARISE_COST (cost)"}
    assert set(again.statuses().values()) == {"CACHED", "COMPLETED"}
    assert again.statuses().keys() == run.statuses().keys()


def test_stub_with_one_shorter_length_more__only_that_lengths_tasks_run(stub):
    nextflow, folder, arguments, parser, _ = stub
    longer = [*arguments[:-1], "300,100,200"]  # explained at 300
    executed = nextflow(folder, *longer, "-resume", parser=parser).executed()
    new = {f"{task}_200" for task in TASKS}
    assert executed == (
        {f"BUILD_LENGTH_VARIANTS ({name})" for name in new}
        | {f"TRAIN_BASELINE ({name}.lr)" for name in new}
        | {f"FINETUNE ({name}.{model}.seed42)" for name in new for model in ("cnn", "nt", "bert")}
        | {f"COMPARE_MODELS ({name})" for name in new}
        | {f"EVALUATE ({name})" for name in new}
        | {"REPORT (report)", "SUMMARISE_COST (cost)"}
    )
