"""Predict by a saved model of any kind: logistic regression or network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from lncprom.baseline import classifier
from lncprom.datasets.targets import Scale
from lncprom.inference import fasta_scores, options, probe, released


class Predictor(NamedTuple):
    """What gives probabilities, what gives logits (of a regression its output), and of the training windows the bases
    of the shortest and longest and the index of the TSS; of a regression the scale of its targets; a linear model.
    """

    predict: fasta_scores.Predict
    score: fasta_scores.Predict
    lengths: tuple[int, int] | None
    tss_index: int | None
    scale: Scale | None
    linear: classifier.LogisticRegression | None = None


def of_folder(
    model_dir: Path,
    checkpoint: Path | None,
    batch: int,
    device: Mapping[str, object],
    log: Callable[[str], None],
    truncation: str | None = None,
    tss_index: int | None = None,
) -> Predictor:
    """The model in a folder of finetune.py, train_baseline.py or train_probe.py; `device`: `options.device_options`."""
    released.check(model_dir)
    if (model_dir / classifier.FILE).is_file():
        model = classifier.LogisticRegression.load(model_dir)
        predict, score = (fasta_scores.by_regression(model, logits) for logits in (False, True))
        return Predictor(predict, score, model.lengths, tss_index, model.scale, model)
    from lncprom.inference import device as precision  # torch takes seconds to import
    from lncprom.inference import predict, saved_model
    from lncprom.models import out_of_memory

    machine = options.machine(device)
    if (model_dir / probe.FILE).is_file():
        from lncprom.inference import probe_predictor

        saved = probe.Probe.load(model_dir)
        score = probe_predictor.scores(saved, model_dir, checkpoint, truncation, tss_index, machine, batch, log)
        score = precision.threads(machine.threads)(score)
        tss_index = saved.tss_index if tss_index is None else tss_index
        first = fasta_scores.then(score, lambda found: np.atleast_2d(found.T)[0])
        return Predictor(fasta_scores.then(score, expit), first, saved.lengths, tss_index, saved.scale)
    opened = saved_model.open_folder(model_dir, checkpoint).cut_as(truncation, tss_index)
    with out_of_memory.needed(machine.name, "the model's weights"):
        opened.family.module.to(machine.device)
    outputs = precision.threads(machine.threads)(opened.outputs(machine, batch, log))
    found = (fasta_scores.then(outputs, change) for change in (predict.probabilities, predict.score))
    return Predictor(*found, opened.lengths, opened.tss_index, opened.scale)
