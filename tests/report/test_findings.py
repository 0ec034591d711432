"""The sentences of the report: findings beside trivial baselines, and warnings."""

from __future__ import annotations

import doctest

import polars as pl
import pytest

import helpers_report
from lncprom import study
from lncprom.report import datasets_section, headline, results_tables, titles
from lncprom.report.costs import page
from lncprom.report.results import Results, Score, verdict
from lncprom.tables.metrics import METRICS

HIGH, CODING = "high_vs_low_expression", "coding_vs_lncrna"


def results(*rows: tuple) -> Results:
    """MCC of (task, model, seed, fold, value, low, high), perhaps with the length."""
    given = [
        (f"{task}_{n}", task, n, model, seed, fold, "mcc", value, low, high, None, 200, 100, 180)
        for task, model, seed, fold, value, low, high, n in ((*row, 300)[:8] for row in rows)
    ]
    return Results(METRICS.frame(given), {})


def score(value: float | None, low: float | None, high: float | None) -> Score:
    return Score(value, low, high, 1, 200, 100, 180)


@pytest.mark.parametrize(
    ("model", "trivial", "wanted"),
    [
        (score(0.8, 0.7, 0.9), score(0.5, 0.4, 0.69), "better"),
        (score(0.8, 0.7, 0.9), score(0.5, 0.4, 0.7), "similar"),
        (score(0.3, 0.2, 0.39), score(0.5, 0.4, 0.6), "worse"),
        (score(0.8, 0.7, 0.9), None, "no baseline"),
        (score(None, None, None), score(0.5, 0.4, 0.6), "undefined"),
    ],
)
def test_two_intervals__verdict_on_the_model(model, trivial, wanted):
    assert verdict(model, trivial) == wanted
    assert wanted in headline.VERDICTS


def test_best_model__chosen_on_dev_and_compared_with_the_best_trivial_baseline_on_test():
    found = results(
        (CODING, "a", 1, "dev", 0.9, 0.8, 1.0),
        (CODING, "a", 1, "test", 0.5, 0.4, 0.6),
        (CODING, "b", 1, "dev", 0.6, 0.5, 0.7),
        (CODING, "b", 1, "test", 0.95, 0.9, 1.0),
        (CODING, "gc_cpg", 1, "test", 0.2, 0.1, 0.3),
        (CODING, "biotype", 1, "test", 0.3, 0.2, 0.39),
    )
    finding = found.finding(found.datasets[0])
    assert (finding.model, finding.score.value) == ("a", 0.5)
    assert (finding.trivial, finding.verdict) == ("biotype", "better")


def test_sentences__counted_from_the_scores():
    found = results(
        (HIGH, "logistic_regression", 1, "test", 0.6, 0.5, 0.7),
        (HIGH, "biotype", 1, "test", 0.7, 0.6, 0.8),
        (CODING, "logistic_regression", 1, "test", 0.6, 0.5, 0.7),
        (CODING, "gc_cpg", 1, "test", 0.1, 0.0, 0.2),
    )
    findings = [found.finding(dataset) for dataset in found.leading]
    asked, answer, others = headline.sentences(found, findings, "95%")
    assert asked.endswith("tests logistic regression and 2 trivial baselines on 2 tasks of the study at 300 bp.")
    assert answer == (
        "At 300 bp, the best model is significantly better than the best trivial baseline in 1 of 2 tasks (the 95% "
        "intervals of MCC do not overlap). The difference is clearest in protein-coding vs lncRNA: MCC \u00d7 100 is "
        "60.0 [50.0, 70.0] for logistic regression and 10.0 [0.0, 20.0] for GC + CpG only."
    )
    assert others == (
        "It is not significantly better in high vs low expression (60.0 [50.0, 70.0] for logistic regression and 70.0 "
        "[60.0, 80.0] for biotype only)."
    )


def test_no_model_scored__no_claim():
    found = results((CODING, "gc_cpg", 1, "test", 0.1, 0.0, 0.2))
    assert found.finding(found.datasets[0]) is None
    assert len(headline.sentences(found, [], "95%")) == 1


def test_lengths_without_300__the_smallest_leads():
    found = results(*((CODING, "a", 1, "test", 0.5, 0.4, 0.6, n) for n in (1000, 200, 500)))
    assert found.length == 200
    assert [dataset.length for dataset in found.datasets] == [200, 500, 1000]
    assert [dataset.name for dataset in found.leading] == ["coding_vs_lncrna_200"]


def test_order_of_models__linear_then_cnn_then_the_studys_then_by_name_then_trivial_baselines():
    linear = ("gapped_kmers", "logistic_regression", "position_ladder")
    names = ("zeta", "biotype", "dnabert2", "gc_cpg", "alpha", "dnabert_3", "cnn", "position", *linear)
    found = results(*((CODING, name, 1, "test", 0.5, 0.4, 0.6) for name in names))
    ladder = ["logistic_regression", "position_ladder", "gapped_kmers", "cnn"]
    assert found.models == [*ladder, "dnabert2", "dnabert_3", "alpha", "zeta"]
    assert found.trivial == ["gc_cpg", "position", "biotype"]
    assert [name for name, _, _ in results_tables.by_task(found).rows][:4] == [
        *("Logistic regression (LR)", "NT-500M-human", "DNABERT-2", "dnabert_3, DNABERT (3-mer)"),
    ]


@pytest.fixture
def run(tmp_path) -> tuple[dict, pl.DataFrame]:
    """Cards and metrics."""
    given = helpers_report.make(tmp_path, tasks=(CODING,), lengths=(300,), imported=())
    found = helpers_report.read({name: given[name] for name in ("--cards", "--metrics")})
    return found.cards, found.metrics


def warned(cards: dict, frame: pl.DataFrame, parameters: dict | None = None) -> list[tuple[str, str]]:
    found = Results(frame, cards)
    return datasets_section.warnings(found, datasets_section.views(found, cards), frame, cards, parameters or {})


CARD = "coding_vs_lncrna_300.dataset.json"
TITLE = "Task 4: protein-coding vs lncRNA, 300 bp"


def test_size_of_the_test_split__the_only_warning_and_its_level(run):
    text = "The test split has fewer than 100 sequences, so intervals are wide: Task 4: protein-coding vs lncRNA (60)."
    assert warned(*run) == [("note", text)]
    for size, level in ((0, None), (1, "bad"), (19, "bad"), (20, "note"), (99, "note"), (100, None)):
        run[0][CARD]["counts"]["fold"]["test"] = size
        found = [line[0] for line in warned(*run) if "has fewer than" in line[1]]
        assert found == ([level] if level else []), size


def test_split_of_one_class_or_none__warned(run):
    run[0][CARD]["counts"]["fold_by_label"] |= {"test": {"0": 0, "1": 60}, "dev": {}}
    run[0][CARD]["counts"]["fold"]["dev"] = 0
    found = warned(*run)
    assert ("bad", f"Only one class is present, so metrics are meaningless: {TITLE} (test).") in found
    assert ("bad", f"A split has no sequences: {TITLE} (dev).") in found


def test_model_that_predicts_one_class__named(run):
    found, frame = run
    stuck = (pl.col("model") == "gc_cpg") & (pl.col("fold") == "test") & (pl.col("metric") == "mcc")
    values = [pl.when(stuck).then(0.0).otherwise(name).alias(name) for name in ("value", "ci_low", "ci_high")]
    text = "Models that predict one class for every sample (MCC 0): GC + CpG only on Task 4, 300 bp."
    assert ("note", text) in warned(found, frame.with_columns(values))
    assert ("note", text) not in warned(found, frame)


def test_more_than_a_twentieth_removed__warned_with_the_fraction(run):
    text = f"{TITLE}: 200 of 800 samples (25%) were removed when sequences were extracted."
    for removed, wanted in ((200, [("bad", text)]), (30, [])):
        run[0][CARD]["dropped"] = {"window with N": removed}
        assert [line for line in warned(*run) if "removed" in line[1]] == wanted


def test_note_of_a_step_that_affects_the_results__reported_once(run):
    note = "no promoters were given: annotated TSSs of protein-coding genes stand in for them"
    for record in (record for card in run[0].values() for record in card["upstream"]):
        if record["step"] == "define_task":
            record["notes"] = [note]
    assert [text for _, text in warned(*run) if note in text] == [f"Task 4: protein-coding vs lncRNA: {note}"]


def test_demo_data_undefined_metric_or_no_card__warned(run):
    cards, frame = run
    level, text = warned(cards, frame, {"fasta": "/home/me/lncprom/assets/demo/genome.fa.gz"})[0]
    assert level == "bad"
    assert "simulated" in text
    auroc = (pl.col("metric") == "auroc") & (pl.col("fold") == "test")
    frame = frame.with_columns(pl.when(auroc).then(None).otherwise("value").alias("value"))
    assert ("bad", "Metrics on the test split are undefined: coding_vs_lncrna_300.") in warned(cards, frame)
    text = "No card was given for coding_vs_lncrna_300, so the report cannot show how they were made."
    assert ("note", text) in warned({}, frame)


def test_files_between_two_steps__not_among_the_inputs(run):
    facts = {"file": "labelled.genes.parquet", "bytes": 1, "sha256": "0" * 64}
    run[0][CARD]["inputs"] = {"genes": facts, "gtf": facts | {"file": "mine.gtf.gz"}}
    names = {entry["file"] for entry in datasets_section.inputs(run[0])}
    assert names & {"mine.gtf.gz", "labelled.genes.parquet"} == {"mine.gtf.gz"}


@pytest.mark.parametrize("module", [titles, page, study])
def test_examples_in_docstrings__true(module):
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed
