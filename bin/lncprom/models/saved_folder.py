"""Saved models: what stands beside their weights, and how they are opened again."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from lncprom import files
from lncprom.errors import InputError
from lncprom.models import base, out_of_memory
from lncprom.provenance import MODEL_RECORD as RECORD

_RECORDED = ("family", "content", "options", "checkpoint")


def write_record(family: base.Family, folder: Path, content: str) -> None:
    """Say beside saved weights what they are: `content` is `model` (all of it) or `adapter` (on its checkpoint)."""
    record = {"family": family.name, "content": content, "options": family.options, "checkpoint": family.digest()}
    record |= {"outputs": family.outputs} if family.outputs != base.CLASSES else {}
    files.write_text(json.dumps(record, indent=2) + "\n", folder / RECORD)


def read_record(folder: Path, name: str = RECORD, needed: Collection[str] = _RECORDED) -> dict:
    """A JSON file beside saved weights; one that lacks an entry of `needed` is refused."""
    try:
        record = json.loads((folder / name).read_text(encoding="utf-8"))
        if set(needed) - record.keys() or not isinstance(record.get("options", {}), dict):
            raise ValueError
    except FileNotFoundError:
        raise InputError(f"{folder}: no {name} in it; give the folder of a trained model") from None
    except (ValueError, AttributeError):
        raise InputError(f"{folder / name}: damaged; give the folder as finetune.py wrote it") from None
    return record


def open_saved(folder: Path, checkpoint: Path | None = None) -> base.Family:
    """The fine-tuned model in a folder that `save` wrote; one that holds adapters needs its `checkpoint` too."""
    record = read_record(folder)
    if record["content"] == "adapter" and checkpoint is None:
        raise InputError(f"{folder}: holds LoRA adapters only; give the checkpoint that they were trained on too")
    source = checkpoint if record["content"] == "adapter" else None if record["family"] == "cnn" else folder
    model = base.load(
        record["family"], source, seed=0, options=record["options"], outputs=record.get("outputs", base.CLASSES)
    )
    with out_of_memory.for_model(folder):
        model.restore(folder)
    model.notes = []  # of weights drawn by chance, which are now replaced
    return model
