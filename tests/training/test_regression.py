"""A network that learns a target: one output, squared errors, predictions in the target's unit, also after saving."""

import numpy as np
import polars as pl
import pytest

import tiny_checkpoints
from helpers_baseline import of_two_tissues, planted
from helpers_models import FAMILIES
from helpers_training import CPU
from lncprom.attribution.explained_model import Network
from lncprom.evaluation import evaluate
from lncprom.inference import saved_model
from lncprom.tables import predictions
from lncprom.training import collapse, finetune, outputs, run

SETTINGS = run.Settings(epochs=8, batch=16, warmup_steps=10, restarts=0, seed=1)


@pytest.fixture(scope="module")
def rows():
    noise = pl.Series(np.random.default_rng(1).normal(scale=0.3, size=600))
    return planted(600).with_columns(target=50 + 20 * (pl.col("label") + noise))


@pytest.fixture(scope="module")
def done(rows):
    request = finetune.Request("planted", "cnn", "cnn", options={"hidden": "16"}, learning_rate=1e-2)
    return finetune.finetune(rows, "d.parquet", request, SETTINGS, CPU, lambda line: None), request


def test_a_planted_motif__its_effect_on_the_target_is_found(done, rows):
    test = rows.join(done[0].predictions, on="sample_id").filter(pl.col("fold") == "test")
    assert np.corrcoef(test["target"], test["prediction"])[0, 1] > 0.7
    means = test.group_by("label").agg(pl.col("prediction").mean()).sort("label")["prediction"]
    assert means[1] - means[0] == pytest.approx(20, abs=7)
    assert done[0].family.trainable()["classifier.weight"].shape[0] == 1


def test_saved__loaded_with_one_output_and_explained_by_the_same_score(done, rows, tmp_path):
    finetuned, request = done
    outputs.save(finetuned, request, rows, tmp_path)
    opened = saved_model.open_folder(tmp_path)
    network = Network(opened.family, opened.truncation, CPU)
    score = network.logit(rows["sequence"][:5].to_list(), ["s"] * 5, None)
    wanted = rows[:5].join(finetuned.predictions, on="sample_id", maintain_order="left")["prediction"]
    assert finetuned.scale.back(score) == pytest.approx(wanted.to_numpy(), rel=1e-5)


@pytest.mark.parametrize("family", [*FAMILIES, "hyenadna", "huggingface"])
def test_each_language_model__one_output_in_the_targets_unit_which_saving_keeps(family, rows, tmp_path):
    folder = tiny_checkpoints.write(tmp_path / "checkpoint", "dnabert" if family == "huggingface" else family)
    options = {"stock": "true"} if family == "huggingface" else None
    request = finetune.Request("planted", family, family, folder, options=options, learning_rate=5e-3)
    done = finetune.finetune(rows, "d.parquet", request, SETTINGS, CPU, lambda line: None)
    train = rows.join(done.predictions, on="sample_id").filter(pl.col("fold") == "train")
    assert np.corrcoef(train["target"], train["prediction"])[0, 1] > 0.3
    assert (train["prediction"] - train["target"]).pow(2).mean() < train["target"].var()  # the errors of the mean
    (tmp_path / "saved").mkdir()
    outputs.save(done, request, rows, tmp_path / "saved")
    opened = saved_model.open_folder(tmp_path / "saved", folder)
    assert opened.family.outputs == 1
    probability = opened.predictor(CPU)(["a", "b", "c"], rows["sequence"][:3].to_list())[0]
    wanted = rows[:3].join(done.predictions, on="sample_id", maintain_order="left")["prediction"]
    assert opened.scale.of_probability(probability).ravel() == pytest.approx(wanted.to_numpy(), rel=1e-4)


def test_two_tissues_with_a_motif_each__each_found_and_measured_in_its_own_column(tmp_path):
    rows = of_two_tissues()
    request = finetune.Request("planted", "cnn", "cnn", options={"hidden": "16"}, learning_rate=1e-2)
    done = finetune.finetune(rows, "d.parquet", request, SETTINGS, CPU, lambda line: None)
    predictions.write(done.predictions, tmp_path / "p.parquet")
    given = {"p.parquet": tmp_path / "p.parquet"}
    found = evaluate.evaluate(given, rows, "planted", "d.parquet", evaluate.Settings(), lambda line: None).metrics
    value = dict(found.filter(fold="test", probability="raw").select("metric", "value").iter_rows())
    for metric in ("spearman", "spearman:tissue:brain", "spearman:tissue:liver", "pearson:specific"):
        assert value[metric] > 0.6
    outputs.save(done, request, rows, tmp_path)
    opened = saved_model.open_folder(tmp_path)
    probability, _ = opened.predictor(CPU)(["s"], rows["sequence"][:1].to_list())
    wanted = done.predictions.sort("sample_id").row(0, named=True)
    assert opened.scale.tissues == ("brain", "liver")
    assert opened.scale.of_probability(probability[0]) == pytest.approx(
        [wanted["prediction"], *wanted["tissue_predictions"]], rel=1e-5
    )


def test_errors_of_the_mean__count_as_collapsed():
    answer = np.random.default_rng(1).normal(size=100).astype(np.float32)
    spread = float(answer.var())
    assert "those of the mean" in collapse.reason(spread, answer, spread, answer, np.full(100, 0.5))
    assert collapse.reason(spread, answer, 0.5 * spread, answer, np.full(100, 0.5)) == ""
