"""The page's section on importance: its numbers are those of the folder, its words those of the verdicts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest

import helpers_importance as made
import helpers_report
from helpers_page import Page
from helpers_report import rendered
from lncprom.errors import InputError
from lncprom.report import importance_section


@pytest.fixture(scope="module")
def read(importance_folder, tmp_path_factory) -> Page:
    given = helpers_report.make(
        tmp_path_factory.mktemp("report"), tasks=("high_vs_low_expression",), lengths=(300,), imported=(made.NAME,)
    )
    return Page(rendered(given | {"--importance": importance_folder}))


def table(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / f"{made.NAME}.{made.MODEL}" / name, separator="\t")


def test_shares__every_method_and_control_to_the_last_digit(importance_folder, read):
    rows = {
        given["data-method"]: cells for of in ("methods", "more") for given, cells in read.body(f"importance-1-{of}")
    }
    assert list(rows) == ["integrated_gradients", "attention", "attention_all", "occlusion"]
    shares = table(importance_folder, "shares.tsv").filter(pl.col("scope") == "window")
    for method, cells in rows.items():
        for at, (control, label) in enumerate(((None, 1), (None, 0), ("random_init", 1)), start=1):
            row = shares.filter(
                (pl.col("method") == method)
                & (pl.col("label") == label)
                & pl.col("control").eq_missing(pl.lit(control))
            ).row(0, named=True)
            assert float(cells[at].data["share"]) == row["share"]
            assert f"[{100 * row['ci_low']:.1f}, {100 * row['ci_high']:.1f}]" in cells[at].text
        assert cells[4].text == "66.7%"


def test_sentence__numbers_of_the_leading_method_and_of_its_control(importance_folder, read):
    shares = table(importance_folder, "shares.tsv").filter(
        (pl.col("scope") == "window") & (pl.col("method") == "integrated_gradients") & (pl.col("label") == 1)
    )
    trained, control = (
        shares.row(by_predicate=pl.col("control").eq_missing(pl.lit(name)), named=True)
        for name in (None, "random_init")
    )
    numbers = f"{100 * trained['share']:.1f}% [{100 * trained['ci_low']:.1f}, {100 * trained['ci_high']:.1f}]"
    assert f"{numbers} of the importance lies in the first 80 bp upstream of the TSS" in read.text
    assert f"in a randomly initialised model it is {100 * control['share']:.1f}% [" in read.text
    assert "The region is 66.7% of the sequence." in read.text


def test_blind_attention__is_not_called_important_and_all_checks_are_shown(importance_folder, read):
    rows = {given["data-method"]: [cell.text for cell in cells] for given, cells in read.body("importance-1-methods")}
    assert rows["attention"][5].startswith("not reliable")
    assert "not important" in rows["attention"][5]
    assert not rows["integrated_gradients"][5].startswith("not")
    judged = table(importance_folder, "audit.tsv")
    for (method,), checks in judged.group_by("method"):
        found = {given["data-check"]: cells for given, cells in read.body(f"importance-1-{method}")}
        checks = checks.filter(~pl.col("check").is_in(["bases", "positions", "overall"]))
        assert list(found) == [check for check in importance_section.CHECKS if check in checks["check"].to_list()]
        for row in checks.iter_rows(named=True):
            cells = found[row["check"]]
            assert cells[1].text == importance_section.CHECKED[row["verdict"]]
            assert cells[4].text == row["sentence"]
            assert (float(cells[2].data["value"]) if row["value"] is not None else None) == row["value"]


def test_figures__of_the_leading_method_and_the_study_s_with_pictures_inside(read):
    section = read.source[read.source.index('<section id="importance">') :]
    section = section[: section.index("</section>")]
    assert section.count('class="heat"') == 2
    assert "Integrated gradients: dnabert_6, made_120" in section
    assert "Attention, last layer (the study&#39;s): dnabert_6, made_120" in section
    assert len(re.findall(r"data:image/png;base64,", section)) >= 8
    assert len(section) < 600_000
    assert "#010101" not in section


def test_panels__who_is_shown_and_where_the_motif_lies(importance_folder, read):
    given = json.loads((importance_folder / f"{made.NAME}.{made.MODEL}" / "promoters.json").read_text())
    shown = re.findall(r'<figure class="promoter"><figcaption>(\w+)', read.source)
    assert shown == [one["sample_id"] for one in given]
    assert shown[-1] == "n05"
    first = importance_section.view(importance_folder)[0]["panels"][0]
    marked = re.findall(r'<b class="for">([ACGT]+)</b>', str(first["bases"]))
    scores = given[0]["scores"]["integrated_gradients"]
    at = max(range(len(scores)), key=lambda place: sum(scores[place : place + 6]))
    assert any(given[0]["sequence"][at : at + 6] in run for run in marked)
    assert re.sub(r"<[^>]+>", "", str(first["bases"])) == given[0]["sequence"]


def test_other_lengths_of_a_task__no_picture_but_where_it_lies(importance_folder, tmp_path):
    given = helpers_report.make(tmp_path, tasks=("high_vs_low_expression",), lengths=(300, 500), imported=())
    spoilt = tmp_path / "importance" / "x"
    spoilt.mkdir(parents=True)
    for path in (importance_folder / f"{made.NAME}.{made.MODEL}").iterdir():
        (spoilt / path.name).write_bytes(path.read_bytes().replace(made.NAME.encode(), b"high_vs_low_expression_500"))
    text = rendered(given | {"--importance": tmp_path / "importance"})
    assert 'class="heat"' not in text
    assert "The heat maps are in importance/x" in text


@pytest.mark.parametrize("name", ["summary.json", "audit.tsv", "shares.tsv", "promoters.json", "attention.heatmap.svg"])
def test_file_missing__folder_and_file_are_named(importance_folder, tmp_path, name):
    copy = tmp_path / "d.m"
    copy.mkdir()
    for path in (importance_folder / f"{made.NAME}.{made.MODEL}").iterdir():
        if path.name != name:
            (copy / path.name).write_bytes(path.read_bytes())
    with pytest.raises(InputError, match=rf"d\.m/{re.escape(name)}: no such file"):
        importance_section.view(tmp_path)
