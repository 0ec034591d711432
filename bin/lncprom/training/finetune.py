"""Fine-tune a language model on a data set: attempts until one does not collapse, then predictions of all samples."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import torch

from lncprom import __version__, random_keys
from lncprom.datasets.targets import Scale
from lncprom.errors import InputError
from lncprom.inference import device, encode, predict
from lncprom.inference.batches import Encoded
from lncprom.inference.device import Machine
from lncprom.models import base
from lncprom.tables import dataset as dataset_table
from lncprom.tables import predictions
from lncprom.tables.base import FOLDS
from lncprom.training import cost, loop, records, run
from lncprom.training.resume_state import Keeper, data_digest
from lncprom.training.signals import Listener, ending

# Default learning rates: the study's for all weights and for LoRA, and ours for a model without a checkpoint.
FULL, LORA, FROM_SCRATCH = 3e-5, 1e-4, 2e-3
MORE_EPOCHS = 10  # times as many at most where train is a fraction: few steps would leave a model untrained


@dataclass(frozen=True)
class Request:
    """Which model to fine-tune and how; `run.Settings` holds the settings of the loop.

    Attributes
    ----------
    init
        `random`: every weight is drawn at random and trained, without LoRA; see `base.load`.
    learning_rate
        None: 3e-5 (HyenaDNA 6e-4), 1e-4 with LoRA, 2e-3 without a checkpoint; of a random twin that of its pretrained
        partner.
    rate_factor
        By which the learning rate is multiplied, in trials of settings.
    train_fraction
        Fraction of train to train on, see `dataset.of_fraction`; epochs are multiplied by its inverse, at most by 10.
    shuffle_labels
        Shuffle the labels of train and dev: the label-shuffled control has nothing to learn.
    code
        Digest of the code that decides the weights; a state of other code is not resumed.
    """

    dataset: str
    family: str
    model: str
    checkpoint: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    init: str = base.PRETRAINED
    truncation: str = "tss"
    learning_rate: float | None = None
    rate_factor: float = 1.0
    precision: str = "auto"
    train_fraction: float = 1
    shuffle_labels: bool = False
    checkpoint_dir: Path | None = None
    save_steps: int = 0
    save_seconds: float = 60
    code: str = ""

    def check(self) -> None:
        if self.init == base.RANDOM and self.checkpoint is None:
            raise InputError(
                f"--init random: {self.family} has no checkpoint, so its weights are random. Leave it out."
            )
        if not self.rate_factor > 0:
            raise InputError(f"--rate-factor is {self.rate_factor}. Give a number above 0.")
        for name in ("save_steps", "save_seconds"):
            if not getattr(self, name) >= 0:
                option = f"--{name.replace('_', '-')}"
                raise InputError(f"{option} is {getattr(self, name)}. Give 0 (never) or more.")


class Finetuned(NamedTuple):
    """The model with its best weights, probabilities of all samples, a row for each epoch, and the card's content."""

    family: base.Family
    predictions: pl.DataFrame
    epochs: pl.DataFrame
    settings: run.Settings
    counts: dict
    run: dict
    notes: list[str]
    keeper: Keeper | None
    scale: Scale | None

    def end(self, keep: bool) -> None:
        """After the outputs are written: keep the best weights in the folder of states, or nothing."""
        if self.keeper is not None:
            (self.keeper.settle if keep else self.keeper.discard)()


class _Prepared(NamedTuple):
    """A data set as the model sees it, by split: rows, tokens, true labels, and the labels to learn from."""

    rows: dict[str, pl.DataFrame]
    tokens: dict[str, Encoded]
    labels: dict[str, np.ndarray]
    data: run.Data
    seen: encode.Seen
    scale: Scale | None


def finetune(
    rows: pl.DataFrame,
    source: str,
    request: Request,
    settings: run.Settings,
    machine: Machine,
    log: Callable[[str], None],
) -> Finetuned:
    """Fine-tune on train, keep the weights with the lowest loss on dev, predict every sample.

    A signal that stops the process ends it with 143, 130 or 140 after saving (see `signals`).

    Parameters
    ----------
    rows, source
        A data set with splits; the name of its file, for messages.

    Raises
    ------
    InputError
        if the data set, the checkpoint or an option cannot be used.
    Diverged
        if the loss becomes NaN.
    """
    request.check()
    settings.check()
    dataset_table.require_training(rows, source, "the epoch")
    rows = dataset_table.of_fraction(rows, request.train_fraction, settings.seed)
    settings = replace(settings, epochs=settings.epochs * min(MORE_EPOCHS, round(1 / request.train_fraction)))
    devices = [machine.device] if machine.device.type == "cuda" else []
    with ending() as listener, device.threads(machine.threads), torch.random.fork_rng(devices):
        return _finetune(rows.sort("tss_index", "sample_id"), source, request, settings, machine, listener, log)


def _finetune(
    rows: pl.DataFrame,
    source: str,
    request: Request,
    settings: run.Settings,
    machine: Machine,
    listener: Listener,
    log: Callable[[str], None],
) -> Finetuned:
    scale = Scale.of_train(rows, source)
    head = {"options": request.options, "outputs": scale.outputs if scale else base.CLASSES, "init": request.init}
    family = base.load(request.family, request.checkpoint, seed=settings.seed, **head)
    # a random twin is trained at the rates of its partner, which may have LoRA
    options = family.options if request.init == base.PRETRAINED else base.checked_options(type(family), request.options)
    settings = with_rate(settings, request.learning_rate, options, request.checkpoint is not None, family.rate)
    settings = replace(settings, learning_rate=settings.learning_rate * request.rate_factor)
    if request.shuffle_labels:
        settings = replace(settings, restarts=0)
    prepared = _prepare(family, rows, source, request, settings, machine, scale)
    log(records.opening(family, prepared.data, machine, settings, prepared.seen))
    keeper = _keeper(rows, request, settings, family)
    state = _loaded(keeper, family, log)
    made = list(state["before"]) if state is not None else []
    resumed = None if state is None else {"attempt": state["attempt"] + 1, "step": state["step"]}
    cost.start(machine)
    energy, began = cost.energy(machine), time.perf_counter()
    while True:
        number = len(made)
        if number:
            seed = random_keys.restart_seed(settings.seed, number)
            family = base.load(request.family, request.checkpoint, seed=seed, **head)
            if request.checkpoint is not None and request.init == base.PRETRAINED:
                family.reset_head(seed)  # loading draws only what the checkpoint lacks; a second draw gives the same
        trained = loop.train(family, prepared.data, settings, machine, listener, log, keeper, state, number, made)
        state = None
        made = [*made, records.record(trained, settings, number)]
        if not trained.place.collapsed or number == settings.restarts:
            break
        log(f"collapsed ({made[-1]['collapsed']}): attempt {number + 2} with a new head and a longer warm-up")
    seconds = time.perf_counter() - began
    notes = [*family.notes, *(keeper.notes if keeper else []), *([machine.note] if machine.note else [])]
    notes += encode.unknown_bases(family, rows)
    notes += records.notes(trained, made, settings, prepared.labels, request.shuffle_labels)
    for note in notes:
        log(note)
    table = predictions.check(_predictions(family, prepared, request, settings, machine, trained, log), source)
    counts = records.counts(family, trained, made, rows.height, prepared.labels, prepared.seen)
    counts["longest_tokens"] = int(max(tokens.lengths.max() for tokens in prepared.tokens.values()))
    history = [row for record in made for row in record["history"]]
    epochs = pl.DataFrame(history, schema=list(run.Epoch._fields), orient="row")
    took = records.cost(family, prepared.data, machine, trained, energy, seconds) | {"resumed_from": resumed}
    return Finetuned(family, table, epochs, settings, counts, took, notes, keeper, scale)


def _prepare(
    family: base.Family,
    rows: pl.DataFrame,
    source: str,
    request: Request,
    settings: run.Settings,
    machine: Machine,
    scale: Scale | None,
) -> _Prepared:
    parts = {part: rows.filter(pl.col("fold") == part) for part in FOLDS}
    encoded = {
        part: encode.encode(family, table, request.truncation, source, machine.device)
        for part, table in parts.items()
        if table.height
    }
    labels = {part: table["label"].to_numpy().astype(np.int64) for part, table in parts.items()}
    answers = labels
    if scale:
        answers = {part: scale.forth(table).astype(np.float32) for part, table in parts.items()}
    learnt = shuffled(answers, settings.seed) if request.shuffle_labels else answers
    tokens = {part: found for part, (found, _) in encoded.items()}
    seen = encode.Seen(*map(np.concatenate, zip(*(seen for _, seen in encoded.values()), strict=True)))
    data = run.Data(tokens["train"], learnt["train"], tokens["dev"], learnt["dev"])
    return _Prepared(parts, tokens, labels, data, seen, scale)


def _loaded(keeper: Keeper | None, family: base.Family, log: Callable[[str], None]) -> dict | None:
    if keeper is None:
        return None
    keeper.prepare(sum(weight.nbytes for weight in family.trainable().values()))
    state = keeper.load()
    for note in keeper.notes:
        log(note)
    if state is not None:
        log(f"resuming from step {state['step']:,} of attempt {state['attempt'] + 1}, {keeper.path}")
    return state


def _predictions(
    family: base.Family,
    prepared: _Prepared,
    request: Request,
    settings: run.Settings,
    machine: Machine,
    trained: run.Trained,
    log: Callable[[str], None],
) -> pl.DataFrame:
    tables = []
    for part, tokens in prepared.tokens.items():
        logits = predict.logits(family, tokens, machine, loop.PREDICTED * trained.place.micro_batch, log)
        table = prepared.rows[part].select("sample_id", "label", "fold")
        table = table.with_columns(probability=pl.Series(predict.probability(logits)))
        if prepared.scale:
            table = table.with_columns(prepared.scale.columns(logits.astype(np.float64)))
        tables.append(table)
    run_of = {"dataset": pl.lit(request.dataset), "model": pl.lit(request.model), "seed": pl.lit(settings.seed)}
    return pl.concat(tables).with_columns(**run_of).sort("sample_id")


def with_rate(
    settings: run.Settings, rate: float | None, options: Mapping, checkpoint: bool, own: float | None = None
) -> run.Settings:
    """Set the learning rate that was asked for, or else the default for a family's options and a checkpoint.

    `own` is the family's default where it is another than the study's.
    """
    if rate is None:
        full = FULL if own is None else own
        rate = LORA if options.get("lora_r") else full if checkpoint else FROM_SCRATCH
    settings = replace(settings, learning_rate=rate)
    settings.check()
    return settings


def shuffled(labels: Mapping[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """Shuffle the labels of train and of dev by the seed; those of test stay."""
    draw = random_keys.of_shuffled_labels(seed)
    return {part: label if part == "test" else draw.permutation(label) for part, label in labels.items()}


def _keeper(rows: pl.DataFrame, request: Request, settings: run.Settings, family: base.Family) -> Keeper | None:
    if request.checkpoint_dir is None:
        return None
    facts = {
        "data": data_digest(rows),
        "family": request.family,
        "model": family.digest(),
        "truncation": request.truncation,
        "precision": request.precision,
        "init": request.init,
        "shuffle_labels": request.shuffle_labels,
        "settings": settings.deciding(),
        "lncprom": __version__,
        "code": request.code,
    }
    name = f"{request.dataset}.{request.model}.seed{settings.seed}" + ".shuffled" * request.shuffle_labels
    return Keeper(request.checkpoint_dir, name, facts, request.save_steps, request.save_seconds)
