"""The real pipeline on the demo data: what it publishes, that it is the same each time, what a fault leaves."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections import Counter

import polars as pl
import pytest

from pipeline.conftest import BASELINE

pytestmark = pytest.mark.pipeline

DATASETS = {"promoter_vs_nonpromoter_200", "high_vs_low_expression_200", "demo_ready"}


@pytest.fixture(scope="module")
def done(nextflow, tmp_path_factory):
    run = nextflow(tmp_path_factory.mktemp("run"), "-profile", "test,venv")
    assert run.status == 0, run.output
    return run


def digests(outdir, *folders: str) -> dict[str, str]:
    files = sorted(path for folder in folders for path in (outdir / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(outdir)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_profile_test__data_sets_predictions_and_metrics_belong_together(done):
    for name in DATASETS:
        dataset = pl.read_parquet(done.outdir / "datasets" / f"{name}.parquet")
        predictions = pl.read_parquet(
            done.outdir / "predictions" / f"{name}.logistic_regression.predictions.parquet"
        ).filter(pl.col("model") == "logistic_regression")
        assert predictions["sample_id"].sort().equals(dataset["sample_id"].sort())
        card = json.loads((done.outdir / "datasets" / f"{name}.dataset.json").read_text())
        assert card["counts"]["label"] == {
            str(label): count for label, count in sorted(dataset["label"].value_counts().iter_rows())
        }
        with open(done.outdir / "metrics" / f"{name}.metrics.tsv", newline="") as handle:
            rows = [row for row in csv.DictReader(handle, delimiter="\t") if row["metric"] == "mcc"]
        test = next(row for row in rows if row["fold"] == "test" and row["model"] == "logistic_regression")
        assert 0.3 < float(test["value"]) <= 1
        assert float(test["ci_low"]) <= float(test["value"]) <= float(test["ci_high"])


def test_profile_test__the_report_is_whole(done):
    html = (done.outdir / "report" / "report.html").read_text()
    assert html.rstrip().endswith("</html>")
    for word in ("high vs low expression", "demo_ready", "prepare_genome", "scipy"):
        assert word in html


def test_profile_test__every_task_that_had_ended_is_in_the_costs_once(done):
    with open(done.outdir / "pipeline_info" / "cost.tsv", newline="") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    ended = [row["name"].split(":")[-1].split(" ")[0].lower() for row in done.trace()]
    assert ended.pop() == "summarise_cost"
    assert {row["step"]: int(row["tasks"]) for row in rows if row["level"] == "step"} == Counter(ended)
    assert {row["dataset"] for row in rows if row["level"] == "model"} == DATASETS
    assert sum(int(row["tasks"]) for row in rows if row["level"] in ("model", "no_model")) == len(ended)
    run = next(row for row in rows if row["level"] == "run")
    assert float(run["cpu_hours_used"]) > 0
    assert float(run["gpu_hours"]) == 0
    assert (done.outdir / "report" / "cost.html").read_text().rstrip().endswith("</html>")


def test_run_again_elsewhere__same_bytes(done, nextflow, tmp_path):
    again = nextflow(tmp_path, "-profile", "test,venv", parser="v2")
    assert again.status == 0, again.output
    compared = ("datasets", "predictions", "metrics", "importance", "motifs", "report")
    found, wanted = digests(again.outdir, *compared), digests(done.outdir, *compared)
    timed = {name for name in wanted if name.startswith("importance/") and name.endswith(".importance.json")}
    assert found.keys() == wanted.keys()  # cards of explanations hold those of trainings, with the time they took
    assert {name for name in wanted if found[name] != wanted[name]} <= timed | {"report/cost.html"}


def test_a_broken_gtf__its_step_says_why_in_one_line_and_the_run_fails(nextflow, tmp_path):
    (tmp_path / "short.gtf.gz").write_bytes(gzip.compress(b"chr1\tx\tgene\t1\t2\t.\t+\t.\n"))
    run = nextflow(tmp_path, "-profile", "test,venv", "--gtf", "short.gtf.gz", *BASELINE)
    assert run.status != 0
    assert "Error: short.gtf.gz, line 1: 8 columns, GTF needs 9" in run.output
    assert not (run.outdir / "datasets" / "genes").exists()
    assert not (run.outdir / "report").exists()


def test_two_fasta_files_of_one_name__positives_and_negatives_of_a_data_set(nextflow, tmp_path):
    for folder, letters in (("positives", "CG"), ("negatives", "AT")):
        (tmp_path / folder).mkdir()
        records = [f">{folder}{i}\n{(letters * 30)[i % 2 :][:50]}{'ACGT'[i % 4]}\n" for i in range(80)]
        (tmp_path / folder / "x.fa").write_text("".join(records))
    (tmp_path / "sets.csv").write_text("name,train,tss_index\npair,positives/x.fa;negatives/x.fa,25\n")
    words = ("--input", "sets.csv", "--bootstrap", "20", "--explain", "none", *BASELINE)
    run = nextflow(tmp_path, "-profile", "venv", *words)
    assert run.status == 0, run.output
    card = json.loads((run.outdir / "datasets" / "pair.dataset.json").read_text())
    assert card["counts"]["label"] == {"0": 80, "1": 80}
