"""Means by position and shares near the TSS, against numbers that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

import helpers_importance as made
from lncprom.profiles import correlation, heatmap, means
from lncprom.profiles import score_matrix as scored_tables
from lncprom.profiles.score_matrix import Scored
from lncprom.tables import importance

SETTINGS = means.Settings(bootstrap=400, seed=1, region=2)


def scored(by_seed: dict[int, list[list[float]]], label: list[int], first: int = -4, **controls) -> Scored:
    """One method, occlusion, on samples s0, s1, ..., each a group of its own."""
    matrices = {seed: np.array(rows, np.float32) for seed, rows in by_seed.items()}
    width = next(iter(matrices.values())).shape[1]
    samples = pl.DataFrame(
        {"sample_id": [f"s{at}" for at in range(len(label))], "label": label},
        schema={"sample_id": pl.String, "label": pl.Int8},
    ).with_columns(pl.col("sample_id").alias("group"))
    others = {(name, "occlusion"): {1: np.array(rows, np.float32)} for name, rows in controls.items()}
    return Scored(samples, np.arange(first, first + width), True, {("", "occlusion"): matrices} | others)


def test_share__of_absolute_scores_in_the_region_averaged_over_promoters():
    nan = float("nan")
    rows = [[1, -1, 3, -3, 0], [nan, 2, 2, 4, 0], [1, 1, 1, 1, 0]]
    table = means.shares_table(scored({1: rows}, [1, 1, 0]), SETTINGS)
    assert table["region"].unique().to_list() == ["-2..-1"]
    value = {(row["label"], row["scope"]): row for row in table.iter_rows(named=True)}
    one = value[1, "window"]
    assert one["n"] == 2
    assert one["share"] == pytest.approx((6 / 8 + 6 / 8) / 2)
    assert one["length_share"] == pytest.approx((2 / 5 + 2 / 4) / 2)
    assert value[1, "upstream"]["length_share"] == pytest.approx((2 / 4 + 2 / 3) / 2, abs=1e-6)
    assert value[0, "window"]["share"] == pytest.approx(0.5)
    assert value[0, "window"]["ci_low"] is None, "one promoter says nothing about the spread"


def test_share_over_seeds__a_row_without_seed_and_one_for_each():
    by_seed = {1: [[1, 1, 1, 1], [1, 1, 1, 1]], 7: [[0, 0, 1, 1], [1, 1, 1, 1]]}
    table = means.shares_table(scored(by_seed, [1, 0]), SETTINGS).filter(
        (pl.col("label") == 1) & (pl.col("scope") == "window")
    )
    assert table.select("seed", "share").rows() == [(None, 0.75), (1, 0.5), (7, 1.0)]


def test_region_that_the_model_never_saw__no_share_rather_than_none_of_it():
    rows = [[1, 1, np.nan, np.nan], [1, 1, np.nan, np.nan]]
    table = means.shares_table(scored({1: rows}, [1, 0]), SETTINGS)
    assert table["n"].to_list() == [0, 0, 0, 0]
    assert table["share"].null_count() == 4


def test_interval__that_of_the_mean_over_groups():
    draw = np.random.default_rng(0)
    values = draw.normal(3, 1, (400, 1))
    made = means.curve([values], np.arange(400), means.Settings(2000), "x")
    half = 1.96 * values.std() / 20
    assert made.mean[0] == pytest.approx(values.mean())
    assert made.low[0] == pytest.approx(values.mean() - half, abs=0.02)
    assert made.high[0] == pytest.approx(values.mean() + half, abs=0.02)


def test_interval_of_copies_in_one_group__as_wide_as_without_the_copies():
    values = np.random.default_rng(0).normal(3, 1, (50, 1))
    once = means.curve([values], np.arange(50), SETTINGS, "x")
    copied = means.curve([np.repeat(values, 4, axis=0)], np.repeat(np.arange(50), 4), SETTINGS, "x")
    assert copied.low[0] == pytest.approx(once.low[0])
    assert copied.high[0] == pytest.approx(once.high[0])
    assert copied.n[0] == 200


def test_seeds_that_differ__widen_the_interval():
    values = np.random.default_rng(0).normal(0, 1, (50, 1))
    alike = means.curve([values, values], np.arange(50), SETTINGS, "x")
    apart = means.curve([values - 2, values + 2], np.arange(50), SETTINGS, "x")
    assert apart.mean[0] == pytest.approx(alike.mean[0])
    assert apart.high[0] - apart.low[0] > 2 * (alike.high[0] - alike.low[0])


def test_profile_table__the_mean_by_position_and_how_many_saw_it(tmp_path):
    nan = float("nan")
    found = scored({1: [[nan, 2, -4], [1, 4, -2], [5, 5, 5]]}, [1, 1, 0], -2)
    table = means.table(means.means(found, SETTINGS), found)
    table = table.filter(pl.col("label") == 1)
    assert table["position"].to_list() == [-2, -1, 0]
    assert table["n"].to_list() == [1, 2, 2]
    assert table["mean"].to_list() == [1, 3, -3]
    assert table["share"].to_list() == pytest.approx([1 / 7, (2 / 6 + 4 / 7) / 2, (4 / 6 + 2 / 7) / 2], abs=1e-6)


def test_planted_motif__positives_peak_where_it_is_negatives_nowhere(tmp_path):
    rows = made.samples(12)
    importance.write(made.scores(rows, ("occlusion",)), tmp_path / "i.parquet")
    found = scored_tables.read([tmp_path / "i.parquet"], rows, made.NAME, made.MODEL, "d")
    table = means.table(means.means(found, SETTINGS), found)
    peak = {row["label"]: row for row in table.sort("share").iter_rows(named=True)}
    assert abs(peak[1]["position"] - made.MOTIF) <= 18
    assert peak[1]["share_low"] > 1 / made.LENGTH
    assert peak[0]["share"] < 3 / made.LENGTH < peak[1]["share"]


def test_rank_correlation_by_row__that_of_scipy_on_what_both_saw():
    draw = np.random.default_rng(1)
    one, two = draw.normal(size=(4, 30)), draw.normal(size=(4, 30))
    one[0, :5], two[1, 3] = np.nan, np.nan
    found = correlation.by_row(correlation.ranked(one), correlation.ranked(one * 2))
    assert found == pytest.approx(np.ones(4))
    found = correlation.by_row(correlation.ranked(one[2:]), correlation.ranked(two[2:]))
    expected = [stats.spearmanr(np.abs(a), np.abs(b)).statistic for a, b in zip(one[2:], two[2:], strict=True)]
    assert found == pytest.approx(expected)
    assert np.isnan(correlation.by_row(np.ones((1, 5)), np.arange(5.0)[None])).all()
    rows = np.array([[1.0, np.nan], [3.0, 4.0], [5.0, 6.0]])
    assert correlation.others_mean(rows) == pytest.approx(np.array([[4, 5], [3, 6], [2, 4]]))


def test_order_by_cluster__promoters_with_the_same_peak_side_by_side():
    matrix = np.zeros((8, 60))
    for row in range(8):
        at = (5, 35)[row % 2]
        matrix[row, at : at + 6] = 1 + row
    rows = heatmap.by_cluster(matrix)
    assert sorted(rows.tolist()) == list(range(8))
    assert len({row % 2 for row in rows[:4]}) == 1


def test_thinned__means_of_neighbours_and_gaps_only_where_all_are_unseen():
    matrix = np.array([[1, 3, np.nan, np.nan, np.nan, 7.0]])
    thin = heatmap.thin(matrix, 3, 1)
    assert thin[0, 0] == 2
    assert np.isnan(thin[0, 1])
    assert thin[0, 2] == 7


def test_block__how_many_bases_share_a_score():
    assert heatmap.block(np.arange(1.0, 13)[None]) == 1
    assert heatmap.block(np.repeat(np.arange(1.0, 9), 6)[None]) == 6
    assert heatmap.block(np.zeros((2, 9))) == 1
