"""Stops a run whose loss is NaN or infinite, and sums the losses that are not."""

from __future__ import annotations

import math
from typing import NamedTuple

import click
import torch

from lncprom.inference.device import Machine
from lncprom.training.resume_state import Keeper
from lncprom.training.run import Place

_EVERY = 25  # steps on a GPU between two looks at the losses: each look waits for the GPU


class Diverged(click.ClickException):
    """The loss is NaN or infinite: exit code 1, which is not retried, because it would happen again."""

    exit_code = 1


class _Step(NamedTuple):
    loss: torch.Tensor
    norm: torch.Tensor
    sequences: int
    rate: float
    number: int


class Watch:
    """Looks at the losses: at each step on a CPU, every 25 steps on a GPU, and before each save."""

    def __init__(self, machine: Machine, keeper: Keeper | None) -> None:
        self._every = 1 if machine.device.type == "cpu" else _EVERY
        self._keeper = keeper
        self._new: list[_Step] = []

    def add(
        self, loss: torch.Tensor, norm: torch.Tensor, sequences: int, rate: float, place: Place
    ) -> list[tuple[float, int]]:
        """Note the loss and the norm of the gradient of a step; return what `look` returns, if it is time to look."""
        self._new.append(_Step(loss, norm, sequences, rate, place.step))
        return self.look(place) if len(self._new) >= self._every else []

    def look(self, place: Place) -> list[tuple[float, int]]:
        """Return the loss and the number of sequences of each step since the last look.

        Raises
        ------
        Diverged
            if a loss or a norm is NaN or infinite.
        """
        if not self._new:
            return []
        found = torch.stack([torch.stack([step.loss, step.norm]) for step in self._new]).tolist()
        for (loss, norm), step in zip(found, self._new, strict=True):
            for what, value in (("loss", loss), ("norm of the gradient", norm)):
                if not math.isfinite(value):
                    raise self._diverged(what, value, step.number, step.rate, place)
        steps, self._new = self._new, []
        return [(loss, step.sequences) for (loss, _), step in zip(found, steps, strict=True)]

    def check_dev(self, loss: float, rate: float, place: Place) -> None:
        if not math.isfinite(loss):
            raise self._diverged("loss on dev", loss, place.step - 1, rate, place)

    def _diverged(self, what: str, value: float, step: int, rate: float, place: Place) -> Diverged:
        saved = "no checkpoint was saved before"
        if self._keeper is not None and self._keeper.saved_step is not None:
            saved = f"the last good checkpoint is {self._keeper.path} (step {self._keeper.saved_step:,})"
        return Diverged(
            f"the {what} is {value} in step {step + 1:,} (epoch {place.epoch + 1}) at learning rate {rate:.3g}; "
            f"{saved}. Lower --learning-rate or raise --warmup-steps."
        )
