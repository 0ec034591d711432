"""The weights that training changes: given to the optimizer, taken out for a checkpoint, put back."""

from __future__ import annotations

import inspect

import torch

from lncprom.models.base import Family


class AdamW(torch.optim.AdamW):
    """torch's AdamW without the wrappers for torch.compile, which import more than a short training costs."""

    add_param_group = inspect.unwrap(torch.optim.AdamW.add_param_group)
    load_state_dict = inspect.unwrap(torch.optim.AdamW.load_state_dict)
    state_dict = inspect.unwrap(torch.optim.AdamW.state_dict)
    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))
    zero_grad = inspect.unwrap(torch.optim.AdamW.zero_grad)


def optimizer(family: Family, decay: float) -> AdamW:
    """AdamW in its fused form; some weights do not decay, see `Family.decays`."""
    trained = family.trainable().items()
    groups = [
        {"params": [weight for name, weight in trained if family.decays(name, weight)], "weight_decay": decay},
        {"params": [weight for name, weight in trained if not family.decays(name, weight)], "weight_decay": 0.0},
    ]
    return AdamW([group for group in groups if group["params"]], fused=True)


def taken(family: Family, copy: bool = False) -> dict[str, torch.Tensor]:
    """Name -> what is trained: as it is, or copied into main memory. No family has buffers that training changes."""
    found = {f"weight {name}": weight.detach() for name, weight in family.trainable().items()}
    return {name: tensor.to("cpu", copy=True) for name, tensor in found.items()} if copy else found


@torch.no_grad()
def put(family: Family, saved: dict[str, torch.Tensor]) -> None:
    """Back into the model what `taken` took out of it."""
    for name, tensor in taken(family).items():
        tensor.copy_(saved[name])
