"""Windows and seqlets: the best places of a sequence, and those that they are held against."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from helpers_motifs import explained, promoters
from lncprom.errors import InputError
from lncprom.genome.bases import UNKNOWN
from lncprom.motifs import seqlets, sequences_and_scores
from lncprom.tables import importance


@pytest.fixture(scope="module")
def noise():
    chance = np.random.default_rng(0)
    return chance.integers(0, 4, (50, 120)).astype(np.uint8), chance.normal(size=(50, 120))


def test_windows__are_the_best_by_brute_force_and_apart(noise):
    codes, given = noise
    found = seqlets.best(codes, given)
    for row in range(len(codes)):
        means = np.array([given[row, at : at + 9].mean() for at in range(112)])
        first = means.argmax()
        means[max(0, first - 14) : first + 15] = -np.inf
        assert sorted(found.start[found.row == row]) == sorted([first, means.argmax()])


def test_unseen_base_or_n__no_window_over_it(noise):
    codes, given = noise[0].copy(), noise[1].copy()
    codes[:, 40:43], given[:, 70] = UNKNOWN, np.nan
    found = seqlets.best(codes, given)
    assert found.size == 100
    for bad in (40, 41, 42, 70):
        assert not ((found.start <= bad) & (bad < found.end)).any()


def test_elsewhere__same_places_in_other_sequences(noise):
    codes, given = noise
    found = seqlets.best(codes, given)
    rows = np.arange(0, 50, 2)
    mine = seqlets.Windows(*(part[np.isin(found.row, rows)] for part in found))
    other = seqlets.elsewhere(mine, codes, rows, np.random.default_rng(1))
    assert (other.start == mine.start).all()
    assert (other.row != mine.row).all()
    assert np.isin(other.row, rows).all()


def test_nearby__15_to_60_bases_away_inside_the_same_sequence(noise):
    codes, given = noise
    found = seqlets.best(codes, given)
    beside = seqlets.nearby(found, codes, np.random.default_rng(1))
    assert beside.size > 0.8 * found.size
    assert ((beside.start >= 0) & (beside.end <= 120)).all()
    starts = {row: found.start[found.row == row] for row in range(50)}
    for row, start in zip(beside.row, beside.start, strict=True):
        assert ((np.abs(starts[row] - start) >= 15) & (np.abs(starts[row] - start) <= 60)).any()


@pytest.mark.full  # tangermeme compiles for a minute
def test_seqlets__on_the_planted_bases_and_none_in_noise():
    rows, truth = promoters(60)
    codes = sequences_and_scores.of_dataset(rows)[0]
    chance = np.random.default_rng(1)
    given = truth + 0.3 * chance.normal(size=truth.shape)
    positive = rows["label"].to_numpy() == 1
    found = seqlets.recursive(codes[positive], given[positive], given[~positive], 0.05)
    on = [truth[positive][row, start:end].mean() for row, start, end in zip(*found[:3], strict=True)]
    assert found.size > 60
    assert np.mean(on) > 0.75
    gaps = found.start[1:] - found.end[:-1]
    assert (gaps[found.row[1:] == found.row[:-1]] > 3).all()
    pure = chance.normal(size=truth.shape)
    assert seqlets.recursive(codes[positive], pure[positive], pure[~positive], 0.05).size == 0
    assert seqlets.recursive(codes[positive], 0 * pure[positive], 0 * pure[~positive], 0.05).size == 0


def write(tmp_path, *tables: pl.DataFrame) -> list:
    paths = [tmp_path / f"{at}.parquet" for at in range(len(tables))]
    for table, path in zip(tables, paths, strict=True):
        importance.write(table, path)
    return paths


def read(paths: list, rows: pl.DataFrame, method: str = "auto") -> sequences_and_scores.Scored:
    return sequences_and_scores.read(paths, rows, "d", "m", method, "d.parquet")


def test_seeds__each_scaled_to_mean_size_one_then_averaged(tmp_path):
    rows, truth = promoters(5)
    first, second = explained(rows, truth, seed=1), explained(rows, truth, seed=2)
    loud = second.with_columns(pl.col("score") * 1000)
    found = read(write(tmp_path, first, loud), rows)
    assert found.seeds == {"": [1, 2], "random_init": [1, 2]}
    assert (found.first, found.tss_known, found.method) == (-249, True, "integrated_gradients")
    parts = [part.filter(pl.col("control") == "")["score"].to_numpy().reshape(10, 300) for part in (first, second)]
    expected = sum(part / np.abs(part).mean() for part in parts) / 2
    assert found.scores[""] == pytest.approx(expected, abs=1e-5)
    again = read(write(tmp_path, loud.reverse(), first.sample(fraction=1, shuffle=True)), rows)
    assert (again.scores[""] == found.scores[""]).all()


def test_sequences_of_unequal_length__laid_on_their_last_base():
    rows = promoters(1)[0].with_columns(
        pl.lit(None, pl.Int32).alias("tss_index"), pl.Series("sequence", ["ACGTA", "GTN"])
    )
    codes, first, known = sequences_and_scores.of_dataset(rows)
    assert (codes.tolist(), first, known) == ([[0, 1, 2, 3, 0], [4, 4, 2, 3, 4]], -4, False)


def test_method_that_is_not_there__the_ones_there_are(tmp_path):
    rows, truth = promoters(2)
    paths = write(tmp_path, explained(rows, truth, method="attention"))
    with pytest.raises(InputError, match=r"--method occlusion: 0\.parquet has no scores by it. Choose from: attention"):
        read(paths, rows, "occlusion")
    assert read(paths, rows).method == "attention"
