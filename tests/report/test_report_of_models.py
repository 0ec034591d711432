"""A report of models that were really fine-tuned: cards and losses fit the page, and two runs give the same bytes."""

from __future__ import annotations

import json

import polars as pl
import pytest

from helpers_baseline import planted
from helpers_page import Page
from lncprom.tables import dataset

TABLES = ("metrics", "curves", "seeds", "comparisons", "training")
CNN = ("--family", "cnn", "--option", "hidden=16", "--option", "max_tokens=40", "--threads", 1, "--truncation", "right")


@pytest.fixture
def data(tmp_path):
    rows = planted(300)
    dataset.write(rows.with_columns(pl.lit(50, pl.Int32).alias("tss_index")), tmp_path / "d.parquet")
    return tmp_path / "d.parquet"


def run(step, data, folder) -> str:
    """Baseline, two seeds of a CNN, evaluation, comparison and report, as the pipeline calls them."""
    for name in ("cards", *TABLES):
        (folder / name).mkdir(parents=True)
    about = ("--dataset", data, "--name", "d")

    def done(name, *given):
        result = step(name, *given)
        assert result.exit_code == 0, result.output

    fitted = ("--out-dir", folder / "lr", "--kmers", folder / "k.tsv", "--plot", folder / "k.svg")
    tables = [folder / "lr.parquet"]
    card = folder / "cards" / "lr.json"
    done(
        "train_baseline", *about, "--kmer-max", 4, "--c-grid", "1", *fitted, "--predictions", tables[0], "--card", card
    )
    for seed in (1, 2):
        name = f"d.cnn.seed{seed}"
        tables.append(folder / f"{name}.parquet")
        outputs = ("--out-dir", folder / name, "--predictions", tables[-1])
        outputs += ("--training", folder / "training" / f"{name}.training.tsv")
        outputs += ("--card", folder / "cards" / f"{name}.finetune.json")
        done("finetune", *about, *CNN, "--epochs", 3, "--warmup-steps", 5, "--seed", seed, *outputs)
    given = [part for table in tables for part in ("--predictions", table)]
    outputs = [
        part for kind in TABLES[1:3] for part in (f"--{kind.replace('seeds', 'seeds-out')}", folder / kind / "d.tsv")
    ]
    outputs += ["--out", folder / "metrics" / "d.tsv", "--card", folder / "cards" / "d.metrics.json"]
    done("evaluate", *about, *given, "--bootstrap", 50, *outputs)
    outputs = ("--out", folder / "comparisons" / "d.tsv", "--card", folder / "cards" / "d.comparisons.json")
    done("compare_models", *about, *given, "--bootstrap", 50, "--permutations", 100, *outputs)
    folders = [part for kind in ("cards", *TABLES) for part in (f"--{kind}", folder / kind)]
    done("report", *folders, "--out", folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


def test_two_runs__the_same_page_with_what_the_models_saw_and_how_they_learnt(step, data, tmp_path):
    text = run(step, data, tmp_path / "one")
    seconds = [json.loads(path.read_text())["run"]["seconds"] for path in tmp_path.glob("one/cards/*.finetune.json")]
    assert len(seconds) == 2
    assert run(step, data, tmp_path / "two") == text
    found = Page(text)
    seen, how = (dict(found.body(table)[0][0]) | {"cells": found.body(table)[0][1]} for table in ("seen", "trained"))
    assert (seen["data-dataset"], seen["data-model"]) == (how["data-dataset"], how["data-model"]) == ("d", "cnn")
    assert [cell.text for cell in seen["cells"][2:]] == ["right", "66.7%", "0%", "300", "300"]
    assert how["cells"][3].text == "1, 2"
    assert "CNN sees the TSS of no sequence of d: longer than what fits" in found.text
    assert "CNN, d, 60 bp" in found.text
    row = {given["data-model"]: cells for given, cells in found.body("compared")}
    assert row["cnn"][-1].text == "2 and 1"
    assert set(row["cnn"][3].data) == {"mcc", "p", "q"}
    assert "mean of 2 seeds" in found.by_model("table-ready-made")["CNN"][0].text
