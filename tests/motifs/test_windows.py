"""Windows and seqlets: the best places of a sequence, and those that they are held against."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from helpers_motifs import explained, promoters
from lncprom.errors import InputError
from lncprom.motifs import seqlets, sequences_and_scores
from lncprom.tables import importance


@pytest.fixture(scope="module")
def noise():
    chance = np.random.default_rng(0)
    return chance.integers(0, 4, (50, 120)).astype(np.uint8), chance.normal(size=(50, 120))


def test_two_peaks__two_windows_on_them(noise):
    codes = noise[0][:1]
    given = np.zeros((1, 120))
    given[0, 20:29], given[0, 80:89] = 1, 2
    found = seqlets.best(codes, given)
    assert (found.start.tolist(), found.end.tolist()) == ([20, 80], [29, 89])
    assert found.score.tolist() == pytest.approx([1, 2])


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
    codes[:, 40:43], given[:, 70] = sequences_and_scores.UNKNOWN, np.nan
    found = seqlets.best(codes, given)
    assert found.size == 100
    for bad in (40, 41, 42, 70):
        assert not ((found.start <= bad) & (bad < found.end)).any()


def test_nothing_above_zero__no_window(noise):
    assert seqlets.best(noise[0], -np.abs(noise[1])).size == 0


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


def test_seeds__each_scaled_to_mean_size_one_then_averaged(tmp_path):
    rows, truth = promoters(5)
    first, second = explained(rows, truth, seed=1), explained(rows, truth, seed=2)
    loud = second.with_columns(pl.col("score") * 1000)
    read = sequences_and_scores.read(write(tmp_path, first, loud), rows, "d", "m", "auto")
    assert read.seeds == {"": [1, 2], "random_init": [1, 2]}
    assert (read.first, read.tss_known, read.method) == (-249, True, "integrated_gradients")
    parts = [part.filter(pl.col("control") == "")["score"].to_numpy().reshape(10, 300) for part in (first, second)]
    expected = sum(part / np.abs(part).mean() for part in parts) / 2
    assert read.scores[""] == pytest.approx(expected, abs=1e-5)
    again = sequences_and_scores.read(
        write(tmp_path, loud.reverse(), first.sample(fraction=1, shuffle=True)), rows, "d", "m", "auto"
    )
    assert (again.scores[""] == read.scores[""]).all()


def test_unseen_bases__stay_unseen(tmp_path):
    rows, truth = promoters(3)
    table = explained(rows, truth)
    table = table.with_columns(pl.when(pl.col("position") < -200).then(None).otherwise(pl.col("score")).alias("score"))
    read = sequences_and_scores.read(write(tmp_path, table), rows, "d", "m", "auto")
    assert np.isnan(read.scores[""][:, :49]).all()
    assert not np.isnan(read.scores[""][:, 49:]).any()


def test_sequences_of_unequal_length__laid_on_their_last_base():
    rows = promoters(1)[0].with_columns(
        pl.lit(None, pl.Int32).alias("tss_index"), pl.Series("sequence", ["ACGTA", "GTN"])
    )
    codes, first, known = sequences_and_scores.of_dataset(rows)
    assert (codes.tolist(), first, known) == ([[0, 1, 2, 3, 0], [4, 4, 2, 3, 4]], -4, False)
    one = rows.with_columns(pl.Series("tss_index", [2, None], pl.Int32))
    codes, first, known = sequences_and_scores.of_dataset(one)
    assert (codes.tolist(), first, known) == ([[0, 1, 2, 3, 0], [2, 3, 4, 4, 4]], -2, False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dataset": "other"}, "of dataset 'other', not of 'd'"),
        ({"model": "other"}, "of model 'other', not of 'm'"),
        ({"sample_id": "nobody"}, "sample nobody is not in the data set d"),
        ({"label": 1}, "has another label in the data set"),
        ({"control": "random_init"}, "only controls"),
    ],
)
def test_table_of_something_else__refused_by_its_name(tmp_path, change, words):
    rows, truth = promoters(2)
    table = explained(rows, truth, controls={"": 1.0})
    if "sample_id" in change:
        table = table.filter(pl.col("sample_id") == rows["sample_id"][0])
    table = table.with_columns(pl.lit(value).cast(table.schema[name]).alias(name) for name, value in change.items())
    with pytest.raises(InputError, match=r"0\.parquet") as fault:
        sequences_and_scores.read(write(tmp_path, table), rows, "d", "m", "auto")
    assert words in fault.value.message


def test_data_set_of_another_length__refused_with_a_sample_and_both_counts(tmp_path):
    rows, truth = promoters(2)
    paths = write(tmp_path, explained(rows, truth))
    longer = rows.with_columns(pl.col("sequence") + "ACGT")
    with pytest.raises(InputError, match="has 300 positions, its sequence 304 bases"):
        sequences_and_scores.read(paths, longer, "d", "m", "auto")
    shorter = rows.with_columns(pl.col("sequence").str.slice(0, 290))
    with pytest.raises(InputError, match="which its sequence does not reach"):
        sequences_and_scores.read(paths, shorter, "d", "m", "auto")


def test_method_that_is_not_there__the_ones_there_are(tmp_path):
    rows, truth = promoters(2)
    paths = write(tmp_path, explained(rows, truth, method="attention"))
    with pytest.raises(InputError, match=r"--method occlusion: 0\.parquet has none of it. Choose from: attention"):
        sequences_and_scores.read(paths, rows, "d", "m", "occlusion")
    assert sequences_and_scores.read(paths, rows, "d", "m", "auto").method == "attention"


def test_one_class_only__named_as_empty(tmp_path):
    rows, truth = promoters(2)
    table = explained(rows, truth).filter(pl.col("label") == 1)
    with pytest.raises(InputError, match="no sample of the negative class"):
        sequences_and_scores.read(write(tmp_path, table), rows, "d", "m", "auto")


def test_same_table_twice__refused(tmp_path):
    rows, truth = promoters(2)
    table = explained(rows, truth)
    with pytest.raises(InputError, match=r"1\.parquet: seed 1 of 0\.parquet once more"):
        sequences_and_scores.read(write(tmp_path, table, table), rows, "d", "m", "auto")
