"""The state of torch's random generators: read, and set again."""

from __future__ import annotations

import torch

from lncprom.inference.device import Machine


def random(machine: Machine) -> dict[str, torch.Tensor]:
    """The state of torch's generators, from which dropout is drawn."""
    found = {"cpu": torch.get_rng_state()}
    if machine.device.type == "cuda":
        found["cuda"] = torch.cuda.get_rng_state(machine.device)
    return found


def set_random(state: dict[str, torch.Tensor], machine: Machine) -> None:
    """Back to such a state; a run that went from GPU to CPU or back has none of the other's."""
    torch.set_rng_state(state["cpu"])
    if machine.device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], machine.device)
