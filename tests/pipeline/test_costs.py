"""Costs of a run: suggested resources passed by -c, and runs whose trace is elsewhere or lacks a column."""

from __future__ import annotations

import pytest

from helpers_nextflow import BASELINE, PARSERS, read_trace, tiny_inputs
from lncprom.report.costs.page import configuration
from lncprom.report.costs.tally import GIB, MIB, Ask

pytestmark = pytest.mark.pipeline

ASKED = {
    "import_dataset": Ask(1, 512 * MIB, 3),
    "train_baseline": Ask(None, 1 * GIB, 2),
    "report": Ask(1, None, 7),
}


@pytest.fixture
def few(tmp_path):
    """Arguments of a stub run of six tasks."""
    tiny_inputs(tmp_path)
    return ["-stub-run", "--input", str(tmp_path / "sets.csv"), *BASELINE, "--explain", "none"]


@pytest.mark.parametrize("parser", PARSERS)
def test_suggestions_passed_by_c_and_a_trace_elsewhere__used_and_all_results_published(nextflow, few, tmp_path, parser):
    (tmp_path / "resources.config").write_text(configuration(ASKED))
    run = nextflow(tmp_path, *few, "-c", "resources.config", "-with-trace", "elsewhere.txt", **parser)
    assert run.status == 0, run.output
    assert "No report/cost.html: this run writes no" in run.output
    rows = {row["process"].split(":")[-1].lower(): row for row in read_trace(tmp_path / "elsewhere.txt")}
    steps = {"import_dataset", "audit_leaks", "train_baseline", "evaluate", "compare_models", "make_claims", "report"}
    assert rows.keys() == steps
    found = {step: tuple(rows[step][name] for name in ("cpus", "memory")) for step in ASKED}
    assert found == {
        "import_dataset": ("1", str(512 * MIB)),
        "train_baseline": ("2", str(GIB)),  # its CPUs by its label, as before
        "report": ("1", str(2 * GIB)),
    }
    assert {rows[step]["time"] for step in ASKED} == {"-"}  # none where Nextflow computes itself
    published = run.published()
    assert {"datasets/mine.parquet", "models/mine.logistic_regression.kmers.tsv", "report/report.html"} <= published
    assert not [name for name in published if name.rpartition("/")[2] in ("cost.html", "cost.tsv", "resources.config")]


@pytest.mark.full
def test_a_trace_without_a_column__the_run_succeeds_and_names_it(nextflow, few, tmp_path):
    (tmp_path / "fields.config").write_text("trace.fields = 'name,status,%cpu'\n")
    run = nextflow(tmp_path, *few, "-c", "fields.config")
    assert run.status == 0, run.output
    assert "trace.txt has no column realtime; change trace.fields" in run.output
    assert (run.outdir / "report" / "report.html").exists()
    assert not (run.outdir / "report" / "cost.html").exists()
