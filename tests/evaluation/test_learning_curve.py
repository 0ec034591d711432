"""Learning curves: known scores by fraction of train, the sizes in it, and what is refused."""

from __future__ import annotations

import polars as pl
import pytest

from helpers_baseline import planted
from helpers_predictions import predicted
from lncprom.tables import dataset, predictions
from lncprom.tables.dataset import of_fraction

NOISE = {0.1: 1.5, 0.5: 0.6, 1: 0.05}  # of predictions, by fraction


@pytest.fixture
def files(tmp_path):
    """A data set; predictions of a model with two seeds at three fractions, and of one trained on whole train only."""
    dataset.write(planted(400, group=[f"g{at // 2:03d}" for at in range(400)]), tmp_path / "d.parquet")
    rows = dataset.read(tmp_path / "d.parquet")
    for fraction, noise in NOISE.items():
        parts = [predicted(of_fraction(rows, fraction, seed), "good", seed, noise) for seed in (1, 2)]
        predictions.write(predictions.of_split(pl.concat(parts), 1, fraction), tmp_path / f"good.{fraction}.parquet")
    predictions.write(predicted(rows, "lonely", 1, 0.3), tmp_path / "lonely.parquet")
    return tmp_path


def call(step, files, work):
    given = [word for name in ("good.1", "lonely") for word in ("--predictions", files / f"{name}.parquet")]
    given += [word for part in (0.1, 0.5) for word in ("--fractions", files / f"good.{part}.parquet")]
    outputs = {"out": "m.tsv", "curves": "c.tsv", "learning-curve": "l.tsv", "card": "e.json"}
    given += [word for option, name in outputs.items() for word in (f"--{option}", work / name)]
    return step("evaluate", "--dataset", files / "d.parquet", "--name", "d", *given)


def test_scores_rise_with_the_fraction__each_with_its_sequences_and_whole_train_as_in_the_metrics(step, files, work):
    result = call(step, files, work)
    assert result.exit_code == 0, result.output
    found = pl.read_csv(work / "l.tsv", separator="\t")
    assert found.select("model", "fraction").unique(maintain_order=True).rows() == [("good", part) for part in NOISE]
    assert found["metric"].unique().sort().to_list() == ["auroc", "mcc"]
    mcc = found.filter(pl.col("metric") == "mcc")
    assert mcc["mean"].is_sorted()
    assert mcc["mean"][0] < 0.6 < 0.9 < mcc["mean"][2]
    train = dataset.read(files / "d.parquet").filter(pl.col("fold") == "train").height
    assert mcc["sequences"].to_list() == [pytest.approx(part * train, abs=3) for part in NOISE]
    assert mcc["seeds"].to_list() == [2, 2, 2]
    metrics = pl.read_csv(work / "m.tsv", separator="\t").filter(fold="test", metric="mcc", probability="raw")
    assert metrics["model"].unique().sort().to_list() == ["good", "lonely"]
    assert metrics.filter(model="good")["value"].mean() == pytest.approx(mcc["mean"][2])


def test_a_fraction_that_lacks_a_test_sample__refused(step, refused, files, work):
    path = files / "good.0.5.parquet"
    rows = predictions.read(path)
    lost = rows.filter(pl.col("fold") == "test")["sample_id"][0]
    predictions.write(rows.filter(pl.col("sample_id") != lost), path)
    refused(call(step, files, work), "good.0.5.parquet: good with seed 1 lacks 1 of", "in test", nothing_in=work)
