"""Random twins: the architecture and tokens of a checkpoint with weights that owe it nothing, all of them trained."""

from __future__ import annotations

import json

import numpy as np
import pytest

import tiny_checkpoints
from helpers_trained import ENCODERS, NAME, QUICK
from helpers_training import CPU
from lncprom.inference import saved_model
from lncprom.models import base
from lncprom.tables import dataset, predictions


@pytest.mark.parametrize("family", [family for family in ENCODERS if family != "hyenadna"])  # it draws otherwise
def test_random_twin__no_weight_of_the_checkpoint_and_the_spread_of_its_config(trained, family):
    folder, texts = trained.checkpoint(family), ["ACGTTTGACCANACGT"]
    own = base.load(family, folder, seed=1, options={"lora_r": 0} if family == "nucleotide_transformer" else {})
    twin, again, other = (base.load(family, folder, seed=seed, init="random") for seed in (1, 1, 2))
    assert (twin.tokenize(texts).ids == own.tokenize(texts).ids).all()
    drawn = {name: weight for name, weight in twin.trainable().items() if weight.ndim > 1}
    assert len(twin.trainable()) == len(own.trainable())
    for name, weight in drawn.items():
        before = own.module.state_dict()[name]
        assert abs(np.corrcoef(weight.detach().ravel(), before.ravel())[0, 1]) < 4 * weight.numel() ** -0.5, name
        assert (weight == again.module.state_dict()[name]).all()
        assert not (weight == other.module.state_dict()[name]).all()
    values = np.concatenate([weight.detach().ravel() for weight in drawn.values()])
    assert values.std() == pytest.approx(tiny_checkpoints.SPREAD, rel=0.05)
    assert len(twin.notes) == 1
    assert "randomly initialised" in twin.notes[0]


def test_random_twin_of_a_model_with_lora__all_weights_trained_at_its_rates_and_saved_whole(step, trained, work):
    given = ("--dataset", trained.data, "--name", NAME, "--family", "nucleotide_transformer", *QUICK)
    given += ("--checkpoint", trained.checkpoint("nucleotide_transformer"), "--init", "random", "--model", "twin")
    outputs = {"out-dir": "model", "predictions": "p.parquet", "training": "t.tsv", "card": "c.json"}
    result = step("finetune", *given, *(part for name, path in outputs.items() for part in (f"--{name}", work / path)))
    assert result.exit_code == 0, result.output
    card = json.loads((work / "c.json").read_text())
    assert card["parameters"]["init"] == "random"
    assert card["counts"]["weights_trained"] > 0.999 * card["counts"]["weights"]  # all but a head that is never used
    assert card["parameters"]["learning_rate"] == 1e-4  # the rate of LoRA, as its partner
    opened = saved_model.open_folder(work / "model")  # needs no checkpoint
    rows = dataset.read(trained.data).sort("sample_id")
    score = opened.predictor(CPU)(rows["sample_id"].to_list(), rows["sequence"].to_list())[0]
    stated = predictions.read(work / "p.parquet").sort("sample_id")["probability"].to_numpy()
    assert score == pytest.approx(stated, abs=1e-5)
    assert "init" not in json.loads((trained("dnabert") / "c.json").read_text())["parameters"]


def test_random_twin_of_a_family_without_checkpoint__refused(step, refused, trained, work):
    given = ("--dataset", trained.data, "--name", NAME, "--family", "cnn", "--init", "random", *QUICK)
    outputs = {"out-dir": "model", "predictions": "p.parquet", "training": "t.tsv", "card": "c.json"}
    result = step("finetune", *given, *(part for name, path in outputs.items() for part in (f"--{name}", work / path)))
    refused(result, "--init random: cnn has no checkpoint", nothing_in=work)
