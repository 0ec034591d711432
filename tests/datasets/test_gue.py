"""GUE as published, scored by the baseline: the study's kind of data, with what is known of it."""

import polars as pl
import pytest

from lncprom.baseline.classifier import LogisticRegression

pytestmark = pytest.mark.real

# name -> files of train and test (absent: split off), MCC of logistic regression and of the floor as measured
# with seed 42, and the data's own words: k-mers that must be among the twenty strongest for a promoter
SETS = {
    "prom_300_tata": (("prom_300_tata.train", "prom_300_tata.dev"), 0.462, 0.164, {"TATAAA", "TATAA"}),
    "prom_300_notata": (("prom_300_notata.dev", None), 0.827, 0.608, set()),
    "prom_core_notata": (("prom_core_notata.train", None), 0.618, 0.470, set()),
}


@pytest.fixture
def scored(step, real_data, tmp_path):
    """Import, train and measure one set; the folder with all outputs."""

    def run(name):
        train, test = (file and real_data / "gue" / f"{file}.csv.gz" for file in SETS[name][0])
        at = tmp_path.joinpath
        given = ["--test", test] if test else []
        calls = {
            "import_dataset": ["--train", train, *given, "--out", at("d.parquet"), "--composition", at("comp.tsv")],
            "train_baseline": [
                *("--dataset", at("d.parquet"), "--predictions", at("p.parquet"), "--kmers", at("k.tsv")),
                *("--plot", at("k.svg"), "--out-dir", at("model"), "--baselines", "gc_cpg"),
            ],
            "evaluate": [
                *("--dataset", at("d.parquet"), "--predictions", at("p.parquet")),
                *("--out", at("m.tsv"), "--curves", at("c.tsv")),
            ],
        }
        for script, arguments in calls.items():
            result = step(script, "--name", name, *arguments, "--card", at(f"{script}.json"))
            assert result.exit_code == 0, result.output
        return tmp_path

    return run


@pytest.mark.parametrize("name", SETS)
def test_gue__mcc_as_measured_and_above_the_floor(scored, name):
    _, mcc, floor, words = SETS[name]
    folder = scored(name)
    found = pl.read_csv(folder / "m.tsv", separator="\t").filter(fold="test", metric="mcc", probability="raw")
    found = {row["model"]: row for row in found.iter_rows(named=True)}
    print(f"{name}: MCC " + ", ".join(f"{model} {row['value']:.3f}" for model, row in found.items()))
    assert found["logistic_regression"]["value"] == pytest.approx(mcc, abs=0.03)
    assert found["gc_cpg"]["value"] == pytest.approx(floor, abs=0.03)
    assert found["gc_cpg"]["ci_high"] < found["logistic_regression"]["ci_low"]
    kmers = pl.read_csv(folder / "k.tsv", separator="\t").filter(
        (pl.col("direction") == "positive") & (pl.col("rank") <= 20)
    )
    assert words <= set(kmers["kmer"])
    assert len(LogisticRegression.load(folder / "model").weights) == 64 + 256 + 1024 + 4096
