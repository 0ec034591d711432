"""The methods of a run in words: each number is a card's, and nothing is said of what the run did not do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest

import helpers_report
import helpers_report_models
from helpers_page import Page
from helpers_report import read, rendered
from lncprom import provenance
from lncprom.report import methods, page

HIGH, FIRST = "high_vs_low_expression", "biological_vs_artificial"
NUMBER = re.compile(r"\d+(?:,\d{3})+|\d+(?:\.\d+)?(?:e-\d+)?")


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> dict[str, Path]:
    """Two tasks, one ready-made set and three models of which one was downloaded and one tuned."""
    models = dict.fromkeys(("dnabert_2", "nt_500m_human_ref", "cnn"), (1, 2, 3))
    given = helpers_report.make(tmp_path_factory.mktemp("run"), (FIRST, HIGH), (300,), ("mine",), True, models)
    given = helpers_report_models.compare(helpers_report_models.finetune(given), {})
    hub = provenance.make("download_checkpoint", parameters={"checkpoint": "zhihan1996/DNABERT-2", "revision": "7bce2"})
    for path in given["--cards"].glob("*.dnabert_2.*.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"upstream": [hub]}))
    counts = {"trials": 4, "kept": 3, "settings": {"rate_factor": 3}}
    choice = provenance.make("choose_settings", parameters={"model": "cnn", "split": 1}, counts=counts)
    provenance.write(choice | {"dataset": "mine", "task": "mine"}, given["--cards"] / "cnn.trials.json")
    return given


@pytest.fixture(scope="module")
def text(run) -> str:
    return methods.markdown(read(run))


def test_matched_pairs_and_supported_tss__in_the_methods_and_their_balance_on_the_page(tmp_path):
    given = helpers_report.make(tmp_path, (HIGH,), (300,), ())
    path = given["--cards"] / f"{HIGH}_300.dataset.json"
    card = json.loads(path.read_text())
    steps = {record["step"]: record for record in card["upstream"]}
    sides = {
        "before": {"standardised_difference": 1.5, "auroc": 0.87},
        "after": {"standardised_difference": 0, "auroc": 0.5},
    }
    steps["define_task"]["counts"]["match"] = {"pairs": 123, "log_tpm": sides}
    steps["define_task"]["parameters"] |= {"match": ["log_tpm"], "caliper": 0.01}
    steps["extract_tss"]["inputs"]["tss_support"] = {"file": "cage.bed", "bytes": 1, "sha256": "0" * 64}
    steps["extract_tss"]["parameters"]["support_distance"] = 50
    path.write_text(json.dumps(card))
    said = methods.markdown(read(given))
    assert "matched by log_tpm within 0.01 standard deviations (123 pairs)" in said
    assert "a peak of cage.bed (SHA-256 000000000000) was within 50 bp on its strand" in said
    ((_, cells),) = Page(rendered(given)).body(f"balance-{HIGH}_300")
    assert [cell.text for cell in cells] == ["log_tpm", "1.500", "0.000", "0.870", "0.500"]


def test_every_number__stands_on_a_card_or_in_the_name_of_a_file_or_tool(run, text):
    known = set()

    def collect(value: object) -> None:
        if isinstance(value, dict):
            collect([*value, *value.values()])
        elif isinstance(value, list):
            [collect(item) for item in value]
        else:
            known.update(map(float, NUMBER.findall(str(value))))

    cards = [json.loads(path.read_text()) for path in run["--cards"].iterdir()]
    collect([*cards, run["--versions"].read_text()])
    assert {card["parameters"]["confidence"] for card in cards if card["step"] == "evaluate"} == {0.95}
    said = text.replace("Intervals of metrics (95%)", "").replace("0 better, 0 worse", "")
    said = re.sub(
        r"SHA-256 (\w{12})", lambda found: found[1] if f'"{found[1]}' in json.dumps(cards) else "999,999", said
    )
    said = re.sub(r"Task \d|SHA-256 \w{12}|\b[0-9a-f]{12}\b", "", said)
    odd = [number for number in NUMBER.findall(said) if float(number.replace(",", "")) not in known]
    assert odd == []
    assert len(NUMBER.findall(said)) > 100


@pytest.mark.parametrize(
    "sentence",
    [
        "of 5,669 candidates, 5,544 were used; excluded: 81 left out to balance the classes, 44 with a TATA box.",
        "Its 26,533 negatives were the positives with parts replaced by random bases.",
        "in at least 47 tissues, and low if it was at or below percentile 25 in as many: 2,772 and 2,853 genes.",
        "Task 3, 300 bp: 5,544 sequences, 2,772 positive and 2,772 negative; excluded: 3 window runs off",
        "loci whose windows of 2,001 bp overlap were kept together (8,316 groups), in all tasks alike (seed 42).",
        "mine, 300 bp: train 400, dev 50, test 50.",
        "It started from zhihan1996/DNABERT-2, commit 7bce2.",
        "has 480,000,000 weights, of which 2,625,282 were trained, with LoRA of rank 8 on query and value.",
        "at most 3 epochs in batches of 32 with a learning rate of 3e-05, 50 warm-up steps, weight decay 0.01",
        "On mine, 4 settings were tried on dev, and kept: learning rate \u00d7 3.",
        "a swap test of the trained models with 1,999 permutations of groups",
        "13 contrasts of MCC were declared before the run; the p-values of the 13 with enough seeds",
        "numpy ",
    ],
)
def test_run_of_everything__said_as_its_cards_say(text, sentence):
    assert sentence in text


def test_splits_calibration_and_prevalence__said_where_the_run_has_them(run, text):
    words = ("Contrasts rest on 5 splits", "by Platt scaling", "for a prevalence of 0.01.")
    assert not any(word in text for word in words)
    given = read(run)
    cards = {
        name: card | {"parameters": card["parameters"] | {"prevalence": 0.01}} for name, card in given.cards.items()
    }
    claims = given.claims.with_columns(splits=pl.lit(5))
    found = methods.markdown(given._replace(cards=cards, claims=claims, calibrated=given.seeds))
    assert all(word in found for word in words)
    said = "With 5 splits, figures and tables are those of the first; contrasts rest on all."
    assert said in page.render(given._replace(claims=claims), "run")


def test_page__has_the_same_text(run, text):
    words = " ".join(Page(rendered(run)).text.split())
    for paragraph in text.split("\n\n")[1:]:
        assert paragraph.replace("**", "").strip() in words


def test_what_the_run_did_not_do__not_said(tmp_path, text):
    words = ("ready-made", "LoRA", "commit", "tried on dev", "seeds", "Expression", "Promoters", "contrasts", "epochs")
    assert all(word in text for word in words)
    assert "Explanations" not in text
    given = helpers_report.make(tmp_path, ("coding_vs_lncrna",), (300,), ())
    for path in given["--cards"].glob("*.json"):
        card = json.loads(path.read_text())
        card["upstream"] = [of for of in card["upstream"] if of["step"] != "label_expression"]
        path.write_text(json.dumps(card))
    found = methods.markdown(read(given))
    assert [word for word in words if word in found] == []
    assert "GTEx" not in found
    assert "The genome was" in found


def test_explanations_and_shared_sequences__with_data_set_models_and_samples(tmp_path):
    given = helpers_report.make(tmp_path, (), (), ("mine",))
    card = json.loads((given["--cards"] / "mine.dataset.json").read_text())
    card["counts"] |= {"sequence_also_in_train": {"dev": 0, "test": 3}, "sequences_with_both_labels": 2}
    provenance.write(card, given["--cards"] / "mine.dataset.json")
    parameters = {"model": "lr", "features": "gapped_kmers", "c_grid": [0.1, 1.0]}
    model = provenance.make("train_baseline", parameters=parameters, counts={"c": 1.0}) | {"dataset": "mine"}
    provenance.write(model, given["--cards"] / "lr.json")
    of = {"dataset": "mine", "model": "cnn", "upstream": [{k: v for k, v in model.items() if k != "upstream"}]}
    made = {
        "score_attention": ({"fold": "test"}, {"samples": 16}),
        "profile_importance": ({"bootstrap": 500}, {}),
        "compare_motifs": ({"known_motifs": 879, "motifs": "JASPAR2024 CORE", "fdr": 0.05}, {}),
    }
    for step, (parameters, counts) in made.items():
        card = provenance.make(step, parameters=parameters, counts=counts) | of
        provenance.write(card, given["--cards"] / f"{step}.json")
    text = methods.markdown(read(given))
    assert "In it, 2 sequences have both labels. Of its test sequences, 3 are also in train.\n" in text
    assert "reads gapped k-mers; its inverse penalty was chosen on dev among 0.1, 1.0 (mine: 1)." in text
    assert (
        "**Explanations.** Bases of mine were scored for CNN, in 16 sequences of test. Intervals of profiles came from "
        "500 bootstrap samples of groups of overlapping loci. Patterns in important bases of mine were compared with "
        "879 motifs of JASPAR2024 CORE (FDR 0.05)."
    ) in text
