"""The page read back: its numbers are those of the inputs, and it loads nothing but the costs beside it."""

from __future__ import annotations

import itertools
import json

import pytest

import helpers_report
import helpers_report_models
from helpers_page import Page
from helpers_report import rendered
from lncprom import study

NASTY = "</script><script>alert(1)</script><b a='\"&"
LR = "Logistic regression (LR)"


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> dict:
    tasks = ("high_vs_low_expression", "coding_vs_lncrna")
    return helpers_report.make(tmp_path_factory.mktemp("demo"), tasks=tasks, lengths=(300, 500))


@pytest.fixture(scope="module")
def shown(demo) -> Page:
    return Page(rendered(demo))


def test_metrics__every_value_of_the_tsv_to_the_last_digit(demo, shown):
    found = {}
    for table, splits in (("metrics-test", ("test",)), ("metrics-others", ("dev", "train"))):
        for given, cells in shown.body(table):
            assert given["data-split"] in splits
            key = (given["data-dataset"], given["data-model"], int(given["data-seed"]), given["data-split"])
            found |= {(*key, name): cell for cell in cells for name in cell.data}
    rows = helpers_report.rows(demo, "metrics")
    assert len(found) == len(rows) == 5 * 3 * 6 * 2 + 2 * 3 * 6
    for row in rows:
        cell = found[row["dataset"], row["model"], row["seed"], row["fold"], row["metric"]]
        assert float(cell.data[row["metric"]]) == row["value"]
        bounds = (f"{row[name]:.3f}".replace("-", "\u2212") for name in ("ci_low", "ci_high"))
        assert cell.text.endswith(f"[{', '.join(bounds)}]")


def test_tables_1_and_4__models_by_the_studys_tasks_and_lengths(demo, shown):
    head = [cell.text for cell in shown.tables["table-1"][0][1]]
    assert head[3:] == ["Task 3: high vs low expression medium", "Task 4: protein-coding vs lncRNA hard"]
    rows = shown.by_model("table-1")
    assert list(rows) == [
        *(LR, "NT-500M-human", "DNABERT-2", "DNABERT (3-mer)"),
        *("GC + CpG only (trivial baseline)", "Biotype only (trivial baseline)"),
    ]
    mcc = {
        (row["task"], row["length"]): row["value"]
        for row in helpers_report.rows(demo, "metrics")
        if (row["model"], row["fold"], row["metric"]) == ("logistic_regression", "test", "mcc")
    }
    assert [float(cell.data.get("mcc", 0)) for cell in rows[LR]] == [mcc.get((task, 300), 0) for task in study.TASKS]
    cells = shown.by_model("table-4")[LR]
    assert [float(cell.data["mcc"]) for cell in cells[:2]] == [mcc["high_vs_low_expression", n] for n in (300, 500)]
    assert rows[LR][0].text == "not in this runpublished 86.68"
    assert rows["DNABERT-2"][2].text == "not trained in this runpublished 67.78"
    assert rows["Biotype only (trivial baseline)"][3].text == "does not apply"


def test_ready_made_sets_only__what_is_absent_is_reported(tmp_path):
    given = helpers_report.make(tmp_path, tasks=(), imported=("mine",))
    for option in ("--dag", "--kmers", "--composition", "--curves", "--parameters", "--versions"):
        given.pop(option)
    found = Page(rendered(given))
    for words in (
        "Table 3, TPM by biotype, is not shown",
        "no logistic regression was trained",
        "Curves are not shown",
        "Composition is not shown",
        "The graph of the steps is not shown",
        "parameters of the run were not given",
    ):
        assert words in found.text, words
    assert {"training", "comparisons", "importance", "motifs"} & set(found.ids) == set()


def test_cards__every_removed_sample_with_its_reason(shown):
    rows = [cells for table in shown.tables.values() for _, cells in table]
    pairs = [pair for cells in rows for pair in itertools.pairwise(cells) if "dropped" in pair[0].data]
    told = {(reason.text, int(number.data["dropped"])) for number, reason in pairs}
    assert {("of another biotype", 1204), ("left out to balance the classes", 81), ("window with N", 5)} <= told


def test_sizes_and_sources__samples_by_split_and_each_file_once(shown):
    assert [cell.text for cell in shown.by_model("sizes")["Task 3, 300 bp"]] == [
        *("520", "260", "260", "416", "52", "52", "2,772"),
    ]
    assert shown.by_model("sizes")["tata, 300 bp"][-1].text == "no such set"
    files = shown.by_model("inputs")
    assert "annotation.gtf.gz" in files
    assert all(len(cells[-1].text) == 64 for cells in files.values())


def test_page__every_id_is_unique_and_every_reference_has_one(shown):
    assert len(shown.ids) == len(set(shown.ids))
    assert all(address[1:] in shown.ids for address in shown.loads if address.startswith("#"))
    assert shown.tags.count("h1") == 1


def test_rows_in_another_order__same_bytes(demo, tmp_path, shown):
    mixed = tmp_path / "metrics"
    mixed.mkdir()
    for path in demo["--metrics"].glob("*.tsv"):
        head, *rows = path.read_text().splitlines()
        (mixed / path.name).write_text("\n".join([head, *rows[::-1]]) + "\n")
    assert rendered(demo | {"--metrics": mixed}) == shown.source


def test_names_with_markup__shown_as_they_are(tmp_path, monkeypatch):
    given = helpers_report.make(
        tmp_path, tasks=("coding_vs_lncrna",), lengths=(300,), imported=(), seed_models={NASTY: (1,), "$x$_^": (1,)}
    )
    monkeypatch.setitem(helpers_report_models.MODELS, NASTY, ("dnabert", 10, 10, None))
    monkeypatch.setattr(helpers_report_models, "_file", lambda *parts: "run")
    given = helpers_report_models.finetune(given, collapsed=(NASTY,))
    given = helpers_report_models.compare(given, {("coding_vs_lncrna_300", NASTY): (0.2, 0.1, 0.3, 0.01)})
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
    assert found.tags.count("script") == 2  # those of the costs and of the tables
    assert found.tags.count("b") == text.count('<b class="')
    assert f"the MCC of {NASTY} is higher than that of logistic_regression: +20.0 [" in " ".join(found.text.split())
