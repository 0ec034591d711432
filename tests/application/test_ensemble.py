"""Models at work together: what predict.py gives, calibrated as in training, compared with the training samples."""

import json
import shutil
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from helpers_trained import TSS
from lncprom.application import ensemble, record
from lncprom.errors import InputError
from lncprom.tables import dataset, predictions

CPU = {"precision": "fp32", "device": "cpu", "require_gpu": False, "threads": 1}


def opened(*folders, checkpoints=()):
    return ensemble.open_models(folders, checkpoints, 16, CPU, lambda line: None)


def test_two_kinds_of_models__logits_and_calibrated_probabilities_of_training(trained):
    folders = [trained(name) / "model" for name in ("position_ladder", "cnn")]
    found, rows = opened(*folders), dataset.read(trained.data).sort("sample_id")
    assert (found.names, found.length, found.tss_index) == (("model.1", "model.2"), 60, TSS)
    logits = found.logits(rows["sample_id"], rows["sequence"])
    calibrated = found.calibrated(logits)
    for member, folder in enumerate(folders):
        known = predictions.read(folder.parent / "p.parquet").filter(
            pl.col("model").is_in(["logistic_regression", "cnn"])
        )
        own = rows.join(known, on="sample_id", maintain_order="left")
        assert np.abs(expit(logits[member]) - own["probability"].to_numpy()).max() < 1e-6
        assert np.abs(calibrated[member] - own["probability_calibrated"].to_numpy()).max() < 1e-5


def test_percentile_of_a_training_sample__the_share_of_its_class_below(trained):
    found, rows = opened(trained("position_ladder") / "model"), dataset.read(trained.data)
    train = rows.filter(fold="train", label=1)
    logits = found.logits(train["sample_id"], train["sequence"])
    expected = 100 * np.argsort(np.argsort(logits[0])) / (train.height - 1)
    assert np.abs(found.percentiles(logits, 1)[0] - expected).max() < 1.5
    assert found.percentiles(logits + 1e6, 0).min() == 100


def test_composition__gc_cpg_n_and_kmers_by_hand():
    found = record.composition(["ACGTACGT", "NNCC", "CGCGCG"])
    assert found.gc.tolist() == [0.5, 1, 1]
    assert found.cpg.tolist() == [4, 0, 2]
    assert found.n_share.tolist() == [0, 0.5, 0]
    assert found.kmers.sum(axis=1).tolist() == [1, 0, 1]
    assert found.kmers[0].max() == 2 / 5  # ACGT twice among five
    assert found.distance(found.kmers[0])[[0, 2]].tolist() == [0, 1]


def test_model_without_a_record__scores_alone(trained, tmp_path):
    folder = shutil.copytree(trained("position_ladder") / "model", tmp_path / "old.model")
    (folder / record.FILE).unlink()
    notes = []
    found = ensemble.open_models([folder], [], 16, CPU, notes.append)
    logits = found.logits(["a"], ["ACGT" * 15])
    assert np.isfinite(logits).all()
    assert np.isnan(found.calibrated(logits)).all()
    assert found.length == 60
    assert notes[-1].startswith("note: old: no application.json")


def test_models_that_do_not_go_together__refused(trained, tmp_path):
    folder = shutil.copytree(trained("position_ladder") / "model", tmp_path / "other.model")
    about = json.loads((folder / record.FILE).read_text())
    for change, words in ({"task": "x"}, "of the task x"), ({"lengths": [9, 9]}, "windows of"):
        record.write(about | change, folder / record.FILE)
        with pytest.raises(InputError, match=words):
            opened(trained("position_ladder") / "model", folder)
    (folder / record.FILE).write_text("{")
    with pytest.raises(InputError, match=r"application\.json: damaged"):
        opened(folder)
    with pytest.raises(InputError, match="2 --checkpoint for 1 --model-dir"):
        opened(folder, checkpoints=[folder, folder])


def test_linear_models__applied_without_torch(root):
    names = "apply, panels, scan, score_variants"
    code = f"import sys; from lncprom.application import {names}; sys.exit('torch' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(root / "bin")}, check=False).returncode == 0
    )
