"""The sentences of the report: findings beside trivial baselines, and warnings."""

from __future__ import annotations

import polars as pl
import pytest

import helpers_report
from lncprom import provenance
from lncprom.report import datasets_section, headline, inputs, results_tables, titles
from lncprom.report.results import Results, Score, verdict
from lncprom.tables.metrics import METRICS

SCHEMA = METRICS.schema | {"file": pl.String}
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
    return pl.DataFrame(given, schema=SCHEMA)


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
    assert (finding.trivial, finding.verdict) == ("biotype", "better")


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
    found = Results(scores(("coding_vs_lncrna_300", "gc_cpg", 1, "test", 0.1, 0.0, 0.2)), {})
    assert found.finding(found.datasets[0]) is None
    assert len(headline.sentences(found, [], "95%")) == 1


def test_lengths_without_300__the_smallest_leads():
    rows = [(f"coding_vs_lncrna_{n}", "a", 1, "test", 0.5, 0.4, 0.6) for n in (1000, 200, 500)]
    found = Results(scores(*rows), {})
    assert found.length == 200
    assert [dataset.length for dataset in found.datasets] == [200, 500, 1000]
    assert [dataset.name for dataset in found.leading] == ["coding_vs_lncrna_200"]


def test_order_of_models__the_studys_then_by_name_then_trivial_baselines():
    names = ("zeta", "biotype", "dnabert2", "gc_cpg", "alpha", "logistic_regression", "dnabert_3")
    found = Results(scores(*(("coding_vs_lncrna_300", name, 1, "test", 0.5, 0.4, 0.6) for name in names)), {})
    assert found.models == ["logistic_regression", "dnabert2", "dnabert_3", "alpha", "zeta"]
    assert found.trivial == ["gc_cpg", "biotype"]
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


def test_small_test_split__the_only_warning(run):
    text = "The test split has fewer than 100 sequences, so intervals are wide: Task 4: protein-coding vs lncRNA (60)."
    assert warned(*run) == [("note", text)]


def test_split_of_one_class_or_none__warned(run):
    run[0][CARD]["counts"]["fold_by_label"] |= {"test": {"0": 0, "1": 60}, "dev": {}}
    run[0][CARD]["counts"]["fold"]["dev"] = 0
    found = warned(*run)
    assert ("bad", f"Only one class is present, so metrics are meaningless: {TITLE} (test).") in found
    assert ("bad", f"A split has no sequences: {TITLE} (dev).") in found


def test_size_of_the_test_split__level_of_the_warning(run):
    for size, level in ((0, None), (1, "bad"), (19, "bad"), (20, "note"), (99, "note"), (100, None)):
        run[0][CARD]["counts"]["fold"]["test"] = size
        found = [line[0] for line in warned(*run) if "has fewer than" in line[1]]
        assert found == ([level] if level else []), size


def test_model_that_predicts_one_class__named(run):
    found, frame = run
    stuck = (pl.col("model") == "gc_cpg") & (pl.col("fold") == "test") & (pl.col("metric") == "mcc")
    values = [pl.when(stuck).then(0.0).otherwise(name).alias(name) for name in ("value", "ci_low", "ci_high")]
    text = "Models that predict one class for every sample (MCC 0): GC + CpG only on Task 4, 300 bp."
    assert ("note", text) in warned(found, frame.with_columns(values))
    assert ("note", text) not in warned(found, frame)


def test_more_than_a_twentieth_removed__warned_with_the_fraction(run):
    run[0][CARD]["dropped"] = {"window with N": 200}
    text = f"{TITLE}: 200 of 800 samples (25%) were removed when sequences were extracted."
    assert ("bad", text) in warned(*run)
    run[0][CARD]["dropped"] = {"window with N": 30}
    assert not [text for _, text in warned(*run) if "removed" in text]


def test_note_of_a_step_that_affects_the_results__reported_once(run):
    note = "no promoters were given: annotated TSSs of protein-coding genes stand in for them"
    for card in run[0].values():
        for record in card["upstream"]:
            if record["step"] == "define_task":
                record["notes"] = [note]
    assert [text for _, text in warned(*run) if note in text] == [f"Task 4: protein-coding vs lncRNA: {note}"]


def test_demo_data__reported_as_simulated(run):
    level, text = warned(*run, {"fasta": "/home/me/lncprom/assets/demo/genome.fa.gz"})[0]
    assert level == "bad"
    assert "simulated" in text


def test_undefined_metric_or_no_card__data_set_named(run):
    found, frame = run
    auroc = (pl.col("metric") == "auroc") & (pl.col("fold") == "test")
    frame = frame.with_columns(pl.when(auroc).then(None).otherwise("value").alias("value"))
    assert ("bad", "Metrics on the test split are undefined: coding_vs_lncrna_300.") in warned(found, frame)
    text = "No card was given for coding_vs_lncrna_300, so the report cannot show how they were made."
    assert ("note", text) in warned({}, frame)


def test_files_between_two_steps__not_among_the_inputs(run):
    found = dict(run[0])
    facts = {"file": "labelled.genes.parquet", "bytes": 1, "sha256": "0" * 64}
    found[CARD]["inputs"] = {"genes": facts, "gtf": facts | {"file": "mine.gtf.gz"}}
    names = [entry["file"] for entry in datasets_section.inputs(found)]
    assert "mine.gtf.gz" in names
    assert "labelled.genes.parquet" not in names


def test_numbers__minus_sign_thousands_and_dash():
    assert titles.number(-0.12345) == "\u22120.123"
    assert titles.number(-0.0001) == "0.000"
    assert titles.number(None) == "\u2013"
    assert titles.hundred(0.86684) == "86.7"
    assert titles.number(12345.6, 1) == "12,345.6"
