"""Probes: the minimum that scikit-learn finds, and the layer that carries the label."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from helpers_baseline import planted
from lncprom.errors import InputError
from lncprom.inference.probe import Probe
from lncprom.tables.embeddings import Embedded
from lncprom.training import probe

WIDTH = 12
ROWS = planted(240)


@pytest.fixture(scope="module")
def parts():
    """Noise in layer 0; in layer 1 the label along one direction, in other units and with a constant column."""
    values = np.random.default_rng(3).normal(size=(2, ROWS.height, WIDTH))
    values[1, :, 4] += 2 * ROWS["label"].to_numpy()
    values[1] = values[1] * np.arange(1, WIDTH + 1) + 5
    values[1, :, 0] = 7
    return [Embedded(layer, "mean", values[layer].astype(np.float16)) for layer in (0, 1)]


def trained(parts, rows=ROWS, grid=probe.C_GRID):
    given = [(rows["sample_id"].to_list(), part) for part in parts]
    return probe.run(rows, "d", "d.parquet", "p", 1, given, {"family": "dnabert"}, grid, print)


def test_probe__sklearn_s_regression_on_standardised_embeddings(parts):
    known = (ROWS["fold"] == "train").to_numpy()
    for c in (0.1, 10.0):
        peer = make_pipeline(StandardScaler(), LogisticRegression(C=c / WIDTH, tol=1e-10, max_iter=1000))
        values = parts[1].values.astype(float)
        peer.fit(values[known], ROWS["label"].to_numpy()[known])
        found = trained(parts[1:], grid=(c,)).predictions["probability"].to_numpy()
        np.testing.assert_allclose(found, peer.predict_proba(values)[:, 1], atol=2e-6)


def test_probe_of_targets__sklearn_s_ridge_in_the_unit_of_the_target(parts):
    rows = ROWS.with_columns(target=3.0 + pl.col("label") * 2 + pl.Series(np.random.default_rng(5).normal(size=240)))
    known, values = (rows["fold"] == "train").to_numpy(), parts[1].values.astype(float)
    peer = make_pipeline(StandardScaler(), Ridge(alpha=WIDTH, tol=1e-12))
    peer.fit(values[known], rows["target"].to_numpy()[known])
    done = trained(parts[1:], rows, grid=(1.0,))
    np.testing.assert_allclose(done.predictions["prediction"].to_numpy(), peer.predict(values), atol=1e-4)
    both = rows.with_columns(tissues=pl.lit([["a"]]).list.first(), tissue_targets=pl.concat_list(6 - pl.col("target")))
    several = trained(parts[1:], both, grid=(1.0,)).predictions
    tissue = several["tissue_predictions"].list.first()
    np.testing.assert_allclose(tissue, 6 - done.predictions["prediction"], atol=1e-4)
    assert done.probe.scale.sd == rows.filter(fold="train")["target"].std(ddof=0)


def test_the_label_in_layer_1__chosen_and_every_trial_on_the_card(parts, tmp_path):
    done = trained(parts)
    assert (done.counts["layer"], done.counts["pooling"]) == (1, "mean")
    assert len(done.counts["tried"]) == 2 * len(probe.C_GRID)
    best = min(done.counts["tried"], key=lambda tried: tried["dev_log_loss"])
    assert (best["layer"], best["c"]) == (1, done.counts["c"])
    right = ((done.predictions["probability"] > 0.5) == (done.predictions["label"] == 1)).mean()
    assert right > 0.75
    done.probe.save(tmp_path / "probe.json")
    again = expit(Probe.load(tmp_path).score(parts[1].values.astype(float)))
    assert again.tolist() == done.predictions["probability"].to_list()


def test_embeddings_of_other_samples__refused(parts):
    with pytest.raises(InputError, match=r"d\.parquet: the embeddings are of other samples"):
        probe.run(ROWS, "d", "d.parquet", "p", 1, [(["x"], parts[0])], {}, probe.C_GRID, print)
