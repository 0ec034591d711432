"""report.py from a shell: good input gives a page, bad input one line."""

from __future__ import annotations

import polars as pl
import pytest

import helpers_report
import helpers_report_models
from helpers_page import Page

FOLDERS = ("metrics", "curves", "composition", "kmers", "seeds", "comparisons", "training")


@pytest.fixture
def given(tmp_path) -> dict:
    """A run with a fine-tuned model, pairs of models, and folders of importance and motifs."""
    sets = {"tasks": ("high_vs_low_expression",), "lengths": (300,), "imported": ()}
    run = helpers_report.make(tmp_path, **sets, seed_models={"dnabert_3": (1, 2)})
    run = helpers_report_models.compare(helpers_report_models.finetune(run), {})
    for kind in ("importance", "motifs"):
        run[f"--{kind}"] = tmp_path / kind
        run[f"--{kind}"].mkdir()
    return run


def test_everything_or_cards_and_metrics_alone__one_page_that_loads_nothing_but_the_costs_beside_it(
    step, given, tmp_path
):
    out = tmp_path / "report.html"
    for options in (given, {option: given[option] for option in ("--cards", "--metrics")}):
        methods = tmp_path / "methods.md"
        result = step("report", *helpers_report.arguments(options, out, "Mouse, embryo"), "--methods", methods)
        assert result.exit_code == 0, result.output
        found = Page(out.read_text(encoding="utf-8"))
        assert "Mouse, embryo" in found.text
        assert [address for address in found.loads if not address.startswith(("#", "data:"))] == ["cost.html"]
        assert ("comparisons" in found.ids) == ("--comparisons" in options)
        assert out.stat().st_size < 1_000_000
        assert methods.read_text(encoding="utf-8").startswith("# Methods\n\n**Sources.** The genome was ")


def first(given: dict, kind: str):
    return min(given[f"--{kind}"].glob("*.tsv"))


def replaced(path, old: str, new: str) -> None:
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode("latin-1"), 1))


def seeds(given: dict, number: int) -> None:
    rows = pl.read_csv(first(given, "seeds"), separator="\t").with_columns(seeds=pl.lit(number))
    rows.write_csv(first(given, "seeds"), separator="\t")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda run: [path.unlink() for path in run["--metrics"].iterdir()], ["metrics", "evaluate"]),
        (lambda run: run["--curves"].rename(run["--curves"].with_name("curvs")), ["curves", "--curves"]),
        (lambda run: run["--tpm"].write_text("biotype\tgenes\nlncRNA\t3\n"), ["labelled.tpm.tsv", "tissues"]),
        (lambda run: replaced(first(run, "metrics"), "\t42\t", "\tforty-two\t"), ["not readable as a table"]),
        (lambda run: replaced(first(run, "metrics"), "logistic_r", "logistic_r\xe9"), ["300.metrics.tsv"]),
        (lambda run: seeds(run, 3), ["300.seeds.tsv", "3 seeds of", "1 in the metrics"]),
        (lambda run: (run["--cards"] / "odd.json").write_text("[1, 2]"), ["odd.json", "not a card"]),
        (lambda run: run["--parameters"].write_text("lengths: 300"), ["params.json", "not JSON"]),
        (lambda run: run["--parameters"].write_text("[1]"), ["params.json", "object of names and values"]),
        (lambda run: run["--versions"].write_text("EXTRACT_TSS:\n  lncprom 0.1.0\n"), ["versions.yml, line 2"]),
        (lambda run: run["--dag"].write_text("<svg/>"), ["dag.svg", "viewBox"]),
    ],
)
def test_a_bad_input__file_and_fault_named(step, refused, given, tmp_path, spoil, words):
    spoil(given)
    (tmp_path / "out").mkdir()
    result = step("report", *helpers_report.arguments(given, tmp_path / "out" / "report.html"))
    refused(result, *words, nothing_in=tmp_path / "out")


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_table_without_a_column__file_and_column_named(step, refused, given, tmp_path, kind):
    path = first(given, kind)
    column = path.read_text().partition("\n")[0].split("\t")[-1]
    replaced(path, column, "other")
    result = step("report", *helpers_report.arguments(given, tmp_path / "report.html"))
    refused(result, path.name, column)


@pytest.mark.parametrize("kind", ["metrics", "seeds", "comparisons", "training"])
def test_a_table_twice__named(step, refused, given, tmp_path, kind):
    (given[f"--{kind}"] / "zz.tsv").write_text(first(given, kind).read_text())
    result = step("report", *helpers_report.arguments(given, tmp_path / "report.html"))
    refused(result, "twice", "high_vs_low_expression_300")


def test_folder_of_the_report_not_there__named(step, refused, given, tmp_path):
    result = step("report", *helpers_report.arguments(given, tmp_path / "nowhere" / "report.html"))
    refused(result, "nowhere")
