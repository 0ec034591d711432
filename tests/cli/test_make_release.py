"""make_release.py: a folder that scores alike elsewhere, with a model card, and that is refused once a file changes."""

import json
import shutil

import polars as pl
import pytest

from helpers_baseline import random_sequences
from helpers_genome import write_fasta


@pytest.mark.parametrize("name", ["cnn", "logistic_regression"])
def test_release__the_same_scores_elsewhere_and_digests_of_all_files(step, trained, tmp_path, refused, work, name):
    folder, out = trained(name), tmp_path / "release"
    made = step("make_release", "--model-dir", folder / "model", "--card", folder / "c.json", "--out", out)
    assert made.exit_code == 0, made.output
    elsewhere = shutil.move(out, tmp_path / "elsewhere")
    fasta = write_fasta(tmp_path / "x.fa", {"a": random_sequences(1, 60)[0]})
    scores = []
    for place in (folder / "model", elsewhere):
        result = step("predict", "--fasta", fasta, "--model-dir", place, "--out", work / "p.tsv")
        assert result.exit_code == 0, result.output
        scores.append((work / "p.tsv").read_bytes())
    assert scores[0] == scores[1]
    record = json.loads((elsewhere / "lncprom.json").read_text())
    assert set(record["files"]) == {path.name for path in elsewhere.iterdir()} - {"lncprom.json"}
    readme = (elsewhere / "README.md").read_text()
    assert readme.startswith("---\nlibrary_name: lncprom\n")
    assert json.loads((folder / "c.json").read_text())["inputs"]["dataset"]["sha256"] in readme
    (work / "p.tsv").unlink()
    weights = elsewhere / ("model.safetensors" if name == "cnn" else "model.json")
    weights.write_bytes(weights.read_bytes()[:-1] + b" ")
    result = step("predict", "--fasta", fasta, "--model-dir", elsewhere, "--out", work / "p.tsv")
    refused(result, f"elsewhere: {weights.name} has another digest than lncprom.json says", nothing_in=work)
    weights.unlink()
    result = step("predict", "--fasta", fasta, "--model-dir", elsewhere, "--out", work / "p.tsv")
    refused(result, f"elsewhere: {weights.name} is missing", nothing_in=work)


def test_metrics_of_the_model_and_its_baselines__on_the_card(step, trained, tmp_path, refused):
    folder = trained("logistic_regression")
    outputs = [
        word
        for option, name in (("out", "m.tsv"), ("curves", "r.tsv"), ("seeds-out", "s.tsv"), ("card", "e.json"))
        for word in (f"--{option}", tmp_path / name)
    ]
    given = ("--predictions", folder / "p.parquet", "--dataset", trained.data, "--name", "planted_60")
    result = step("evaluate", *given, *outputs)
    assert result.exit_code == 0, result.output
    given = ("--model-dir", folder / "model", "--card", folder / "c.json", "--out", tmp_path / "release")
    made = step("make_release", *given, "--metrics", tmp_path / "m.tsv", "--licence", "mit")
    assert made.exit_code == 0, made.output
    readme = (tmp_path / "release" / "README.md").read_text()
    assert "license: mit" in readme
    for model in ("logistic_regression", "majority"):
        assert f"| {model} | mcc |" in readme
    rows = pl.read_csv(tmp_path / "m.tsv", separator="\t").filter(pl.col("model") == "majority")
    rows.write_csv(tmp_path / "m.tsv", separator="\t")
    result = step("make_release", *given, "--metrics", tmp_path / "m.tsv")
    refused(result, "no row of logistic_regression for planted_60")
