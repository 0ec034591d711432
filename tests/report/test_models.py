"""Fine-tuned models and their comparison in the page: what they saw, how they learnt, who reads more."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

import helpers_report
import helpers_report_models as made
from helpers_page import Page
from lncprom import study
from lncprom.report import comparisons_section, inputs, page, training_section
from lncprom.report.results import Results

STUDY = ("nt_500m_human_ref", "dnabert_2", "dnabert_3", "dnabert_4", "dnabert_5", "dnabert_6")
HIGH = "high_vs_low_expression"
# q and the interval both say so; q alone; the interval alone; far below
DIFFERENCES = {
    ("coding_vs_lncrna_300", "dnabert_3"): (0.052, 0.031, 0.073, 0.003),
    ("coding_vs_lncrna_300", "dnabert_4"): (0.052, -0.001, 0.073, 0.003),
    ("coding_vs_lncrna_300", "dnabert_5"): (0.052, 0.001, 0.073, 0.05),
    **{(f"{HIGH}_300", model): (-0.1, -0.2, -0.05, 0.01) for model in (*STUDY, "cnn")},
}


def read(given: dict[str, Path]) -> inputs.Inputs:
    names = {option: option[2:] for option in given} | {"--cards": "cards_folder"}
    return inputs.read(**{names[option]: path for option, path in given.items()})


def rendered(given: dict[str, Path]) -> str:
    return page.render(read(given), "A run")


@pytest.fixture(scope="module")
def human(tmp_path_factory) -> dict[str, Path]:
    """The study's models, three seeds each, on two of its tasks, one of them at two lengths."""
    models = dict.fromkeys((*STUDY, "cnn"), (1, 2, 3))
    tasks = ("promoter_vs_nonpromoter", HIGH, "coding_vs_lncrna")
    given = helpers_report.make(tmp_path_factory.mktemp("human"), tasks, (300, 1000), (), True, models)
    for kind in ("curves", "composition", "kmers", "dag"):  # tested elsewhere
        given.pop(f"--{kind}")
    for kind in ("cards", "metrics", "seeds"):
        for task in ("promoter_vs_nonpromoter", "coding_vs_lncrna"):
            for path in given[f"--{kind}"].glob(f"{task}_1000.*"):
                path.unlink()
    return made.compare(made.finetune(given, "right", ("dnabert_6",)), DIFFERENCES)


@pytest.fixture(scope="module")
def human_page(human) -> Page:
    return Page(rendered(human))


def rows(found: Page, table: str) -> dict[tuple[str, str], list]:
    return {(given["data-dataset"], given["data-model"]): cells for given, cells in found.body(table)}


def test_tables_1_2_and_4__in_full_with_the_studys_figures_and_what_ours_are_less_these(human_page):
    for table, columns in (
        ("table-1", [(task, 300) for task in study.TASKS]),
        ("table-4", [(HIGH, length) for length in study.LENGTHS]),
    ):
        found = human_page.by_model(table)
        for ours, name in (
            ("Logistic regression (LR)", "LR"),
            ("nt_500m_human_ref (NT-500M-human)", "NT-500M-human"),
            ("dnabert_2 (DNABERT-2)", "DNABERT-2"),
            ("dnabert_3, DNABERT (3-mer)", "DNABERT (3-mer)"),
        ):
            for cell, (task, length) in zip(found[ours], columns, strict=True):
                figure = study.MCC[task, length, name]
                if "mcc" not in cell.data:
                    assert cell.text == f"not in this runpublished {figure:.2f}"
                    continue
                assert float(cell.data["published"]) == figure, (table, ours, task)
                assert float(cell.data["minus"]) == pytest.approx(100 * float(cell.data["mcc"]) - figure)
    assert sum("mcc" in cell.data for cell in human_page.by_model("table-4")["dnabert_2 (DNABERT-2)"]) == 2
    assert list(human_page.by_model("table-1"))[4:8] == ["dnabert_4", "dnabert_5", "dnabert_6", "CNN"]
    for k, (cell,) in zip(study.KMERS, human_page.by_model("table-2").values(), strict=True):
        assert float(cell.data["published"]) == study.MCC_BY_K[k]
        assert float(cell.data["minus"]) == pytest.approx(100 * float(cell.data["mcc"]) - study.MCC_BY_K[k])
        assert "mean of 3 seeds" in cell.text
    four = human_page.by_model("table-1")["dnabert_4"][1]
    assert four.data["published"] == str(study.MCC_BY_K[4])


def test_what_they_saw__bases_tss_and_truncation_of_every_cell(human_page):
    found = rows(human_page, "seen")
    assert len(found) == 4 * 7
    assert [cell.text for cell in found[f"{HIGH}_1000", "dnabert_3"][2:]] == ["right", "51.2%", "0%", "600", "600"]
    assert [cell.text for cell in found[f"{HIGH}_300", "dnabert_3"][2:]] == ["right", "100%", "100%", "0", "600"]


def test_tss_not_seen__warned_of_first_with_models_and_lengths(human_page):
    told = (
        "dnabert_3, dnabert_4, dnabert_5 and dnabert_6 see the TSS of no sequence of Task 3 at 1,000 bp: longer than "
        "what fits, they were cut (truncation right), so the figures say what can be read far from the TSS."
    )
    assert told in human_page.text
    assert human_page.text.index(told) < human_page.text.index("The study's tables")


def test_tss_of_some_seen__the_share_in_the_warning(tmp_path, human):
    shutil.copytree(human["--cards"], tmp_path / "cards")
    for path in (tmp_path / "cards").glob(f"{HIGH}_1000.dnabert_3.*"):
        card = json.loads(path.read_text())
        card["counts"]["tss_seen_share"] = 0.25
        path.write_text(json.dumps(card))
    found = read(human | {"--cards": tmp_path / "cards"})
    told = [line.text for line in training_section.warnings(Results(found.metrics, found.cards), found.cards)]
    assert any(
        line.startswith("dnabert_3 sees the TSS of 25.0% of the sequences of Task 3 at 1,000 bp") for line in told
    )


def test_tss_of_all_seen__no_warning(tmp_path):
    given = helpers_report.make(tmp_path, (HIGH,), (1000,), (), seed_models={"dnabert_3": (1,)})
    text = Page(rendered(made.finetune(given, "tss"))).text
    assert "see the TSS of" not in text
    assert "sees the TSS of" not in text
    assert "51.2%" in text


def test_how_they_were_trained__weights_targets_attempts_and_device(human_page):
    found = rows(human_page, "trained")
    assert [cell.text for cell in found["coding_vs_lncrna_300", "nt_500m_human_ref"][2:]] == [
        "2,625,282 of 480,000,000LoRA r 8 on query and value", "1, 2, 3", "2 of 3, 2 of 3, 2 of 3", "2, 1, 2",
        "NVIDIA H100 80GB HBM3, bf16",
    ]  # fmt: skip
    assert found["coding_vs_lncrna_300", "dnabert_2"][2].text == "117,000,000 of 117,000,000all of them"
    assert found["coding_vs_lncrna_300", "dnabert_6"][5].text == "2, 1, 2; collapsed for good: seeds 1, 2, 3"
    assert "dnabert_6 collapsed and stayed so, hence learnt nothing: Task 2 at 300 bp, Task 3" in human_page.text


def test_loss_curves__one_panel_a_cell_with_every_seed_and_attempt(human):
    given = read(human)
    results = Results(given.metrics, given.cards)
    found = training_section.view(results, given.training, given.cards).curves
    assert [len(panels) for panels in found.values()] == [7] * 4
    title, figure = found["coding_vs_lncrna_300"][0][:2]
    assert title == "nt_500m_human_ref, Task 4, 300 bp"
    assert figure.count("dev loss 0.375 at epoch 2, which was kept") == 3
    for words in (
        "seed 1, attempt 2:",
        "seed 2, attempt 1:",
        "seed 3, attempt 2:",
        ">given up</text>",
        ">a guess</text>",
    ):
        assert words in figure
    assert "seed 1, attempt 1" not in figure


def test_what_a_run_took__nowhere_in_the_page(tmp_path, human):
    """Two runs give the same page, though no two take the same time."""
    text = rendered(human)
    shutil.copytree(human["--cards"], tmp_path / "cards")
    for path in (tmp_path / "cards").glob("*.finetune.json"):
        card = json.loads(path.read_text())
        card["run"] |= {"seconds": 9.75, "peak_memory_bytes": 1, "sequences_per_second": 3.3}
        path.write_text(json.dumps(card))
    assert rendered(human | {"--cards": tmp_path / "cards"}) == text


def test_models_against_the_logistic_regression__in_words_with_interval_and_q(human_page):
    found = rows(human_page, "compared")
    assert len(found) == 4 * 7 + 4 + 2  # gc_cpg everywhere, biotype on one task at two lengths
    expected = {
        ("coding_vs_lncrna_300", "dnabert_3"): "reads more",
        ("coding_vs_lncrna_300", "dnabert_4"): "no difference shown",
        ("coding_vs_lncrna_300", "dnabert_5"): "no difference shown",
        ("coding_vs_lncrna_300", "dnabert_2"): "no difference shown",
        (f"{HIGH}_300", "cnn"): "reads less",
    }
    assert {key: found[key][2].text for key in expected} == expected
    cells = found["coding_vs_lncrna_300", "dnabert_3"]
    assert cells[3].text == "+5.2 [+3.1, +7.3]p 0.002, q 0.003"
    assert cells[3].data == {"mcc": "0.052", "p": "0.0015", "q": "0.003"}
    assert cells[4].text == "+0.026 [+0.015, +0.036]p 0.002, q 0.003"
    others = [given["data-other"] for given, _ in human_page.body("compared-others")]
    assert len(others) == 4
    assert "logistic_regression" not in others
    assert "a note of pairs" in human_page.text


def test_headline__whether_a_language_model_reads_more_counted_from_the_pairs(human_page):
    assert (
        "On the same test sequences a language model reads more than the logistic regression in one of three tasks: "
        "dnabert_3 in protein-coding vs lncRNA (+5.2 [+3.1, +7.3]) points of MCC \u00d7 100."
    ) in human_page.text
    assert "Every language model reads less than the logistic regression in high vs low expression." in human_page.text


def sentences(
    tmp_path, differences: dict, tasks=("coding_vs_lncrna",), models=("dnabert_3", "cnn"), cards=True
) -> list:
    given = helpers_report.make(tmp_path, tasks, (300,), (), seed_models=dict.fromkeys(models, (1,)))
    given = made.compare(made.finetune(given) if cards else given, differences)
    found = read(given)
    results = Results(found.metrics, found.cards)
    shown = comparisons_section.view(results, found.comparisons, found.cards)
    return comparisons_section.sentences(shown, results, found.cards, results.leading)


def test_only_the_cnn_reads_more__no_language_model_does(tmp_path):
    said = sentences(tmp_path, {("coding_vs_lncrna_300", "cnn"): (0.2, 0.1, 0.3, 0.001)})
    assert said == [
        "On the same test sequences no language model has been shown to read more than the logistic regression in "
        "protein-coding vs lncRNA; the highest, dnabert_3, is at +1.2 [\u22123.4, +5.6] points of MCC \u00d7 100."
    ]


def test_language_models_in_every_task__said_so(tmp_path):
    won = {(f"{task}_300", "dnabert_3"): (0.2, 0.1, 0.3, 0.001) for task in (HIGH, "coding_vs_lncrna")}
    said = sentences(tmp_path, won, (HIGH, "coding_vs_lncrna"))
    assert len(said) == 1
    assert "a language model reads more than the logistic regression in every task: dnabert_3 in high vs" in said[0]


def test_no_cards_of_fine_tuning__all_but_floors_and_logistic_regression_are_taken_for_language_models(tmp_path):
    said = sentences(tmp_path, {}, models=("mine",), cards=False)
    assert "the highest, mine, is at" in said[0]


def test_no_language_model_or_no_pairs__nothing_claimed(tmp_path, human):
    assert sentences(tmp_path, {}, models=("cnn",)) == []
    found = Page(rendered({option: path for option, path in human.items() if option != "--comparisons"}))
    assert "On the same test sequences" not in found.text
    assert "compared" not in found.tables


def test_pairs_the_other_way_round__turned(tmp_path):
    given = made.compare(helpers_report.make(tmp_path, ("coding_vs_lncrna",), (300,), (), seed_models={"a": (1,)}), {})
    path = next(given["--comparisons"].iterdir())
    frame = pl.read_csv(path, separator="\t").rename({"model_a": "model_b", "model_b": "model_a"})
    frame.write_csv(path, separator="\t")
    found = read(given)
    results = Results(found.metrics, found.cards)
    pair = comparisons_section.view(results, found.comparisons, found.cards).pairs[0]
    assert (pair.model, pair.other) == ("a", "logistic_regression")
    assert (pair.mcc.value, pair.mcc.low, pair.mcc.high) == (-0.012, -0.056, 0.034)
    assert pair.seeds == (1, 2)


def test_names_with_markup__shown_as_they_are(tmp_path, monkeypatch):
    nasty = "</script><script>alert(1)</script><b a='\"&"
    monkeypatch.setitem(made.MODELS, nasty, ("dnabert", 10, 10, None))
    monkeypatch.setattr(made, "_file", lambda *parts: "run")
    given = helpers_report.make(tmp_path, ("coding_vs_lncrna",), (300,), (), seed_models={nasty: (1,)})
    given = made.compare(
        made.finetune(given, collapsed=(nasty,)), {("coding_vs_lncrna_300", nasty): (0.2, 0.1, 0.3, 0.01)}
    )
    text = rendered(given)
    found = Page(text)
    assert "alert(1)</script><b" not in text
    assert found.tags.count("script") == 2  # that of the costs and that of the tables
    assert f"reads more than the logistic regression in protein-coding vs lncRNA: {nasty} (+20.0" in found.text


def test_no_fine_tuning_and_no_pairs__no_sections_of_them(tmp_path):
    found = Page(rendered(helpers_report.make(tmp_path, ("coding_vs_lncrna",), (300,), ())))
    assert {"training", "comparisons"} & set(found.ids) == set()


def test_controls_of_shuffled_labels__not_among_the_models(tmp_path):
    given = made.finetune(
        helpers_report.make(tmp_path, ("coding_vs_lncrna",), (300,), (), seed_models={"dnabert_3": (2,)})
    )
    text = rendered(given)
    name = "coding_vs_lncrna_300.dnabert_3.seed2"
    for folder, kind in (("--training", "training.tsv"), ("--cards", "finetune.json")):
        shutil.copy(given[folder] / f"{name}.{kind}", given[folder] / f"{name}.shuffled.{kind}")
    assert rendered(given) == text
    card = json.loads((given["--cards"] / f"{name}.finetune.json").read_text())
    card["parameters"] |= {"shuffle_labels": True, "seed": 9}
    (given["--cards"] / "other.json").write_text(json.dumps(card))
    assert [cell.text for cell in Page(rendered(given)).body("trained")[0][1]][3] == "2"
