"""Importance tables against the data set they must be of: matrices in one order, or a refusal that names the record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import helpers_importance as made
from lncprom.errors import InputError
from lncprom.profiles import score_matrix
from lncprom.tables import importance


def write(folder: Path, rows: pl.DataFrame, name: str = "i.parquet") -> Path:
    importance.write(rows, folder / name)
    return folder / name


def read(paths: list[Path], rows: pl.DataFrame) -> score_matrix.Scored:
    return score_matrix.read(paths, rows, made.NAME, made.MODEL, "d.parquet")


def test_rows_in_any_order__the_matrix_of_samples_by_name_and_positions_ascending(tmp_path):
    rows = made.samples(3)
    table = made.scores(rows, ("attention",))
    found = read([write(tmp_path, table.sample(fraction=1, shuffle=True, seed=3))], rows.reverse())
    assert found.samples["sample_id"].to_list() == ["n00", "n01", "n02", "p00", "p01", "p02"]
    assert found.label.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.position.tolist() == list(range(-100, 20))
    one = table.filter((pl.col("sample_id") == "p01") & (pl.col("position") == -42))["score"][0]
    assert found.of("attention")[1][4, 58] == np.float32(one)
    assert found.group.tolist() == [0, 0, 1, 2, 2, 3]


def test_two_seeds__their_mean_over_those_that_saw_the_base(tmp_path):
    rows = made.samples(2)
    one, two = made.scores(rows, ("occlusion",), 1), made.scores(rows, ("occlusion",), 2, unseen=10)
    found = read([write(tmp_path, one, "a.parquet"), write(tmp_path, two, "b.parquet")], rows)
    first, second = found.of("occlusion").values()
    assert np.array_equal(found.mean("occlusion")[:, :10], first[:, :10].astype(np.float64))
    assert np.allclose(found.mean("occlusion")[:, 10:], (first[:, 10:] + second[:, 10:]) / 2)


def test_seeds_that_scored_other_samples__the_union_with_gaps(tmp_path):
    rows = made.samples(3)
    one = made.scores(rows.filter(pl.col("sample_id") != "p00"), ("ism",), 1)
    two = made.scores(rows.filter(pl.col("sample_id") != "n02"), ("ism",), 2)
    found = read([write(tmp_path, one, "a.parquet"), write(tmp_path, two, "b.parquet")], rows)
    assert found.samples.height == 6
    assert np.isnan(found.of("ism")[1][3]).all()
    assert np.isnan(found.of("ism")[2][2]).all()
    assert np.isfinite(found.mean("ism")).all()


def test_sequences_of_two_lengths_without_a_tss__aligned_at_their_last_base(tmp_path):
    rows = made.samples(2).with_columns(pl.lit(None, pl.Int32).alias("tss_index"))
    rows = rows.with_columns(
        pl.when(pl.col("sample_id") == "p00").then(pl.col("sequence").str.slice(0, 50)).otherwise("sequence")
    )
    found = read([write(tmp_path, made.scores(rows, ("occlusion",)))], rows)
    assert not found.tss_known
    assert (found.position[0], found.position[-1]) == (-119, 0)
    short = found.of("occlusion")[1][found.samples["sample_id"].to_list().index("p00")]
    assert np.isnan(short[:70]).all()
    assert np.isfinite(short[70:]).all()


def label_of_p00(rows):
    return rows.with_columns(pl.when(pl.col("sample_id") == "p00").then(0).otherwise("label").alias("label"))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda t: t.with_columns(pl.lit("other").alias("dataset")),
            ["importance of the data set other, not made_120"],
        ),
        (lambda t: t.with_columns(pl.lit("cnn").alias("model")), ["importance of the model cnn, not dnabert_6"]),
        (lambda t: t.with_columns(pl.col("sample_id").replace("p01", "q")), ["i.parquet, q: no such sample in d.parq"]),
        (label_of_p00, ["i.parquet, p00: label 0 here, 1 in d.parquet"]),
        (lambda t: t.with_columns(pl.col("position") + 1), ["n00: 120 scores from -99 to 20, not one for each base"]),
        (lambda t: t.filter(pl.col("position") < 19), ["n00: 119 scores from -100 to 18"]),
        (lambda t: t.filter(pl.col("position") != -7), ["n00: 119 scores from -100 to 19"]),
        (lambda t: t.filter(pl.col("label") == 1), ["no sample of class 0 among the 3 scored"]),
        (lambda t: t.filter(pl.col("label") == 0), ["no sample of class 1 among the 3 scored"]),
        (lambda t: t.with_columns(pl.lit("random_init").alias("control")), ["holds controls only"]),
        (lambda t: t.clear(), ["i.parquet: no scores in it"]),
    ],
)
def test_table_of_something_else__refused_by_file_and_record(tmp_path, spoil, words):
    rows = made.samples(3)
    path = write(tmp_path, spoil(made.scores(rows, ("attention",))))
    with pytest.raises(InputError) as fault:
        read([path], rows)
    for word in words:
        assert word in fault.value.message


def test_base_scored_twice__refused_though_another_is_left_out(tmp_path):
    rows = made.samples(2)
    table = made.scores(rows, ("attention",)).with_columns(pl.col("position").replace(-7, -8))
    importance.TABLE._replace(key=()).write(table, tmp_path / "i.parquet")
    with pytest.raises(InputError, match=r"i.parquet, n00: 120 scores from -100 to 19, not one for each base"):
        read([tmp_path / "i.parquet"], rows)


def test_table_of_many_batches__the_same_matrix(tmp_path, monkeypatch):
    rows = made.samples(4)
    path = write(tmp_path, made.scores(rows, ("attention", "ism")))
    whole = read([path], rows)
    batches = importance.batches
    monkeypatch.setattr(importance, "batches", lambda path: batches(path, 77))
    parts = read([path], rows)
    for method in ("attention", "ism"):
        assert np.array_equal(parts.of(method)[1], whole.of(method)[1])


def test_seed_given_twice__both_files_named(tmp_path):
    rows = made.samples(2)
    table = made.scores(rows, ("attention",))
    with pytest.raises(InputError, match=r"b.parquet: attention with seed 1 is also in a.parquet"):
        read([write(tmp_path, table, "b.parquet"), write(tmp_path, table, "a.parquet")], rows)


def test_tss_in_some_samples_only__refused(tmp_path):
    rows = made.samples(2)
    path = write(tmp_path, made.scores(rows, ("attention",)))
    half = rows.with_columns(pl.when(pl.col("sample_id") == "p00").then(None).otherwise("tss_index").alias("tss_index"))
    with pytest.raises(InputError, match=r"d.parquet, p00: has no tss_index, others have"):
        read([path], half)
