"""Which of several settings is kept: planted differences, chance, and what is refused."""

import numpy as np
import polars as pl
import pytest

from lncprom.errors import InputError
from lncprom.evaluation import trials


def noisy(n_groups, size, shift, seed=0):
    """Losses of three trials with one standard deviation between samples, the third better by `shift`."""
    random = np.random.default_rng(seed)
    group = np.repeat(np.arange(n_groups), size)
    of_group = random.normal(0.6, 0.2, n_groups)[group]
    losses = {trial: of_group + random.normal(0, 0.2, len(group)) for trial in (1, 2, 3)}
    losses[3] = losses[3] - shift
    return losses, group


def test_a_planted_gain__kept_and_a_gain_within_the_noise__not():
    assert trials.choose(*noisy(100, 3, 0.2)).trial == 3
    kept = [trials.choose(*noisy(100, 3, 0.0, seed)).trial for seed in range(200)]
    assert kept.count(1) > 200 * 0.6  # each of two others exceeds one standard error in 16% of draws


def test_luck__the_mean_of_the_largest_of_so_many():
    draws = np.random.default_rng(2).normal(size=(100_000, 6))
    assert pytest.approx({m: draws[:, :m].max(axis=1).mean() for m in range(1, 7)}, abs=0.01) == trials._LUCK


def made(folder, fold="dev", missing=False):
    rows = pl.DataFrame({"sample_id": ["a", "b", "c"], "group": [None, "g", "g"], "fold": ["dev", "dev", "train"]})
    rows = rows.with_columns(label=1)
    found = pl.DataFrame({"sample_id": ["a", "b"][: 1 if missing else 2]}).with_columns(
        dataset=pl.lit("d"), model=pl.lit("m"), seed=1, label=1, fold=pl.lit(fold), probability=0.5
    )
    trials.predictions.write(found, folder / "t.parquet")
    return folder / "t.parquet", rows


def test_trials_of_two_files__losses_in_the_order_of_the_data_set(tmp_path):
    path, rows = made(tmp_path)
    losses, group = trials.read([path, path], [{}, {}], rows, "d.parquet")
    assert group.tolist() == ["a", "g"]
    assert losses[2] == pytest.approx([np.log(2)] * 2)


@pytest.mark.parametrize(
    ("change", "number", "said"),
    [
        ({"fold": "test"}, 1, "t.parquet: a trial with test samples. Train it with --trial."),
        ({"missing": True}, 1, "t.parquet: predicts 1 of 2 dev samples of d.parquet"),
        ({}, 2, "--trial: 2 settings for 1 files"),
    ],
)
def test_trials_that_say_nothing__refused(change, number, said, tmp_path):
    path, rows = made(tmp_path, **change)
    with pytest.raises(InputError, match=said):
        trials.read([path], [{}] * number, rows, "d.parquet")
