"""score_transfer and evaluate_transfer from the shell: models on sets that they were not trained on."""

import json

import polars as pl
import pytest

from helpers_baseline import planted, random_sequences
from helpers_trained import ENCODERS, NAME, TSS
from lncprom.tables import dataset, metrics, predictions

BASELINES = {"majority", "gc_cpg", "dinucleotide", "position"}
REGRESSIONS = ("logistic_regression", "position_ladder")


@pytest.fixture
def scored(step, trained, tmp_path):
    """Score one of the shared models on a data set; the predictions."""

    def call(name: str, other, out="p.parquet") -> pl.DataFrame:
        folder, checkpoint = trained(name), trained.checkpoint(name)
        result = step(
            *("score_transfer", "--trained-on", trained.data, "--predictions", folder / "p.parquet"),
            *("--model-dir", folder / "model", *(("--checkpoint", checkpoint) if checkpoint else ())),
            *("--tested-on", other, "--name", other.stem, "--threads", 1, "--upstream", folder / "c.json"),
            *("--out", tmp_path / out, "--card", tmp_path / "p.json"),
        )
        assert result.exit_code == 0, result.output
        return predictions.read(tmp_path / out)

    return call


@pytest.fixture
def measured(step, trained, tmp_path):
    """Evaluate predictions of a pair; the result and the rows of transfer.tsv."""

    def call(pair: str, *tables):
        (tmp_path / f"{NAME}.parquet").unlink(missing_ok=True)
        (tmp_path / f"{NAME}.parquet").symlink_to(trained.data)
        files = [word for name in (NAME, "other") for word in ("--dataset", tmp_path / f"{name}.parquet")]
        result = step(
            *("evaluate_transfer", *files, "--pair", pair),
            *(word for table in tables for word in ("--predictions", tmp_path / table)),
            *("--out", tmp_path / "t.tsv", "--card", tmp_path / "t.json"),
        )
        return result, metrics.TRANSFER.read(tmp_path / "t.tsv") if result.exit_code == 0 else None

    return call


@pytest.fixture
def own_test(step, trained, tmp_path):
    """The test split of the shared data set as an external set: FASTA, with flanks that have to be cut off."""
    rows = dataset.read(trained.data).filter(fold="test")
    flanks = random_sequences(rows.height, 12, seed=5)
    texts = [flank[:7] + text + flank[7:] for flank, text in zip(flanks, rows["sequence"], strict=True)]
    for label, name in ((1, "positives"), (0, "negatives")):
        records = zip(rows["sample_id"], texts, rows["label"], strict=True)
        (tmp_path / f"{name}.fa").write_text("".join(f">{of}\n{text}\n" for of, text, kind in records if kind == label))
    files = [word for name in ("positives", "negatives") for word in ("--test", tmp_path / f"{name}.fa")]
    outputs = ("--out", tmp_path / "other.parquet", "--composition", tmp_path / "o.tsv", "--card", tmp_path / "o.json")
    result = step("import_dataset", "--name", "other", *files, "--tss-index", TSS + 7, *outputs)
    assert result.exit_code == 0, result.output
    assert result.stderr == f"{rows.height} samples\n"
    return tmp_path / "other.parquet"


@pytest.mark.parametrize("name", [*REGRESSIONS, "cnn", *ENCODERS])
def test_external_set_that_equals_the_test_split__the_scores_of_the_test_split(
    step, trained, scored, measured, own_test, tmp_path, name
):
    predicted = scored(name, own_test)
    assert set(predicted["model"]) == ({"logistic_regression"} | BASELINES if name in REGRESSIONS else {name})
    result, found = measured(f"{NAME}:other", "p.parquet")
    assert result.exit_code == 0, result.output
    outputs = ("--out", tmp_path / "m.tsv", "--curves", tmp_path / "c.tsv", "--card", tmp_path / "m.json")
    given = ("--predictions", trained(name) / "p.parquet", "--dataset", trained.data, "--name", NAME)
    assert step("evaluate", *given, *outputs, "--seeds-out", tmp_path / "s.tsv").exit_code == 0
    own = metrics.SEEDS.read(tmp_path / "s.tsv").filter(fold="test")
    both = found.join(own, on=["model", "probability", "metric"])
    assert both.height == own.height == found.height
    for column in ("mean", "ci_low", "ci_high", "n", "n_positive", "n_groups"):
        assert (both[column] - both[f"{column}_right"]).fill_null(0).abs().max() < 1e-9, column
    assert both.select("mean", "ci_low").null_count().row(0) == (0, 0)
    assert found.select("kind", "trained_on", "tested_on", "length", "n_in_train", "n_left_out").unique().rows() == [
        ("external", NAME, "other", 60, 0, 0)
    ]


def test_set_without_the_models_window__no_metrics_and_a_note_that_says_why(scored, measured, tmp_path):
    dataset.write(planted(20, 40).with_columns(fold=pl.lit("test")), tmp_path / "other.parquet")
    assert scored("logistic_regression", tmp_path / "other.parquet").is_empty()
    result, found = measured(f"{NAME}:other", "p.parquet")
    assert result.exit_code == 0, result.output
    assert found.is_empty()
    assert json.loads((tmp_path / "t.json").read_text())["notes"] == [
        f"{NAME}.on.other: 20 of 20 samples of other have no window of 60 bases with the TSS at 40, as the training "
        "set has, and are left out",
        f"{NAME}.on.other: no sample to test on, so no metrics",
    ]


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("other", ("--pair other: not TRAINED_ON:TESTED_ON",)),
        ("mine:other", ("--pair mine:other: no data set mine",)),
        (f"{NAME}:{NAME}", ("no predictions of it",)),
    ],
)
def test_pair_that_cannot_be__one_line(refused, scored, measured, own_test, pair, words):
    scored("logistic_regression", own_test)
    refused(measured(pair, "p.parquet")[0], *words)


def test_gue_as_deeplncpro_fasta_of_301_bases__scores_of_its_dev_and_those_that_stand_in_train(
    step, real_data, tmp_path
):
    gue = real_data / "gue"
    texts = pl.read_csv(gue / "prom_300_tata.dev.csv.gz").with_row_index()
    for label, name in ((1, "positives"), (0, "negatives")):
        records = texts.filter(label=label).select("index", "sequence").iter_rows()
        (tmp_path / f"{name}.fa").write_text("".join(f">{name}{at}\nA{text}\n" for at, text in records))
    fasta = [word for name in ("positives", "negatives") for word in ("--test", tmp_path / f"{name}.fa")]
    splits = {"train": "tata.train", "dev": "notata.dev", "test": "tata.dev"}
    train = [word for fold, file in splits.items() for word in (f"--{fold}", gue / f"prom_300_{file}.csv.gz")]
    for name, files, tss in (("tata", train, 249), ("lab", fasta, 250)):
        outputs = (("out", "parquet"), ("composition", "tsv"), ("card", "json"))
        given = [word for option, kind in outputs for word in (f"--{option}", tmp_path / f"{name}.{kind}")]
        result = step("import_dataset", "--name", name, *files, "--tss-index", tss, *given)
        assert result.exit_code == 0, result.output
    places = (("out-dir", "m"), ("predictions", "p.parquet"), ("kmers", "k"), ("plot", "s"), ("card", "c.json"))
    given = [word for option, file in places for word in (f"--{option}", tmp_path / file)]
    given += ["--kmer-min", 3, "--kmer-max", 3, "--c-grid", 1, "--baselines", "gc_cpg"]
    assert step("train_baseline", "--dataset", tmp_path / "tata.parquet", "--name", "tata", *given).exit_code == 0
    result = step(
        *("score_transfer", "--trained-on", tmp_path / "tata.parquet", "--predictions", tmp_path / "p.parquet"),
        *("--model-dir", tmp_path / "m", "--tested-on", tmp_path / "lab.parquet", "--name", "lab"),
        *("--out", tmp_path / "q.parquet", "--card", tmp_path / "q.json"),
    )
    assert result.exit_code == 0, result.output
    card = json.loads((tmp_path / "q.json").read_text())
    assert card["counts"] == {"samples": 613, "without_window": 0, "left_out_in_train": 0, "in_train": 14}
    given = ("--predictions", tmp_path / "q.parquet", "--dataset", tmp_path / "tata.parquet", "--pair", "tata:lab")
    outputs = ("--out", tmp_path / "t.tsv", "--card", tmp_path / "t.json")
    result = step("evaluate_transfer", *given, "--dataset", tmp_path / "lab.parquet", *outputs)
    assert result.exit_code == 0, result.output
    rows = metrics.TRANSFER.read(tmp_path / "t.tsv")
    assert set(rows["n_in_train"]) == {14}
    assert 85 <= rows["n_related"][0] <= 100  # with gaps, 92 to 95 have an alignment of 60
    found, own = (predictions.read(tmp_path / file).filter(fold="test") for file in ("q.parquet", "p.parquet"))
    for model in ("gc_cpg", "logistic_regression"):
        both = [rows.filter(model=model)["probability"].sort() for rows in (found, own)]
        assert (both[0] - both[1]).abs().max() < 1e-9
