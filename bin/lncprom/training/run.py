"""What a training is asked for and where it stands: settings, data, epochs, its place, its outcome."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

import numpy as np

from lncprom.errors import InputError
from lncprom.inference.batches import Encoded

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

    def check(self) -> None:
        for name, least in (("epochs", 1), ("batch", 1), ("warmup_steps", 0), ("restarts", 0), ("micro_batch", 0)):
            if getattr(self, name) < least:
                raise InputError(f"{_option(name)} {getattr(self, name)}: {least} at least")
        for name, zero in (("learning_rate", False), ("weight_decay", True), ("clip", False)):
            value = getattr(self, name)
            if not math.isfinite(value) or value < 0 or (value == 0 and not zero):
                raise InputError(f"{_option(name)} {value:g}: {'0 or more' if zero else 'above 0'}, and finite")

    def deciding(self) -> dict[str, object]:
        """Settings that decide the weights. The number of parts of a batch changes only their rounding."""
        return {name: value for name, value in asdict(self).items() if name != "micro_batch"}


class Data(NamedTuple):
    """Tokens and answers of the two folds that training sees.

    Answers are labels, 0 or 1 (int64), or the targets of a regression on their scale (float32), which may have
    several outputs, see `targets.Scale`.
    """

    train: Encoded
    train_answer: np.ndarray
    dev: Encoded
    dev_answer: np.ndarray

    @property
    def dev_label(self) -> np.ndarray:
        """Of a regression: whether a target is above the median of train."""
        return (self.dev_answer.reshape(len(self.dev_answer), -1)[:, 0] > 0).astype(np.int64)


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

    @property
    def best(self) -> Epoch:
        return next(row for row in self.epochs if row.epoch == self.place.best_epoch)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
