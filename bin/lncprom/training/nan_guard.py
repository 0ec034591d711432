"""Losses as they come, summed for the log, and the stop when one is no number any more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click
import torch

from lncprom.inference.device import Machine
from lncprom.training.resume_state import Keeper

if TYPE_CHECKING:
    from lncprom.training.run import Place

_LOOK = 25  # steps between looks at losses that lie on a GPU: each look waits for it


class Diverged(click.ClickException):
    """The loss is no number any more: exit code 1, which is not retried, since it would end so again."""

    exit_code = 1


class Watch:
    """Adds the loss of each step to `place`; looks at once on a CPU, at a GPU now and then, and before each save."""

    def __init__(self, machine: Machine, place: Place, keeper: Keeper | None) -> None:
        self._every = 1 if machine.device.type == "cpu" else _LOOK
        self._place, self._keeper = place, keeper
        self._seen: list[tuple[torch.Tensor, torch.Tensor, int, float, int]] = []

    def add(self, loss: torch.Tensor, norm: torch.Tensor, sequences: int, rate: float) -> None:
        """A step's loss and norm of the gradient; on a CPU the fault is met before the weights are changed."""
        self._seen.append((loss, norm, sequences, rate, self._place.step))
        if len(self._seen) >= self._every:
            self.look()

    def look(self) -> None:
        if not self._seen:
            return
        found = torch.stack([torch.stack([loss, norm]) for loss, norm, *_ in self._seen]).tolist()
        for (loss, norm), (_, _, sequences, rate, step) in zip(found, self._seen, strict=True):
            if not (math.isfinite(loss) and math.isfinite(norm)):
                what, value = ("loss", loss) if not math.isfinite(loss) else ("norm of the gradient", norm)
                raise self._diverged(what, value, step, rate)
            self._place.loss_sum += loss * sequences
            self._place.loss_sequences += sequences
        self._seen.clear()

    def check_dev(self, loss: float, rate: float) -> None:
        if not math.isfinite(loss):
            raise self._diverged("loss on dev", loss, self._place.step - 1, rate)

    def _diverged(self, what: str, value: float, step: int, rate: float) -> Diverged:
        saved = "no checkpoint was saved before"
        if self._keeper is not None and self._keeper.saved_step is not None:
            saved = f"the last good checkpoint is that of step {self._keeper.saved_step:,}, {self._keeper.path}"
        return Diverged(
            f"the {what} is {value} in step {step + 1:,} (epoch {self._place.epoch + 1}) at learning rate {rate:.3g}; "
            f"{saved}; lower --learning-rate or lengthen --warmup-steps"
        )
