"""Checkpoint folders: which files they hold, and what a folder is that is no checkpoint."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from lncprom import files, formats, text
from lncprom.errors import InputError

CONFIG = "config.json"
SAFETENSORS, PICKLE = "model.safetensors", "pytorch_model.bin"
_CLASSES = {"EsmForMaskedLM": "esm"}  # of a config.json without model_type, as some Nucleotide Transformers have it
_ADAPTERS = "adapter_config.json"  # of peft, and of finetune.py with LoRA
_WEIGHTS = (SAFETENSORS, f"{SAFETENSORS}.index.json", PICKLE, f"{PICKLE}.index.json")


def config(folder: Path | None, family: str, model_type: str | None, vocabulary: str | None) -> dict:
    """The content of config.json, after a look at whether the folder holds a checkpoint of this kind of model.

    `model_type` None: any.
    """
    needed = f"{CONFIG}, {vocabulary} and weights" if vocabulary else f"{CONFIG} and weights"
    if folder is None:
        raise InputError(f"{family}: needs a checkpoint folder with {needed}; give one")
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such checkpoint folder; give one with {needed}")
    path = folder / CONFIG
    if not path.is_file():
        raise InputError(f"{folder}: {_no_checkpoint(folder)}")
    refuse_stand_in(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise InputError(f"{path}: not JSON ({fault}); download it again") from None
    kind = found.get("model_type") if isinstance(found, dict) else None
    if isinstance(found, dict) and "model_type" not in found and isinstance(found.get("architectures"), list):
        kind = next((_CLASSES[name] for name in map(str, found["architectures"]) if name in _CLASSES), None)
    if kind != model_type if model_type else not isinstance(kind, str):
        model_type = model_type or "a model_type of transformers"
        raise InputError(f"{path}: model_type is {kind!r}, {family} needs {model_type!r}; is it another model's?")
    return found | {"model_type": kind}


def vocabulary(folder: Path, family: str, name: str | None) -> Path | None:
    """The file with the vocabulary; where `name` is missing, the tokenizer.json that transformers 5 writes instead."""
    if name is None:
        return None
    for path in (folder / name, folder / "tokenizer.json"):
        if path.is_file():
            refuse_stand_in(path)
            return path
    what = "a checkpoint of transformers' Trainer, which saves no vocabulary: " if _of_trainer(folder) else ""
    source = folder.parent if (folder.parent / name).is_file() else "the folder of the pretrained model"
    raise InputError(f"{folder}: {what}no {name} in it, {family} needs one; copy that file from {source}")


def weight_files(folder: Path) -> list[Path]:
    """The files that hold the weights: safetensors before pickles, one or several with an index."""
    for name in _WEIGHTS:
        path = folder / name
        if not path.is_file():
            continue
        if path.suffix != ".json":
            return [path]
        refuse_stand_in(path)
        try:
            parts = sorted(set(json.loads(path.read_text(encoding="utf-8"))["weight_map"].values()))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(f"{path}: not an index of weights; download it again") from None
        for part in parts:
            if Path(part).name != part or not (folder / part).is_file():
                raise InputError(f"{path}: names the file {part!r}, which is not in the folder; download it too")
        return [folder / part for part in parts]
    if (folder / _ADAPTERS).is_file():
        raise InputError(f"{folder}: {_adapters(folder)}")
    raise InputError(f"{folder}: no weights in it ({SAFETENSORS} or {PICKLE}); download the whole checkpoint")


def refuse_stand_in(path: Path, wanted: str = "text") -> None:
    """Refuse what stands in a file's place: a Git LFS pointer, a web page, a link that was copied as text."""
    head = files.head(path)
    found = formats.of(head)
    if found and (wanted == "text" or b"\0" not in head):  # weights are binary data
        raise InputError(found.message(str(path), wanted))
    if head.startswith(b"../"):
        raise InputError(f"{path}: a link that was copied as text; copy the folder by `cp -rL`, or download it again")


def _of_trainer(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("trainer_state.json", "training_args.bin"))


def _no_checkpoint(folder: Path) -> str:
    """What a folder without config.json is, and which one to give."""
    if (folder / _ADAPTERS).is_file():
        return _adapters(folder)
    if (folder / CONFIG).is_symlink():
        return f"{CONFIG} is a link to a file that is not there; copy the folder by `cp -rL`, from where it was whole"
    below = (folder.glob(f"{depth}/{CONFIG}") for depth in ("*", "snapshots/*", "*/snapshots/*"))
    places = [path.parent for path in sorted(itertools.chain.from_iterable(below))]
    if not places:
        return f"no {CONFIG} in it; give a checkpoint folder as published, not one of its files"
    cache = places[0].parent.name == "snapshots"
    what = "a cache folder of a model hub, not a checkpoint" if cache else f"no {CONFIG} in it"
    return f"{what}; give {'one of ' if len(places) > 1 else ''}{text.some(map(str, places))}"


def _adapters(folder: Path) -> str:
    """What a folder with adapters but no model is."""
    try:
        name = json.loads((folder / _ADAPTERS).read_text(encoding="utf-8"))["base_model_name_or_path"]
    except (ValueError, KeyError, TypeError):
        name = None
    base = f"the pretrained model, {name}," if name else "the pretrained model"
    fix = "or merge the two by peft's merge_and_unload and give what save_pretrained then writes"
    return f"adapters only ({_ADAPTERS}), without the model that they change; give the folder of {base} {fix}"
