"""Models of a regression on other sets: targets in their unit, or, where the set has classes only, probabilities."""

import polars as pl

from helpers_baseline import planted
from lncprom.baseline import train
from lncprom.inference import fasta_scores, transfer_scores


def test_regression__targets_of_its_test_split_and_probabilities_of_a_set_of_classes():
    target = pl.col("label") * 2.0 + pl.col("sequence").str.count_matches("G") / 10
    rows = planted(300).with_columns(target=target)
    done = train.train(rows, "own", "own.parquet", train.Settings(kmer_max=4, c_grid=(1.0,)), lambda line: None)
    predict = fasta_scores.by_regression(done.model)
    external = rows.filter(fold="test")
    found = transfer_scores.score(rows, external, done.predictions, "other", predict).predictions.filter(fold="test")
    both = found.join(done.predictions, on=["model", "sample_id"])
    assert both.height == 5 * external.height  # the regression and four trivial baselines
    for column in ("probability", "prediction"):
        assert (both[column] - both[f"{column}_right"]).abs().max() < 1e-9
    classes = transfer_scores.score(rows, external.drop("target"), done.predictions, "other", predict).predictions
    assert "prediction" not in classes.columns
    assert classes.filter(fold="test")["probability"].equals(found["probability"])
