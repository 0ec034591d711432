"""summarise_cost.py from the shell: a page, a table and a configuration, or one line and nothing."""

from __future__ import annotations

import csv

import pytest

from helpers_page import Page

GPU = ("--gpus", "1", "--gpu-steps", "FINETUNE,SCORE_ATTENTION")
NAMES = ("--datasets", "mine", "--models", "lr,bert.v2")


def outputs(work):
    return ("--page", work / "cost.html", "--out", work / "cost.tsv", "--config", work / "resources.config")


@pytest.fixture
def made(step, root, work):
    result = step("summarise_cost", "--trace", root / "tests/data/trace.txt", *NAMES, *GPU, *outputs(work))
    assert result.exit_code == 0, result.output
    return work


def rows(work) -> list[dict[str, str]]:
    with open(work / "cost.tsv", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def test_seven_tasks__each_in_one_step_and_in_one_model_or_none(made):
    found = rows(made)
    counts = {level: sum(int(row["tasks"]) for row in found if row["level"] == level) for level in ("step", "run")}
    counts["cells"] = sum(int(row["tasks"]) for row in found if row["level"] in ("model", "no_model"))
    assert counts == {"step": 7, "cells": 7, "run": 7}
    assert {row["model"]: row["gpu_hours"] for row in found if row["level"] == "model"} == {
        "lr": "0.000000",
        "bert.v2": "5.750000",
    }


def test_seven_tasks__what_is_asked_next_time_on_the_page_and_in_the_configuration(made):
    page = Page((made / "cost.html").read_text())
    steps = {attributes["data-step"]: [cell.text for cell in cells] for attributes, cells in page.body("steps")}
    assert steps["finetune"][1] == "31 failed"  # three, of which one failed
    assert steps["finetune"][4:] == [
        "2 h 30 minof 1 d requested, 10.4%",
        "20.5 GBof 32 GB requested, 64.1%",
        "1 CPU, 26 GB7 h",  # an hour before it was killed, two and a half after
    ]
    assert steps["import_dataset"][-2:] == ["too short to measure", "CPUs and memory unchanged1 h"]
    config = (made / "resources.config").read_text()
    assert "withName: 'FINETUNE' {\n        cpus   = 1\n        memory = { task.attempt == 1 ? 26.GB : " in config
    assert "withName: 'IMPORT_DATASET' {\n        time   = { task.executor in [null, 'local'] ? null : " in config
    assert page.loads == ["data:,"]


def test_no_gpu_asked_for__said_and_no_column_of_it(step, root, work):
    step("summarise_cost", "--trace", root / "tests/data/trace.txt", *NAMES, *outputs(work))
    page = Page((work / "cost.html").read_text())
    assert "No GPU was requested." in page.text
    assert "GPU-h" not in page.text


def test_a_page_again__same_bytes(step, root, made, tmp_path):
    (tmp_path / "again").mkdir()
    step("summarise_cost", "--trace", root / "tests/data/trace.txt", *NAMES, *GPU, *outputs(tmp_path / "again"))
    for name in ("cost.html", "cost.tsv", "resources.config"):
        assert (tmp_path / "again" / name).read_bytes() == (made / name).read_bytes()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name\tstatus\nA (x)\tCOMPLETED\n", "trace.txt: no column realtime. Add it to trace.fields"),
        ("name,status,realtime\n", "trace.txt: no column name. Add it to trace.fields, with tabs between columns"),
        ("name\tstatus\trealtime\tscript\n", "trace.txt: column script spans several lines"),
        ("name\tstatus\trealtime\nA (x)\tCOMPLETED\n", "trace.txt, line 2: 2 cells, the header has 3"),
        (
            "name\tstatus\trealtime\nA (x)\tCOMPLETED\t3m 2s\n",
            "trace.txt, line 2: realtime '3m 2s' is not a number. Set trace.raw = true",
        ),
        ("name\tstatus\trealtime\n(x)\tCOMPLETED\t1000\n", "trace.txt, line 2: '(x)' is not a task name"),
        ("", "trace.txt: empty"),
    ],
)
def test_a_bad_trace__one_line_that_names_it_and_nothing_written(step, refused, work, tmp_path, text, fault):
    (tmp_path / "trace.txt").write_text(text)
    result = step("summarise_cost", "--trace", tmp_path / "trace.txt", *outputs(work))
    refused(result, fault, nothing_in=work)
