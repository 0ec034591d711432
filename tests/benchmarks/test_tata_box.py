"""The TATA box on real promoters: a small network that learnt from GUE looks at it in promoters of chromosome 20.

Which promoters have one is called by Bucher's matrix at EPD's place, without any model.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import helpers_chr20
from helpers_real import rank
from lncprom.sites import tata_box
from lncprom.tables import dataset, importance

pytestmark = [pytest.mark.real, pytest.mark.full]

METHODS = ("integrated_gradients", "occlusion")


@pytest.fixture(scope="module")
def folder(real_data, tmp_path_factory):
    """The network trained on GUE TATA, task 3 at 300 bp, and what the network looks at in it."""
    at = tmp_path_factory.mktemp("tata").joinpath
    call, gue = helpers_chr20.call, real_data / "gue" / "prom_300_tata.train.csv.gz"
    given = ("--train", gue, "--tss-index", 249, "--composition", at("c.tsv"), "--card", at("tata.json"))
    call("import_dataset", "--name", "tata", *given, "--out", at("tata.parquet"))
    given = ("--epochs", 8, "--batch", 64, "--learning-rate", "2e-3", "--threads", 1, "--out-dir", at("model"))
    outputs = ("--predictions", at("p.parquet"), "--training", at("t.tsv"), "--card", at("model.json"))
    named = ("--dataset", at("tata.parquet"), "--name", "tata", "--family", "cnn", "--model", "cnn")
    call("finetune", *named, *given, *outputs)
    promoters = helpers_chr20.task3(real_data, at("."), [300])[300]
    rows = dataset.read(promoters)
    given = ("--model-dir", at("model"), "--family", "cnn", "--model", "cnn", "--trained-on", "tata", "--threads", 1)
    chosen = [word for name in rows["sample_id"] for word in ("--sample", name)]
    outputs = ("--out", at("i.parquet"), "--curves", at("d.tsv"), "--heads", at("h.tsv"), "--card", at("i.json"))
    named = ("--dataset", promoters, "--name", "task3_300", "--methods", ",".join(METHODS))
    call("score_attention", *named, *given, *chosen, *outputs)
    return at(".")


def test_task_3_of_chromosome_20__three_of_24_promoters_have_a_tata_box(with_box):
    assert with_box.height == 3
    assert with_box["gene_name"].sort().to_list() == ["DEFB126", "DEFB128", "DEFB129"]  # of one tissue, so of low
    assert with_box["label"].unique().to_list() == [0]


@pytest.mark.parametrize("method", METHODS)
def test_tata_box__is_the_first_of_all_windows_for_the_trained_network(folder, with_box, method):
    scores = importance.read(folder / "i.parquet").filter(method=method, control="")
    found = {name: rank(scores, name) for name in with_box["sample_id"]}
    print(f"{method}: rank of the window at the TATA box among 292: {sorted(found.values())}")
    assert set(found.values()) == {1}


def test_tata_box__is_not_first_for_the_same_network_with_weights_drawn_anew(folder, with_box):
    scores = importance.read(folder / "i.parquet").filter(method="integrated_gradients", control="random_init")
    found = [rank(scores, name) for name in with_box["sample_id"]]
    print(f"randomly initialised: rank of the window at the TATA box among 292: {sorted(found)}")
    assert np.median(found) > 1


@pytest.fixture(scope="module")
def with_box(folder) -> pl.DataFrame:
    rows = dataset.read(folder / "300.parquet")
    windows = np.frombuffer("".join(rows["sequence"]).encode(), np.uint8).reshape(rows.height, -1)
    return rows.filter(pl.Series(tata_box.has_tata(windows, 249)))
