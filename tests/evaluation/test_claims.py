"""Claims: Holm by hand, the words of each verdict, and simulated runs in which the truth is known."""

import numpy as np
import polars as pl
import pytest

import helpers_simulated as simulated
from lncprom.errors import InputError
from lncprom.evaluation import claims
from lncprom.tables.metrics import COMPARISONS

ROW = {
    "dataset": "d", "task": "t", "length": 300, "split": 1, "fold": "test", "contrast": "rung", "model_a": "cnn",
    "model_b": "gc_cpg", "metric": "mcc", "difference": 0.052, "ci_low": 0.031, "ci_high": 0.073, "se": 0.01,
    "df": 70.5, "p_value": 0.0004, "p_swap": 0.001, "mdd": 0.028, "interval_note": None, "lacking": None, "n": 1200,
    "n_groups": 1000, "seeds_a": 3, "seeds_b": 1, "splits": 1,
}  # fmt: skip


def made(*rows: dict) -> pl.DataFrame:
    table = pl.DataFrame([ROW | row for row in rows], schema=COMPARISONS.schema)
    return claims.claims(table.with_columns(file=pl.lit("d.tsv"))).table


def test_holm__by_hand_and_in_the_order_given():
    # sorted 0.002, 0.01, 0.02, 0.04 times 4, 3, 2, 1; the last must not be below the one before
    assert claims.holm([0.04, 0.002, 0.02, 0.01]).tolist() == pytest.approx([0.04, 0.008, 0.04, 0.03])
    assert claims.holm([0.6, 0.7]).tolist() == [1, 1]
    assert claims.holm([]).tolist() == []


def test_declared_contrasts_in_mcc__a_verdict_and_a_sentence_each():
    small = {"difference": 0.01, "ci_low": -0.01, "ci_high": 0.03, "p_value": 0.2, "model_a": "dnabert_2"}
    low = {"difference": -0.052, "ci_low": -0.073, "ci_high": -0.031, "dataset": "e"}
    few = {"lacking": "1 seed of nt, 31 groups in test", "model_a": "nt", "seeds_a": 1, "n_groups": 31}
    none = {"model_a": "x", "ci_low": None, "ci_high": None, "p_value": None}
    found = made({}, small, low, few, none, {"metric": "auroc"}, {"contrast": None, "model_a": "y"})
    assert found["verdict"].to_list() == [
        *("better", "no difference shown", "worse", "not enough evidence: 1 seed of nt, 31 groups in test"),
        "not enough evidence: no interval",
    ]
    assert found["p_holm"].to_list() == pytest.approx([0.0012, 0.2, 0.0012, None, None])
    assert found["sentence"].to_list() == [
        "On d, the MCC of cnn is higher than that of gc_cpg: +5.2 [+3.1, +7.3] in MCC x 100, adjusted p 0.001; 3 and "
        "1 seed, 1,000 groups.",
        "On d, no difference in MCC between dnabert_2 and gc_cpg is shown: +1.0 [-1.0, +3.0] in MCC x 100, adjusted p "
        "0.200; 3 and 1 seed, 1,000 groups; the least detectable difference is 2.8.",
        "On e, the MCC of cnn is lower than that of gc_cpg: -5.2 [-7.3, -3.1] in MCC x 100, adjusted p 0.001; 3 and "
        "1 seed, 1,000 groups.",
        "On d, there is not enough evidence to compare the MCC of nt with that of gc_cpg (1 seed of nt, 31 groups in "
        "test): +5.2 [+3.1, +7.3] in MCC x 100; 1 seed each, 31 groups.",
        "On d, there is not enough evidence to compare the MCC of x with that of gc_cpg (no interval): +5.2 points "
        "(MCC x 100); 3 and 1 seed, 1,000 groups.",
    ]
    assert found["splits"].unique().to_list() == [1]


def test_gain__due_to_what_and_the_tokens_of_both_models():
    row = {"contrast": "pretraining_gain", "model_b": "cnn_random", "seeds_b": 3, "tokenizer": "BPE"}
    table = pl.DataFrame([ROW | row], schema=COMPARISONS.schema | {"tokenizer": pl.String})
    found = claims.claims(table.with_columns(file=pl.lit("d.tsv"))).table.row(0, named=True)
    assert found["tokenizer"] == "BPE"
    assert found["sentence"].startswith(
        "On d, the MCC of cnn is higher than that of cnn_random (gain by pre-training, BPE tokens): +5.2 [+3.1, +7.3]"
    )


def test_nothing_declared_or_a_contrast_twice__no_rows_or_one_line():
    assert made({"contrast": None}).height == 0
    with pytest.raises(InputError, match=r"d\.tsv: cnn against gc_cpg on d is given twice"):
        made({}, {})


def test_200_runs_of_equal_models__a_false_claim_in_at_most_8_of_100():
    false = sum(simulated.run(trial, 60)["verdict"].ne(claims.SIMILAR).any() for trial in range(200))
    assert false / 200 <= 0.08


def test_a_planted_difference_of_twice_the_least_detectable_one__claimed_in_80_of_100():
    least = np.mean([simulated.run(trial, 200)["mdd"].mean() for trial in range(5)])
    runs = [simulated.run(trial, 200, 2 * least) for trial in range(25)]
    found = pl.concat(runs).group_by("model_a").agg((pl.col("verdict") == "better").mean())
    assert dict(found.rows())["b"] >= 0.8
    assert dict(found.rows())["a"] < 0.1
