"""Gradients of one batch in whatever memory there is: in parts, which get smaller if memory does not suffice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import NamedTuple

import numpy as np
import torch

from lncprom.inference import batches
from lncprom.inference.batches import Encoded
from lncprom.inference.device import Machine
from lncprom.models import out_of_memory
from lncprom.models.base import Family
from lncprom.training import resume_state
from lncprom.training.cpu_dropout import Quick


class Gradients(NamedTuple):
    """Mean loss of the batch, and how many sequences fit into memory at once. The gradients are on the weights."""

    loss: torch.Tensor
    micro_batch: int


def gradients(
    family: Family,
    data: Encoded,
    label: torch.Tensor,
    chosen: np.ndarray,
    machine: Machine,
    micro_batch: int,
    random: dict,
    log: Callable[[str], None],
) -> Gradients:
    """Run the chosen sequences forward and backward, `micro_batch` at a time.

    The losses of the parts are summed over the size of the whole batch, so its gradient is the same in any number of
    parts. If memory does not suffice, the parts are halved and the batch starts again from the random state `random`.
    """
    while True:
        try:
            total = torch.zeros((), device=machine.device)
            for at in range(0, len(chosen), micro_batch):
                part = chosen[at : at + micro_batch]
                logits = _logits(family, data, part, machine)
                known = label[torch.from_numpy(part).to(label.device)]
                loss = torch.nn.functional.cross_entropy(logits, known, reduction="sum") / len(chosen)
                loss.backward()
                total += loss.detach()
            return Gradients(total, micro_batch)
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


def _logits(family: Family, data: Encoded, part: np.ndarray, machine: Machine) -> torch.Tensor:
    """Logits (sequences, 2) in fp32 of the sequences with these indices."""
    batch = batches.gather(data, part)
    with machine.autocast(), Quick() if machine.device.type == "cpu" else nullcontext():
        rows = family.logits(batch.ids, batch.mask)
    return batches.of_sequences(rows, batch)
