"""Predict by a saved model of any kind: logistic regression or network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NamedTuple

from lncprom.baseline import classifier
from lncprom.datasets.targets import Scale
from lncprom.inference import fasta_scores, options


class Predictor(NamedTuple):
    """What gives probabilities, the context to do it in, bases of the shortest and longest training window; and of a
    regression the scale of its targets.
    """

    predict: fasta_scores.Predict
    context: AbstractContextManager
    lengths: tuple[int, int] | None
    scale: Scale | None


def of_folder(
    model_dir: Path,
    checkpoint: Path | None,
    batch: int,
    device: Mapping[str, object],
    log: Callable[[str], None],
    truncation: str | None = None,
    tss_index: int | None = None,
) -> Predictor:
    """The model that train_baseline.py or finetune.py wrote; `device`: options of `options.device_options`."""
    if (model_dir / classifier.FILE).is_file():
        model = classifier.LogisticRegression.load(model_dir)
        return Predictor(fasta_scores.by_regression(model), nullcontext(), model.lengths, model.scale)
    from lncprom.inference import device as precision  # torch takes seconds to import
    from lncprom.inference import saved_model
    from lncprom.models import out_of_memory

    machine = options.machine(device)
    opened = saved_model.open_folder(model_dir, checkpoint).cut_as(truncation, tss_index)
    with out_of_memory.needed(machine.name, "the model's weights"):
        opened.family.module.to(machine.device)
    predict = opened.predictor(machine, batch, log)
    return Predictor(predict, precision.threads(machine.threads), opened.lengths, opened.scale)
