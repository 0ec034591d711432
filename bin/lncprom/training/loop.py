"""The one training loop: next batch, forward, backward, clip, step, log, evaluate, save."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import torch

from lncprom import random_keys
from lncprom.evaluation import metrics
from lncprom.inference import batches, predict
from lncprom.inference.device import Machine
from lncprom.models import out_of_memory
from lncprom.models.base import Family
from lncprom.training import collapse, compiled_steps, micro_batches, random_state, schedule, trainable
from lncprom.training.nan_guard import Watch
from lncprom.training.resume_state import Keeper
from lncprom.training.run import NOT_JUDGED, Data, Epoch, Place, Settings, Trained
from lncprom.training.signals import Listener

_TELL = 30  # seconds between progress lines within an epoch


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
    with out_of_memory.needed(machine.name, "the model's weights"):
        module = family.module.to(machine.device)
    trained = list(family.trainable().values())
    optimizer = trainable.optimizer(trained, settings.weight_decay, machine)
    label = torch.from_numpy(data.train_label.astype(np.int64)).to(machine.device)
    seed = random_keys.restart_seed(settings.seed, attempt)
    steps = math.ceil(len(data.train) / settings.batch) * settings.epochs
    warmup = schedule.longer_warmup(settings.warmup_steps, attempt, steps)
    place, best = Place(min(settings.micro_batch or settings.batch, settings.batch)), None
    torch.manual_seed(seed)
    if state is not None:
        place, best = Place(**state["place"]), state["best"]
        if "weights" not in state:  # of a run that is done the best are all that is left
            assert place.epoch == settings.epochs, "a run that is not done has all of its state"
        else:
            trainable.put(family, state["weights"])
            optimizer.load_state_dict(state["optimizer"])
            random_state.set_random(state["random"], machine)
    random = random_state.random(machine)  # as it stands at `place`
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
                "weights": trainable.taken(family),
                "best": best,
                "optimizer": optimizer.state_dict(),
                "random": random,
            }
        )

    try:
        way = compiled_steps.prepare(
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
                loss = micro_batches.gradients(way, label, chosen, machine, place, random, tell)
                norm = torch.nn.utils.clip_grad_norm_(trained, settings.clip)
                with listener.shielded():
                    watch.add(loss, norm, len(chosen), rate)
                    for group in optimizer.param_groups:
                        group["lr"] = rate
                    with out_of_memory.needed(machine.name, "the optimizer's moments of all weights that are trained"):
                        optimizer.step()
                    optimizer.zero_grad(set_to_none=not way.graphs)
                    random = random_state.random(machine)
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
            dev = predict.logits(family, data.dev, machine, 4 * place.micro_batch, tell)
            row = judged(dev, data, place, attempt, warmup, rate)
            watch.check_dev(row.dev_loss, rate)
            with listener.shielded():
                place.history.append(tuple(row))
                if row.dev_loss < place.best_loss:
                    place.best_loss, place.best_epoch = row.dev_loss, row.epoch
                    best = trainable.taken(family, copy=True)
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
    trainable.put(family, best)
    module.eval()
    return Trained(place, [Epoch(*row) for row in place.history], warmup, steps, way.record, way.note)


def judged(dev: np.ndarray, data: Data, place: Place, attempt: int, warmup: int, rate: float) -> Epoch:
    """The epoch that has just ended, with the logits of dev, as a line of training.tsv."""
    probability = predict.probability(dev)
    ranked = metrics.Ranked.of(data.dev_label, probability)
    train_loss, dev_loss = place.loss_sum / place.loss_sequences, predict.loss(dev, data.dev_label)
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
