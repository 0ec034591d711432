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
from lncprom.report import comparisons_section, training_section
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


def test_declared_contrasts__verdict_interval_and_adjusted_p(shown):
    found = rows(shown, "compared")
    assert len(found) == 3 * 7 + 3 + 2  # gc_cpg on each set, biotype on one task at two lengths
    expected = {
        (f"{CODING}_300", "dnabert_3"): "better",
        (f"{CODING}_300", "dnabert_4"): "no difference shown",
        (f"{CODING}_300", "dnabert_5"): "no difference shown",
        (f"{HIGH}_300", "cnn"): "worse",
    }
    assert {key: found[key][3].text for key in expected} == expected
    cells = found[f"{CODING}_300", "dnabert_3"]
    assert cells[4].text == "+5.2 [+3.1, +7.3]p 0.002, adjusted 0.029"
    assert cells[5].text == "+0.026 [+0.015, +0.036]p 0.002"
    others = [(given["data-other"], cells[3].text) for given, cells in shown.body("compared-others")]
    assert len(others) == 3
    assert all(other != "logistic_regression" and text == "not declared" for other, text in others)
    assert "a note of pairs" in shown.text


def test_headline__language_models_counted_from_the_claims(shown):
    assert (
        "On the same test sequences, a language model is better than logistic regression in 1 of 2 "
        "tasks: dnabert_3 in protein-coding vs lncRNA (+5.2 [+3.1, +7.3]); differences are in MCC \u00d7 100."
    ) in shown.text
    assert "Every language model is worse than logistic regression in high vs low expression." in shown.text


def sentences(tmp_path, differences: dict, models=("dnabert_3", "cnn"), cards=True, lacking=None) -> list:
    given = helpers_report.make(tmp_path, (CODING,), (300,), (), seed_models=dict.fromkeys(models, (1,)))
    found = read(made.compare(made.finetune(given) if cards else given, differences, lacking))
    results = Results(found.metrics, found.cards)
    shown = comparisons_section.view(results, found.comparisons, found.claims, found.cards)
    return comparisons_section.sentences(shown, results, found.cards, results.leading)


def test_only_the_cnn_is_better_or_one_seed__no_language_model_is_shown_to_be(tmp_path):
    better = {(f"{CODING}_300", "cnn"): (0.2, 0.1, 0.3, 0.001)}
    assert sentences(tmp_path / "all", better) == [
        "On the same test sequences, no language model is shown to be better than logistic regression in any task. "
        "The largest difference is that of dnabert_3 in protein-coding vs lncRNA (+1.2 [\u22123.4, +5.6] in MCC \u00d7 "
        "100)."
    ]
    assert sentences(tmp_path / "one", better, lacking="1 seed of dnabert_3") == [
        "There is not enough evidence to compare language models with logistic regression: 1 seed of dnabert_3."
    ]


def test_which_models_are_language_models__not_the_cnn_and_without_cards_all_but_the_logistic_regression(tmp_path):
    assert sentences(tmp_path / "cnn", {}, models=("cnn",)) == []
    assert "that of mine in" in sentences(tmp_path / "mine", {}, models=("mine",), cards=False)[0]


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
