"""LoRA: small matrices beside some linear layers are trained, and the whole head; all other weights are frozen.

Source: Hu et al. 2022, https://arxiv.org/abs/2106.09685. Adapters are saved as peft saves them, and peft opens them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import torch
from torch import nn

from lncprom import files
from lncprom.errors import InputError
from lncprom.models import base, checkpoints, saved_folder
from lncprom.models.base import Option

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"


def name_list(value: object) -> list[str]:
    """Reads names separated by commas, or a list of them."""
    found = [part.strip() for part in value.split(",")] if isinstance(value, str) else [str(part) for part in value]
    if not found or not all(found):
        raise click.BadParameter(f"{value!r} is not a list of names separated by commas.")
    return found


OPTIONS: Mapping[str, Option] = {
    "lora_r": Option(8, click.IntRange(0)),  # 0: no LoRA, every weight is trained
    "lora_alpha": Option(16.0, click.FloatRange(0, float("inf"), max_open=True)),
    "lora_dropout": Option(0.05, base.FRACTION),
    "lora_targets": Option(["query", "value"], name_list),
}
_PEFT = "base_model.model."  # what peft writes before the name of each weight


class Adapted(nn.Module):
    """A frozen linear layer plus the product of two small matrices, which is 0 at first."""

    def __init__(self, layer: nn.Module, rank: int, alpha: float, dropout: float) -> None:
        super().__init__()
        self.base_layer, self.scaling = layer, alpha / rank
        self.lora_dropout = nn.Dropout(dropout)
        outputs, inputs = layer.weight.T.shape if _is_transposed(layer) else layer.weight.shape
        self.lora_A = nn.Linear(inputs, rank, bias=False)
        self.lora_B = nn.Linear(rank, outputs, bias=False)
        nn.init.kaiming_uniform_(self.lora_A.weight, a=5**0.5)  # a second draw, as peft: a seed gives the same adapters
        nn.init.zeros_(self.lora_B.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.base_layer(x) + self.lora_B(self.lora_A(self.lora_dropout(x))) * self.scaling


def add(module: nn.Module, head: Sequence[str], idle: Sequence[str], options: Mapping[str, object], seed: int) -> None:
    """Put adapters, drawn from `seed`, on every linear layer that a target names, except those of the head.

    Raises
    ------
    InputError
        if a target names no linear layer.
    """
    apart, targets = (*head, *idle), options["lora_targets"]
    layers = {
        name: layer
        for name, layer in module.named_modules()
        if (isinstance(layer, nn.Linear) or _is_transposed(layer)) and not name.startswith(apart)
    }
    for target in targets:
        if not any(f".{name}".endswith(f".{target}") for name in layers):
            there = sorted({name.rsplit(".", 1)[-1] for name in layers})
            raise InputError(f"LoRA target {target!r} matches no linear layer. Choose from: {', '.join(there)}.")
    for name, weight in module.named_parameters():
        weight.requires_grad_(name.startswith(tuple(head)))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name, layer in layers.items():
            if f".{name}".endswith(tuple(f".{target}" for target in targets)):
                adapted = Adapted(layer, options["lora_r"], options["lora_alpha"], options["lora_dropout"])
                module.set_submodule(name, adapted)


def _is_transposed(layer: nn.Module) -> bool:
    """Whether it is GPT-2's linear layer, which holds its matrix the other way round."""
    return type(layer).__name__ == "Conv1D"


def summary(module: nn.Module, options: Mapping[str, object]) -> str:
    """Say for the log and the card what is trained."""
    trained = sum(weight.numel() for weight in module.parameters() if weight.requires_grad)
    total = sum(weight.numel() for weight in module.parameters())
    if not options["lora_r"]:
        return f"no LoRA: {trained:,} of {total:,} weights are trained"
    return (
        f"LoRA r {options['lora_r']} on {', '.join(options['lora_targets'])} and the whole head: "
        f"{trained:,} of {total:,} weights are trained"
    )


def save(family: base.Family, head: Sequence[str], folder: Path) -> None:
    """Write adapter_config.json and adapter_model.safetensors as peft reads them, and the record of the model."""
    module, options = family.module, family.options
    config = {
        "base_model_name_or_path": None,
        "bias": "none",
        "fan_in_fan_out": any(
            isinstance(part, Adapted) and _is_transposed(part.base_layer) for part in module.modules()
        ),
        "inference_mode": True,
        "lora_alpha": options["lora_alpha"],
        "lora_dropout": options["lora_dropout"],
        "modules_to_save": [prefix.rstrip(".") for prefix in head],
        "peft_type": "LORA",
        "r": options["lora_r"],
        "target_modules": sorted(options["lora_targets"]),
        "task_type": None,
    }
    files.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", folder / CONFIG)
    trained = {_PEFT + name: weight for name, weight in module.named_parameters() if weight.requires_grad}
    checkpoints.write_tensors(trained, folder / WEIGHTS)
    saved_folder.write_record(family, folder, "adapter")


def restore(family: base.Family, folder: Path) -> None:
    """Read back what `save` wrote; adapters of another checkpoint are refused."""
    if saved_folder.read_record(folder)["checkpoint"] != family.digest():
        raise InputError(f"{folder}: LoRA adapters of another checkpoint or other options; give the one used then")
    module = family.module
    path = Path(folder) / WEIGHTS
    tensors = {name.removeprefix(_PEFT): weight for name, weight in checkpoints.read(path).items()}
    frozen = [name for name, weight in module.named_parameters() if not weight.requires_grad]
    checkpoints.fill(module, tensors, source=path, head=(), optional=frozen)
