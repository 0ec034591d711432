"""train_baseline.py from the shell: model, predictions, k-mers, plot and card, or one line and nothing."""

import json
import os
import subprocess
import sys

import polars as pl
import pytest

from helpers_baseline import planted
from lncprom import provenance
from lncprom.baseline.classifier import LogisticRegression
from lncprom.tables import dataset, predictions

NAMES = ("card.json", "kmers.svg", "kmers.tsv", "model/application.json", "model/model.json", "p.parquet")
QUICK = ("--kmer-min", 3, "--kmer-max", 4, "--c-grid", "0.1,10")


def options(data, work):
    places = {"out-dir": "model", "predictions": "p.parquet", "kmers": "kmers.tsv", "plot": "kmers.svg"}
    given = ["--dataset", data, "--name", "planted_60", "--card", work / "card.json"]
    return [*given, *(part for option, name in places.items() for part in (f"--{option}", work / name))]


@pytest.fixture
def data(tmp_path):
    kinds = ["protein_coding", "protein_coding", "lncRNA", "lncRNA", "lncRNA", "protein_coding"] * 40
    dataset.write(planted(biotype=kinds), tmp_path / "d.parquet")
    return tmp_path / "d.parquet"


def written(work) -> list[str]:
    return sorted(str(path.relative_to(work)) for path in work.rglob("*") if path.is_file())


def test_planted_motif__five_outputs_that_agree(step, data, work):
    upstream = data.parent / "d.json"
    provenance.write(provenance.make("build_length_variants", counts={"samples": 240}), upstream)
    result = step("train_baseline", *options(data, work), "--c-grid", "0.1,10", "--seed", 7, "--upstream", upstream)
    assert result.exit_code == 0, result.output
    assert written(work) == list(NAMES)
    rows, found = dataset.read(data), predictions.read(work / "p.parquet")
    assert found.group_by("model", "dataset", "seed").len().sort("model").rows() == [
        (name, "planted_60", 7, 240)
        for name in ("biotype", "dinucleotide", "gc_cpg", "logistic_regression", "majority", "position")
    ]
    own = found.filter(pl.col("model") == "logistic_regression")
    model = LogisticRegression.load(work / "model")
    assert own["probability"].to_list() == model.predict_probability(rows["sequence"].to_list()).tolist()
    kmers = pl.read_csv(work / "kmers.tsv", separator="\t")
    assert kmers.columns == ["dataset", "kmer", "weight", "idf", "document_share", "rank", "direction"]
    assert kmers.height == len(model.weights)
    assert kmers["weight"].max() == model.weights.max()
    assert kmers["kmer"][0] in "TATAAA"
    assert f">{kmers['kmer'][0]}<" in (work / "kmers.svg").read_text()
    card = json.loads((work / "card.json").read_text())
    assert (card["step"], card["dataset"], card["task"]) == ("train_baseline", "planted_60", "planted")
    assert card["parameters"]["c_grid"] == [0.1, 10]
    assert card["counts"]["c"] == model.c
    assert card["counts"]["kmers"] == kmers.height
    assert card["inputs"]["dataset"]["file"] == "d.parquet"
    assert [record["step"] for record in card["upstream"]] == ["build_length_variants"]


@pytest.mark.parametrize("more", [QUICK, ("--features", "position_ladder", "--c-grid", "0.01,0.03")])
def test_rows_in_another_order_and_other_threads__the_same_bytes(root, data, work, tmp_path, more):
    (tmp_path / "again").mkdir()
    mixed = tmp_path / "mixed" / "d.parquet"
    mixed.parent.mkdir()
    dataset.write(dataset.read(data).sample(fraction=1, shuffle=True, seed=3), mixed)
    for threads, table, folder in (("1", data, work), ("4", mixed, tmp_path / "again")):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")
        command = [sys.executable, root / "bin" / "train_baseline.py", *options(table, folder), *more]
        subprocess.run(
            [str(part) for part in command],
            check=True,
            capture_output=True,
            env=os.environ | dict.fromkeys(names, threads),
        )
    for name in NAMES:
        if name != "card.json":  # it holds the digest of the table as it was given
            assert (work / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


CHANGES = {
    "one class in train": (
        lambda rows: rows.filter((pl.col("fold") != "train") | (pl.col("label") == 1)),
        ("d.parquet", "all 96 samples of train are of class 1", "Give samples of both classes."),
    ),
    "no dev": (lambda rows: rows.filter(pl.col("fold") != "dev"), ("d.parquet", "no sample in dev")),
    "no train": (lambda rows: rows.filter(pl.col("fold") != "train"), ("d.parquet", "no sample in train")),
    "no rows": (lambda rows: rows.clear(), ("d.parquet", "no sample in train")),
    "no folds": (
        lambda rows: rows.with_columns(pl.lit(None, pl.String).alias("fold")),
        ("d.parquet, s00000", "Run assign_folds first."),
    ),
    "short sequences": (
        lambda rows: rows.with_columns(pl.lit("AC").alias("sequence")),
        ("d.parquet", "at most 2 letters", "--kmer-min needs 3"),
    ),
    "empty sequence": (
        lambda rows: rows.with_columns(
            pl.when(pl.col("sample_id") == "s00005").then(pl.lit("")).otherwise(pl.col("sequence")).alias("sequence")
        ),
        ("d.parquet", "s00005", "empty or not of A, C, G, T, N"),
    ),
    "RNA": (
        lambda rows: rows.with_columns(pl.col("sequence").str.replace_all("T", "U")),
        ("d.parquet", "s00000", "not of A, C, G, T, N"),
    ),
    "no sequences": (lambda rows: rows.drop("sequence"), ("d.parquet", "lacks the column sequence")),
    "a sample twice": (lambda rows: pl.concat([rows, rows[:1]]), ("d.parquet", "s00000 stands more than once")),
}


@pytest.mark.parametrize("case", CHANGES)
def test_data_set_that_cannot_be_learned_from__one_line_and_nothing_left(step, refused, data, work, case):
    change, words = CHANGES[case]
    change(pl.read_parquet(data)).write_parquet(data)
    refused(step("train_baseline", *options(data, work), *QUICK), *words, nothing_in=work)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--kmer-min", 5, "--kmer-max", 4), ("--kmer-min 5", "--kmer-max 4")),
        (("--kmer-max", 9), ("--kmer-max", "1<=x<=8")),
        (("--c-grid", "1,0"), ("--c-grid 0", "Leave it out.")),
        (("--name", "a/b"), ("--name 'a/b'",)),
        (("--model", "biotype"), ("--model biotype", "a trivial baseline")),
        (("--baselines", "gc_gpc"), ("--baselines gc_gpc: no such baseline.", "Did you mean gc_cpg?")),
        (("--baselines", "all,gc_cpg"), ("--baselines all,gc_cpg: all stands alone.",)),
        (("--features", "genes"), ("--features", "'gapped_kmers'")),
        (("--model", "l r"), ("--model 'l r'",)),
        (("--out-dir", "absent/deeper/model"), ("absent/deeper", "no folder")),
    ],
)
def test_option_that_makes_no_sense__one_line_and_nothing_left(step, refused, data, work, more, words):
    refused(step("train_baseline", *options(data, work), *more), *words, nothing_in=work)
