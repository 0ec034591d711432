"""One language model fine-tuned on one data set: attempts until one does not collapse, then every sample predicted."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import torch

from lncprom import __version__, random_keys
from lncprom.datasets import summary
from lncprom.errors import InputError
from lncprom.inference import device, encode, predict
from lncprom.inference.device import Machine
from lncprom.models import base
from lncprom.tables import dataset as dataset_table
from lncprom.tables import predictions
from lncprom.tables.base import FOLDS
from lncprom.training import cost, loop, records, trainable
from lncprom.training import run as training
from lncprom.training.resume_state import Keeper
from lncprom.training.signals import Listener, ending

# Learning rates where none is asked for: the study's two, and one for a model without a checkpoint.
FULL, LORA, FROM_SCRATCH = 3e-5, 1e-4, 2e-3


@dataclass(frozen=True)
class Request:
    """Which model is to be fine-tuned and how; the settings of the loop are `training.Settings`.

    `learning_rate` None: the study's, 3e-5, or 1e-4 with LoRA; 2e-3 from scratch. `shuffle_labels`: of train and dev,
    so that there is nothing to learn: the model that an explanation is compared with. `code`: a digest of what computes
    the weights; a state of other code is not gone on from.
    """

    dataset: str
    family: str
    model: str
    checkpoint: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    truncation: str = "tss"
    learning_rate: float | None = None
    precision: str = "auto"
    shuffle_labels: bool = False
    checkpoint_dir: Path | None = None
    save_steps: int = 0
    save_seconds: float = 60
    code: str = ""

    def check(self) -> None:
        summary.check_name(self.dataset)
        summary.check_name(self.model, "--model")
        for name in ("save_steps", "save_seconds"):
            if not getattr(self, name) >= 0:
                raise InputError(f"--{name.replace('_', '-')} {getattr(self, name)}: 0 (never) or more")


class Finetuned(NamedTuple):
    """The model with its best weights, probabilities of all samples, a row for each epoch, and what the card says."""

    family: base.Family
    predictions: pl.DataFrame
    epochs: pl.DataFrame
    settings: training.Settings
    counts: dict
    run: dict
    notes: list[str]
    keeper: Keeper | None

    def end(self, keep: bool) -> None:
        """The outputs are written: keep what the run came to and no more, or nothing at all."""
        if self.keeper is not None:
            (self.keeper.settle if keep else self.keeper.discard)()


def finetune(
    rows: pl.DataFrame,
    source: str,
    request: Request,
    settings: training.Settings,
    machine: Machine,
    tell: Callable[[str], None],
) -> Finetuned:
    """Fine-tune on train, keep the weights of least loss on dev, predict every sample.

    Ends the process with 143, 130 or 140, saved, where a signal asks it to stop (see `interruption`).
    """
    request.check()
    settings.check()
    dataset_table.require_training(rows, source, "the epoch")
    devices = [machine.device] if machine.device.type == "cuda" else []
    with ending() as listener, device.threads(machine.threads), torch.random.fork_rng(devices):
        return _finetune(rows.sort("tss_index", "sample_id"), source, request, settings, machine, listener, tell)


def _finetune(
    rows: pl.DataFrame,
    source: str,
    request: Request,
    settings: training.Settings,
    machine: Machine,
    listener: Listener,
    tell: Callable[[str], None],
) -> Finetuned:
    family = base.load(request.family, request.checkpoint, seed=settings.seed, options=request.options)
    settings = with_rate(settings, request.learning_rate, family, request.checkpoint is not None)
    parts = {part: rows.filter(pl.col("fold") == part) for part in FOLDS}
    encoded = {
        part: encode.encode(family, table, request.truncation, source, machine.device)
        for part, table in parts.items()
        if table.height
    }
    labels = {part: table["label"].to_numpy().astype(np.int64) for part, table in parts.items()}
    shown = labels
    if request.shuffle_labels:
        shown, settings = shuffled(labels, settings.seed), replace(settings, restarts=0)
    data = training.Data(encoded["train"][0], shown["train"], encoded["dev"][0], shown["dev"])
    seen = encode.Seen(*map(np.concatenate, zip(*(seen for _, seen in encoded.values()), strict=True)))
    tell(records.opening(family, data, machine, settings, seen))
    keeper, state = None, None
    if request.checkpoint_dir is not None:
        keeper = _keeper(rows, request, settings, family)
        keeper.prepare(trainable.size(family))
        state = keeper.load()
        for note in keeper.notes:
            tell(note)
        if state is not None:
            tell(f"going on from step {state['step']:,} of attempt {state['attempt'] + 1}, {keeper.path}")
    cost.start(machine)
    energy, began = cost.Energy(machine), time.perf_counter()
    attempts = list(state["before"]) if state is not None else []
    resumed = None if state is None else {"attempt": state["attempt"] + 1, "step": state["step"]}
    history: list[training.Epoch] = [training.Epoch(*row) for record in attempts for row in record["history"]]
    while True:
        number = len(attempts)
        if number:
            seed = random_keys.restart_seed(settings.seed, number)
            family = base.load(request.family, request.checkpoint, seed=seed, options=request.options)
            if request.checkpoint is not None:
                family.reset_head(seed)  # loading draws only what the checkpoint lacks; drawn twice, the same bits
        trained = loop.train(family, data, settings, machine, listener, tell, keeper, state, number, attempts)
        state = None
        history += trained.epochs
        attempts = [*attempts, records.record(trained, settings, number)]
        if not trained.place.collapsed or number == settings.restarts:
            break
        tell(f"collapsed ({attempts[-1]['collapsed']}): attempt {number + 2} with a fresh head and a longer warm-up")
    seconds = time.perf_counter() - began
    notes = [*family.notes, *(keeper.notes if keeper else []), *([machine.note] if machine.note else [])]
    notes += records.notes(trained, attempts, settings, labels, request.shuffle_labels)
    for note in notes:
        tell(note)
    found = {
        part: predict.probability(predict.logits(family, tokens, machine, 4 * trained.place.micro_batch, tell))
        for part, (tokens, _) in encoded.items()
    }
    table = pl.concat(
        parts[part].select(
            pl.lit(request.dataset).alias("dataset"),
            pl.lit(request.model).alias("model"),
            pl.lit(settings.seed, pl.Int64).alias("seed"),
            "sample_id",
            "label",
            "fold",
            pl.Series("probability", probability),
        )
        for part, probability in found.items()
    )
    counts = {
        "samples": rows.height,
        "fold_by_label": {part: {str(v): int((label == v).sum()) for v in (0, 1)} for part, label in labels.items()},
        **seen.counts(),
        "longest_tokens": int(max(tokens.lengths.max() for tokens, _ in encoded.values())),
        "weights": sum(weight.numel() for weight in family.module.parameters()),
        "weights_trained": sum(weight.numel() for weight in family.trainable().values()),
        "best_epoch": trained.place.best_epoch,
        "dev_loss": trained.best.dev_loss,
        "dev_mcc": trained.best.dev_mcc,
        "collapsed": attempts[-1]["collapsed"],
        "attempts": [{key: value for key, value in one.items() if key != "history"} for one in attempts],
    }
    epochs = pl.DataFrame(history, schema=list(training.Epoch._fields), orient="row")
    run = records.cost(family, data, machine, trained, energy, seconds) | {"resumed_from": resumed}
    table = predictions.check(table.sort("sample_id"), source)
    return Finetuned(family, table, epochs, settings, counts, run, notes, keeper)


def with_rate(
    settings: training.Settings, rate: float | None, family: base.Family, pretrained: bool
) -> training.Settings:
    """The settings with the learning rate that was asked for, or else the usual one for this way of training."""
    if rate is None:
        rate = LORA if family.options.get("lora_r") else FULL if pretrained else FROM_SCRATCH
    settings = replace(settings, learning_rate=rate)
    settings.check()
    return settings


def shuffled(labels: Mapping[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """The labels of train and of dev, each in an order drawn from the seed; those of test as they are."""
    draw = random_keys.of_shuffled_labels(seed)
    return {part: label if part == "test" else draw.permutation(label) for part, label in labels.items()}


def data_digest(rows: pl.DataFrame) -> str:
    """SHA-256 of what training sees of a data set, whatever the order of its rows."""
    columns = ["sample_id", "label", "fold", "tss_index", "sequence"]
    digest = hashlib.sha256()
    for row in rows.select(columns).sort("sample_id").iter_rows():
        digest.update("\t".join(map(str, row)).encode() + b"\n")
    return digest.hexdigest()


def _keeper(rows: pl.DataFrame, request: Request, settings: training.Settings, family: base.Family) -> Keeper:
    facts = {
        "data": data_digest(rows),
        "family": request.family,
        "model": family.digest(),
        "truncation": request.truncation,
        "precision": request.precision,
        "shuffle_labels": request.shuffle_labels,
        "settings": settings.deciding(),
        "lncprom": __version__,
        "code": request.code,
    }
    name = f"{request.dataset}.{request.model}.seed{settings.seed}" + ".shuffled" * request.shuffle_labels
    return Keeper(request.checkpoint_dir, name, facts, request.save_steps, request.save_seconds)
