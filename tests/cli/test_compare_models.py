"""compare_models.py from the shell: every pair of models once, or one line and nothing."""

import json

import numpy as np
import polars as pl
import pytest

from helpers_baseline import planted
from helpers_predictions import predicted
from lncprom.tables import dataset, predictions
from lncprom.tables.metrics import COMPARISONS

COLUMNS = [
    "dataset",
    "task",
    "length",
    "split",
    "fold",
    "contrast",
    "model_a",
    "model_b",
    "metric",
    "difference",
    "ci_low",
]
COLUMNS += ["ci_high", "se", "df", "p_value", "p_swap", "mdd", "interval_note", "lacking", "n", "n_groups"]
COLUMNS += ["seeds_a", "seeds_b", "splits"]
# model -> seed -> how noisy; of `good` and `poor` the truth is known
MODELS = {
    "logistic_regression": {1: 0.3},
    "poor": {1: 2.0, 2: 2.1, 3: 2.2},
    "good": {1: 0.05, 2: 0.06, 3: 0.07},
    "gc_cpg": {1: 0.9},
}


@pytest.fixture
def data(tmp_path):
    """400 samples in test, in pairs of one group; a file of predictions for each model and seed."""
    rows = planted(600, group=[f"g{at // 2:03d}" for at in range(600)])
    fold = pl.when(pl.int_range(600) < 100).then(pl.lit("train")).when(pl.int_range(600) < 200)
    dataset.write(
        rows.with_columns(fold.then(pl.lit("dev")).otherwise(pl.lit("test")).alias("fold")), tmp_path / "d.parquet"
    )
    rows = dataset.read(tmp_path / "d.parquet")
    for model, seeds in MODELS.items():
        for seed, noise in seeds.items():
            table = predicted(rows, model, seed, noise)
            predictions.write(table.with_columns(_apart(table, model, noise)), tmp_path / f"{model}.{seed}.parquet")
    return tmp_path


def _apart(rows: pl.DataFrame, model: str, noise: float) -> pl.Series:
    """Probabilities of which no two models share the errors."""
    draw = np.random.default_rng([*model.encode()])
    known = 0.5 + 0.2 * (2 * rows["label"].to_numpy() - 1)
    return pl.Series("probability", np.clip(known + noise * draw.normal(size=rows.height), 0, 1).round(4))


FILES = tuple(f"{model}.{seed}.parquet" for model, seeds in MODELS.items() for seed in seeds)


def call(step, data, work, *more, tables=FILES):
    given = [part for table in tables for part in ("--predictions", data / table)]
    given += ["--dataset", data / "d.parquet", "--name", "d", "--permutations", 400]
    return step("compare_models", *given, "--out", work / "cmp.tsv", "--card", work / "card.json", *more)


def read(work) -> pl.DataFrame:
    return pl.read_csv(work / "cmp.tsv", separator="\t")


def test_four_models_and_declared_contrasts__these_first_and_each_pair_once(step, data, work):
    declared = ("lr:good:logistic_regression", "rung:poor:rung", "rung:gc_cpg:rung")
    words = [word for text in declared for word in ("--contrast", text)]
    result = call(step, data, work, *words, "--no-chance", "logistic_regression")
    assert result.exit_code == 0, result.output
    found = read(work)
    assert found.columns == COLUMNS
    pairs = [("lr", "good", "logistic_regression"), ("rung", "poor", "gc_cpg"), (None, "gc_cpg", "good")]
    pairs += [(None, "gc_cpg", "logistic_regression"), (None, "good", "poor"), (None, "poor", "logistic_regression")]
    assert found.select("contrast", "model_a", "model_b", "metric").rows() == [
        (*pair, metric) for pair in pairs for metric in ("mcc", "auroc")
    ]
    assert found.select("dataset", "task", "length", "fold", "n", "n_groups").unique().rows() == [
        ("d", "planted", 60, "test", 400, 200)
    ]
    assert found.select("seeds_a", "seeds_b").rows()[::2] == [(3, 1), (3, 1), (1, 3), (1, 1), (3, 3), (3, 1)]
    better, worse = found[:2], found[-2:]
    assert (better["ci_low"] > 0).all()
    assert (worse["ci_high"] < 0).all()
    assert found["interval_note"].null_count() == found["lacking"].null_count() == 12
    assert ((found["p_value"] < 0.05) == (found["ci_low"] > 0) | (found["ci_high"] < 0)).all()
    assert (pl.concat([better, worse])["p_swap"] < 0.02).all()
    assert (found["mdd"] > found["ci_high"] - found["difference"]).all()
    card = json.loads((work / "card.json").read_text())
    assert (card["step"], card["dataset"], card["task"]) == ("compare_models", "d", "planted")
    assert card["parameters"] == {
        "contrasts": list(declared), "no_chance": ["logistic_regression"],
        "confidence": 0.95, "permutations": 400, "seed": 42,
    }  # fmt: skip
    assert card["counts"] == {
        "models": {"gc_cpg": 1, "good": 3, "logistic_regression": 1, "poor": 3}, "rung": "gc_cpg", "contrasts": 2,
        "pairs": 6, "splits": 1, "n": 400, "n_groups": 200,
    }  # fmt: skip
    assert card["notes"] == []
    assert "good against logistic_regression: MCC +" in result.stderr


def test_gain__its_tokens_in_a_column_of_a_table_that_else_lacks_it(step, data, work):
    assert call(step, data, work, "--contrast", "pretraining_gain:good:poor:k-mer", "--permutations", 0).exit_code == 0
    found = read(work)
    assert found.columns == [*COLUMNS, "tokenizer"]
    assert found["tokenizer"].to_list() == ["k-mer"] * 2 + [None] * 10
    assert COMPARISONS.read(work / "cmp.tsv").columns == [*COLUMNS, "tokenizer", "file"]


def test_three_splits__a_row_for_each_and_of_a_contrast_one_over_all_on_which_the_claim_rests(step, data, work):
    rows = dataset.read(data / "d.parquet").with_columns(folds=pl.concat_list(["fold"] * 3))
    dataset.write(rows, data / "d.parquet")
    for model, noise in (("good", 0.2), ("gc_cpg", 0.9)):
        parts = [predicted(rows, model, split, noise).with_columns(split=pl.lit(split), seed=1) for split in (1, 2, 3)]
        predictions.write(pl.concat(parts), data / f"{model}.parquet")
    words = ("--no-chance", "good", "--permutations", 0)
    assert call(step, data, work, *words, tables=("good.parquet", "gc_cpg.parquet")).exit_code == 0
    mcc = read(work).filter(pl.col("metric") == "mcc")
    assert mcc.select("split", "splits").rows() == [(1, 1), (2, 1), (3, 1), (None, 3)]
    each = mcc["difference"][:3].to_numpy()
    over = mcc.row(3, named=True)
    assert over["difference"] == pytest.approx(each.mean())
    assert over["se"] == pytest.approx(each.std(ddof=1) * np.sqrt(1 / 3 + 400 / 100))  # 400 test, 100 train samples
    assert (over["df"], over["p_swap"]) == (2, None)
    claimed = ["--comparisons", work / "cmp.tsv", "--out", work / "claims.tsv", "--card", work / "claims.json"]
    assert step("make_claims", *claimed).exit_code == 0
    claim = pl.read_csv(work / "claims.tsv", separator="\t").row(0, named=True)
    assert (claim["splits"], claim["p_value"], claim["ci_low"]) == (3, over["p_value"], over["ci_low"])
    assert "200 groups, 3 splits" in claim["sentence"]


def test_files_and_rows_in_another_order__the_same_bytes(step, data, work):
    assert call(step, data, work).exit_code == 0
    bytes_ = [(work / name).read_bytes() for name in ("cmp.tsv", "card.json")]
    for path in data.glob("*.1.parquet"):
        predictions.write(predictions.read(path).reverse(), path)
    dataset.write(dataset.read(data / "d.parquet").reverse(), data / "d.parquet")
    assert call(step, data, work, tables=FILES[::-1]).exit_code == 0
    assert (work / "cmp.tsv").read_bytes() == bytes_[0]
    assert call(step, data, work, "--seed", 1).exit_code == 0
    assert (work / "cmp.tsv").read_bytes() != bytes_[0]


def test_nothing_declared__each_model_against_the_rung_and_the_logistic_regression_and_why_no_verdict(step, data, work):
    tables = tuple(name for name in FILES if name not in ("poor.2.parquet", "poor.3.parquet", "gc_cpg.1.parquet"))
    assert call(step, data, work, tables=tables).exit_code == 0
    found = read(work).filter(pl.col("metric") == "mcc").select("contrast", "model_a", "model_b", "lacking")
    assert found.rows() == [
        ("logistic_regression", "good", "logistic_regression", "1 seed of logistic_regression"),
        ("logistic_regression", "poor", "logistic_regression", "1 seed of poor, 1 seed of logistic_regression"),
        (None, "good", "poor", "1 seed of poor"),
    ]
    told = "no trivial baseline on dev, so no model is compared with one"
    assert json.loads((work / "card.json").read_text())["notes"] == [told]


def test_one_model__a_table_without_rows_and_a_note(step, data, work):
    assert call(step, data, work, tables=("poor.1.parquet", "poor.2.parquet")).exit_code == 0
    assert (work / "cmp.tsv").read_text().splitlines() == ["\t".join(COLUMNS)]
    assert json.loads((work / "card.json").read_text())["notes"] == [
        "no trivial baseline on dev, so no model is compared with one",
        "poor only: there is no other model to compare it with",
    ]


def test_one_group_no_permutations__differences_alone(step, data, work):
    rows = dataset.read(data / "d.parquet").with_columns(pl.col("fold").alias("group"))
    dataset.write(rows, data / "d.parquet")
    assert call(step, data, work, "--permutations", 0).exit_code == 0
    found = read(work)
    assert found["difference"].null_count() == 0
    assert found.select("ci_low", "ci_high", "se", "df", "p_value", "p_swap", "mdd").null_count().row(0) == (12,) * 7
    assert found["lacking"].str.contains("1 group in test").all()
    assert "test: a single group, so no intervals" in json.loads((work / "card.json").read_text())["notes"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            ("--contrast", "x:LR:good"),
            ("--contrast x:LR:good: no predictions by LR were given", "Choose from gc_cpg, good"),
        ),
        (("--contrast", "x:rung:good"), ("--contrast x:rung:good: no predictions by rung",)),
        (("--contrast", "good:good"), ("--contrast good:good: not NAME:MODEL_A:MODEL_B",)),
        (("--no-chance", "LR"), ("--no-chance LR: no predictions by LR",)),
        (("--permutations", -1), ("--permutations", "x>=0")),
    ],
)
def test_option_that_makes_no_sense__one_line_and_nothing_left(step, refused, data, work, more, words):
    refused(call(step, data, work, *more), *words, nothing_in=work)


def test_data_set_without_test_fold__one_line_and_nothing_left(step, refused, data, work):
    rows = dataset.read(data / "d.parquet").filter(pl.col("fold") != "test")
    dataset.write(rows, data / "d.parquet")
    for name in FILES:
        predictions.write(predictions.read(data / name).filter(pl.col("fold") != "test"), data / name)
    refused(call(step, data, work), "d.parquet: no samples in test", nothing_in=work)
