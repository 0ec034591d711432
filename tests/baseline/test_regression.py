"""Targets instead of classes: ridge regression, trivial baselines, and what is written."""

import io

import numpy as np
import polars as pl
import pytest
from scipy import sparse
from sklearn.linear_model import Ridge

from helpers_baseline import of_two_tissues, planted
from lncprom.baseline import classifier, newton, train
from lncprom.datasets.targets import Scale
from lncprom.errors import InputError
from lncprom.inference import fasta_scores


@pytest.fixture(scope="module")
def rows():
    """A target that is 2 higher with the motif, 1 higher in coding genes."""
    kinds = ["lncRNA", "lncRNA", "protein_coding"] * 200
    rows = planted(600, biotype=kinds)
    noise = pl.Series(np.random.default_rng(1).normal(scale=0.3, size=600))
    target = 5 + 2.0 * pl.col("label") + (pl.col("biotype") == "protein_coding").cast(pl.Float64) + noise
    return rows.with_columns(target=target)


@pytest.fixture(scope="module")
def trained(rows):
    return train.train(rows, "planted", "d.parquet", train.Settings(), lambda line: None)


def of(trained, rows, model):
    return rows.join(trained.predictions.filter(model=model), on="sample_id").filter(pl.col("fold") == "test")


def test_ridge__the_minimum_that_sklearn_finds():
    draw = np.random.default_rng(1)
    features = sparse.csr_array(draw.normal(size=(80, 30)) / 10)
    target = draw.normal(size=80)
    found = newton.fit(lambda w: features @ w, lambda r: features.T @ r, target, 30, 3.0)
    peer = Ridge(alpha=1 / 3, tol=1e-12).fit(features.toarray(), target)
    assert np.abs(found.weights - peer.coef_).max() < 1e-6
    assert found.intercept == pytest.approx(peer.intercept_, abs=1e-6)


def test_a_planted_motif__its_effect_on_the_target_is_found(trained, rows):
    test = of(trained, rows, "logistic_regression")
    assert np.corrcoef(test["target"], test["prediction"])[0, 1] > 0.7
    means = test.group_by("label").agg(pl.col("prediction").mean()).sort("label")["prediction"]
    assert means[1] - means[0] > 1


def test_trivial_baselines__means_of_train_in_the_unit_of_the_target(trained, rows):
    known = rows.filter(pl.col("fold") == "train")
    assert of(trained, rows, "majority")["prediction"].unique().to_list() == pytest.approx([known["target"].mean()])
    of_lncrna = of(trained, rows, "biotype").filter(biotype="lncRNA")["prediction"]
    assert of_lncrna.unique().to_list() == pytest.approx([known.filter(biotype="lncRNA")["target"].mean()])


def test_probability__above_a_half_where_the_prediction_is_above_the_median_of_train(trained, rows):
    median = rows.filter(pl.col("fold") == "train")["target"].median()
    for row in trained.predictions.iter_rows(named=True):
        assert (row["probability"] > 0.5) == (row["prediction"] > median)


def test_saved__predicts_the_same_and_contributions_add_up_to_the_score(trained, rows, tmp_path):
    trained.model.save(tmp_path / classifier.FILE)
    again, texts = classifier.LogisticRegression.load(tmp_path), rows["sequence"][:5].to_list()
    predictions = again.scale.back(again.logit(texts))
    wanted = trained.predictions.filter(model="logistic_regression").sort("sample_id")["prediction"][:5]
    assert predictions == pytest.approx(wanted.to_numpy())
    (tmp_path / "x.fa").write_text("".join(f">s{at}\n{text}\n" for at, text in enumerate(texts)))
    table = io.StringIO()
    fasta_scores.score(tmp_path / "x.fa", table, fasta_scores.by_regression(again), scale=again.scale)
    lines = [line.split("\t") for line in table.getvalue().splitlines()]
    assert lines[0] == ["id", "probability", "prediction"]
    assert [float(line[2]) for line in lines[1:]] == pytest.approx(predictions)
    added = np.nansum(again.contributions(texts[0])) + again.base_value(len(texts[0]))
    assert added == pytest.approx(again.logit(texts[:1])[0])


def test_two_tissues_with_a_motif_each__each_found_in_its_own_column(tmp_path):
    rows = of_two_tissues()
    done = train.train(rows, "planted", "d.parquet", train.Settings(), lambda line: None)
    test = of(done, rows, "logistic_regression")
    truth, found = (np.array(test[column].to_list()) for column in ("tissue_targets", "tissue_predictions"))
    assert np.diag(np.corrcoef(truth.T, found.T)[:2, 2:]).min() > 0.7
    assert np.corrcoef((truth @ [1, -1]), (found @ [1, -1]))[0, 1] > 0.7
    assert test["prediction"].to_numpy() == pytest.approx(found.mean(axis=1), abs=1e-4)
    means = np.array(rows.filter(pl.col("fold") == "train")["tissue_targets"].to_list()).mean(axis=0)
    assert of(done, rows, "majority")["tissue_predictions"][0].to_list() == pytest.approx(means)
    done.model.save(tmp_path / classifier.FILE)
    (tmp_path / "x.fa").write_text(f">s\n{test['sequence'][0]}\n")
    table, again = io.StringIO(), classifier.LogisticRegression.load(tmp_path)
    fasta_scores.score(tmp_path / "x.fa", table, fasta_scores.by_regression(again), scale=again.scale)
    head, line = (line.split("\t") for line in table.getvalue().splitlines())
    assert head == ["id", "probability", "prediction", "brain", "liver"]
    assert [float(value) for value in line[3:]] == pytest.approx(found[0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tissues": pl.lit(["brain", "lung"])}, "s00005: not a number for each tissue"),
        ({"tissue_targets": pl.lit([1.0, np.nan])}, "s00005: not a number for each tissue"),
    ],
)
def test_tissues_of_no_use__refused(change, said):
    rows, fifth = of_two_tissues(40), pl.col("sample_id") == "s00005"
    ((name, value),) = change.items()
    with pytest.raises(InputError, match=said):
        Scale.of_train(rows.with_columns(pl.when(fifth).then(value).otherwise(name).alias(name)), "d.parquet")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (pl.when(pl.col("sample_id") != "s00003").then(1.0 * pl.col("label")), "s00003: 1 samples have no"),
        (pl.lit(2.0), "all 480 samples of train have one target, 2"),
    ],
)
def test_targets_of_no_use__refused(rows, target, said):
    with pytest.raises(InputError, match=said):
        Scale.of_train(rows.with_columns(target=target), "d.parquet")
