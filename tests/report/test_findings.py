"""The sentences of the report: findings beside trivial baselines, and warnings."""

from __future__ import annotations

import doctest

import polars as pl
import pytest

import helpers_report
from lncprom import study
from lncprom.report import (
    comparisons_section,
    datasets_section,
    figures,
    headline,
    methods,
    reliability_section,
    results_tables,
    strata_section,
    titles,
)
from lncprom.report.costs import page
from lncprom.report.results import Results
from lncprom.sites import task_names
from lncprom.tables.metrics import CLAIMS, METRICS, RELIABILITY, SEEDS, STRATA

HIGH, CODING = "high_vs_low_expression", "coding_vs_lncrna"


def results(*rows: tuple) -> Results:
    """MCC of (task, model, seed, fold, value, low, high), perhaps with the length."""
    given = [
        (f"{task}_{n}", task, n, model, 1, seed, fold, "raw", 0.5, "mcc", value, low, high, None, 200, 100, 180)
        for task, model, seed, fold, value, low, high, n in ((*row, 300)[:8] for row in rows)
    ]
    return Results(METRICS.frame(given), {})


def test_model_and_rung__chosen_on_dev_although_others_score_more_on_test():
    found = results(
        (CODING, "a", 1, "dev", 0.9, 0.8, 1.0),
        (CODING, "a", 1, "test", 0.5, 0.4, 0.6),
        (CODING, "b", 1, "dev", 0.6, 0.5, 0.7),
        (CODING, "b", 1, "test", 0.95, 0.9, 1.0),
        (CODING, "gc_cpg", 1, "dev", 0.25, 0.1, 0.3),
        (CODING, "gc_cpg", 1, "test", 0.2, 0.1, 0.3),
        (CODING, "biotype", 1, "dev", 0.1, 0.0, 0.2),
        (CODING, "biotype", 1, "test", 0.3, 0.2, 0.39),
    )
    finding = found.finding(found.datasets[0])
    assert (finding.model, finding.score.value, finding.rung) == ("a", 0.5, "gc_cpg")


def test_no_model_scored_or_none_on_dev__no_finding_or_the_first_without_a_rung():
    found = results((CODING, "gc_cpg", 1, "test", 0.1, 0.0, 0.2))
    assert found.finding(found.datasets[0]) is None
    found = results((CODING, "b", 1, "test", 0.5, 0.4, 0.6), (CODING, "gc_cpg", 1, "test", 0.1, 0.0, 0.2))
    assert found.finding(found.datasets[0])[1::2] == ("b", None)
    assert headline.opening(found).endswith("tests b and 1 trivial baseline on 1 task of the study at 300 bp.")


def test_ladder__from_the_trivial_baselines_up_with_intervals_and_the_rung():
    rows = [(CODING, m, 1, fold, 0.5, 0.4, 0.6) for m in ("dnabert_3", "gc_cpg", "cnn") for fold in ("dev", "test")]
    found = results(*rows, (CODING, "biotype", 1, "test", 0.7, 0.6, 0.8), (CODING, "mine", 1, "dev", 0.1, 0.0, 0.2))
    drawn = figures.ladder(found, found.finding(found.datasets[0]))
    each = "50.0 [40.0, 60.0]"
    assert (
        f">GC + CpG only: {each}; Biotype only: 70.0 [60.0, 80.0]; CNN: {each}; dnabert_3: {each}; best trivial "
        "baseline on dev: GC + CpG only</desc>"
    ) in drawn


def test_ladder_without_scores__a_sentence_and_with_those_of_baselines_alone_a_figure():
    nothing = results((CODING, "cnn", 1, "dev", 0.5, 0.4, 0.6), (CODING, "cnn", 1, "test", None, None, None))
    assert "No model has a score here" in figures.ladder(nothing, nothing.finding(nothing.datasets[0]))
    of = [(CODING, "cnn", 1, "dev", 0.5, 0.4, 0.6), (CODING, "cnn", 1, "test", None, None, None)]
    found = results(*of, (CODING, "gc_cpg", 1, "dev", 0.5, 0.4, 0.6), (CODING, "gc_cpg", 1, "test", 0.5, 0.4, 0.6))
    assert ">GC + CpG only: 50.0" in figures.ladder(found, found.finding(found.datasets[0]))


def test_claims__of_the_chosen_model_first_then_of_the_task_and_none_of_another():
    about = [("b", CODING, 300), ("a", CODING, 300), ("a", CODING, 500), ("a", HIGH, 300)]
    numbers = ("mcc", *[0.1] * 7, 3, 1, 1, 100, 60, "better")
    claims = CLAIMS.frame(
        (f"{model} on {task} at {n}", f"{task}_{n}", task, n, "rung", model, "gc_cpg", *numbers)
        for model, task, n in about
    )
    scores = [(task, "a", 1, fold, 0.5, 0.4, 0.6) for task in (CODING, "mine") for fold in ("dev", "test")]
    found = results(*scores)
    said = [headline.said(claims, found.finding(dataset)) for dataset in found.leading]
    sentences = [[[row["sentence"] for row in part] for part in parts] for parts in said]
    assert sentences == [[[f"a on {CODING} at 300"], [f"b on {CODING} at 300", f"a on {CODING} at 500"]], [[], []]]
    assert found.groups == "groups of overlapping loci (in ready-made sets: of similar sequences)"


def test_reliability_and_thresholds__of_the_model_on_dev_and_where_moved(tmp_path):
    run = helpers_report.read(helpers_report.make(tmp_path, (CODING,), (300,), ()))
    name, found = f"{CODING}_300", Results(run.metrics, run.cards)
    bins = [
        (name, CODING, 300, model, 42, kind, at, value, value, 0.1, 0.9, 9, 9)
        for kind in ("raw", "calibrated")
        for model in ("logistic_regression", "gc_cpg")
        for at, value in ((1, 0.2), (2, 0.8))
    ]
    errors = [(name, CODING, 300, "logistic_regression", 1, "test", "calibrated", "rms_calibration_error", 1, 0.021)]
    given = run._replace(
        reliability=RELIABILITY.frame(bins), calibrated=SEEDS.frame((*row, *[None] * 4, 60, 30, 54) for row in errors)
    )
    ((title, figure),) = reliability_section.curves(found, given, [found.finding(found.datasets[0])])
    assert title == "Logistic regression, Task 4, 300 bp"
    assert ">raw; calibrated (RMS error 0.02)</desc>" in figure
    assert reliability_section.thresholds(found, run.metrics) == []
    moved = run.metrics.with_columns(pl.when(pl.col("model") == "gc_cpg").then(0.31).otherwise(0.5).alias("threshold"))
    assert reliability_section.thresholds(found, moved) == [f"GC + CpG only on {TITLE}: 0.31"]


def test_strata__a_line_for_each_level_small_ones_grey_and_one_class_without_a_score(tmp_path):
    run = helpers_report.read(helpers_report.make(tmp_path, (CODING,), (300,), ()))
    name, found = f"{CODING}_300", Results(run.metrics, run.cards)
    levels = [("biotype", "lncRNA", 0.5, 60), ("tata", "yes", 0.25, 49), ("tata", "no", None, 80)]
    rows = [
        (name, CODING, 300, "logistic_regression", 1, stratum, level, metric, 1, value, 0.1, 0.9, None, 100, 50, groups)
        for stratum, level, value, groups in levels
        for metric in ("mcc", "auroc")
    ]
    given = run._replace(strata=STRATA.frame(rows))
    assert [strata_section.is_small(row) for row in given.strata.filter(metric="mcc").to_dicts()] == [False, True, True]
    ((title, figure),) = strata_section.panels(found, given, [found.finding(found.datasets[0])])
    assert title == "Task 4, 300 bp"
    told = (
        "Biotype lncRNA: 50.0 [10.0, 90.0] (n 100)",
        "TATA box yes: 25.0 [10.0, 90.0] (n 100)",
        "TATA box no: no score",
    )
    assert all(f"Logistic regression, {line}" in figure for line in told)
    assert strata_section.panels(found, run, [found.finding(found.datasets[0])]) == []


def test_strata_of_a_regression__spearmans_correlation(tmp_path):
    run = helpers_report.read(helpers_report.make(tmp_path, (CODING,), (300,), ()))
    spearman = run.metrics.filter(metric="mcc").with_columns(metric=pl.lit("spearman"))
    found, about = Results(pl.concat([run.metrics, spearman]), run.cards), (f"{CODING}_300", CODING, 300)
    rows = [
        (*about, "logistic_regression", 1, "biotype", "lncRNA", metric, 1, value, 0.1, 0.9, None, 100, 50, 60)
        for metric, value in (("mcc", 0.2), ("spearman", 0.5))
    ]
    given = run._replace(strata=STRATA.frame(rows))
    ((_, figure),) = strata_section.panels(found, given, [found.finding(found.datasets[0])])
    assert "Spearman by stratum" in figure
    assert "Logistic regression, Biotype lncRNA: 50.0 [10.0, 90.0] (n 100)" in figure


def test_lengths_without_300__the_smallest_leads():
    found = results(*((CODING, "a", 1, "test", 0.5, 0.4, 0.6, n) for n in (1000, 200, 500)))
    assert found.length == 200
    assert [dataset.length for dataset in found.datasets] == [200, 500, 1000]
    assert [dataset.name for dataset in found.leading] == ["coding_vs_lncrna_200"]


def test_a_task_that_the_study_lacks__has_a_title_and_no_number_and_is_no_ready_made_set():
    own = "lncrna_high_vs_low"
    found = results(*((task, "a", 1, "test", 0.5, 0.4, 0.6) for task in (own, CODING)))
    assert [dataset.title for dataset in found.leading] == [
        "Task 4: protein-coding vs lncRNA, 300 bp",
        "High vs low lncRNA, 300 bp",
    ]
    assert (found.tasks, found.cells) == ([CODING, own], [])
    assert [dataset.study for dataset in found.built] == [True, False]
    assert task_names.classes("lncrna_broad_vs_specific") == ("broad", "tissue-specific")
    assert "2 tasks (1 of the study) at 300 bp" in headline.opening(found)
    assert study.compare({"step": "build_length_variants", "task": own}) == (
        study.Comparison(False, "the study does not have this task")
    )


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


@pytest.mark.parametrize("module", [titles, page, study, comparisons_section, methods])
def test_examples_in_docstrings__true(module):
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed
