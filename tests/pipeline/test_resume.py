"""-resume runs again what depends on a change, and nothing else. Stubs: it is the engine's cache that is tested.

A run here keeps no trace, which takes longer than all stubs together: what ran is read from the engine's lines. So
nothing is there to sum costs from either.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.conftest import tiny_inputs

pytestmark = pytest.mark.pipeline


def executed(run) -> set[str]:
    """Process and tag of all tasks that were not cached."""
    return {name.split(":")[-1] for name in re.findall(r"\] Submitted process > (\S+(?: \([^)]*\))?)", run.output)}


@pytest.fixture(scope="module", params=["v1", "v2"])
def finished(request, nextflow, project, tmp_path_factory):
    """A project of its own with one finished stub run; `again(...)` resumes it with other words."""
    copy = tmp_path_factory.mktemp("edited") / "lncprom"
    shutil.copytree(project, copy, symlinks=True)
    with open(copy / "nextflow.config", "a") as config:
        config.write("\ntrace.enabled = false\nreport.enabled = false\ntimeline.enabled = false\n")
    folder = tmp_path_factory.mktemp("resume")
    words = [
        "-stub-run",
        *tiny_inputs(folder),
        "--lengths",
        "100",
        "--tasks",
        "coding_vs_lncrna,promoter_vs_nonpromoter",
        "--explain",
        "coding_vs_lncrna",
    ]

    def again(*more: str):
        run = nextflow(folder, *words, *more, "-resume", of=copy, parser=request.param)
        assert run.status == 0, run.output
        return run

    assert len(executed(again())) > 40
    assert executed(again()) == set()
    return copy, again, folder


def steps(run) -> set[str]:
    return {name.split(" ")[0] for name in executed(run)}


EXPLAIN = {"SCORE_ATTENTION", "PROFILE_IMPORTANCE", "COMPARE_MOTIFS"}
MODELS = {"TRAIN_BASELINE", "FINETUNE", "EVALUATE", "COMPARE_MODELS", "REPORT"} | EXPLAIN
AFTER_TASKS = {"ASSIGN_FOLDS", "BUILD_LENGTH_VARIANTS"} | MODELS


@pytest.mark.parametrize(
    ("words", "rerun"),
    [
        (["--bootstrap", "50"], {"EVALUATE", "COMPARE_MODELS", "PROFILE_IMPORTANCE", "REPORT"}),
        (["--seeds", "42,43"], {"FINETUNE", "EVALUATE", "COMPARE_MODELS", "REPORT"} | EXPLAIN),
        (["--explain_samples", "9"], EXPLAIN | {"REPORT"}),
        (["--motif_fdr", "0.1"], {"COMPARE_MOTIFS", "REPORT"}),
        (["--min_distance", "2000"], {"SAMPLE_NEGATIVES"} | AFTER_TASKS),
        (["--fold_by", "sample"], AFTER_TASKS),
        (
            ["--tss_source", "canonical"],
            {"EXTRACT_TSS", "LABEL_EXPRESSION", "DEFINE_TASK", "SAMPLE_NEGATIVES"} | AFTER_TASKS,
        ),
        (["--report_title", "mine"], {"REPORT"}),
        (["--max_cpus", "1"], set()),
        (["--checkpoint_cache", "elsewhere", "--checkpoint_dir", "states", "--require_gpu", "false"], set()),
    ],
)
def test_a_parameter_changed__what_depends_on_it_runs_again(finished, words, rerun):
    _, again, _ = finished
    assert steps(again(*words)) == rerun


@contextmanager
def one_line_more(module: Path) -> Iterator[None]:
    """A comment at the module's end, gone again afterwards."""
    text = module.read_text()
    module.write_text(text + "\n# one line more\n")
    try:
        yield
    finally:
        module.write_text(text)


def test_a_line_of_the_package_changed__every_step_but_the_reports_own_runs_again(finished):
    copy, again, _ = finished
    module = copy / "bin" / "lncprom" / "metrics.py"
    with one_line_more(module):
        ran = steps(again())
    assert ran >= {path.name.upper() for path in (copy / "modules" / "local").iterdir()} - {
        "REPORT",
        "SUMMARISE_COST",
    }
    assert steps(again()) == set()


def test_a_line_of_the_report_changed__the_report_alone_runs_again(finished):
    copy, again, _ = finished
    module = copy / "bin" / "lncprom" / "report" / "page.py"
    with one_line_more(module):
        run = again()
    assert steps(run) == {"REPORT"}


def test_a_line_of_the_costs_changed__nothing_else_runs_again(finished):
    copy, again, _ = finished
    module = copy / "bin" / "lncprom" / "costs" / "advice.py"
    with one_line_more(module):
        run = again()
    assert steps(run) == set()


def test_a_package_of_the_tests_renewed__nothing_runs_again_and_one_of_a_step_does(finished):
    copy, again, _ = finished
    for name in ("test", "lint"):
        with one_line_more(copy / "containers" / name / "requirements.lock"):
            assert steps(again()) == set()
    with one_line_more(copy / "containers" / "cpu" / "requirements.lock"):
        assert "DEFINE_TASK" in steps(again())


@pytest.mark.parametrize("folder", ["attribution", "importance", "motifs"])
def test_a_line_of_explanation_changed__nothing_is_trained_anew(finished, folder):
    copy, again, _ = finished
    module = next((copy / "bin" / "lncprom" / folder).glob("[a-z]*.py"))
    with one_line_more(module):
        ran = steps(again())
    assert EXPLAIN <= ran <= EXPLAIN | {"REPORT"}


def test_a_row_of_the_models_sheet_changed__that_model_alone_is_trained_anew(finished):
    _, again, folder = finished
    sheet = folder / "models.csv"
    text = sheet.read_text()
    sheet.write_text(text.replace("hidden=8", "hidden=16"))
    run = again()
    sheet.write_text(text)
    assert {name.partition("(")[2].split(".")[1] for name in executed(run) if name.startswith("FINETUNE")} == {"cnn"}
    assert steps(run) == {"FINETUNE", "EVALUATE", "COMPARE_MODELS", "REPORT"} | EXPLAIN
