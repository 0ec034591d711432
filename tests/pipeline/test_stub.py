"""The whole graph as a stub: every process runs, every documented file is published, -resume repeats what changed.

Resumed runs write no trace, which takes longer than all stubs together; the tasks that ran are read from the output.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from helpers_docs import imported_make_docs
from helpers_nextflow import PARSERS, ROOT, Run, laboratory, tiny_inputs

pytestmark = pytest.mark.pipeline

TASKS = ("promoter_vs_nonpromoter", "high_vs_low_expression")
MODULES = {path.name.upper() for path in (ROOT / "modules" / "local").iterdir()}
APPLIED = {"APPLY_MODEL", "SCORE_VARIANTS", "SCAN_GENOME", "MERGE_SCAN", "REPORT_SCORES"}  # of --apply
PROCESSES = MODULES - APPLIED | {"TRY_SETTINGS"}  # FINETUNE by another name
TRIALS = ("TRY_SETTINGS", "CHOOSE_SETTINGS")
PROBES = ("EMBED", "TRAIN_PROBE")


class Stub(NamedTuple):
    """A finished stub run, the copy of the pipeline that made it, its folder, and how to resume it."""

    run: Run
    project: Path
    folder: Path
    resume: Callable[..., Run]


@pytest.fixture(scope="module", params=PARSERS)
def stub(request, nextflow, project, tmp_path_factory) -> Stub:
    copy = tmp_path_factory.mktemp("edited") / "lncprom"
    shutil.copytree(project, copy, symlinks=True)
    folder = tmp_path_factory.mktemp("stub")
    words = ["-stub-run", *tiny_inputs(folder), "-params-file", "params.json", "--lengths", "300"]
    words += ["--tasks", ",".join(TASKS), "--explain", "ready_made", "--tune", "2", *laboratory(folder)]
    words += [
        "--external",
        str(folder / "external.csv"),
        "--transfer",
        ":".join(TASKS),
        "--strata",
        "tata",
        "--train_fractions",
        "0.5,1",
    ]
    (folder / "external.csv").write_text("name,positives\nlab,train.csv\n")
    (folder / "wider.csv").write_text((folder / "models.csv").read_text().replace("hidden=8", "hidden=16"))
    (folder / "params.json").write_text('{"balance": "false"}')
    older = folder / "results" / "datasets" / "older.parquet"
    older.parent.mkdir(parents=True)
    older.write_text("from another run")
    first = nextflow(folder, *words, of=copy, **request.param)
    assert first.status == 0, first.output
    with open(copy / "nextflow.config", "a") as config:
        config.write("\ntrace.enabled = false\nreport.enabled = false\ntimeline.enabled = false\ndag.enabled = false\n")

    def resume(*more: str) -> Run:
        run = nextflow(folder, *words, *more, "-resume", of=copy, outdir="resumed", **request.param)
        assert run.status == 0, run.output
        return run

    return Stub(first, copy, folder, resume)


@pytest.fixture(scope="module")
def documented():
    with imported_make_docs() as make_docs:
        yield [file for file in make_docs.published() if file.step not in make_docs.APPLIED]


def test_stub_of_the_whole_graph__every_process_runs_and_publishes(stub):
    assert {name.split(" ")[0] for name in stub.run.statuses()} == PROCESSES
    files = stub.run.published()
    for dataset in [f"{task}_300" for task in TASKS] + ["mine"]:
        assert f"datasets/{dataset}.parquet" in files
        assert f"metrics/{dataset}.metrics.tsv" in files
        assert f"predictions/{dataset}.lr.predictions.parquet" in files
        for model in ("cnn", "nt", "bert", "probe"):
            assert f"predictions/{dataset}.{model}.seed42.predictions.parquet" in files
        explained = dataset == "mine"
        assert (f"importance/{dataset}.cnn.seed42.shuffled.importance.parquet" in files) is explained
        assert (f"motifs/{dataset}.lr.motifs.json" in files) is explained
        assert f"predictions/{dataset}.cnn.seed42.on.lab.transfer.parquet" in files
    assert "predictions/high_vs_low_expression_300.lr.on.promoter_vs_nonpromoter_300.transfer.parquet" in files
    assert "metrics/lab.metrics.tsv" not in files
    assert {"report/report.html", "report/cost.html", "pipeline_info/cost.tsv"} <= files
    assert {f"pipeline_info/{name}" for name in ("trace.txt", "timeline.html", "execution.html", "dag.html")} <= files


def test_published_files__those_in_the_docs(stub, documented):
    found = stub.run.published() - {"datasets/older.parquet"}
    assert sorted(path for path in found if not any(file.matches(path) for file in documented)) == []
    folder = re.compile(r"(models/.*\.model|(importance|motifs)/<dataset>\.<model>)/")  # empty in a stub run
    missing = {file.path for file in documented if not any(file.matches(path) for path in found)}
    assert missing == {file.path for file in documented if folder.match(file.path)}


@pytest.fixture
def apply(nextflow, project, tmp_path):
    """A stub run of `--apply` with a sheet of two names, one of them with two models."""
    for name in ("one.model", "two.model", "base"):
        (tmp_path / name).mkdir()
    for name in ("x.bed", "x.vcf.gz", "g.fa", "g.gtf"):
        (tmp_path / name).write_text("not read by a stub\n")
    (tmp_path / "s.csv").write_text("name,model_dir,checkpoint\na,one.model,\na,two.model,base\nb,one.model,\n")

    def run(*given):
        done = nextflow(tmp_path, "-stub-run", "--apply", "s.csv", "--fasta", "g.fa", *given, of=project)
        assert done.status == 0, done.output
        return done

    return run


def test_stub_of_applied_models__nothing_of_the_study_runs(apply, tmp_path):
    run = apply("--regions", "x.bed")
    assert (tmp_path / "work" / "training").is_dir()  # containers mount it
    scored = {"PREPARE_GENOME (genome)", "APPLY_MODEL (a)", "APPLY_MODEL (b)", "REPORT_SCORES (scores)"}
    assert set(run.statuses()) == scored
    assert {"scores/a.scores.tsv", "scores/b.scores.parquet", "report/scores.html"} <= run.published()


def test_stub_of_promoters_and_variants__scores_effects_and_saturation_by_each_name(apply):
    run = apply("--regions", "x.bed,x.vcf.gz", "--gtf", "g.gtf", "--saturate", "x.bed")
    changed = {"SCORE_VARIANTS (a)", "SCORE_VARIANTS (b)", "PREPARE_GENOME (genome)", "REPORT_SCORES (scores)"}
    assert set(run.statuses()) == changed | {"APPLY_MODEL (a)", "APPLY_MODEL (b)"}
    assert {"variants/a.variants.vcf.gz", "variants/b.saturation/saturation.tsv"} <= run.published()


@pytest.mark.full
def test_stub_of_a_scan__parts_of_chromosomes_and_their_tracks(apply):
    run = apply("--regions", "x.bed", "--scan")
    steps = APPLIED - {"APPLY_MODEL", "SCORE_VARIANTS"} | {"PREPARE_GENOME"}
    assert {name.split(" ")[0] for name in run.statuses()} == steps
    assert {"scan/a.plus.bw", "scan/b.peaks.bed"} <= run.published()


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
    assert versions.keys() == PROCESSES - {"REPORT", "SUMMARISE_COST"} | {"PIPELINE"}


def test_stub__parameters_for_the_report_typed_and_without_places_and_resources(stub):
    parameters = json.loads((stub.run.outdir / "pipeline_info" / "params.json").read_text())
    assert parameters["balance"] is False  # was text in the file of parameters
    assert not {"outdir", "max_memory", "container_cpu"} & parameters.keys()


def test_a_sites_profile__its_own_parameters_are_reported_and_left_alone(stub):
    reported = re.search(r"WARN: lncprom ignores these parameters of a configuration file: (.*)", stub.run.output)
    assert set(reported[1].split(", ")) == {"project", "igenomes_base"}


def test_outdir_with_data_sets_of_another_run__reported_and_left_alone(stub):
    assert re.search(r"WARN: .*results contains data sets of another run, .*: older", stub.run.output)
    assert (stub.run.outdir / "datasets" / "older.parquet").read_text() == "from another run"


class Change(NamedTuple):
    """What is changed: options, and files of the pipeline that get a line more.

    `again`: the steps that run again, each with a pattern of its tasks; `new`: tasks that the first run did not have.
    """

    words: tuple[str, ...]
    files: tuple[str, ...]
    again: dict[str, str]
    new: frozenset[str] = frozenset()


def all_of(*steps: str) -> dict[str, str]:
    return dict.fromkeys(steps, ".*")


SCORED = all_of("EVALUATE", "EVALUATE_TRANSFER", "COMPARE_MODELS", "MAKE_CLAIMS", "REPORT")
EXPLAINED = all_of("SCORE_ATTENTION", "PROFILE_IMPORTANCE", "COMPARE_MOTIFS", "REPORT")
# of the data sets that are built; only the ready-made one is explained
AFTER_TASKS = all_of("ASSIGN_FOLDS", "BUILD_LENGTH_VARIANTS", "MAKE_CLAIMS", "REPORT")
AFTER_TASKS |= {"AUDIT_LEAKS": ".*_300.*"}
AFTER_TASKS |= all_of("EVALUATE_TRANSFER") | dict.fromkeys(
    ("TRAIN_BASELINE", *TRIALS, "FINETUNE", *PROBES, "EVALUATE", "COMPARE_MODELS", "SCORE_TRANSFER"), ".*_300.*"
)
PACKAGE = all_of(*PROCESSES - {"SUMMARISE_COST"})
EXPLANATIONS = tuple(f"bin/lncprom/{name}/__init__.py" for name in ("attribution", "profiles", "motifs"))
ELSEWHERE = ("--max_cpus", "1", "--require_gpu", "false", "--checkpoint_dir", "states", "--checkpoint_cache", "cache")
LOCKS = ("containers/test/requirements.lock", "containers/lint/requirements.lock")
TUNED = ("cnn", "nt", "bert")


def scored_by(dataset: str, model: str, length: int) -> list[tuple[str, str]]:
    """SCORE_TRANSFER and the names of the tasks of a model: on the external set, and on the other task's."""
    others = [task for task in TASKS if f"{task}_{length}" != dataset and dataset != "mine"]
    return [("SCORE_TRANSFER", f".{model}.on.{other}") for other in ["lab", *(f"{task}_{length}" for task in others)]]


LENGTH_100 = frozenset(
    f"{step} ({task}_100{of})"
    for task in TASKS
    for step, of in (
        *((step, "") for step in ("BUILD_LENGTH_VARIANTS", "AUDIT_LEAKS", "EVALUATE", "COMPARE_MODELS")),
        *(
            pair
            for model in ("lr", "probe.seed42", *(f"{name}.seed42" for name in TUNED))
            for pair in scored_by(f"{task}_100", model, 100)
        ),
        ("TRAIN_BASELINE", ".lr"),
        *((step, ".probe.seed42") for step in PROBES),
        ("TRAIN_BASELINE", ".lr.seed42.fraction0.5"),
        *(
            (step, f".{model}{of}")
            for model in TUNED
            for step, of in (("FINETUNE", ".seed42"), ("FINETUNE", ".seed42.fraction0.5"), ("CHOOSE_SETTINGS", ""))
        ),
        *(("TRY_SETTINGS", f".{model}.trial{number}") for model in TUNED for number in (1, 2)),
    )
)
SEED_43 = frozenset(
    f"{step} ({dataset}.{model}.seed43{control})"
    for step, datasets, controls in (
        ("FINETUNE", [f"{task}_300" for task in TASKS] + ["mine"], ["", ".fraction0.5"]),
        ("SCORE_ATTENTION", ["mine"], [""]),
    )
    for dataset in datasets
    for model in TUNED
    for control in controls
) | frozenset(
    f"{step} ({dataset}{of})"
    for dataset in [f"{task}_300" for task in TASKS] + ["mine"]
    for model in TUNED
    for step, of in [*scored_by(dataset, f"{model}.seed43", 300), ("TRAIN_BASELINE", ".lr.seed43.fraction0.5")]
)
# independent changes share a run
CHANGES = {
    "package": Change((), ("bin/lncprom/evaluation/metrics.py",), PACKAGE),
    "contrasts, report, packages of the tests, where the run computes": Change(
        (*ELSEWHERE, "--contrasts", "rung,cnn:nt"),
        ("bin/lncprom/report/page.py", "bin/lncprom/report/costs/tally.py", *LOCKS),
        all_of("COMPARE_MODELS", "MAKE_CLAIMS", "REPORT"),
    ),
    "a shorter length more, code of explanations, prevalence, strata": Change(
        ("--lengths", "300,100", "--prevalence", "0.1", "--strata", "biotype,tata"),
        (*EXPLANATIONS, "bin/lncprom/study.py", "bin/lncprom/plot_style.py"),
        EXPLAINED | all_of("MAKE_CLAIMS", "EVALUATE", "EVALUATE_TRANSFER"),
        LENGTH_100,
    ),
    "where a TSS lies, resamplings, one row of the models sheet": Change(
        ("--tss_source", "canonical", "--bootstrap", "50", "--models", "wider.csv"),
        (),
        all_of("EXTRACT_TSS", "LABEL_EXPRESSION", "DEFINE_TASK", "SAMPLE_NEGATIVES", "PROFILE_IMPORTANCE")
        | AFTER_TASKS
        | SCORED
        | dict.fromkeys((*TRIALS, "FINETUNE", "SCORE_TRANSFER"), r".*(_300|\.cnn).*")
        | {"SCORE_ATTENTION": r".*\.cnn\..*", "COMPARE_MOTIFS": r".*\.cnn\)"},
    ),
}
RARER = {
    "packages of the steps": Change((), ("containers/cpu/requirements.lock",), PACKAGE),
    "seeds": Change(("--seeds", "42,43"), (), SCORED | EXPLAINED | {"SCORE_ATTENTION": ""}, SEED_43),
    "samples explained": Change(("--explain_samples", "9"), (), EXPLAINED),
    "motifs": Change(("--motif_fdr", "0.1"), (), all_of("COMPARE_MOTIFS", "REPORT")),
    "negatives": Change(("--min_distance", "2000"), (), AFTER_TASKS | all_of("SAMPLE_NEGATIVES")),
    "folds": Change(("--fold_by", "sample"), (), AFTER_TASKS),
    "title": Change(("--report_title", "mine"), (), all_of("REPORT")),
    **{name: Change((), (name,), EXPLAINED) for name in EXPLANATIONS},
}


@pytest.mark.parametrize("name", [*CHANGES, *(pytest.param(name, marks=pytest.mark.full) for name in RARER)])
def test_something_changed__the_tasks_that_depend_on_it_run_again_and_no_other(stub, name):
    words, files, again, new = (CHANGES | RARER)[name]
    texts = {stub.project / file: (stub.project / file).read_text() for file in files}
    for path, text in texts.items():
        path.write_text(f"{text}\n# one line more\n")
    found = stub.resume(*words).submitted()
    for path, text in texts.items():
        path.write_text(text)
    first = set(stub.run.statuses())
    assert found - first == new
    steps = {task: task.partition(" ")[0] for task in first}
    assert found - new == {task for task, step in steps.items() if re.fullmatch(f"{step} {again.get(step, '')}", task)}
