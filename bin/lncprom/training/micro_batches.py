"""Gradients of one batch in whatever memory there is: in parts, which get smaller if memory does not suffice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
import torch

from lncprom.inference import batches
from lncprom.inference.batches import Encoded
from lncprom.inference.device import Machine
from lncprom.models import out_of_memory
from lncprom.models.base import Family
from lncprom.training import resume_state
from lncprom.training.cpu_dropout import Quick


def gradients(
    family: Family,
    data: Encoded,
    answer: torch.Tensor,
    chosen: np.ndarray,
    machine: Machine,
    micro_batch: int,
    random: dict,
    log: Callable[[str], None],
) -> tuple[torch.Tensor, int]:
    """Mean loss of the chosen sequences, and how many fit into memory at once; the gradients are on the weights.

    The losses of the parts are summed over the size of the whole batch, so its gradient is the same in any number of
    parts. If memory does not suffice, the parts are halved and the batch starts again from the random state `random`.
    """
    while True:
        try:
            total = torch.zeros((), device=machine.device)
            for at in range(0, len(chosen), micro_batch):
                part = chosen[at : at + micro_batch]
                with Quick() if machine.device.type == "cpu" else nullcontext():
                    logits = batches.logits(family, data, part, machine)
                loss = summed(logits, answer[torch.from_numpy(part).to(answer.device)]) / len(chosen)
                loss.backward()
                total += loss.detach()
            return total, micro_batch
        except out_of_memory.FAULTS as fault:
            if not out_of_memory.is_out_of_memory(fault):
                raise
            if min(micro_batch, len(chosen)) == 1:
                raise out_of_memory.one_sequence(machine.name, int(data.longest[chosen].max())) from None
        logits = loss = None  # outside of `except`, whose traceback would keep the tensors alive
        family.module.zero_grad(set_to_none=True)
        if machine.device.type == "cuda":
            torch.cuda.empty_cache()
        resume_state.set_random_state(random, machine)
        micro_batch = min(micro_batch, len(chosen)) // 2
        log(f"out of memory: from now on {micro_batch} sequences at a time, summed to the same batch")


def summed(logits: torch.Tensor, answer: torch.Tensor) -> torch.Tensor:
    """The sum of losses: cross entropy with classes, squared error with targets (floating point; mean over outputs)."""
    if answer.is_floating_point():
        return torch.nn.functional.mse_loss(logits, answer.view(logits.shape), reduction="sum") / logits.shape[1]
    return torch.nn.functional.cross_entropy(logits, answer, reduction="sum")
