"""LoRA by peft: small matrices beside some linear layers are trained, and the whole head; all else stays frozen."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict

from lncprom import files
from lncprom.errors import InputError
from lncprom.models import base, checkpoints
from lncprom.models.base import Option

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
OPTIONS: Mapping[str, Option] = {
    "lora_r": Option(8, base.whole(0)),  # 0: no LoRA, every weight is trained
    "lora_alpha": Option(16.0, base.number(0)),
    "lora_dropout": Option(0.05, base.number(0, 1)),
    "lora_targets": Option(["query", "value"], base.name_list),
}


def wrap(
    module: torch.nn.Module, head: Sequence[str], idle: Sequence[str], options: Mapping[str, object], seed: int
) -> PeftModel:
    """The module with adapters, drawn from `seed`, on every linear layer that a target names, but for the head."""
    apart = (*head, *idle)
    layers = [
        name
        for name, layer in module.named_modules()
        if isinstance(layer, torch.nn.Linear) and not name.startswith(apart)
    ]
    targets = options["lora_targets"]
    for target in targets:
        if not any(name == target or name.endswith(f".{target}") for name in layers):
            there = sorted({name.rsplit(".", 1)[-1] for name in layers})
            raise InputError(f"LoRA target {target!r} matches no linear layer; there are: {', '.join(there)}")
    config = LoraConfig(
        r=options["lora_r"],
        lora_alpha=options["lora_alpha"],
        lora_dropout=options["lora_dropout"],
        target_modules=list(targets),
        modules_to_save=[prefix.rstrip(".") for prefix in head],
    )
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        torch.manual_seed(seed)
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by a name that is going out of use
        return get_peft_model(module, config)


def summary(module: torch.nn.Module, options: Mapping[str, object]) -> str:
    """What is trained, in words for the log and the card."""
    trained = sum(weight.numel() for weight in module.parameters() if weight.requires_grad)
    named = module.named_parameters()
    total = sum(weight.numel() for name, weight in named if ".original_module." not in name)  # peft's untrained copy
    if not options["lora_r"]:
        return f"no LoRA: {trained:,} of {total:,} weights are trained"
    return (
        f"LoRA r {options['lora_r']} on {', '.join(options['lora_targets'])} and the whole head: "
        f"{trained:,} weights are trained of {total:,}"
    )


def head(module: PeftModel, prefixes: Sequence[str]) -> list[torch.nn.Module]:
    """The head's modules that are trained; peft keeps the untrained ones beside them."""
    inner = module.get_base_model()
    return [inner.get_submodule(prefix.rstrip(".")).modules_to_save["default"] for prefix in prefixes]


def save(module: PeftModel, folder: Path) -> None:
    """adapter_config.json and adapter_model.safetensors, as peft reads them."""
    config = module.peft_config["default"].to_dict() | {"base_model_name_or_path": None, "inference_mode": True}
    text = json.dumps(config, indent=2, sort_keys=True, default=_plain)
    files.write_text(text + "\n", folder / CONFIG)
    tensors = get_peft_model_state_dict(module, save_embedding_layers=False)
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    checkpoints.write_tensors(tensors, folder / WEIGHTS)


def restore(module: PeftModel, folder: Path) -> None:
    tensors = checkpoints.read(Path(folder) / WEIGHTS)
    wanted = {
        name: tensor.shape for name, tensor in get_peft_model_state_dict(module, save_embedding_layers=False).items()
    }
    if wanted != {name: tensor.shape for name, tensor in tensors.items()}:
        odd = sorted(wanted.keys() ^ tensors.keys()) or sorted(
            name for name in wanted if wanted[name] != tensors[name].shape
        )
        raise InputError(f"{Path(folder) / WEIGHTS}: not the adapters of this model, {', '.join(odd)} differ")
    checkpoints.check_finite(tensors, Path(folder) / WEIGHTS)
    set_peft_model_state_dict(module, tensors)


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, (set, frozenset)) else str(value)
