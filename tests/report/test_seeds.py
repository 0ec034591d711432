"""Several seeds in the page: mean, spread, interval and number wherever a figure stands."""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

import polars as pl
import pytest

import helpers_report
import helpers_report_models
from helpers_page import Page
from lncprom import provenance
from lncprom.report import inputs, page


def rendered(given: dict[str, Path]) -> str:
    names = {option: option[2:] for option in given} | {"--cards": "cards_folder"}
    return page.render(inputs.read(**{names[option]: path for option, path in given.items()}), "A run")


@pytest.fixture(scope="module")
def human(tmp_path_factory) -> dict[str, Path]:
    tasks = ("promoter_vs_nonpromoter", "coding_vs_lncrna")
    folder = tmp_path_factory.mktemp("human")
    models = {"dnabert_3": (1, 2)}
    return helpers_report.make(folder, tasks=tasks, lengths=(300,), imported=(), human=True, seed_models=models)


@pytest.fixture(scope="module")
def human_page(human) -> Page:
    return Page(rendered(human))


def values(given: dict[str, Path], **where) -> list[dict]:
    rows = pl.concat([pl.read_csv(path, separator="\t") for path in sorted(given["--metrics"].glob("*.tsv"))])
    return rows.filter(pl.all_horizontal(pl.col(name) == value for name, value in where.items())).to_dicts()


def seeds(given: dict, **where) -> dict:
    rows = pl.concat([pl.read_csv(path, separator="\t") for path in sorted(given["--seeds"].glob("*.tsv"))])
    return rows.row(by_predicate=pl.all_horizontal(pl.col(name) == value for name, value in where.items()), named=True)


def test_several_seeds__their_mean_spread_and_interval_from_the_table_over_seeds(human, human_page):
    about = {"task": "coding_vs_lncrna", "length": 300, "model": "dnabert_3", "fold": "test"}
    known = {metric: seeds(human, **about, metric=metric) for metric in ("mcc", "accuracy", "f1")}
    cell = human_page.by_model("table-1")["dnabert_3, DNABERT (3-mer)"][3]
    for metric, row in known.items():
        assert float(cell.data[metric]) == row["mean"]
    mcc = known["mcc"]
    assert float(cell.data["minus"]) == pytest.approx(100 * mcc["mean"] - 41.55)
    assert cell.text == (
        f"{100 * mcc['mean']:.1f} [{100 * mcc['ci_low']:.1f}, {100 * mcc['ci_high']:.1f}] "
        f"mean of 2 seeds, sd {100 * mcc['sd']:.1f} "
        + " · ".join(
            f"{name} {100 * row['mean']:.1f} ± {100 * row['sd']:.1f}"
            for name, row in (("accuracy", known["accuracy"]), ("F1", known["f1"]))
        )
        + f"published 41.55, ours {100 * mcc['mean'] - 41.55:+.2f}"
    )
    lone = human_page.by_model("table-1")["Logistic regression (LR)"][3].text
    assert "seeds" not in lone
    assert "±" not in lone


def test_several_seeds__a_table_of_means_and_each_seed_below(human, human_page):
    rows = {(given["data-dataset"], given["data-model"]): cells for given, cells in human_page.body("metrics-seeds")}
    cells = rows["coding_vs_lncrna_300", "dnabert_3"]
    known = seeds(human, dataset="coding_vs_lncrna_300", model="dnabert_3", fold="test", metric="auroc")
    assert cells[2].text == "2"
    assert next(cell.text for cell in cells if "auroc" in cell.data) == (
        f"{known['mean']:.3f} ± {known['sd']:.3f} [{known['ci_low']:.3f}, {known['ci_high']:.3f}]"
    )
    assert rows["coding_vs_lncrna_300", "gc_cpg"][2].text == "1"
    each = [given["data-seed"] for given, _ in human_page.body("metrics-test") if given["data-model"] == "dnabert_3"]
    assert set(each) == {"1", "2"}


def test_one_seed__no_word_of_seeds(tmp_path):
    found = Page(rendered(helpers_report.make(tmp_path, ("coding_vs_lncrna",), (300,), ())))
    assert "metrics-seeds" not in found.tables
    assert "seeds" not in found.text


def test_several_seeds_without_their_table__mean_and_spread_and_no_interval(human):
    found = Page(rendered({option: path for option, path in human.items() if option != "--seeds"}))
    known = values(human, task="coding_vs_lncrna", length=300, model="dnabert_3", fold="test", metric="mcc")
    text = found.by_model("table-1")["dnabert_3, DNABERT (3-mer)"][3].text
    mean, sd = (100 * how(row["value"] for row in known) for how in (statistics.mean, statistics.stdev))
    assert text.startswith(f"{mean:.1f} mean of 2 seeds, sd {sd:.1f} ")
    assert "no table over seeds was given" in found.text


def test_model_of_another_size_than_the_studys__not_compared_and_said_so(human, tmp_path):
    shutil.copytree(human["--cards"], tmp_path / "cards")
    card = helpers_report_models.card("coding_vs_lncrna_300", "coding_vs_lncrna", 300, "dnabert_3", 1, "tss")
    card["counts"]["weights"] = 1_234_567
    provenance.write(card, tmp_path / "cards" / "a.finetune.json")
    found = Page(rendered(human | {"--cards": tmp_path / "cards"}))
    cells = found.by_model("table-1")["dnabert_3, DNABERT (3-mer)"]
    assert ["minus" in cell.data for cell in cells] == [False, True, False, False]
    assert cells[3].text.endswith("published 41.55, not comparable: another model")
    assert "dnabert_3 has 1.2 million weights here, the study's 86 million" in found.text
