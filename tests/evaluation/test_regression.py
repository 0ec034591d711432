import warnings

import numpy as np
import polars as pl
import pytest
from scipy import stats
from sklearn.metrics import r2_score

from lncprom.evaluation import regression

DRAW = np.random.default_rng(1)
TARGET = DRAW.normal(size=200).round(1)
PREDICTION = TARGET + DRAW.normal(size=200)
KIND = np.array(["lncRNA", "protein_coding"])[DRAW.integers(2, size=200)]
BLOCK = np.repeat(np.arange(40), 5)
ROWS = pl.DataFrame({"target": TARGET, "prediction": PREDICTION, "biotype": KIND})


def peers(keep: np.ndarray) -> list[float]:
    x, y = TARGET[keep], PREDICTION[keep]
    return [stats.spearmanr(x, y).statistic, stats.pearsonr(x, y).statistic, r2_score(x, y)]


def test_values__as_scipy_and_sklearn_over_all_and_within_each_biotype():
    found, _ = regression.values(ROWS, BLOCK, 40)
    for name, keep in {"": KIND != "", ":lncRNA": KIND == "lncRNA"}.items():
        assert [found[metric + name] for metric in ("spearman", "pearson", "r2")] == pytest.approx(peers(keep))


def test_without_a_block__as_computed_again():
    _, without = regression.values(ROWS, BLOCK, 40)
    again = np.array([peers(block != BLOCK) for block in range(40)]).T
    for metric, wanted in zip(("spearman", "pearson", "r2"), again, strict=True):
        assert without[metric] == pytest.approx(wanted)


def test_by_tissue__as_of_each_alone_and_specific_without_the_means_of_gene_and_tissue():
    gene, tissue = DRAW.normal(scale=9, size=(200, 1)), np.array([5.0, 0, -5])
    own = DRAW.normal(size=(200, 3))
    targets, predictions = gene + tissue + own, gene + tissue  # right about the gene alone
    found, without = regression.by_tissue(["a", "b", "c"], targets, predictions, BLOCK, 40)
    rows = ROWS.with_columns(target=pl.Series(targets[:, 1]), prediction=pl.Series(predictions[:, 1]))
    of_one, of_one_without = regression.values(rows.drop("biotype"), BLOCK, 40)
    assert found["spearman:tissue:b"] == pytest.approx(of_one["spearman"])
    assert without["pearson:tissue:b"] == pytest.approx(of_one_without["pearson"])
    assert found["spearman:tissue:b"] > 0.9
    assert np.isnan(found["pearson:specific"])
    better, parts = regression.by_tissue(["a", "b", "c"], targets, predictions + own, BLOCK, 40)
    assert better["pearson:specific"] == pytest.approx(1)
    assert parts["pearson:specific"].shape == (40,)


def test_a_constant_prediction__no_correlation_and_an_r2_of_0_for_the_mean():
    found, _ = regression.values(ROWS.with_columns(prediction=pl.col("target").mean()), BLOCK, 40)
    assert np.isnan(found["spearman"])
    assert np.isnan(found["pearson"])
    assert found["r2"] == pytest.approx(0)


def test_constant_targets__no_r2_and_a_single_block__no_warning():
    found, _ = regression.values(ROWS.with_columns(target=pl.lit(0.7)), BLOCK, 40)
    assert np.isnan(found["r2"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, without = regression.values(ROWS, np.zeros(200, np.int64), 1)
    assert found["spearman"] == pytest.approx(peers(KIND != "")[0])
    assert np.isnan(without["spearman"]).all()
