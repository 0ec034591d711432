"""The one training loop: next batch, forward, backward, clip, step, log, evaluate, save."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

import numpy as np
import torch

from lncprom import accumulation, batches, collapse, compile, memory, metrics, prediction, schedule, weights
from lncprom.batches import Encoded
from lncprom.divergence import Watch
from lncprom.errors import InputError
from lncprom.interruption import Listener
from lncprom.models.base import Family
from lncprom.precision import Machine
from lncprom.training_state import Keeper

_TELL = 30  # seconds between progress lines within an epoch
NOT_JUDGED = "within the warm-up"


@dataclass(frozen=True)
class Settings:
    """All that the loop can be told; the defaults are the study's recipe (LoRA: learning rate 1e-4)."""

    epochs: int = 4
    batch: int = 32
    learning_rate: float = 3e-5
    warmup_steps: int = 50
    weight_decay: float = 0.01
    clip: float = 1.0
    restarts: int = 2
    seed: int = 42
    micro_batch: int = 0  # 0: the whole batch; halved where memory lacks
    compile: str = "auto"

    def check(self) -> None:
        for name, least in (("epochs", 1), ("batch", 1), ("warmup_steps", 0), ("restarts", 0), ("micro_batch", 0)):
            if getattr(self, name) < least:
                raise InputError(f"{_option(name)} {getattr(self, name)}: {least} at least")
        for name, zero in (("learning_rate", False), ("weight_decay", True), ("clip", False)):
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0 or (value == 0 and not zero):
                raise InputError(f"{_option(name)} {value:g}: {'0 or more' if zero else 'above 0'}, and finite")

    def deciding(self) -> dict[str, object]:
        """What decides the weights, by more than rounding (parts of a batch) or another draw of dropout (compiled)."""
        return {name: value for name, value in asdict(self).items() if name not in ("micro_batch", "compile")}


class Data(NamedTuple):
    """Tokens and labels (0, 1) of the two folds that training sees."""

    train: Encoded
    train_label: np.ndarray
    dev: Encoded
    dev_label: np.ndarray


class Epoch(NamedTuple):
    """One line of training.tsv; epochs count from 1. `collapsed`: why it counts as that, or empty."""

    attempt: int
    epoch: int
    step: int
    learning_rate: float
    train_loss: float
    dev_loss: float
    dev_mcc: float
    collapsed: str


@dataclass
class Place:
    """Where an attempt stands: what a state on disk holds beside weights and optimizer."""

    micro_batch: int
    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    loss_sequences: int = 0
    sequences: int = 0
    seconds: float = 0.0
    best_epoch: int = 0
    best_loss: float = math.inf
    history: list[tuple] = field(default_factory=list)

    @property
    def collapsed(self) -> bool:
        """All epochs so far are, those left out that ended within the warm-up."""
        reasons = [Epoch(*row).collapsed for row in self.history]
        reasons = [why for why in reasons if why != NOT_JUDGED]
        return bool(reasons) and all(reasons)


class Trained(NamedTuple):
    """What an attempt came to; the family's module holds the weights of the best epoch."""

    place: Place
    epochs: list[Epoch]
    warmup_steps: int
    steps: int
    compiled: dict[str, object]
    note: str

    @property
    def best(self) -> Epoch:
        return next(row for row in self.epochs if row.epoch == self.place.best_epoch)


def train(
    family: Family,
    data: Data,
    settings: Settings,
    machine: Machine,
    listener: Listener,
    tell: Callable[[str], None],
    keeper: Keeper | None = None,
    state: dict | None = None,
    attempt: int = 0,
    before: list[dict] | None = None,
) -> Trained:
    """Fine-tune until the last epoch, or until an attempt that may be repeated has collapsed; keep the best dev loss.

    `state` is what `keeper` loaded; `before` are the records of earlier attempts, kept in each state.
    The module stays on the machine's device, in evaluation mode.
    """
    with memory.needed(machine.name, "the model's weights"):
        module = family.module.to(machine.device)
    trained = list(family.trainable().values())
    optimizer = weights.optimizer(trained, settings.weight_decay, machine)
    label = torch.from_numpy(data.train_label.astype(np.int64)).to(machine.device)
    seed = collapse.seed_of(settings.seed, attempt)
    steps = math.ceil(len(data.train) / settings.batch) * settings.epochs
    warmup = schedule.longer_warmup(settings.warmup_steps, attempt, steps)
    place, best = Place(min(settings.micro_batch or settings.batch, settings.batch)), None
    torch.manual_seed(seed)
    if state is not None:
        place, best = Place(**state["place"]), state["best"]
        if "weights" not in state:  # of a run that is done the best are all that is left
            assert place.epoch == settings.epochs, "a run that is not done has all of its state"
        else:
            weights.put(family, state["weights"])
            optimizer.load_state_dict(state["optimizer"])
            accumulation.set_random(state["random"], machine)
    random = accumulation.random(machine)  # as it stands at `place`
    watch = Watch(machine, place, keeper)
    first_step = place.step

    def left() -> str:
        seconds = (time.perf_counter() - started) / max(1, place.step - first_step) * (steps - place.step)
        return f"{place.sequences / max(place.seconds, 1e-9):,.0f} sequences/s, {duration(seconds)} left"

    def save() -> None:
        watch.look()
        keeper.save(
            {
                "step": place.step,
                "attempt": attempt,
                "before": before or [],
                "place": asdict(place),
                "weights": weights.taken(family),
                "best": best,
                "optimizer": optimizer.state_dict(),
                "random": random,
            }
        )

    try:
        way = compile.prepare(
            family, data.train, settings, place.micro_batch, settings.epochs - place.epoch, machine, tell
        )
        started = spoken = time.perf_counter()
        while place.epoch < settings.epochs and not (place.collapsed and attempt < settings.restarts):
            order = batches.epoch(data.train.longest, settings.batch, seed, place.epoch)
            module.train()
            clock = time.perf_counter()
            while place.batch < len(order):
                chosen = order[place.batch]
                rate = schedule.rate(place.step, steps, warmup, settings.learning_rate)
                loss = accumulation.gradients(way, label, chosen, machine, place, random, tell)
                norm = torch.nn.utils.clip_grad_norm_(trained, settings.clip)
                with listener.shielded():
                    watch.add(loss, norm, len(chosen), rate)
                    for group in optimizer.param_groups:
                        group["lr"] = rate
                    with memory.needed(machine.name, "the optimizer's moments of all weights that are trained"):
                        optimizer.step()
                    optimizer.zero_grad(set_to_none=not way.graphs)
                    random = accumulation.random(machine)
                    place.batch, place.step = place.batch + 1, place.step + 1
                    place.sequences += len(chosen)
                    now = time.perf_counter()
                    place.seconds, clock = place.seconds + now - clock, now
                if now - spoken > _TELL:
                    spoken = now
                    tell(f"epoch {place.epoch + 1}, step {place.step:,}/{steps:,}: loss {float(loss):.4f}, {left()}")
                if keeper is not None and keeper.due(place.step):
                    with listener.shielded():
                        save()
                    clock = time.perf_counter()
            watch.look()
            rate = schedule.rate(place.step - 1, steps, warmup, settings.learning_rate)
            dev = prediction.logits(family, data.dev, machine, 4 * place.micro_batch, tell)
            row = judged(dev, data, place, attempt, warmup, rate)
            watch.check_dev(row.dev_loss, rate)
            with listener.shielded():
                place.history.append(tuple(row))
                if row.dev_loss < place.best_loss:
                    place.best_loss, place.best_epoch = row.dev_loss, row.epoch
                    best = weights.taken(family, copy=True)
                place.epoch, place.batch, place.loss_sum, place.loss_sequences = place.epoch + 1, 0, 0.0, 0
            tell(
                f"epoch {row.epoch}/{settings.epochs}: train loss {row.train_loss:.4f}, dev loss {row.dev_loss:.4f}, "
                f"dev MCC {row.dev_mcc:.4f}, {left()}"
            )
            if keeper is not None and (keeper.due(place.step) or place.epoch == settings.epochs):
                with listener.shielded():
                    save()
    except BaseException:
        if (stopped := listener.heard) is None:
            raise
        where = "not saved, for want of a --checkpoint-dir"
        if keeper is not None:
            with listener.shielded(to_the_end=True):
                save()
            where = f"saved in {keeper.path}"
        tell(f"{stopped}: stopped at step {place.step:,} of {steps:,}, {where}")
        raise stopped from None
    weights.put(family, best)
    module.eval()
    return Trained(place, [Epoch(*row) for row in place.history], warmup, steps, way.record, way.note)


def judged(dev: np.ndarray, data: Data, place: Place, attempt: int, warmup: int, rate: float) -> Epoch:
    """The epoch that has just ended, with the logits of dev, as a line of training.tsv."""
    probability = prediction.probability(dev)
    ranked = metrics.Ranked.of(data.dev_label, probability)
    train_loss, dev_loss = place.loss_sum / place.loss_sequences, prediction.loss(dev, data.dev_label)
    why = collapse.reason(train_loss, data.train_label, dev_loss, data.dev_label, probability)
    return Epoch(
        attempt=attempt,
        epoch=place.epoch + 1,
        step=place.step,
        learning_rate=rate,
        train_loss=train_loss,
        dev_loss=dev_loss,
        dev_mcc=float(metrics.values(ranked)["mcc"][0]),
        collapsed=NOT_JUDGED if place.step <= warmup else why,
    )


def duration(seconds: float) -> str:
    """Hours, minutes and seconds.

    >>> duration(3700)
    '1:01:40'
    """
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
