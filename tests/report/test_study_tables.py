"""The study's tables are complete in every run, with a difference only where both measure the same."""

from __future__ import annotations

import json
import re
import shutil

import polars as pl
import pytest

import helpers_report
import helpers_report_models
from helpers_page import Page
from helpers_report import rendered
from lncprom import provenance, study
from lncprom.report import inflation_section
from lncprom.report.results import Results

HIGH = "high_vs_low_expression"
TASK_2 = "promoter_vs_nonpromoter"
LR, DNABERT_3 = "Logistic regression (LR)", "dnabert_3, DNABERT (3-mer)"


def known(table: str) -> list[list[float]]:
    """Published scores, rows x columns."""
    if table == "table-2":
        return [[study.MCC_BY_K[k]] for k in study.KMERS]
    columns = [(task, 300) for task in study.TASKS]
    if table == "table-4":
        columns = [(HIGH, length) for length in study.LENGTHS]
    return [[study.MCC[task, length, name] for task, length in columns] for name in study.MODELS]


@pytest.mark.parametrize(
    ("sets", "differences"),
    [
        ({"tasks": (), "imported": ("mine",)}, 0),
        ({"tasks": tuple(study.TASKS), "lengths": (300, 500), "imported": (), "human": True}, 6),
        ({"tasks": (TASK_2, HIGH), "lengths": (300, 1000), "imported": ("mine",)}, 0),
        ({"tasks": (HIGH,), "lengths": (500,), "imported": (), "human": True}, 1),
    ],
    ids=["ready-made data only", "human at two lengths", "another genome", "human, none of 300 bp"],
)
def test_any_run__every_published_score_and_only_differences_that_compare(tmp_path, sets, differences):
    given = helpers_report.make(tmp_path, **sets)
    found = Page(rendered({name: given[name] for name in ("--cards", "--metrics", "--seeds")}))
    for table in ("table-1", "table-2", "table-4"):
        rows = [[float(c.data["published"]) for c in cells if "published" in c.data] for _, cells in found.body(table)]
        assert [row for row in rows if row] == known(table), table
    cells = [cell for table in found.tables for _, row in found.body(table) for cell in row]
    assert sum("minus" in cell.data for cell in cells) == differences
    muted = re.findall(
        r'<small class="published( apart)?">published <data class="published"(.*?)</small>', found.source
    )
    assert len(muted) >= 36
    assert all(bool(apart) != ("minus" in rest) for apart, rest in muted)


def test_another_genome__published_score_muted_and_the_reason_below(tmp_path):
    given = helpers_report.make(tmp_path, (HIGH,), (300,), ("mine",), seed_models={"dnabert_3": (1,)})
    found = Page(rendered(given))
    for table, at in (("table-1", 2), ("table-4", 0)):
        cell = found.by_model(table)[DNABERT_3][at]
        assert cell.data["mcc"]
        assert cell.text.endswith("published 73.48, not comparable")
    assert "Task 3, 300 bp: not comparable with the published scores, because no input file name" in found.text
    assert "This run has no data set for this table" in found.text  # Table 2


def test_length_that_the_study_does_not_have__shown_and_not_compared(tmp_path):
    found = Page(rendered(helpers_report.make(tmp_path, (HIGH,), (400, 500), (), human=True)))
    assert found.by_model("table-1")[LR][2].text.endswith("published 70.45, not comparable")
    assert "at 400 bp (study: 300 bp)" in found.text
    of_400, of_500 = found.by_model("table-4")[LR][1:3]
    assert "published" not in of_400.data
    assert float(of_500.data["minus"]) == pytest.approx(100 * float(of_500.data["mcc"]) - 67.46)


def test_table_2__every_model_of_a_k_with_accuracy_and_f1(tmp_path):
    models = {"dnabert_3": (1,), "dnabert-k3": (1,), "dnabert_5": (1,)}
    rows = Page(rendered(helpers_report.make(tmp_path, (TASK_2,), (300,), (), True, models))).by_model("table-2")
    assert list(rows) == [
        *("dnabert-k3, DNABERT (3-mer)", DNABERT_3, "DNABERT (4-mer)", "dnabert_5, DNABERT (5-mer)", "DNABERT (6-mer)"),
    ]
    for name, (cell,) in rows.items():
        ours = {"mcc", "accuracy", "f1", "published", "minus"}
        assert set(cell.data) == (ours if "dnabert" in name else {"published"}), name


def test_tpm_table__published_values_only_beside_the_same_release_of_gtex(tmp_path):
    given = helpers_report.make(tmp_path, tasks=(HIGH,), lengths=(300,), imported=(), human=True)
    rows = Page(rendered(given)).by_model("table-3")
    assert rows["protein-coding"][0].text == "45.10 ± 790.20published 44.93 ± 792.96"
    assert rows["lncRNA"][0].data == {"tpm": "0.91", "published": "0.94"}
    for path in given["--cards"].glob("*.json"):
        path.write_text(path.read_text().replace("V8", "V7").replace("_v8_", "_v7_"))
    found = Page(rendered(given))
    assert not any("published" in cell.data for _, cells in found.body("table-3") for cell in cells)
    assert "the study uses GTEx V8, this run uses GTEx_Analysis_2017-06-05_v7" in found.text


def test_gue_notata_brought_ready_made__compared_with_task_1(tmp_path):
    given = helpers_report.make(tmp_path, tasks=(), imported=("gue", "other"))
    card = json.loads((given["--cards"] / "gue.dataset.json").read_text())
    card["counts"]["fold"] = study.GUE_NOTATA_FOLDS
    (given["--cards"] / "gue.dataset.json").write_text(json.dumps(card))
    found = Page(rendered(given))
    assert found.by_model("table-1")[LR][0].data["minus"]
    gue, other = found.by_model("table-ready-made")[LR]
    assert gue.data["published"] == "86.68"
    assert "published" not in other.data


@pytest.fixture(scope="module")
def two_seeds(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("human")
    return helpers_report.make(folder, (TASK_2, "coding_vs_lncrna"), (300,), (), True, {"dnabert_3": (1, 2)})


def over_seeds(given: dict, times: int, digits: int) -> dict[str, tuple]:
    """Mean, standard deviation and interval of each metric as the page prints them."""
    where = {"task": "coding_vs_lncrna", "model": "dnabert_3", "fold": "test"}
    rows = [row for row in helpers_report.rows(given, "seeds") if row.items() >= where.items()]
    numbers = ("mean", "sd", "ci_low", "ci_high")
    return {row["metric"]: tuple(f"{times * row[name]:.{digits}f}" for name in numbers) for row in rows}


def test_several_seeds__mean_sd_and_interval_of_the_table_over_seeds(two_seeds):
    found = Page(rendered(two_seeds))
    cell = found.by_model("table-1")[DNABERT_3][3]
    shown = over_seeds(two_seeds, 100, 1)
    (mean, sd, low, high), accuracy, f1 = shown["mcc"], shown["accuracy"], shown["f1"]
    assert cell.text == (
        f"{mean} [{low}, {high}] mean of 2 seeds, sd {sd} accuracy {accuracy[0]} ± {accuracy[1]} · F1 {f1[0]} ± {f1[1]}"
        f"published 41.55, difference {float(cell.data['mcc']) * 100 - 41.55:+.2f}"
    )
    rows = {(given["data-dataset"], given["data-model"]): cells for given, cells in found.body("metrics-seeds")}
    mean, sd, low, high = over_seeds(two_seeds, 1, 3)["auroc"]
    cells = rows["coding_vs_lncrna_300", "dnabert_3"]
    assert next(cell.text for cell in cells if "auroc" in cell.data) == f"{mean} ± {sd} [{low}, {high}]"
    assert [rows["coding_vs_lncrna_300", model][2].text for model in ("dnabert_3", "gc_cpg")] == ["2", "1"]
    each = [given["data-seed"] for given, _ in found.body("metrics-test") if given["data-model"] == "dnabert_3"]
    assert set(each) == {"1", "2"}


def test_several_seeds_without_their_table__mean_and_sd_without_interval(two_seeds):
    found = Page(rendered({option: path for option, path in two_seeds.items() if option != "--seeds"}))
    mean, sd, _, _ = over_seeds(two_seeds, 100, 1)["mcc"]
    assert found.by_model("table-1")[DNABERT_3][3].text.startswith(f"{mean} mean of 2 seeds, sd {sd} ")
    assert "The table over seeds was not given" in found.text


def test_one_seed__seeds_are_not_mentioned(tmp_path):
    found = Page(rendered(helpers_report.make(tmp_path, ("coding_vs_lncrna",), (300,), ())))
    assert "metrics-seeds" not in found.tables
    assert "seeds" not in found.text


def test_model_of_another_size_than_the_studys__not_compared(two_seeds, tmp_path):
    shutil.copytree(two_seeds["--cards"], tmp_path / "cards")
    card = helpers_report_models.card("coding_vs_lncrna_300", "coding_vs_lncrna", 300, "dnabert_3", 1, "tss")
    card["counts"]["weights"] = 1_234_567
    provenance.write(card, tmp_path / "cards" / "a.finetune.json")
    found = Page(rendered(two_seeds | {"--cards": tmp_path / "cards"}))
    cells = found.by_model("table-1")[DNABERT_3]
    assert ["minus" in cell.data for cell in cells] == [False, True, False, False]
    assert cells[3].text.endswith("published 41.55, not comparable: another model")
    assert "dnabert_3 has 1,234,567 weights here and 86 million in the study" in found.text


def test_inflation__a_panel_for_the_rung_and_each_model_with_every_cell(tmp_path):
    rows, cards = [], {}
    for kind, way, mcc in (
        ("shuffle", "sample", 0.9),
        ("shuffle", "group", 0.7),
        ("matched", "sample", 0.3),
        ("matched", "group", 0.25),
    ):
        name = f"{kind}.{way}_300"
        steps = [
            {"step": "sample_negatives", "parameters": {"kind": kind}},
            {"step": "assign_folds", "parameters": {"by": way}},
        ]
        cards[name] = {
            "step": "build_length_variants",
            "dataset": name,
            "task": "promoter_vs_nonpromoter",
            "length": 300,
        }
        cards[name] |= {"upstream": steps, "inputs": {}, "parameters": {}, "counts": {}}
        for model, value, dev in (("cnn", mcc, 0.5), ("gc_cpg", mcc - 0.2, 0.2), ("majority", 0.0, 0.0)):
            for fold, score in (("dev", dev), ("test", value)):
                about = (name, "promoter_vs_nonpromoter", 300, model, 1, fold, "mcc")
                rows.append((*about, score, score - 0.1, score + 0.05, 120, 60, 100))
    columns = ["dataset", "task", "length", "model", "seed", "fold", "metric", "value", "ci_low", "ci_high"]
    found = Results(pl.DataFrame(rows, schema=[*columns, "n", "n_positive", "n_groups"], orient="row"), cards)
    assert found.tasks == found.imported == []  # they stand under their own names
    assert found.groups == "groups of overlapping loci"
    panels = inflation_section.figures(found, inflation_section.grid(found))
    assert [title for title, _ in panels] == ["Best trivial baseline", "CNN"]
    assert "shuffle, by sample: 70.0 [60.0, 75.0]; shuffle, by group: 50.0 [40.0, 55.0]" in panels[0][1]
    assert "matched, by group: 25.0 [15.0, 30.0]" in panels[1][1]
