"""The study's tables 1, 2 and 4 in full, whatever the run has; a difference only where both measure the same."""

from __future__ import annotations

import re

import pytest

import helpers_report
from helpers_page import Page
from lncprom import study
from lncprom.report import inputs, page

HIGH = "high_vs_low_expression"
TASK_2 = "promoter_vs_nonpromoter"


def rendered(given: dict) -> str:
    names = {option: option[2:] for option in given} | {"--cards": "cards_folder"}
    return page.render(inputs.read(**{names[option]: path for option, path in given.items()}), "A run")


def known(table: str) -> list[list[float]]:
    """What the study printed, rows x columns."""
    if table == "table-2":
        return [[study.MCC_BY_K[k]] for k in study.KMERS]
    columns = [(task, 300) for task in study.TASKS]
    if table == "table-4":
        columns = [(HIGH, length) for length in study.LENGTHS]
    return [[study.MCC[task, length, name] for task, length in columns] for name in study.MODELS]


def shown(found: Page, table: str) -> list[list[float]]:
    rows = [[float(c.data["published"]) for c in cells if "published" in c.data] for _, cells in found.body(table)]
    return [row for row in rows if row]


def differences(found: Page) -> int:
    return sum("minus" in cell.data for table in found.tables for _, cells in found.body(table) for cell in cells)


RUNS = {
    "ready-made data only": {"tasks": (), "imported": ("mine",)},
    "human at two lengths": {"tasks": tuple(study.TASKS), "lengths": (300, 500), "imported": (), "human": True},
    "another genome": {"tasks": (TASK_2, HIGH), "lengths": (300, 1000), "imported": ("mine",)},
    "human, none of 300 bp": {"tasks": (HIGH,), "lengths": (500,), "imported": (), "human": True},
    "human, without task 3": {"tasks": ("coding_vs_lncrna",), "lengths": (300,), "imported": (), "human": True},
}


@pytest.fixture(scope="module", params=RUNS)
def run(request, tmp_path_factory) -> tuple[str, str]:
    given = helpers_report.make(tmp_path_factory.mktemp("run"), **RUNS[request.param])
    for kind in ("--curves", "--composition", "--kmers", "--dag"):  # tested elsewhere
        given.pop(kind)
    return request.param, rendered(given)


def test_any_run__every_figure_that_the_study_printed(run):
    found = Page(run[1])
    for table in ("table-1", "table-2", "table-4"):
        assert shown(found, table) == known(table), (run[0], table)


def test_any_run__a_difference_only_from_human_data_at_the_tables_length(run):
    expected = {"human at two lengths": 4 + 2, "human, none of 300 bp": 1, "human, without task 3": 1}
    assert differences(Page(run[1])) == expected.get(run[0], 0)


def test_any_run__figures_not_compared_are_muted(run):
    figures = re.findall(r'<small class="published( apart)?">published <data class="published"(.*?)</small>', run[1])
    assert len(figures) >= 16 + 4 + 16
    tpm = "\N{PLUS-MINUS SIGN}"  # table 3 gives no difference
    assert all(bool(apart) != ("minus" in rest) for apart, rest in figures if tpm not in rest)


def test_another_genome__muted_beside_ours_with_the_reason_below(tmp_path):
    given = helpers_report.make(tmp_path, (HIGH,), (300,), ("mine",), seed_models={"dnabert_3": (1,)})
    found = Page(rendered(given))
    for table, at in (("table-1", 2), ("table-4", 0)):
        cell = found.by_model(table)["dnabert_3, DNABERT (3-mer)"][at]
        assert cell.data["mcc"]
        assert cell.text.endswith("published 73.48, not comparable")
    assert "Task 3, 300 bp: not comparable with the published figures: no input is a human source" in found.text
    assert "No data set of this run belongs in this table" in found.text  # table 2
    for table in ("table-3", "table-ready-made"):
        assert not any("published" in cell.data for _, cells in found.body(table) for cell in cells), table


def test_length_that_the_studys_table_has_not__ours_shown_and_not_compared(tmp_path):
    found = Page(rendered(helpers_report.make(tmp_path, (HIGH,), (400, 500), (), human=True)))
    first = found.by_model("table-1")["Logistic regression (LR)"][2]
    assert first.text.endswith("published 70.45, not comparable")
    assert "at 400 bp, the study's at 300 bp" in found.text
    assert "Task 3, 400 bp: not comparable with the published figures: the study's table has no such" in found.text
    of_400, of_500 = found.by_model("table-4")["Logistic regression (LR)"][1:3]
    assert "published" not in of_400.data
    assert of_500.data["published"] == "67.46"
    assert of_500.data["minus"]


def test_table_2__every_model_of_a_k_with_accuracy_and_f1(tmp_path):
    models = {"dnabert_3": (1,), "dnabert-k3": (1,), "dnabert_5": (1,)}
    found = Page(rendered(helpers_report.make(tmp_path, (TASK_2,), (300,), (), True, models)))
    rows = found.by_model("table-2")
    assert list(rows) == [
        *("dnabert-k3, DNABERT (3-mer)", "dnabert_3, DNABERT (3-mer)"),
        *("DNABERT (4-mer)", "dnabert_5, DNABERT (5-mer)", "DNABERT (6-mer)"),
    ]
    for name, (cell,) in rows.items():
        ours = {"mcc", "accuracy", "f1", "published", "minus"}
        assert set(cell.data) == (ours if "dnabert" in name else {"published"}), name
