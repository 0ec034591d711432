"""What log and card say of a fine-tuning run: opening line, a record of each attempt, notes, counts, cost."""

from __future__ import annotations

from dataclasses import asdict

import torch

from lncprom import random_keys
from lncprom.inference import encode
from lncprom.inference.device import Machine
from lncprom.models import base
from lncprom.tables import dataset
from lncprom.training import cost as meters
from lncprom.training import run


def opening(family: base.Family, data: run.Data, machine: Machine, settings: run.Settings, seen: encode.Seen) -> str:
    facts = seen.counts()
    tss = "" if facts["tss_seen_share"] is None else f", the TSS of {facts['tss_seen_share']:.1%}"
    trained = sum(weight.numel() for weight in family.trainable().values())
    chosen = ", ".join(f"{name} {value}" for name, value in asdict(settings).items())
    return (
        f"{family.name}, {trained:,} weights to train; {len(data.train):,} sequences in train, "
        f"{len(data.dev):,} in dev; "
        f"{facts['bases_seen_share']:.1%} of the bases are seen{tss}\n"
        f"{machine.name}, {machine.precision}, {machine.threads} CPU threads; {chosen}"
    )


def record(trained: run.Trained, settings: run.Settings, number: int) -> dict:
    return {
        "attempt": number + 1,
        "seed": random_keys.restart_seed(settings.seed, number),
        "warmup_steps": trained.warmup_steps,
        "epochs": len(trained.epochs),
        "best_epoch": trained.place.best_epoch,
        "dev_loss": trained.best.dev_loss,
        "dev_mcc": trained.best.dev_mcc,
        "collapsed": trained.epochs[-1].collapsed if trained.place.collapsed else "",
        "micro_batch": trained.place.micro_batch,
        "history": [tuple(row) for row in trained.epochs],
    }


def notes(
    trained: run.Trained, attempts: list[dict], settings: run.Settings, labels: dict, shuffled: bool = False
) -> list[str]:
    found = []
    if shuffled:
        found.append(
            f"label-shuffled control: the labels of train and dev were shuffled (seed {settings.seed}), so there was "
            "nothing to learn; losses and MCC on dev refer to shuffled labels, predictions to the true ones"
        )
    if settings.warmup_steps * 2 > trained.steps:
        found.append(
            f"{settings.warmup_steps} of {trained.steps} steps were warm-up: for a data set of this size lower "
            "--warmup-steps or give more --epochs"
        )
    if len(attempts) > 1:
        found.append(f"{len(attempts)} attempts: " + "; ".join(one["collapsed"] or "trained" for one in attempts))
    if trained.place.collapsed and not shuffled:
        found.append(f"collapsed in the last of {len(attempts)} attempts: its probabilities carry little information")
    if len(set(labels["dev"].tolist())) == 1:
        found.append(f"dev holds class {labels['dev'][0]} only: the epoch was chosen on one class")
    if not len(labels["test"]):
        found.append("no sample in test")
    return found


def counts(
    family: base.Family, trained: run.Trained, attempts: list[dict], samples: int, labels: dict, seen: encode.Seen
) -> dict:
    """Return the card's `counts`: what the model saw, its size, its best epoch, every attempt."""
    return {
        "samples": samples,
        "fold_by_label": dataset.labels_by_fold(labels),
        **seen.counts(),
        "weights": sum(weight.numel() for weight in family.module.parameters()),
        "weights_trained": sum(weight.numel() for weight in family.trainable().values()),
        "best_epoch": trained.place.best_epoch,
        "dev_loss": trained.best.dev_loss,
        "dev_mcc": trained.best.dev_mcc,
        "collapsed": attempts[-1]["collapsed"],
        "attempts": [{key: value for key, value in one.items() if key != "history"} for one in attempts],
    }


def cost(
    family: base.Family,
    data: run.Data,
    machine: Machine,
    trained: run.Trained,
    energy: int | None,
    seconds: float,
) -> dict:
    """Return the card's `run`; `seconds` count from the start, or where it was resumed, and `energy` was then."""
    energy_now = meters.energy(machine)
    place = trained.place
    rate = place.sequences / max(place.seconds, 1e-9)
    peak, flops = meters.peak_flops(machine), None  # counted only where the device's peak is known: a GPU
    if peak is not None:
        flops = rate * meters.training_flops(family, data.train.lengths) / len(data.train)
    return {
        "device": machine.name,
        "precision": machine.precision,
        "threads": machine.threads,
        "torch": torch.__version__,
        "seconds": round(seconds, 3),
        "sequences_per_second": round(rate, 2),
        "tflops": flops and round(flops / 1e12, 4),
        "model_flop_utilization": flops and round(flops / peak, 4),
        "gpu_energy_joules": None if energy is None or energy_now is None else (energy_now - energy) / 1000,
        **meters.peak_memory(machine),
    }
