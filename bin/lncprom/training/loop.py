"""The one training loop: next batch, forward, backward, clip, step, log, evaluate, save."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta

import click
import numpy as np
import torch

from lncprom import random_keys
from lncprom.evaluation import metrics
from lncprom.inference import batches, predict
from lncprom.inference.device import Machine
from lncprom.models import out_of_memory
from lncprom.models.base import Family
from lncprom.training import collapse, micro_batches, resume_state, trainable
from lncprom.training.resume_state import Keeper
from lncprom.training.run import NOT_JUDGED, Data, Epoch, Place, Settings, Trained
from lncprom.training.signals import Listener

_LOG_SECONDS = 30  # between log lines within an epoch
PREDICTED = 4  # times the sequences that a training step holds fit a step without gradients


class Diverged(click.ClickException):
    """The loss is NaN or infinite: exit code 1, which is not retried, because it would happen again."""

    exit_code = 1


def train(
    family: Family,
    data: Data,
    settings: Settings,
    machine: Machine,
    listener: Listener,
    log: Callable[[str], None],
    keeper: Keeper | None = None,
    state: dict | None = None,
    attempt: int = 0,
    before: Sequence[dict] = (),
) -> Trained:
    """Fine-tune until the last epoch or until an attempt that may be repeated has collapsed; keep the best dev loss.

    Parameters
    ----------
    keeper, state
        Saves the state of the run; the state that it loaded, if training resumes.
    attempt, before
        Number of this attempt, from 0; records of the earlier ones, saved with each state.

    Returns
    -------
    Trained
        The module of `family` holds the best weights, on the machine's device and in evaluation mode.
    """
    run = _Run(family, data, settings, machine, listener, log, keeper, attempt, before)
    run.start(state)
    with run.saved_when_stopped():
        run.started = run.logged = time.perf_counter()
        while run.unfinished:
            family.module.train()
            for chosen in run.batches_left():
                rate = run.rate(run.place.step)
                loss, run.place.micro_batch = micro_batches.gradients(
                    family, data.train, run.answer, chosen, machine, run.place.micro_batch, run.random, log
                )
                norm = torch.nn.utils.clip_grad_norm_(run.trained, settings.clip)
                with listener.shielded():
                    run.update(loss, norm, len(chosen), rate)
                run.log_step(loss)
                run.save_if_due()
            epoch = run.evaluate()
            with listener.shielded():
                run.end_epoch(epoch)
            run.log_epoch(epoch)
            run.save_if_due(always=run.place.epoch == settings.epochs)
    trainable.put(family, run.best)
    family.module.eval()
    return Trained(run.place, [Epoch(*row) for row in run.place.history], run.warmup, run.steps)


class _Run:
    """One attempt: what the loop changes (`place`, `best`, `random`) beside what it was called with."""

    def __init__(self, family, data, settings, machine, listener, log, keeper, attempt, before) -> None:
        self.family, self.data, self.settings, self.machine = family, data, settings, machine
        self.listener, self.log, self.keeper = listener, log, keeper
        self.attempt, self.before = attempt, list(before)
        with out_of_memory.needed(machine.name, "the model's weights"):
            family.module.to(machine.device)
        self.trained = list(family.trainable().values())
        self.optimizer = trainable.optimizer(family, settings.weight_decay)
        kind = np.float32 if data.train_answer.dtype.kind == "f" else np.int64
        self.answer = torch.from_numpy(data.train_answer.astype(kind)).to(machine.device)
        self.seed = random_keys.restart_seed(settings.seed, attempt)
        self.steps = math.ceil(len(data.train) / settings.batch) * settings.epochs
        self.warmup = longer_warmup(settings.warmup_steps, attempt, self.steps)

    def start(self, state: dict | None) -> None:
        """Begin at the first step, or where a saved state stands."""
        settings = self.settings
        self.place, self.best = Place(min(settings.micro_batch or settings.batch, settings.batch)), None
        torch.manual_seed(self.seed)
        if state is not None:
            self.place, self.best = Place(**state["place"]), state["best"]
        if state is not None and "weights" in state:  # the state of a finished run holds the best weights alone
            trainable.put(self.family, state["weights"])
            self.optimizer.load_state_dict(state["optimizer"])
            resume_state.set_random_state(state["random"], self.machine)
        self.random = resume_state.random_state(self.machine)  # as it is at `place`
        self.first_step, self.clock = self.place.step, time.perf_counter()

    @property
    def unfinished(self) -> bool:
        repeatable = self.attempt < self.settings.restarts
        return self.place.epoch < self.settings.epochs and not (self.place.collapsed and repeatable)

    def batches_left(self) -> Iterator[np.ndarray]:
        """Indices of the sequences of each batch of this epoch that is still to come."""
        order = batches.epoch(self.data.train.longest, self.settings.batch, self.seed, self.place.epoch)
        self.clock = time.perf_counter()
        yield from order[self.place.batch :]

    def rate(self, step: int) -> float:
        return learning_rate(step, self.steps, self.warmup, self.settings.learning_rate)

    def update(self, loss: torch.Tensor, norm: torch.Tensor, sequences: int, rate: float) -> None:
        """One step of the optimizer, unless the loss or the gradient is NaN or infinite, which ends the run."""
        place, value = self.place, float(loss)  # on a GPU this waits for the step: read once
        self.refuse_nan("loss", value, place.step, rate)
        self.refuse_nan("norm of the gradient", float(norm), place.step, rate)
        place.loss_sum += value * sequences
        place.loss_sequences += sequences
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with out_of_memory.needed(self.machine.name, "the optimizer's moments of all weights that are trained"):
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.random = resume_state.random_state(self.machine)
        now = time.perf_counter()
        place.batch, place.step, place.sequences = place.batch + 1, place.step + 1, place.sequences + sequences
        place.seconds, self.clock = place.seconds + now - self.clock, now

    def evaluate(self) -> Epoch:
        """The epoch that has just ended, judged on dev."""
        place, data = self.place, self.data
        rate = self.rate(place.step - 1)
        logits = predict.logits(self.family, data.dev, self.machine, PREDICTED * place.micro_batch, self.log)
        probability, dev_loss = predict.probability(logits), predict.loss(logits, data.dev_answer)
        train_loss = place.loss_sum / place.loss_sequences
        self.refuse_nan("loss on dev", dev_loss, place.step - 1, rate)
        why = collapse.reason(train_loss, data.train_answer, dev_loss, data.dev_answer, probability)
        mcc = float(metrics.values(metrics.Ranked.of(data.dev_label, probability))["mcc"][0])
        collapsed = NOT_JUDGED if place.step <= self.warmup else why
        return Epoch(self.attempt, place.epoch + 1, place.step, rate, train_loss, dev_loss, mcc, collapsed)

    def end_epoch(self, epoch: Epoch) -> None:
        place = self.place
        place.history.append(tuple(epoch))
        if epoch.dev_loss < place.best_loss:
            place.best_loss, place.best_epoch = epoch.dev_loss, epoch.epoch
            self.best = trainable.taken(self.family, copy=True)
        place.epoch, place.batch, place.loss_sum, place.loss_sequences = place.epoch + 1, 0, 0.0, 0

    def refuse_nan(self, what: str, value: float, step: int, rate: float) -> None:
        if math.isfinite(value):
            return
        saved = "no checkpoint was saved before"
        if self.keeper is not None and self.keeper.saved_step is not None:
            saved = f"the last good checkpoint is {self.keeper.path} (step {self.keeper.saved_step:,})"
        raise Diverged(
            f"the {what} is {value} in step {step + 1:,} (epoch {self.place.epoch + 1}) at learning rate {rate:.3g}; "
            f"{saved}. Lower --learning-rate or raise --warmup-steps."
        )

    def log_step(self, loss: torch.Tensor) -> None:
        if time.perf_counter() - self.logged > _LOG_SECONDS:
            self.logged, place = time.perf_counter(), self.place
            self.log(
                f"epoch {place.epoch + 1}, step {place.step:,}/{self.steps:,}: loss {float(loss):.4f}, {self._speed()}"
            )

    def log_epoch(self, epoch: Epoch) -> None:
        self.log(
            f"epoch {epoch.epoch}/{self.settings.epochs}: train loss {epoch.train_loss:.4f}, "
            f"dev loss {epoch.dev_loss:.4f}, dev MCC {epoch.dev_mcc:.4f}, {self._speed()}"
        )

    def _speed(self) -> str:
        place = self.place
        seconds = (time.perf_counter() - self.started) / max(1, place.step - self.first_step)
        left = timedelta(seconds=round(seconds * (self.steps - place.step)))
        return f"{place.sequences / max(place.seconds, 1e-9):,.0f} sequences/s, {left} left"

    def save_if_due(self, always: bool = False) -> None:
        if self.keeper is not None and (self.keeper.due(self.place.step) or always):
            with self.listener.shielded():
                self._save()
            self.clock = time.perf_counter()

    def _save(self) -> None:
        state = {"step": self.place.step, "attempt": self.attempt, "before": self.before, "place": asdict(self.place)}
        state |= {"weights": trainable.taken(self.family), "best": self.best}
        self.keeper.save(state | {"optimizer": self.optimizer.state_dict(), "random": self.random})

    @contextmanager
    def saved_when_stopped(self) -> Iterator[None]:
        """If a signal stops the run inside, save its state and say where."""
        try:
            yield
        except BaseException:
            if (stopped := self.listener.heard) is None:
                raise
            where = "not saved, because no --checkpoint-dir was given"
            if self.keeper is not None:
                with self.listener.shielded(to_the_end=True):
                    self._save()
                where = f"saved in {self.keeper.path}"
            self.log(f"{stopped}: stopped at step {self.place.step:,} of {self.steps:,}, {where}")
            raise stopped from None


def learning_rate(step: int, steps: int, warmup: int, peak: float) -> float:
    """The rate for the step of this number (from 0) out of `steps`.

    As transformers' `get_linear_schedule_with_warmup`, so that a run of its Trainer can be repeated.

    >>> [learning_rate(step, 6, 2, 1.0) for step in range(6)]
    [0.0, 0.5, 1.0, 0.75, 0.5, 0.25]
    """
    if step < warmup:
        return peak * step / warmup
    return peak * max(0.0, (steps - step) / max(1, steps - warmup))


def longer_warmup(warmup: int, attempt: int, steps: int) -> int:
    """Warm-up of a restart: twice as long with each, never over half of all steps. The first is as it was asked for.

    >>> [longer_warmup(50, attempt, 1000) for attempt in range(3)]
    [50, 100, 200]
    """
    if attempt == 0:
        return warmup
    return max(warmup, min(max(warmup, 25) * 2**attempt, steps // 2))
