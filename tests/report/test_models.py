"""Fine-tuned models and their comparison in the page: what they see, how they were trained, which is better."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

import helpers_report
import helpers_report_models as made
from helpers_page import Page
from helpers_report import read, rendered
from lncprom.report import training_section
from lncprom.report.results import Results

STUDY = ("nt_500m_human_ref", "dnabert_2", "dnabert_3", "dnabert_4", "dnabert_5", "dnabert_6")
HIGH, CODING = "high_vs_low_expression", "coding_vs_lncrna"
# p small after adjustment; an interval with 0; p small before adjustment alone; far below
DIFFERENCES = {
    (f"{CODING}_300", "dnabert_3"): (0.052, 0.031, 0.073, 0.0015),
    (f"{CODING}_300", "dnabert_4"): (0.052, -0.001, 0.073, 0.06),
    (f"{CODING}_300", "dnabert_5"): (0.052, 0.001, 0.073, 0.04),
    **{(f"{HIGH}_300", model): (-0.1, -0.2, -0.05, 0.0001) for model in (*STUDY, "cnn")},
}


@pytest.fixture(scope="module")
def human(tmp_path_factory) -> dict[str, Path]:
    """The study's models with three seeds on two of its tasks, one of them at two lengths."""
    models = dict.fromkeys((*STUDY, "cnn"), (1, 2, 3))
    given = helpers_report.make(tmp_path_factory.mktemp("human"), (HIGH, CODING), (300, 1000), (), True, models)
    given = {f"--{kind}": given[f"--{kind}"] for kind in ("cards", "metrics", "seeds")}
    for path in (path for folder in given.values() for path in folder.glob(f"{CODING}_1000.*")):
        path.unlink()
    return made.compare(made.finetune(given, "right", ("dnabert_6",)), DIFFERENCES)


@pytest.fixture(scope="module")
def shown(human) -> Page:
    return Page(rendered(human))


def changed(given: dict, folder: Path, pattern: str, change: Callable[[dict, str], object]) -> dict:
    """The inputs with other cards."""
    shutil.copytree(given["--cards"], folder / "cards")
    for path in (folder / "cards").glob(pattern):
        card = json.loads(path.read_text())
        change(card, path.name)
        path.write_text(json.dumps(card))
    return given | {"--cards": folder / "cards"}


def rows(found: Page, table: str) -> dict[tuple[str, str], list]:
    return {(given["data-dataset"], given["data-model"]): cells for given, cells in found.body(table)}


def test_what_they_see__bases_tss_and_truncation(shown):
    found = rows(shown, "seen")
    assert len(found) == 3 * 7
    assert [cell.text for cell in found[f"{HIGH}_1000", "dnabert_3"][2:]] == ["right", "51.2%", "0%", "600", "600"]
    assert [cell.text for cell in found[f"{HIGH}_300", "dnabert_3"][2:]] == ["right", "100%", "100%", "0", "600"]


def test_tss_not_seen__warned_with_models_lengths_and_fraction(shown, human, tmp_path):
    told = (
        "The TSS is visible to dnabert_3, dnabert_4, dnabert_5 and dnabert_6 in no sequence of Task 3 at 1,000 bp: the "
        "sequences are longer than the model's context and were cut (truncation right)"
    )
    assert shown.text.index(told) < shown.text.index("Comparison with the study")

    def fraction(card: dict, name: str) -> None:
        card["counts"]["tss_seen_share"] = 0.25 if "dnabert_3" in name else 1.0

    found = read(changed(human, tmp_path, f"{HIGH}_1000.dnabert_*.*", fraction))
    warnings = training_section.warnings(training_section.trained(Results(found.metrics, found.cards), found.cards))
    (line,) = [text for _, text in warnings if "visible" in text]
    assert line.startswith("The TSS is visible to dnabert_3 in only 25.0% of the sequences of Task 3 at 1,000 bp")


def test_how_they_were_trained__weights_targets_attempts_and_device(shown):
    found = rows(shown, "trained")
    assert [cell.text for cell in found[f"{CODING}_300", "nt_500m_human_ref"][2:]] == [
        "2,625,282 of 480,000,000LoRA r 8 on query and value", "1, 2, 3", "1", "2 of 3, 2 of 3, 2 of 3", "2, 1, 2",
        "NVIDIA H100 80GB HBM3, bf16",
    ]  # fmt: skip
    assert found[f"{CODING}_300", "dnabert_2"][2].text == "117,000,000 of 117,000,000all of them"
    assert found[f"{CODING}_300", "dnabert_6"][6].text == "2, 1, 2; still collapsed: seeds 1, 2, 3"
    told = "dnabert_6 collapsed in every attempt (seeds 1, 2, 3), so it learned nothing on Task 3 at 300 and 1,000 bp"
    assert told in shown.text


def test_loss_curves__one_panel_per_model_with_every_seed_and_attempt(human):
    given = read(human)
    results = Results(given.metrics, given.cards)
    panels = training_section.curves(results, given.training)[f"{CODING}_300"]
    assert len(panels) == 7
    assert panels[0][0] == "CNN, Task 4, 300 bp"
    figure = dict(panels)["nt_500m_human_ref, Task 4, 300 bp"]
    assert figure.count("dev loss 0.375 at epoch 2, which was kept") == 3
    for words in ("seed 1, attempt 2:", "seed 2, attempt 1:", ">collapsed attempt</text>", ">random guess</text>"):
        assert words in figure
    assert "seed 1, attempt 1" not in figure


def test_times_and_memory_of_another_run__same_page(tmp_path, human, shown):
    another = {"seconds": 9.75, "peak_memory_bytes": 1, "sequences_per_second": 3.3}
    given = changed(human, tmp_path, "*.finetune.json", lambda card, _: card["run"].update(another))
    assert rendered(given) == shown.source


def test_declared_contrasts__every_number_of_the_claims_and_other_pairs_without_a_verdict(shown, human):
    found = rows(shown, "compared")
    claims = {(row["dataset"], row["model_a"]): row for row in read(human).claims.to_dicts()}
    assert len(found) == len(claims) == 3 * 7 + 3 + 2  # gc_cpg on each set, biotype on one task at two lengths
    for key, cells in found.items():
        row = claims[key]
        assert cells[3].text == row["verdict"]
        numbers = [(4, "mcc", "difference"), (5, "adjusted", "p_holm"), (6, "mdd", "mdd")]
        assert all(float(cells[at].data[of]) == row[name] for at, of, name in numbers)
        assert [cell.text for cell in cells[7:]] == ["2 and 1", "100"]
    assert [cell.text for cell in found[f"{CODING}_300", "dnabert_3"][3:7]] == [
        *("better", "+5.2 [+3.1, +7.3]", "0.029", "6.0"),
    ]
    assert {found[f"{CODING}_300", f"dnabert_{k}"][3].text for k in (4, 5)} == {"no difference shown"}
    assert found[f"{HIGH}_300", "cnn"][3].text == "worse"
    others = [(given["data-other"], [cell.text for cell in cells]) for given, cells in shown.body("compared-others")]
    assert len(others) == 3
    assert all(other != "logistic_regression" for other, _ in others)
    assert not {"better", "worse", "no difference shown"} & {text for _, cells in others for text in cells}
    assert "a note of pairs" in shown.text


def test_sentences_with_a_verdict__those_of_the_claims_each_once_and_no_other(shown, human):
    words = " ".join(shown.text.split())
    of_task = read(human).claims.filter(pl.col("task").is_in([HIGH, CODING]))
    for sentence in of_task["sentence"]:
        assert words.count(sentence) == 1, sentence
    for claim in (" is higher than ", " is lower than ", "significant"):
        assert words.count(claim) == sum(claim in sentence for sentence in of_task["sentence"]), claim


def test_one_seed__not_enough_evidence_with_the_reason(tmp_path):
    given = helpers_report.make(tmp_path, (), (), ("mine",), seed_models={"cnn": (1,)})
    given.pop("--dag")  # which has Loci among its steps
    found = Page(rendered(made.compare(given, {}, lacking="1 seed of cnn")))
    assert rows(found, "compared")["mine", "cnn"][3].text == "not enough evidence1 seed of cnn"
    assert "groups of similar sequences" in found.text
    assert "loci" not in found.text.lower()


def test_label_shuffled_controls__not_among_the_models(tmp_path):
    models = {"dnabert_3": (2,)}
    given = made.finetune(helpers_report.make(tmp_path, (CODING,), (300,), (), seed_models=models), "tss")
    text = rendered(given)
    assert "The TSS is visible" not in text
    name = f"{CODING}_300.dnabert_3.seed2"
    for folder, kind in (("--training", "training.tsv"), ("--cards", "finetune.json")):
        shutil.copy(given[folder] / f"{name}.{kind}", given[folder] / f"{name}.shuffled.{kind}")
    assert rendered(given) == text
    card = json.loads((given["--cards"] / f"{name}.finetune.json").read_text())
    card["parameters"] |= {"shuffle_labels": True, "seed": 9}
    (given["--cards"] / "other.json").write_text(json.dumps(card))
    assert [cell.text for cell in Page(rendered(given)).body("trained")[0][1]][3] == "2"


def test_probe_alone__what_its_embeddings_see_and_a_warning_where_that_is_not_the_tss(tmp_path):
    given = helpers_report.make(tmp_path, (CODING,), (300,), (), seed_models={"dnabert_3": (2,)})
    about = made.card(f"{CODING}_300", CODING, 300, "dnabert_3", 2, "right")
    counts = {"samples": 600, "bases_seen_share": 0.5, "sequences_cut": 599, "tss_seen_share": 0.0}
    probe = about | {"step": "train_probe", "upstream": [about | {"step": "embed", "counts": counts}]}
    (given["--cards"] / "x.probe.json").write_text(json.dumps(probe))
    found = Page(rendered(given))
    cells = [cell.text for cell in rows(found, "seen")[f"{CODING}_300", "dnabert_3"]]
    assert cells[2:] == ["right", "50.0%", "0%", "599", "600"]
    assert "The TSS is visible to dnabert_3 in no sequence" in found.text
    assert "Logistic regression on embeddings: dnabert_3" in found.text
    assert "no training log was given" not in found.text


def test_ablation_of_truncation__one_panel_with_a_line_per_way_and_no_variant_among_the_models():
    mcc = {("dnabert_3", 300): 0.8, ("dnabert_3", 1000): 0.79, ("dnabert_3.cut_right", 300): 0.8}
    mcc |= {("dnabert_3.cut_right", 1000): 0.02, ("logistic_regression", 300): 0.6}
    scores = [
        (f"{HIGH}_{length}", HIGH, length, model, 1, "test", "mcc", value, value - 0.1, value + 0.1, 120, 60, 100)
        for (model, length), value in mcc.items()
    ]
    columns = ["dataset", "task", "length", "model", "seed", "fold", "metric", "value", "ci_low", "ci_high"]
    metrics = pl.DataFrame(scores, schema=[*columns, "n", "n_positive", "n_groups"], orient="row")
    cards = {}
    for model, length in mcc:
        if model.startswith("dnabert"):
            way = "right" if model.endswith("right") else "tss"
            card = made.card(f"{HIGH}_{length}", HIGH, length, "dnabert_3", 1, way)
            cards[f"{model} {length}"] = card | {"parameters": card["parameters"] | {"model": model}}
    results = Results(metrics, cards)
    assert results.models == ["logistic_regression", "dnabert_3"]
    ((title, figure),) = training_section.truncations(results, training_section.trained(results, cards))
    assert "dnabert_3, Task 3: high vs low expression" in title
    assert "tss: 80.0 at 300 bp, 79.0 at 1000 bp; right: 80.0 at 300 bp, 2.0 at 1000 bp" in figure
