"""Declared contrasts: which pairs they are, and the trivial baseline that stands for the rung."""

import polars as pl

from lncprom.baseline import trivial
from lncprom.evaluation import contrasts


def dev_rows(**mcc: tuple[float, ...]) -> pl.DataFrame:
    """Predictions on dev: of each model a row of probabilities for positive, positive, negative, negative."""
    parts = [
        {"model": model, "split": 1, "fold": "dev", "label": [1, 1, 0, 0], "probability": row}
        for model, row in mcc.items()
    ]
    return pl.concat([pl.DataFrame(part) for part in parts])


def test_rung__the_trivial_baseline_with_the_best_mcc_on_dev_and_of_equal_ones_the_first_of_the_ladder():
    good, poor = (0.9, 0.9, 0.1, 0.1), (0.9, 0.1, 0.1, 0.9)
    first, *_, last = trivial.BASELINES
    assert contrasts.rung_of(dev_rows(cnn=good, **{first: poor, last: (0.9, 0.9, 0.1, 0.9)})) == last
    assert contrasts.rung_of(dev_rows(**{last: good, first: good})) == first
    assert contrasts.rung_of(dev_rows(cnn=good)) is None


def test_contrasts__the_rung_by_its_name_and_each_pair_once():
    given = [contrasts.Contrast.read(text) for text in ("rung:cnn:rung", "pair:gc_cpg:cnn", "x:gc_cpg:rung", "y:a:cnn")]
    found = contrasts.resolved(given, "gc_cpg")
    assert [of[:3] for of in found] == [("rung", "cnn", "gc_cpg"), ("y", "a", "cnn")]
    assert [of[:3] for of in contrasts.resolved(given, None)] == [("pair", "gc_cpg", "cnn"), ("y", "a", "cnn")]


def test_nothing_declared__every_model_against_the_rung_and_the_logistic_regression():
    found = contrasts.standard(["cnn", "gc_cpg", "logistic_regression"])
    assert [of[:3] for of in found] == [
        ("rung", "cnn", "rung"),
        ("rung", "logistic_regression", "rung"),
        ("logistic_regression", "cnn", "logistic_regression"),
    ]
    assert contrasts.standard(["cnn"]) == [("rung", "cnn", "rung", "")]
