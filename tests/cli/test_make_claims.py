"""make_claims.py from the shell: comparisons of two data sets become claims, or one line and nothing."""

import json

import polars as pl

from helpers_baseline import planted
from helpers_predictions import predicted
from lncprom.tables import dataset, predictions


def compared(step, folder, *names: str) -> list:
    """Options that give the comparisons of data sets in which `good` of three seeds and a baseline predict."""
    for name in names:
        rows = planted(600, seed=len(name))
        at = {kind: folder / f"{name}.{kind}" for kind in ("parquet", "tsv", "json")}
        dataset.write(rows, at["parquet"])
        given = []
        for model, seed, noise in (("good", 1, 0.1), ("good", 2, 0.1), ("good", 3, 0.1), ("gc_cpg", 1, 0.6)):
            path = folder / f"{name}.{model}.{seed}.parquet"
            predictions.write(predicted(rows, model, seed, noise, name), path)
            given += ["--predictions", path]
        given += ["--dataset", at["parquet"], "--name", name, "--permutations", 0]
        result = step("compare_models", *given, "--out", at["tsv"], "--card", at["json"])
        assert result.exit_code == 0, result.output
    return [word for name in names for word in ("--comparisons", folder / f"{name}.tsv")]


def call(step, work, *given):
    return step("make_claims", *given, "--out", work / "claims.tsv", "--card", work / "claims.json")


def test_two_data_sets__one_claim_each_and_p_adjusted_for_both(step, tmp_path, work):
    given = compared(step, tmp_path, "d", "other")
    result = call(step, work, *given, "--upstream", tmp_path / "d.json")
    assert result.exit_code == 0, result.output
    found = pl.read_csv(work / "claims.tsv", separator="\t")
    assert found.select("dataset", "contrast", "model_a", "model_b", "metric", "splits", "verdict").rows() == [
        (name, "rung", "good", "gc_cpg", "mcc", 1, "better") for name in ("d", "other")
    ]
    p, adjusted = found["p_value"].sort(), found["p_holm"].sort()
    assert adjusted[0] == 2 * p[0]
    assert adjusted[1] == max(p[1], 2 * p[0])
    assert all(sentence in result.stderr for sentence in found["sentence"])
    card = json.loads((work / "claims.json").read_text())
    assert card["step"] == "make_claims"
    assert card["counts"] == {
        "contrasts": 2, "judged": 2, "better": 2, "worse": 0, "no difference shown": 0, "not enough evidence": 0,
    }  # fmt: skip
    assert list(card["inputs"]) == ["comparisons d.tsv", "comparisons other.tsv"]
    bytes_ = (work / "claims.tsv").read_bytes()
    assert call(step, work, *given[2:], *given[:2]).exit_code == 0
    assert (work / "claims.tsv").read_bytes() == bytes_


def test_another_table_or_the_same_twice__one_line_and_nothing_left(step, refused, tmp_path, work):
    given = compared(step, tmp_path, "d")
    refused(call(step, work, *given, *given), "d.tsv: good against gc_cpg on d is given twice", nothing_in=work)
    (tmp_path / "d.tsv").write_text("dataset\tmodel\n")
    refused(call(step, work, *given), "d.tsv: no column task", "compare_models", nothing_in=work)
