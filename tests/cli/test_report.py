"""report.py from a shell: good input gives a page, bad input one line."""

from __future__ import annotations

import json

import polars as pl
import pytest

import helpers_report
import helpers_report_models
from helpers_page import Page


@pytest.fixture
def given(tmp_path) -> dict:
    return helpers_report.make(tmp_path, tasks=("coding_vs_lncrna",), lengths=(300,), imported=())


def test_everything_given__one_page_that_needs_nothing_else_but_the_costs_beside_it(step, given, tmp_path):
    out = tmp_path / "report.html"
    result = step("report", *helpers_report.arguments(given, out, "Mouse, embryo"))
    assert result.exit_code == 0, result.output
    found = Page(out.read_text(encoding="utf-8"))
    assert "Mouse, embryo" in found.text
    assert [address for address in found.loads if not address.startswith(("#", "data:"))] == ["cost.html"]
    assert out.stat().st_size < 1_000_000


def test_cards_and_metrics_alone__a_page_all_the_same(step, given, tmp_path):
    least = {option: given[option] for option in ("--cards", "--metrics")}
    result = step("report", *helpers_report.arguments(least, tmp_path / "report.html"))
    assert result.exit_code == 0, result.output
    assert "<h1>A run</h1>" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_folders_of_importance_and_motifs__taken(step, given, tmp_path):
    for kind in ("importance", "motifs"):
        (tmp_path / kind).mkdir()
        given[f"--{kind}"] = tmp_path / kind
    out = tmp_path / "report.html"
    result = step("report", *helpers_report.arguments(given, out))
    assert result.exit_code == 0, result.output


def bad(step, refused, given, tmp_path, *words: str) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    result = step("report", *helpers_report.arguments(given, folder / "report.html"))
    refused(result, *words, nothing_in=folder)


def test_no_metrics_in_the_folder__named(step, refused, given, tmp_path):
    for path in given["--metrics"].iterdir():
        path.unlink()
    bad(step, refused, given, tmp_path, "metrics", "evaluate")


def test_folder_that_is_not_there__named(step, refused, given, tmp_path):
    bad(step, refused, given | {"--curves": tmp_path / "curvs"}, tmp_path, "curvs", "--curves")


@pytest.mark.parametrize("kind", ["metrics", "curves", "composition", "kmers", "seeds"])
def test_table_without_a_column__file_and_column_named(step, refused, given, tmp_path, kind):
    path = next(given[f"--{kind}"].iterdir())
    column = list(helpers_report.TABLES[kind].columns)[-1]
    path.write_text(path.read_text().replace(column, "other", 1))
    bad(step, refused, given, tmp_path, path.name, column)


def test_tpm_table_without_a_column__named(step, refused, tmp_path):
    given = helpers_report.make(tmp_path, tasks=("high_vs_low_expression",), lengths=(300,), imported=())
    given["--tpm"].write_text("biotype\tgenes\nlncRNA\t3\n")
    bad(step, refused, given, tmp_path, given["--tpm"].name, "tissues")


def test_metrics_with_text_for_a_number__file_named(step, refused, given, tmp_path):
    path = next(given["--metrics"].iterdir())
    rows = path.read_text().splitlines()
    rows[1] = rows[1].replace("\t42\t", "\tforty-two\t")
    path.write_text("\n".join(rows) + "\n")
    bad(step, refused, given, tmp_path, path.name, "not readable as a table")


def test_metrics_of_a_data_set_twice__file_and_model_named(step, refused, given, tmp_path):
    path = next(given["--metrics"].iterdir())
    (path.parent / "copy.tsv").write_text(path.read_text())
    bad(step, refused, given, tmp_path, "twice", "coding_vs_lncrna_300")


def test_table_over_other_seeds_than_the_metrics__file_model_and_numbers_named(step, refused, given, tmp_path):
    path = next(given["--seeds"].iterdir())
    rows = pl.read_csv(path, separator="\t").with_columns(pl.lit(3).alias("seeds"))
    rows.write_csv(path, separator="\t")
    bad(step, refused, given, tmp_path, path.name, "3 seeds of", "1 in the metrics")


@pytest.fixture
def modelled(tmp_path) -> dict:
    """A run with a fine-tuned model and pairs of models."""
    models = {"dnabert_3": (1, 2)}
    given = helpers_report.make(tmp_path, tasks=("coding_vs_lncrna",), lengths=(300,), imported=(), seed_models=models)
    return helpers_report_models.compare(helpers_report_models.finetune(given), {})


def test_losses_and_pairs__in_the_page(step, modelled, tmp_path):
    out = tmp_path / "report.html"
    result = step("report", *helpers_report.arguments(modelled, out))
    assert result.exit_code == 0, result.output
    assert {"training", "comparisons"} <= set(Page(out.read_text(encoding="utf-8")).ids)


@pytest.mark.parametrize(("kind", "column"), [("comparisons", "q_value"), ("training", "dev_loss")])
def test_table_of_models_without_a_column__file_and_column_named(step, refused, modelled, tmp_path, kind, column):
    path = next(modelled[f"--{kind}"].iterdir())
    path.write_text(path.read_text().replace(column, "other", 1))
    bad(step, refused, modelled, tmp_path, path.name, column)


@pytest.mark.parametrize("kind", ["comparisons", "training", "seeds"])
def test_table_of_models_twice__named(step, refused, modelled, tmp_path, kind):
    path = min(modelled[f"--{kind}"].iterdir())
    (path.parent / "zz.tsv").write_text(path.read_text())
    bad(step, refused, modelled, tmp_path, "twice", "coding_vs_lncrna_300")


def test_not_utf8__file_named(step, refused, given, tmp_path):
    path = next(given["--metrics"].iterdir())
    path.write_bytes(path.read_bytes().replace(b"logistic_regression", b"logistic_r\xe9gression"))
    bad(step, refused, given, tmp_path, path.name)


def test_card_that_is_no_card__named(step, refused, given, tmp_path):
    (given["--cards"] / "odd.json").write_text("[1, 2]")
    bad(step, refused, given, tmp_path, "odd.json", "not a card")


def test_parameters_that_are_no_json__named(step, refused, given, tmp_path):
    given["--parameters"].write_text("lengths: 300")
    bad(step, refused, given, tmp_path, "params.json", "not JSON")


def test_parameters_that_are_a_list__named(step, refused, given, tmp_path):
    given["--parameters"].write_text(json.dumps([1]))
    bad(step, refused, given, tmp_path, "params.json", "object of names and values")


def test_versions_that_are_no_list_of_versions__line_named(step, refused, given, tmp_path):
    given["--versions"].write_text("EXTRACT_TSS:\n  lncprom 0.1.0\n")
    bad(step, refused, given, tmp_path, "versions.yml, line 2")


def test_folder_of_the_report_not_there__named(step, refused, given, tmp_path):
    result = step("report", *helpers_report.arguments(given, tmp_path / "nowhere" / "report.html"))
    refused(result, "nowhere")
