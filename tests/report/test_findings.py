"""What the report says in words: findings against floors, and what a reader must know first."""

from __future__ import annotations

import polars as pl
import pytest

import helpers_report
from lncprom import provenance
from lncprom.report import datasets_section, headline, inputs, results_tables, titles
from lncprom.report.results import Results, Score, verdict
from lncprom.tables.metrics import METRICS

SHARED = {"task": "coding_vs_lncrna", "length": 300, "n": 200, "n_positive": 100, "n_groups": 180}


def scores(*rows: tuple) -> pl.DataFrame:
    """MCC of (data set, model, seed, fold, value, low, high); the task is the data set's name up to its length."""
    given = [
        SHARED
        | {"dataset": name, "task": name.rsplit("_", 1)[0], "length": int(name.rsplit("_", 1)[1])}
        | {"model": model, "seed": seed, "fold": fold, "metric": "mcc", "value": value, "ci_low": low, "ci_high": high}
        | {"file": "m.tsv"}
        for name, model, seed, fold, value, low, high in rows
    ]
    return pl.DataFrame(given, schema=METRICS.schema | {"file": pl.String})


def score(value: float | None, low: float | None, high: float | None) -> Score:
    return Score(value, low, high, 1, 200, 100, 180)


@pytest.mark.parametrize(
    ("model", "floor", "said"),
    [
        (score(0.8, 0.7, 0.9), score(0.5, 0.4, 0.69), "above"),
        (score(0.8, 0.7, 0.9), score(0.5, 0.4, 0.7), "overlaps"),
        (score(0.3, 0.2, 0.39), score(0.5, 0.4, 0.6), "below"),
        (score(0.8, 0.7, 0.9), None, "no floor"),
        (score(None, None, None), score(0.5, 0.4, 0.6), "undefined"),
    ],
)
def test_two_intervals__what_they_say_of_model_and_floor(model, floor, said):
    assert verdict(model, floor) == said
    assert said in headline.VERDICTS


def test_best_model__chosen_on_dev_and_held_against_the_best_floor_on_test():
    found = Results(
        scores(
            ("coding_vs_lncrna_300", "a", 1, "dev", 0.9, 0.8, 1.0),
            ("coding_vs_lncrna_300", "a", 1, "test", 0.5, 0.4, 0.6),
            ("coding_vs_lncrna_300", "b", 1, "dev", 0.6, 0.5, 0.7),
            ("coding_vs_lncrna_300", "b", 1, "test", 0.95, 0.9, 1.0),
            ("coding_vs_lncrna_300", "gc_cpg", 1, "test", 0.2, 0.1, 0.3),
            ("coding_vs_lncrna_300", "biotype", 1, "test", 0.3, 0.2, 0.39),
        ),
        {},
    )
    finding = found.finding(found.datasets[0])
    assert (finding.model, finding.score.value) == ("a", 0.5)
    assert (finding.floor, finding.verdict) == ("biotype", "above")


def test_sentences__counted_from_the_scores():
    rows = [
        ("high_vs_low_expression_300", "logistic_regression", 1, "test", 0.6, 0.5, 0.7),
        ("high_vs_low_expression_300", "biotype", 1, "test", 0.7, 0.6, 0.8),
        ("coding_vs_lncrna_300", "logistic_regression", 1, "test", 0.6, 0.5, 0.7),
        ("coding_vs_lncrna_300", "gc_cpg", 1, "test", 0.1, 0.0, 0.2),
    ]
    found = Results(scores(*rows), {})
    findings = [found.finding(dataset) for dataset in found.leading]
    asked, answer, others = headline.sentences(found, findings, "95%")
    assert asked.endswith("Asked of logistic regression, beside two floors, on two tasks of the study at 300 bp.")
    assert "above that of the best floor in one of two tasks, protein-coding vs lncRNA (60.0 [50.0, 70.0])" in answer
    assert others == (
        "It does not in high vs low expression (60.0 [50.0, 70.0] against 70.0 [60.0, 80.0] of biotype only)."
    )
    every = Results(scores(*rows[2:]), {})
    assert headline.sentences(every, [every.finding(every.datasets[0])], "95%")[1].startswith(
        "At 300 bp the model's 95% interval of MCC lies above that of the best floor in every task"
    )


def test_no_model_scored__asked_and_nothing_claimed():
    found = Results(scores(("coding_vs_lncrna_300", "gc_cpg", 1, "test", 0.1, 0.0, 0.2)), {})
    assert found.finding(found.datasets[0]) is None
    assert len(headline.sentences(found, [], "95%")) == 1


def test_lengths_without_300__the_smallest_leads():
    rows = [(f"coding_vs_lncrna_{n}", "a", 1, "test", 0.5, 0.4, 0.6) for n in (1000, 200, 500)]
    found = Results(scores(*rows), {})
    assert found.length == 200
    assert [dataset.length for dataset in found.datasets] == [200, 500, 1000]
    assert [dataset.name for dataset in found.leading] == ["coding_vs_lncrna_200"]


def test_order_of_models__the_studys_then_by_name_then_floors():
    names = ("zeta", "biotype", "dnabert2", "gc_cpg", "alpha", "logistic_regression", "dnabert_3")
    found = Results(scores(*(("coding_vs_lncrna_300", name, 1, "test", 0.5, 0.4, 0.6) for name in names)), {})
    assert found.models == ["logistic_regression", "dnabert2", "dnabert_3", "alpha", "zeta"]
    assert found.floors == ["gc_cpg", "biotype"]
    assert [row.name for row in results_tables.by_task(found).rows][:4] == [
        *("Logistic regression (LR)", "NT-500M-human", "DNABERT-2", "dnabert_3, DNABERT (3-mer)"),
    ]


@pytest.fixture
def run(tmp_path) -> tuple[dict, pl.DataFrame]:
    given = helpers_report.make(tmp_path, tasks=("coding_vs_lncrna",), lengths=(300,), imported=())
    return {path.name: provenance.read(path) for path in given["--cards"].glob("*.json")}, inputs.read(
        given["--cards"], given["--metrics"]
    ).metrics


def warned(found: dict, frame: pl.DataFrame, parameters: dict | None = None) -> list[tuple[str, str]]:
    results = Results(frame, found)
    views = [view for dataset in results.datasets if (view := datasets_section.view(dataset, found))]
    return [tuple(line) for line in datasets_section.warnings(results, views, frame, found, parameters or {})]


CARD = "coding_vs_lncrna_300.dataset.json"
TITLE = "Task 4: protein-coding vs lncRNA, 300 bp"


def test_nothing_amiss_but_small_test_folds__that_alone_is_said(run):
    assert warned(*run) == [
        (
            "note",
            "Test folds of fewer than 100 sequences, hence wide intervals: Task 4: protein-coding vs lncRNA (60).",
        ),
    ]


def test_fold_of_one_class__warned_of(run):
    run[0][CARD]["counts"]["fold_by_label"]["test"] = {"0": 0, "1": 60}
    assert ("bad", f"One class only, so that no metric means anything: {TITLE} (test).") in warned(*run)


def test_fold_without_sequences__warned_of(run):
    run[0][CARD]["counts"]["fold_by_label"]["dev"] = {}
    run[0][CARD]["counts"]["fold"]["dev"] = 0
    assert ("bad", f"A fold without sequences: {TITLE} (dev).") in warned(*run)


def test_test_fold_of_a_few_sequences__no_figure_to_be_drawn_from_it(run):
    for size, level in ((0, None), (1, "bad"), (19, "bad"), (20, "note"), (99, "note"), (100, None)):
        run[0][CARD]["counts"]["fold"]["test"] = size
        found = [line[0] for line in warned(*run) if "Test folds of fewer" in line[1]]
        assert found == ([level] if level else []), size


def test_model_that_gives_one_label_to_all__said(run):
    found, frame = run
    stuck = (pl.col("model") == "gc_cpg") & (pl.col("fold") == "test") & (pl.col("metric") == "mcc")
    values = [pl.when(stuck).then(0.0).otherwise(name).alias(name) for name in ("value", "ci_low", "ci_high")]
    text = "The same label for every test sequence, hence MCC 0: GC + CpG only on Task 4, 300 bp."
    assert ("note", text) in warned(found, frame.with_columns(values))
    assert ("note", text) not in warned(found, frame)


def test_losses_over_a_twentieth__warned_of_with_their_share(run):
    run[0][CARD]["dropped"] = {"window with N": 200}
    assert ("bad", f"{TITLE}: 200 of 800 (25%) were left out when its windows were cut.") in warned(*run)
    run[0][CARD]["dropped"] = {"window with N": 30}
    assert not [text for _, text in warned(*run) if "left out" in text]


def test_promoters_that_annotated_starts_stand_in_for__said_once(run):
    note = "no promoters were given: annotated TSSs of protein-coding genes stand in for them"
    for card in run[0].values():
        for record in card["upstream"]:
            if record["step"] == "define_task":
                record["notes"] = [note]
    assert [text for _, text in warned(*run) if note in text] == [f"Task 4: protein-coding vs lncRNA: {note}"]


def test_demo_data__said_to_be_synthetic(run):
    found = warned(*run, {"fasta": "/home/me/lncprom/assets/demo/genome.fa.gz"})
    assert found[0][0] == "bad"
    assert "synthetic" in found[0][1]


def test_metric_without_a_value__data_set_named(run):
    found, frame = run
    frame = frame.with_columns(
        pl.when((pl.col("metric") == "auroc") & (pl.col("fold") == "test")).then(None).otherwise("value").alias("value")
    )
    assert ("bad", "Metrics without a value on the test fold: coding_vs_lncrna_300.") in warned(found, frame)


def test_metrics_without_a_card__said(run):
    assert ("note", "No card was given for coding_vs_lncrna_300: how they were made is not shown.") in warned(
        {}, run[1]
    )


def test_files_between_two_steps__not_among_the_sources(run):
    found = dict(run[0])
    facts = {"file": "labelled.genes.parquet", "bytes": 1, "sha256": "0" * 64}
    found[CARD]["inputs"] = {"genes": facts, "gtf": facts | {"file": "mine.gtf.gz"}}
    names = [entry["file"] for entry in datasets_section.inputs(found)]
    assert "mine.gtf.gz" in names
    assert "labelled.genes.parquet" not in names


def test_label_outside_or_fold_outside__the_same_table(run):
    results = Results(run[1], run[0])
    before = datasets_section.view(results.datasets[0], {}).folds
    counts = results.datasets[0].card["counts"]
    by_fold = counts.pop("fold_by_label")
    counts["label_by_fold"] = {label: {fold: by_fold[fold][label] for fold in by_fold} for label in ("0", "1")}
    assert datasets_section.view(results.datasets[0], {}).folds == before


def test_numbers__minus_sign_thousands_and_dash():
    assert titles.number(-0.12345) == "\u22120.123"
    assert titles.number(-0.0001) == "0.000"
    assert titles.number(None) == "\u2013"
    assert titles.hundred(0.86684) == "86.7"
    assert titles.number(12345.6, 1) == "12,345.6"
