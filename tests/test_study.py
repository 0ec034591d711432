"""The study's figures are DESIGN's, and stand beside ours only where both measure the same thing."""

from __future__ import annotations

from dataclasses import asdict

import pytest

import helpers_report
from lncprom import provenance, study
from lncprom.genes import expression_labels
from lncprom.sites import define, negatives, tasks


def card(tmp_path, name: str, human: bool = True) -> dict:
    given = helpers_report.make(tmp_path, tasks=(name,), lengths=(300,), imported=(), human=human)
    return provenance.read(given["--cards"] / f"{name}_300.dataset.json")


def changed(found: dict, step: str, **parameters) -> dict:
    for record in found["upstream"]:
        if record["step"] == step:
            record["parameters"] |= parameters
    return found


def test_published_figures__as_the_study_printed_them():
    assert study.MCC["biological_vs_artificial", 300, "LR"] == 86.68
    assert study.MCC["coding_vs_lncrna", 300, "DNABERT-2"] == 41.93
    assert study.MCC["high_vs_low_expression", 2000, "NT-500M-human"] == 34.26
    assert study.MCC["high_vs_low_expression", 500, "DNABERT (3-mer)"] == 67.69
    assert len(study.MCC) == 28
    assert round(study.biotype_rule_mcc(), 2) == 73.37  # as much as the best model
    assert study.MCC_BY_K[3] == study.MCC["promoter_vs_nonpromoter", 300, "DNABERT (3-mer)"]
    assert sum(study.BIOTYPES["high"]) == sum(study.BIOTYPES["low"]) == 2_772
    assert sum(study.GUE_NOTATA_FOLDS.values()) == 2 * 26_533


@pytest.mark.parametrize(
    ("ours", "theirs", "k"),
    [
        ("logistic_regression", "LR", None),
        ("dnabert_3", "DNABERT (3-mer)", 3),
        ("DNABERT-k6", "DNABERT (6-mer)", 6),
        ("dnabert2", "DNABERT-2", None),
        ("DNABERT-2-117M", "DNABERT-2", None),
        ("nucleotide_transformer", "NT-500M-human", None),
        ("nt-500m-human", "NT-500M-human", None),
        ("gc_cpg", None, None),
        ("biotype", None, None),
        ("cnn", None, None),
        ("nt-2500m-multi", None, None),
    ],
)
def test_model_of_ours__the_studys_name_for_it_or_none(ours, theirs, k):
    assert study.model_name(ours) == theirs
    assert study.kmer(ours) == k


@pytest.mark.parametrize("task", study.TASKS)
def test_human_data_by_the_studys_definition__comparable_and_those_of_a_synthetic_genome_not(tmp_path, task):
    found = study.compare(card(tmp_path / "human", task))
    assert found.comparable, found.reason
    assert "it is split by group" in found.differences[0]
    assert "human" in study.compare(card(tmp_path / "demo", task, human=False)).reason


def test_part_of_the_human_genome__not_comparable_by_its_size(tmp_path):
    found = card(tmp_path, "coding_vs_lncrna")
    found["counts"]["label"] = {"0": 98, "1": 98}
    assert study.compare(found).reason == "the smaller class has 98 samples, the study's 10,239"


@pytest.mark.parametrize(
    ("task", "step", "parameters", "words"),
    [
        ("biological_vs_artificial", "sample_negatives", {"kind": "shuffle"}, "kind is shuffle"),
        ("promoter_vs_nonpromoter", "sample_negatives", {"kind": "matched"}, "kind is matched"),
        ("promoter_vs_nonpromoter", "define_task", {"tata": "any"}, "tata is any"),
        ("high_vs_low_expression", "label_expression", {"share": 0.9}, "share is 0.9"),
        ("high_vs_low_expression", "label_expression", {"high_percentile": 90.0}, "high percentile is 90.0"),
        ("coding_vs_lncrna", "define_task", {"balance": False}, "balance is False"),
    ],
)
def test_another_definition__not_comparable_and_says_which(tmp_path, task, step, parameters, words):
    found = study.compare(changed(card(tmp_path, task), step, **parameters))
    assert not found.comparable
    assert words in found.reason


def test_promoters_that_are_annotated_starts__not_comparable(tmp_path):
    found = card(tmp_path, "promoter_vs_nonpromoter")
    for record in found["upstream"]:
        record["inputs"].pop("promoters", None)
    assert "annotated TSSs" in study.compare(found).reason


def test_ready_made_set__comparable_only_with_the_folds_of_gue_notata(tmp_path):
    given = helpers_report.make(tmp_path, tasks=(), imported=("mine",))
    found = provenance.read(given["--cards"] / "mine.dataset.json")
    gue = study.GUE_NOTATA_FOLDS
    other = gue | {"test": gue["test"] - 1}
    for folds, length in ((found["counts"]["fold"], 300), (gue, 300), (other, 300), (gue, 70)):
        found |= {"counts": {"fold": folds}, "length": length}
        assert study.compare(found).comparable is (folds == gue and length == 300)
    assert not study.compare(None).comparable


def test_other_tasks_records_in_a_card__not_part_of_its_chain(tmp_path):
    found = card(tmp_path, "coding_vs_lncrna")
    other = dict(found["upstream"][3], task="high_vs_low_expression")
    found["upstream"].append(other)
    assert other not in study.chain(found)
    assert study.chain(found)[-1] is found


def test_definition__in_the_words_and_defaults_of_the_steps():
    """Would a step rename a parameter, no run would be comparable any more, and nobody would notice."""
    for name, definition in study._DEFINITION.items():
        of_step = {
            "define_task": define.parameters(tasks.get(name), define.Settings()),
            "label_expression": asdict(expression_labels.Rule()),
            "sample_negatives": negatives.parameters(negatives.Settings(kind="substitute")),
        }
        for step, parameter, wanted in definition:
            assert parameter in of_step[step], (step, parameter)
            if parameter != "kind":
                assert of_step[step][parameter] == wanted
