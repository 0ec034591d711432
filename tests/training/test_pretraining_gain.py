"""What pre-training gives, where it is known: on the motif of the task it helps, on shuffled sequences it does not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from helpers_baseline import planted
from helpers_pretraining import pretrained
from helpers_training import CPU
from lncprom.evaluation import compare
from lncprom.evaluation.contrasts import Contrast
from lncprom.tables import predictions
from lncprom.training import finetune, run

pytestmark = pytest.mark.full
SEEDS = range(1, 7)
TRAIN, DEV, TEST = 100, 100, 600  # few sequences to train on, so that random weights learn little
SETTINGS = {"epochs": 8, "batch": 16, "learning_rate": 2e-3, "warmup_steps": 5, "restarts": 0}


@pytest.fixture(scope="module")
def gains(tmp_path_factory) -> dict[str, dict]:
    """Contrast `pretraining_gain` in MCC of a model that was pre-trained on the motif, and on shuffled sequences."""
    folder = tmp_path_factory.mktemp("gain")
    texts = planted(4_000, seed=50)["sequence"].to_list()  # with and without the motif, no label
    draw = np.random.default_rng(1)
    shuffled = ["".join(draw.permutation(list(text))) for text in texts]
    rows = planted(TRAIN + DEV + TEST, fold=["train"] * TRAIN + ["dev"] * DEV + ["test"] * TEST)
    found = {}
    for name, seen in (("motif", texts), ("shuffled", shuffled)):
        checkpoint, given = pretrained(folder / name, seen), {}
        for init in ("pretrained", "random"):
            for seed in SEEDS:
                request = finetune.Request("d", "dnabert", init, checkpoint, init=init, learning_rate=2e-3)
                settings = run.Settings(seed=seed, **SETTINGS)
                done = finetune.finetune(rows, "d", request, settings, CPU, lambda line: None)
                path = folder / f"{name}.{init}.{seed}.parquet"
                predictions.write(done.predictions, path)
                given[path.name] = path
        contrast = Contrast("pretraining_gain", "pretrained", "random", "single-base")
        table = compare.compare(given, rows, "d", "d", [contrast], [], compare.Settings(0.95, 0), lambda line: None)
        found[name] = table.table.filter(pl.col("metric") == "mcc").row(0, named=True)
    return found


def test_pretrained_on_the_motif_of_the_task__a_positive_gain(gains):
    print({name: [row[key] for key in ("difference", "ci_low", "ci_high")] for name, row in gains.items()})
    assert gains["motif"]["tokenizer"] == "single-base"
    assert gains["motif"]["ci_low"] > 0
    assert gains["motif"]["difference"] > gains["shuffled"]["ci_high"]


def test_pretrained_on_shuffled_sequences__an_interval_with_0(gains):
    assert gains["shuffled"]["ci_low"] < 0 < gains["shuffled"]["ci_high"]
