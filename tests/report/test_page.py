"""The page read back: its numbers are those of the inputs, and it loads nothing but the costs beside it."""

from __future__ import annotations

import itertools
import json

import polars as pl
import pytest

import helpers_report
from helpers_page import Page
from lncprom import study
from lncprom.report import inputs, page

NASTY = "</script><script>alert(1)</script><b a='\"&"


def read(given: dict) -> inputs.Inputs:
    names = {option: option[2:] for option in given} | {"--cards": "cards_folder"}
    return inputs.read(**{names[option]: path for option, path in given.items()})


def rendered(given: dict, title: str = "A run") -> str:
    return page.render(read(given), title)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> dict:
    tasks = ("high_vs_low_expression", "coding_vs_lncrna")
    return helpers_report.make(tmp_path_factory.mktemp("demo"), tasks=tasks, lengths=(300, 500))


@pytest.fixture(scope="module")
def demo_page(demo) -> Page:
    return Page(rendered(demo))


@pytest.fixture(scope="module")
def human(tmp_path_factory) -> dict:
    return helpers_report.make(
        tmp_path_factory.mktemp("human"),
        tasks=tuple(study.TASKS),
        lengths=(300, 500),
        imported=("tata",),
        human=True,
        seed_models={"dnabert_3": (1, 2)},
    )


@pytest.fixture(scope="module")
def human_page(human) -> Page:
    return Page(rendered(human))


def values(given: dict, **where) -> list[dict]:
    rows = pl.concat([pl.read_csv(path, separator="\t") for path in sorted(given["--metrics"].glob("*.tsv"))])
    for column, value in where.items():
        rows = rows.filter(pl.col(column) == value)
    return rows.to_dicts()


def test_table_of_all_metrics__every_value_of_the_tsv_to_the_last_digit(demo, demo_page):
    found = {}
    for table, folds in (("metrics-test", ("test",)), ("metrics-others", ("dev", "train"))):
        for given, cells in demo_page.body(table):
            assert given["data-fold"] in folds
            key = (given["data-dataset"], given["data-model"], int(given["data-seed"]), given["data-fold"])
            found |= {(*key, name): value for cell in cells for name, value in cell.data.items()}
    rows = values(demo)
    assert len(found) == len(rows) == 5 * 3 * 6 * 2 + 2 * 3 * 6
    for row in rows:
        key = (row["dataset"], row["model"], row["seed"], row["fold"], row["metric"])
        assert float(found[key]) == row["value"], key


def test_table_of_all_metrics__intervals_as_in_the_tsv(demo, demo_page):
    row = values(demo, dataset="coding_vs_lncrna_300", model="logistic_regression", fold="test", metric="mcc")[0]
    cells = next(
        cells
        for given, cells in demo_page.body("metrics-test")
        if (given["data-dataset"], given["data-model"]) == ("coding_vs_lncrna_300", "logistic_regression")
    )
    shown = next(cell.text for cell in cells if "mcc" in cell.data)
    assert shown == f"{row['value']:.3f} [{row['ci_low']:.3f}, {row['ci_high']:.3f}]"


def test_table_1__models_by_the_studys_tasks(demo, demo_page):
    head = [cell.text for cell in demo_page.tables["table-1"][0][1]]
    assert head[3:] == ["Task 3: high vs low expression medium", "Task 4: protein-coding vs lncRNA hard"]
    rows = demo_page.by_model("table-1")
    assert list(rows) == [
        *("Logistic regression (LR)", "NT-500M-human", "DNABERT-2", "DNABERT (3-mer)"),
        *("GC + CpG only (floor)", "Biotype only (floor)"),
    ]
    for task, cell in zip(study.TASKS, rows["Logistic regression (LR)"], strict=True):
        known = values(demo, task=task, length=300, model="logistic_regression", fold="test")
        assert {metric: float(cell.data[metric]) for metric in cell.data if metric != "published"} == {
            row["metric"]: row["value"] for row in known if row["metric"] in ("mcc", "accuracy", "f1")
        }
        assert bool(known) == (task in ("high_vs_low_expression", "coding_vs_lncrna"))
    assert rows["Logistic regression (LR)"][0].text == "not in this run" + "published 86.68"
    assert rows["DNABERT-2"][2].text == "not trained in this run" + "published 67.78"
    assert rows["Biotype only (floor)"][3].text == "does not apply"


def test_table_4__high_vs_low_by_the_studys_lengths(demo, demo_page):
    cells = demo_page.by_model("table-4")["Logistic regression (LR)"]
    scored = values(demo, task="high_vs_low_expression", fold="test", metric="mcc", model="logistic_regression")
    known = {row["length"]: row["value"] for row in scored}
    assert [float(cell.data["mcc"]) for cell in cells[:2]] == [known[300], known[500]]
    told = [f"not in this runpublished {figure}" for figure in ("65.90", "65.32")]
    assert [cell.text for cell in cells[2:]] == told


def test_human_data__published_values_beside_ours_and_nowhere_else(human_page):
    names = {"Logistic regression (LR)": "LR", "dnabert_3, DNABERT (3-mer)": "DNABERT (3-mer)"}
    names |= {"NT-500M-human": "NT-500M-human", "DNABERT-2": "DNABERT-2"}
    for table, columns in (
        ("table-1", [(task, 300) for task in study.TASKS]),
        ("table-4", [("high_vs_low_expression", length) for length in (300, 500)]),
    ):
        rows = human_page.by_model(table)
        for ours, theirs in names.items():
            found = [float(cell.data["published"]) for cell in rows[ours][: len(columns)]]
            assert found == [study.MCC[task, length, theirs] for task, length in columns], (table, ours)
        for floor in ("GC + CpG only (floor)", "Biotype only (floor)"):
            assert not any("published" in cell.data for cell in rows[floor])
    assert not any(
        "published" in cell.data for cells in human_page.by_model("table-ready-made").values() for cell in cells
    )


def test_human_data__tpm_and_kmers_of_the_study_beside_ours(human, human_page):
    rows = human_page.by_model("table-3")
    assert rows["protein-coding"][0].text == "45.10 ± 790.20published 44.93 ± 792.96"
    assert rows["lncRNA"][0].data == {"tpm": "0.91", "published": "0.94"}
    known = values(human, task="promoter_vs_nonpromoter", length=300, model="dnabert_3", fold="test", metric="mcc")
    rows = human_page.by_model("table-2")
    (three,), (four,) = rows["dnabert_3, DNABERT (3-mer)"], rows["DNABERT (4-mer)"]
    assert float(three.data["mcc"]) == pytest.approx(sum(row["value"] for row in known) / 2)
    assert float(three.data["minus"]) == pytest.approx(100 * float(three.data["mcc"]) - 83.41)
    assert "mean of 2 seeds, sd" in three.text
    assert three.data["published"] == "83.41"
    assert four.text == "not trained in this run" + "published 83.06"


def test_another_release_of_gtex__its_table_without_the_studys(tmp_path):
    given = helpers_report.make(tmp_path, tasks=("high_vs_low_expression",), lengths=(300,), imported=(), human=True)
    for path in given["--cards"].glob("*.json"):
        path.write_text(path.read_text().replace("V8", "V7").replace("_v8_", "_v7_"))
    found = Page(rendered(given))
    assert not any("published" in cell.data for _, cells in found.body("table-3") for cell in cells)
    assert "the study's is GTEx V8, this is GTEx_Analysis_2017-06-05_v7" in found.text


def test_gue_notata_brought_ready_made__task_1_of_the_study_beside_it(tmp_path):
    given = helpers_report.make(tmp_path, tasks=(), imported=("gue", "other"))
    card = json.loads((given["--cards"] / "gue.dataset.json").read_text())
    card["counts"]["fold"] = study.GUE_NOTATA_FOLDS
    (given["--cards"] / "gue.dataset.json").write_text(json.dumps(card))
    found = Page(rendered(given))
    assert found.by_model("table-1")["Logistic regression (LR)"][0].data["minus"]
    gue, other = found.by_model("table-ready-made")["Logistic regression (LR)"]
    assert gue.data["published"] == "86.68"
    assert "published" not in other.data
    assert found.by_model("table-ready-made")["DNABERT-2"][1].text == "not trained in this run"


def test_ready_made_sets_only__what_is_missing_said_in_a_line(tmp_path):
    given = helpers_report.make(tmp_path, tasks=(), imported=("mine",))
    for option in ("--dag", "--kmers", "--composition", "--curves", "--parameters", "--versions"):
        given.pop(option)
    found = Page(rendered(given))
    for words in (
        "Table 3, TPM by biotype, is not shown",
        "no logistic regression was trained",
        "no curves were given",
        "no composition tables were given",
        "no graph was given",
        "parameters were not given",
    ):
        assert words in found.text, words


def test_cards__every_number_left_out_with_its_reason(demo, demo_page):
    rows = [cells for table in demo_page.tables.values() for _, cells in table]
    pairs = [pair for cells in rows for pair in itertools.pairwise(cells) if "dropped" in pair[0].data]
    told = {(reason.text, int(number.data["dropped"])) for number, reason in pairs}
    assert {("of another biotype", 1204), ("left out to balance the classes", 81), ("window with N", 5)} <= told


def test_sizes__samples_by_fold_and_the_studys_size(demo_page):
    assert [cell.text for cell in demo_page.by_model("sizes")["Task 3, 300 bp"]] == [
        *("520", "260", "260", "416", "52", "52", "2,772"),
    ]
    assert demo_page.by_model("sizes")["tata, 300 bp"][-1].text == "no such set"


def test_sources__each_file_once_with_its_digest(demo_page):
    files = demo_page.by_model("inputs")
    assert "annotation.gtf.gz" in files
    assert all(len(cells[-1].text) == 64 for cells in files.values())


def test_page__loads_the_costs_beside_it_and_nothing_else_and_no_id_stands_twice(demo_page, human_page):
    for found in (demo_page, human_page):
        assert [address for address in found.loads if not address.startswith(("#", "data:"))] == ["cost.html"]
        assert len(found.ids) == len(set(found.ids))
        assert all(address[1:] in found.ids for address in found.loads if address.startswith("#"))
        assert found.tags.count("h1") == 1


def test_same_inputs__same_bytes_whatever_the_order_of_rows(demo, tmp_path):
    first = rendered(demo)
    assert rendered(demo) == first
    mixed = tmp_path / "metrics"
    mixed.mkdir()
    for path in demo["--metrics"].glob("*.tsv"):
        head, *rows = path.read_text().splitlines()
        (mixed / path.name).write_text("\n".join([head, *rows[::-1]]) + "\n")
    assert rendered(demo | {"--metrics": mixed}) == first


def test_names_with_markup__shown_as_they_are(tmp_path):
    given = helpers_report.make(
        tmp_path, tasks=("coding_vs_lncrna",), lengths=(300,), imported=(), seed_models={NASTY: (1,), "$x$_^": (1,)}
    )
    for path in given["--cards"].glob("*.json"):
        card = json.loads(path.read_text())
        for record in [*card["upstream"], card]:
            record["notes"] = [NASTY + " synthetic"]
            record["dropped"] = {NASTY: 3}
            record["parameters"] |= {NASTY: NASTY, "list": [NASTY]}
            record["versions"] |= {NASTY: NASTY}
            for facts in record["inputs"].values():
                facts["file"] = NASTY
        card["counts"]["biotype"] = {NASTY: 4}
        path.write_text(json.dumps(card))
    given["--parameters"].write_text(json.dumps({NASTY: NASTY}))
    text = rendered(given, title=NASTY)
    found = Page(text)
    assert "alert(1)</script><b" not in text
    assert found.tags.count("script") == 2  # that of the costs and that of the tables
    assert "b" not in found.tags or found.tags.count("b") == text.count('<b class="')
    assert NASTY in found.text
