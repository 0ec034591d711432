"""audit_leaks from the shell: three tables and a card; too many leaks, a data set without folds."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from lncprom.datasets import sequences
from lncprom.tables import dataset
from lncprom.tables.leaks import HOMOLOGY, LEAKS, PAIRS


@pytest.fixture
def audit(step, work):
    """A data set of 200 train, 20 dev and 20 test sequences of 200 bp, the first five of test copies of train; call."""
    letters = np.random.default_rng(1).choice(np.frombuffer(b"ACGT", np.uint8), (240, 200))
    letters[220:225] = letters[:5]
    columns = {"fold": ["train"] * 200 + ["dev"] * 20 + ["test"] * 20, "label": [0, 1] * 120, "task": "t"}
    rows = pl.DataFrame(columns | {"sequence": sequences.to_strings(letters), "transform": "none"})
    rows = rows.with_columns(sample_id=pl.format("s{}", pl.int_range(pl.len())))
    rows = pl.concat([dataset.TABLE.empty().drop("folds"), rows], how="diagonal_relaxed")

    def call(*options, rows=rows):
        dataset.write(rows, work.parent / "d.parquet")
        outputs = ("--out", work / "l.tsv", "--pairs", work / "p.tsv", "--homology", work / "h.parquet")
        given = ("--dataset", work.parent / "d.parquet", "--name", "d", *outputs, "--card", work / "c.json")
        return step("audit_leaks", *given, *options)

    call.rows = rows
    return call


def test_five_copies_of_twenty__in_the_tables_and_the_card(audit, work):
    result = audit("--max-leakage", 0.25)
    assert result.exit_code == 0, result.output
    assert "5 of 20 test samples leak from train (5 exact, 5 near)" in result.stderr
    leaks = LEAKS.read(work / "l.tsv").filter(pl.col("fold") == "test", pl.col("measure") == "identity")
    assert dict(leaks.select("level", "samples").rows())[">=1.0"] == 5
    assert sorted(PAIRS.read(work / "p.tsv")["train_id"]) == [f"s{number}" for number in range(5)]
    nearest = HOMOLOGY.read(work / "h.parquet").filter(pl.col("leak").is_not_null())
    assert nearest.select("sample_id", "nearest").rows() == [(f"s{220 + number}", f"s{number}") for number in range(5)]
    assert set(nearest["leak"]) == {"exact,near"}
    assert set(nearest["best_score"]) == {200}
    card = json.loads((work / "c.json").read_text())
    assert (card["dataset"], card["counts"]["k"], card["counts"]["planted"]["sequences"]) == ("d", 10, 200)


def test_more_leaks_than_allowed__one_line_with_number_and_remedy(audit, refused):
    words = ("d.parquet: 5 of 20 test samples leak from train (5 exact, 5 near), limit 10.0%", "--max-leakage")
    refused(audit("--max-leakage", 0.1), *words)


def test_copies_in_test_of_the_second_split_alone__counted_by_split_and_refused(audit, refused, work):
    swapped = pl.col("fold").replace({"dev": "test", "test": "dev"})
    rows = audit.rows.with_columns(fold=swapped, folds=pl.concat_list(swapped, "fold"))
    refused(
        audit("--max-leakage", 0.1, rows=rows), "d.parquet: 5 of 20 test samples of split 2 leak from train (5 exact"
    )
    leaks = LEAKS.read(work / "l.tsv").filter(pl.col("level") == "exact").select("split", "fold", "samples").rows()
    assert leaks == [(1, "dev", 5), (1, "test", 0), (2, "dev", 0), (2, "test", 5)]
    nearest = HOMOLOGY.read(work / "h.parquet").filter(pl.col("best_score") == 200)
    assert nearest.group_by("split", "fold").len().sort("split").rows() == [(1, "dev", 5), (2, "test", 5)]


def test_no_folds__one_line(audit, refused, work):
    without = audit.rows.with_columns(fold=pl.lit(None, dtype=pl.String))
    refused(audit(rows=without), "d.parquet, s0: 240 samples have no fold", nothing_in=work)
