"""Gradients of one batch on whatever memory there is: in parts, which become smaller where it does not suffice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch

from lncprom.inference.device import Machine
from lncprom.models import out_of_memory
from lncprom.training.random_state import set_random

if TYPE_CHECKING:
    from lncprom.training.compiled_steps import Steps
    from lncprom.training.run import Place


def gradients(
    steps: Steps,
    label: torch.Tensor,
    chosen: np.ndarray,
    machine: Machine,
    place: Place,
    started: dict,
    tell: Callable[[str], None],
) -> torch.Tensor:
    """The mean loss of the chosen sequences, with its gradients on the weights: forward and backward, part by part.

    Where memory lacks, `place.micro_batch` is halved, which doubles the number of parts, and the batch is begun again
    from the random state `started`. The parts' losses are summed over the size of the whole batch, so that its
    gradient is the same in any number of parts.
    """
    while True:
        try:
            total = torch.zeros((), device=machine.device)
            for at in range(0, len(chosen), place.micro_batch):
                part = chosen[at : at + place.micro_batch]
                logits = steps.logits(part)
                known = label[torch.from_numpy(part).to(label.device)]
                loss = torch.nn.functional.cross_entropy(logits, known, reduction="sum") / len(chosen)
                loss.backward()
                total += loss.detach()
            return total
        except out_of_memory.FAULTS as fault:
            if not out_of_memory.is_out_of_memory(fault):
                raise
            if min(place.micro_batch, len(chosen)) == 1:
                raise out_of_memory.one_sequence(machine.name, int(steps.data.longest[chosen].max())) from None
        logits = loss = None  # outside of `except`, whose traceback would keep the tensors alive
        steps.stop()
        steps.family.module.zero_grad(set_to_none=True)
        if machine.device.type == "cuda":
            torch.cuda.empty_cache()
        set_random(started, machine)
        place.micro_batch = min(place.micro_batch, len(chosen)) // 2
        tell(f"out of memory: from here on {place.micro_batch} sequences at a time, summed to the same batch")
