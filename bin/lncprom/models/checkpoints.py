"""Weights of checkpoints: read without running anything that lies beside them, put into a module, drawn, written."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import pickle
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from lncprom import files
from lncprom.errors import InputError
from lncprom.models import out_of_memory
from lncprom.models.checkpoint_folder import CONFIG, SAFETENSORS, refuse_stand_in, weight_files


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Name -> tensor of all weights, on the CPU."""
    found: dict[str, torch.Tensor] = {}
    for path in weight_files(folder):
        found |= read(path)
    _refuse_two_names(found, folder)
    return found


def read(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of one file; a pickle is opened only as far as it holds tensors."""
    refuse_stand_in(path, "weights")
    try:
        with open(path, "rb") as handle:
            first = handle.read(9)
        safe = (
            path.suffix == ".safetensors"
        )  # after 8 bytes: JSON; a pickle is torch's zip archive or an older bare one
        if first and not (first[8:] == b"{" if safe else first.startswith((b"PK", b"\x80"))):
            raise InputError(f"{path}: no weights (another format by this name?); download it again")
        if safe:
            return load_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on pickle protocols; what cannot be read is refused below
            archive = first.startswith(b"PK")  # only such can be mapped: read tensor by tensor, not all at once
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=archive)
    except SafetensorError as fault:
        raise InputError(f"{path}: cut short or damaged ({fault}); download it again") from None
    except pickle.UnpicklingError as fault:
        what = re.search(r"(?:GLOBAL|global:?|class) [`']?([\w.]+)", str(fault))
        raise InputError(
            f"{path}: holds more than tensors ({what.group(1) if what else 'code'}), so it was not opened; "
            "get the weights as safetensors"
        ) from None
    except (RuntimeError, EOFError, OSError, ValueError, KeyError) as fault:
        if out_of_memory.is_out_of_memory(fault):
            raise
        reason = (str(fault).splitlines() or [type(fault).__name__])[0]
        raise InputError(f"{path}: cut short or damaged ({reason}); download it again") from None
    if not isinstance(content, dict) or not all(isinstance(tensor, torch.Tensor) for tensor in content.values()):
        raise InputError(f"{path}: not a table of named weights; is it a training state?")
    return content


def _refuse_two_names(tensors: Mapping[str, torch.Tensor], source: Path) -> None:
    """Refuse a norm whose weight or bias is there under its first name (gamma, beta) and its present one."""
    for name in tensors:
        if (new := _present_name(name)) != name and new in tensors:
            raise InputError(f"{source}: two weights for {new}, one of them named {name}; keep one")


def _present_name(name: str) -> str:
    return re.sub(r"\.beta$", ".bias", re.sub(r"\.gamma$", ".weight", name))


def renamed(
    tensors: Mapping[str, torch.Tensor], module: nn.Module, prefix: str, unused: Sequence[str], source: Path
) -> dict[str, torch.Tensor]:
    """The weights by the names that `module` has for them, found as transformers finds them.

    `gamma` and `beta` are the first names of a norm's weight and bias; the encoder saved alone, without any head, has
    no `prefix` in front of its names.
    """
    wanted, found = module.state_dict(), {}
    for name, tensor in tensors.items():
        new = _present_name(name)
        full = prefix + new
        if new not in wanted and (full in wanted or any(re.match(pattern, full) for pattern in unused)):
            new = full
        if new in found:
            raise InputError(f"{source}: two weights for {new}, one of them named {name}; keep one")
        found[new] = tensor
    return found


def fill(
    module: nn.Module,
    tensors: Mapping[str, torch.Tensor],
    *,
    source: Path,
    head: Sequence[str],
    unused: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> list[str]:
    """Copy every weight into `module`; returns the prefixes of `head` that the checkpoint has nothing of.

    Parameters
    ----------
    head
        Prefixes of the modules that may be new, each as a whole.
    unused
        Patterns of names that the checkpoint may have and a classifier has no use for.
    optional
        Prefixes of what the module has and a classifier has no use for, so that it may be missing.

    Raises
    ------
    InputError
        that names every weight that is missing, left over, of another shape or not of finite numbers.
    """
    wanted = module.state_dict()
    new = [prefix for prefix in head if not any(name.startswith(prefix) for name in tensors)]
    may_miss = (*new, *optional)
    missing = [name for name in wanted if name not in tensors and not name.startswith(may_miss)]
    spare = [name for name in tensors if name not in wanted]
    spare = [name for name in spare if not any(re.match(pattern, name) for pattern in unused)]
    shapes = [
        f"{name} {list(tensor.shape)}, not {list(wanted[name].shape)}"
        for name, tensor in tensors.items()
        if name in wanted and tensor.shape != wanted[name].shape
    ]
    refuse(source, missing, spare, shapes)
    check_finite({name: tensors[name] for name in wanted if name in tensors}, source)
    with torch.no_grad():
        for name, target in wanted.items():
            if name in tensors:
                target.copy_(tensors[name])
    return new


def refuse(source: Path, missing: Sequence[str], spare: Sequence[str], shapes: Sequence[str]) -> None:
    """Name weights that are missing, left over or of another shape, where there are any."""
    faults = [
        f"{len(names)} {what}: {', '.join(_short(names))}"
        for names, what in ((missing, "missing"), (spare, "unknown"), (shapes, "of another shape"))
        if names
    ]
    if faults:
        raise InputError(f"{source}: not the weights of this model; {'; '.join(faults)}; is it another model's?")


def check_finite(tensors: Mapping[str, torch.Tensor], source: Path) -> None:
    """Refuse weights of which some are no numbers: training with them ends in a loss that is none."""
    odd = [name for name, tensor in tensors.items() if not torch.isfinite(tensor).all()]
    if odd:
        raise InputError(
            f"{source}: NaN or infinite values in {len(odd)} weights: {', '.join(_short(odd))}; "
            "the file is damaged, download it or make it again"
        )


def draw(modules: Iterable[nn.Module], seed: int, deviation: float | None) -> None:
    """Draw every weight of these modules, so that nothing that was trained is left, embeddings and adapters too.

    Matrices are normal with this standard deviation, or, where that is None, one over the root of the inputs of a
    unit; norms are 1, biases and the padding's embedding 0.
    """
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for part in itertools.chain.from_iterable(module.modules() for module in modules):
            for name, weight in part.named_parameters(recurse=False):
                if weight.ndim == 1:
                    weight.fill_(float(isinstance(part, nn.LayerNorm) and name == "weight"))
                    continue
                scale = (weight.numel() / len(weight)) ** -0.5 if deviation is None else deviation
                weight.copy_(torch.randn(weight.shape, generator=random) * scale)
            if isinstance(part, nn.Embedding) and part.padding_idx is not None:
                part.weight[part.padding_idx] = 0


def write(module: nn.Module, config: Mapping, folder: Path) -> None:
    """config.json and model.safetensors, as published."""
    files.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", folder / CONFIG)
    write_tensors(module.state_dict(), folder / SAFETENSORS)


def write_tensors(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    with files.writing(path) as beside, full_disk():
        save_file(tensors, beside, metadata={"format": "pt"})


@contextmanager
def full_disk() -> Iterator[None]:
    """An OSError where the writer of safetensors wraps what the system said."""
    try:
        yield
    except SafetensorError as fault:
        code = re.search(r"os error (\d+)", str(fault))
        if code is None or int(code[1]) not in files.FULL:
            raise
        raise OSError(int(code[1]), os.strerror(int(code[1]))) from None


def digest(paths: Iterable[Path], options: Mapping) -> str:
    """SHA-256 over files, by name and content, and options."""
    whole = hashlib.sha256(json.dumps(dict(options), sort_keys=True).encode())
    for path in paths:
        whole.update(f"{path.name} {files.sha256(path)}\n".encode())
    return whole.hexdigest()


def _short(names: Sequence[str]) -> list[str]:
    """Names that differ in the layer's number only, as one.

    >>> _short(["layer.0.bias", "layer.1.bias", "layer.1.weight"])
    ['layer.*.bias', 'layer.1.weight']
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(re.sub(r"\.\d+\.", ".*.", name, count=1), []).append(name)
    return [found[0] if len(found) == 1 else pattern for pattern, found in groups.items()]
