"""evaluate.py from the shell: metrics and curves of hand-made predictions, or one line and nothing."""

import json

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as sk

from helpers_baseline import planted
from helpers_predictions import predicted
from lncprom.tables import dataset, predictions

NAMES = ("accuracy", "f1", "mcc", "auroc", "auprc", "brier")
TERMS = ("rms_calibration_error", "brier_resolution", "brier_uncertainty")


@pytest.fixture
def data(tmp_path):
    rows = planted(400, group=[f"g{at // 4:03d}" for at in range(400)])
    dataset.write(rows, tmp_path / "d.parquet")
    predictions.write(predicted(rows), tmp_path / "p.parquet")
    return tmp_path


def call(step, data, work, *more, tables=("p.parquet",)):
    given = [part for table in tables for part in ("--predictions", data / table)]
    given += ["--dataset", data / "d.parquet", "--name", "d"]
    outputs = ["--out", work / "m.tsv", "--curves", work / "c.tsv", "--card", work / "card.json"]
    return step("evaluate", *given, *outputs, *more)


def test_one_model__sklearn_s_values_within_their_intervals_in_every_fold(step, data, work):
    result = call(step, data, work)
    assert result.exit_code == 0, result.output
    found = pl.read_csv(work / "m.tsv", separator="\t")
    assert found.columns == [
        *("dataset", "task", "length", "model", "split", "seed", "fold", "probability", "threshold", "metric", "value"),
        *("ci_low", "ci_high", "interval_note", "n", "n_positive", "n_groups"),
    ]
    assert found["metric"].to_list() == [*NAMES, *TERMS] * 3
    assert found["fold"].unique(maintain_order=True).to_list() == ["train", "dev", "test"]
    assert found.select("dataset", "task", "length", "model", "seed").unique().rows() == [("d", "planted", 60, "m", 1)]
    rows = predictions.read(data / "p.parquet")
    for fold, n, groups in (("train", 320, 80), ("dev", 40, 20), ("test", 40, 20)):
        part, of = rows.filter(pl.col("fold") == fold), found.filter(pl.col("fold") == fold)
        y, p = part["label"].to_numpy(), part["probability"].to_numpy()
        expected = [sk.accuracy_score(y, p >= 0.5), sk.f1_score(y, p >= 0.5), sk.matthews_corrcoef(y, p >= 0.5)]
        expected += [sk.roc_auc_score(y, p), sk.average_precision_score(y, p), sk.brier_score_loss(y, p)]
        assert of["value"].to_list()[:6] == pytest.approx(expected, abs=1e-12)
        assert (of["ci_low"] <= of["value"]).all()
        assert (of["value"] <= of["ci_high"]).all()
        assert of.select("n", "n_positive", "n_groups").unique().rows() == [(n, n // 2, groups)]
    curves = pl.read_csv(work / "c.tsv", separator="\t")
    assert curves.columns == ["dataset", "task", "length", "model", "seed", "curve", "x", "y"]
    assert curves["curve"].unique(maintain_order=True).to_list() == ["roc", "pr"]
    roc = curves.filter(pl.col("curve") == "roc")
    auroc = found.filter((pl.col("fold") == "test") & (pl.col("metric") == "auroc"))["value"][0]
    assert np.trapezoid(roc["y"], roc["x"]) == pytest.approx(auroc)
    card = json.loads((work / "card.json").read_text())
    assert (card["step"], card["dataset"], card["notes"]) == ("evaluate", "d", [])
    assert card["parameters"] == {"confidence": 0.95, "seed": 42, "prevalence": None}
    assert card["counts"] == {"fold": {"train": 320, "dev": 40, "test": 40}, "splits": 1, "models": ["m"]}


def test_several_files_models_and_seeds_in_any_order__one_table_of_the_same_bytes(step, data, work):
    rows = dataset.read(data / "d.parquet")
    for name, model, seed in (("a", "z", 1), ("b", "m", 2), ("c", "a", 1)):
        shuffled = predicted(rows, model, seed).sample(fraction=1, shuffle=True, seed=seed)
        predictions.write(shuffled, data / f"{name}.parquet")
    tables = ("p.parquet", "a.parquet", "b.parquet", "c.parquet")
    assert call(step, data, work, tables=tables).exit_code == 0
    bytes_ = [(work / name).read_bytes() for name in ("m.tsv", "c.tsv", "card.json")]
    dataset.write(rows.reverse(), data / "d.parquet")
    assert call(step, data, work, tables=tables[::-1]).exit_code == 0
    assert [(work / name).read_bytes() for name in ("m.tsv", "c.tsv")] == bytes_[:2]
    found = pl.read_csv(work / "m.tsv", separator="\t").select("model", "seed").unique(maintain_order=True).rows()
    assert found == [("a", 1), ("m", 1), ("m", 2), ("z", 1)]


SEEDS = [
    "dataset",
    "task",
    "length",
    "model",
    "split",
    "fold",
    "probability",
    "metric",
    "seeds",
    "mean",
    "sd",
    "ci_low",
    "ci_high",
]


def test_seeds__numpy_s_mean_and_sd_and_an_interval_around_them(step, data, work):
    rows = dataset.read(data / "d.parquet")
    for seed in (2, 3):
        predictions.write(predicted(rows, seed=seed, noise=0.1 * seed), data / f"p{seed}.parquet")
    tables = ("p.parquet", "p3.parquet", "p2.parquet")
    result = call(step, data, work, "--seeds-out", work / "s.tsv", tables=tables)
    assert result.exit_code == 0, result.output
    over = pl.read_csv(work / "s.tsv", separator="\t")
    assert over.columns == [*SEEDS, "interval_note", "n", "n_positive", "n_groups"]
    assert over.select("fold", "metric").rows() == [
        (fold, name) for fold in ("train", "dev", "test") for name in (*NAMES, *TERMS)
    ]
    each = pl.read_csv(work / "m.tsv", separator="\t")
    for row in over.filter(pl.col("metric") != "rms_calibration_error").iter_rows(named=True):  # a root of a mean
        of = each.filter((pl.col("fold") == row["fold"]) & (pl.col("metric") == row["metric"]))
        values = of["value"].to_numpy()
        assert (row["seeds"], of["seed"].to_list()) == (3, [1, 2, 3])
        assert row["mean"] == pytest.approx(np.mean(values), abs=1e-12)
        assert row["sd"] == pytest.approx(np.std(values, ddof=1), abs=1e-12)
        assert row["ci_low"] < row["mean"] < row["ci_high"]
        assert [row[name] for name in ("n", "n_positive", "n_groups")] == list(of[0, -3:].row(0))
    bytes_ = (work / "s.tsv").read_bytes()
    dataset.write(rows.reverse(), data / "d.parquet")
    assert call(step, data, work, "--seeds-out", work / "s.tsv", tables=tables[::-1]).exit_code == 0
    assert (work / "s.tsv").read_bytes() == bytes_


def test_two_splits_unbalanced_dev_and_calibrated__rows_of_each_and_a_threshold_from_dev(step, refused, data, work):
    rows = dataset.read(data / "d.parquet")
    rows = rows.filter((pl.col("label") == 1) | (pl.int_range(pl.len()) // 20 % 4 == 0))
    other = pl.col("fold").replace({"dev": "test", "test": "dev"})
    rows = rows.with_columns(folds=pl.concat_list("fold", other))
    dataset.write(rows, data / "d.parquet")
    for split in (1, 2):
        table = predicted(dataset.of_split(rows, split, ""), seed=split, noise=0.1)
        scaled = table["probability"] ** 2
        table = table.with_columns(split=pl.lit(split), seed=pl.lit(1), probability_calibrated=scaled)
        predictions.write(table, data / f"p{split}.parquet")
    tables = ("p2.parquet", "p1.parquet")
    result = call(step, data, work, "--prevalence", 0.1, "--reliability", work / "r.tsv", tables=tables)
    assert result.exit_code == 0, result.output
    found = pl.read_csv(work / "m.tsv", separator="\t")
    folds = found.filter(pl.col("metric") == "brier").select("split", "probability", "fold").rows()
    assert folds == [
        (split, kind, fold) for split in (1, 2) for kind in ("raw", "calibrated") for fold in ("train", "dev", "test")
    ]
    assert found["metric"].n_unique() == len(NAMES) + len(TERMS) + 3
    # scaling keeps the order
    same = found.filter((pl.col("metric") == "auroc") | (pl.col("fold") == "dev") & (pl.col("metric") == "mcc"))
    assert same.group_by("split", "fold", "metric").agg(pl.col("value").n_unique())["value"].to_list() == [1] * 8
    raw, calibrated = (found.filter(probability=kind)["threshold"] for kind in ("raw", "calibrated"))
    assert raw[0] != 0.5
    assert (calibrated < raw).all()
    bins = pl.read_csv(work / "r.tsv", separator="\t")
    assert bins.group_by("probability").agg(pl.col("n").sum())["n"].to_list() == [(rows["fold"] == "test").sum()] * 2
    notes = json.loads((work / "card.json").read_text())["notes"]
    assert (
        sum("% positive, so each model's threshold is the one with the best MCC on dev" in note for note in notes) == 2
    )
    alone = predictions.read(data / "p1.parquet").with_columns(model=pl.lit("alone"))
    predictions.write(alone, data / "p3.parquet")
    (work / "r.tsv").unlink()
    result = call(step, data, work, tables=(*tables, "p3.parquet"))
    refused(result, "p3.parquet: alone in 1 of 2 splits", nothing_in=work, but=("m.tsv", "c.tsv", "card.json"))


def test_files_of_one_name_from_two_folders__both_measured_and_on_the_card(step, data, work):
    cards_ = []
    for seed in (1, 2):
        (data / str(seed)).mkdir()
        predictions.write(predicted(dataset.read(data / "d.parquet"), seed=seed), data / str(seed) / "p.parquet")
    for tables in (("1/p.parquet", "2/p.parquet"), ("2/p.parquet", "1/p.parquet")):
        assert call(step, data, work, tables=tables).exit_code == 0
        cards_.append((work / "card.json").read_text())
    assert cards_[0] == cards_[1]
    assert list(json.loads(cards_[0])["inputs"]) == ["dataset", "predictions p.parquet", "predictions p.parquet (2)"]


def test_fold_of_one_class_and_constant_prediction__stated_values_empty_cells_and_a_note(step, data, work):
    rows = dataset.read(data / "d.parquet").filter((pl.col("fold") != "test") | (pl.col("label") == 1))
    dataset.write(rows, data / "d.parquet")
    predictions.write(predicted(rows).with_columns(pl.lit(0.5).alias("probability")), data / "p.parquet")
    assert call(step, data, work).exit_code == 0
    found = pl.read_csv(work / "m.tsv", separator="\t")
    test = {row["metric"]: row for row in found.filter(pl.col("fold") == "test").iter_rows(named=True)}
    assert test["mcc"]["value"] == 0
    assert test["mcc"]["ci_low"] == -test["mcc"]["ci_high"] < 0
    assert test["mcc"]["interval_note"] == "fewer than 50 groups; bound: no group changes the value"
    assert (test["accuracy"]["value"], test["f1"]["value"], test["brier"]["value"]) == (1, 1, 0.25)
    for name in ("auroc", "auprc"):
        assert (test[name]["value"], test[name]["ci_low"], test[name]["ci_high"]) == (None, None, None)
    train = dict(found.filter(pl.col("fold") == "train").select("metric", "value").rows())
    assert (train["mcc"], train["auroc"], train["auprc"]) == (0, 0.5, 0.5)
    assert (work / "c.tsv").read_text().splitlines() == ["dataset\ttask\tlength\tmodel\tseed\tcurve\tx\ty"]
    notes = json.loads((work / "card.json").read_text())["notes"]
    assert "test: class 1 only; MCC is 0, AUROC and AUPRC are undefined" in notes
    assert "m, seed 1, train: predicts class 1 for every sample; MCC is 0" in notes


def test_no_test_fold_no_groups_and_many_lengths__measured_and_said(step, data, work):
    rows = dataset.read(data / "d.parquet").filter(pl.col("fold") != "test")
    rows = rows.with_columns(
        pl.lit(None, pl.String).alias("group"), pl.col("sequence").str.head(pl.int_range(20, 380) % 50 + 5)
    )
    dataset.write(rows, data / "d.parquet")
    predictions.write(predicted(rows), data / "p.parquet")
    assert call(step, data, work).exit_code == 0
    found = pl.read_csv(work / "m.tsv", separator="\t")
    assert found["fold"].unique(maintain_order=True).to_list() == ["train", "dev"]
    assert found["n_groups"].to_list() == found["n"].to_list()
    assert found["length"].null_count() == found.height
    assert json.loads((work / "card.json").read_text())["notes"] == ["test: no samples, so no metrics"]


def test_one_group__values_without_intervals(step, data, work):
    rows = dataset.read(data / "d.parquet").with_columns(pl.col("fold").alias("group"))
    dataset.write(rows, data / "d.parquet")
    assert call(step, data, work).exit_code == 0
    found = pl.read_csv(work / "m.tsv", separator="\t")
    assert (found["value"].null_count(), found["ci_low"].null_count()) == (0, found.height)
    assert "dev: a single group, so no intervals" in json.loads((work / "card.json").read_text())["notes"]


CHANGES = {
    "another data set": (
        lambda rows: rows.with_columns(pl.lit("other").alias("dataset")),
        ("p.parquet", "predictions of other, not of d"),
    ),
    "a sample missing": (
        lambda rows: rows.filter(pl.col("sample_id") != "s00007"),
        ("p.parquet", "m with seed 1 lacks 1 of 400", "d.parquet (1 in train)", "s00007"),
    ),
    "a fold missing": (
        lambda rows: rows.filter(pl.col("fold") != "test"),
        ("p.parquet", "m with seed 1 lacks 40 of 400", "(40 in test)", "Predict all of them."),
    ),
    "an unknown sample": (
        lambda rows: rows.with_columns(pl.col("sample_id").replace("s00007", "s9")),
        ("p.parquet, s9", "no such sample in d.parquet"),
    ),
    "a sample twice": (lambda rows: pl.concat([rows, rows[:1]]), ("p.parquet", "s00000", "more than once")),
    "another label": (
        lambda rows: rows.with_columns((1 - pl.col("label")).alias("label")),
        ("p.parquet, s00000", "label 1 here, 0 in d.parquet"),
    ),
    "another fold": (
        lambda rows: rows.with_columns(pl.lit("dev").alias("fold")),
        ("p.parquet, s00000", "fold dev here, train in d.parquet"),
    ),
    "no rows": (lambda rows: rows.clear(), ("p.parquet", "no predictions in it")),
    "NaN": (lambda rows: rows.with_columns(pl.lit(np.nan).alias("probability")), ("p.parquet", "s00000", "nan")),
    "above 1": (
        lambda rows: rows.with_columns((pl.col("probability") + 1).alias("probability")),
        ("p.parquet", "not within 0 and 1"),
    ),
    "no probabilities": (lambda rows: rows.drop("probability"), ("p.parquet", "lacks the column probability")),
}


@pytest.mark.parametrize("case", CHANGES)
def test_predictions_of_something_else__one_line_and_nothing_left(step, refused, data, work, case):
    change, words = CHANGES[case]
    change(pl.read_parquet(data / "p.parquet")).write_parquet(data / "p.parquet")
    refused(call(step, data, work), *words, nothing_in=work)


def test_the_same_model_and_seed_in_two_files__one_line_and_nothing_left(step, refused, data, work):
    (data / "q.parquet").write_bytes((data / "p.parquet").read_bytes())
    result = call(step, data, work, tables=("p.parquet", "q.parquet"))
    refused(result, "s00000", "predicted twice by m with seed 1", nothing_in=work)


def test_data_set_without_folds_or_rows__one_line_and_nothing_left(step, refused, data, work):
    rows = dataset.read(data / "d.parquet")
    dataset.write(rows.with_columns(pl.lit(None, pl.String).alias("fold")), data / "d.parquet")
    refused(call(step, data, work), "d.parquet, s00000", "Run assign_folds first.", nothing_in=work)
    dataset.write(rows.clear(), data / "d.parquet")
    refused(call(step, data, work), "p.parquet, s00000", "no such sample in d.parquet", nothing_in=work)


@pytest.mark.parametrize(
    ("more", "words"),
    [(("--confidence", 1), ("--confidence", "0<x<1")), (("--name", "../d"), ("--name '../d'",))],
)
def test_option_that_makes_no_sense__one_line_and_nothing_left(step, refused, data, work, more, words):
    refused(call(step, data, work, *more), *words, nothing_in=work)
