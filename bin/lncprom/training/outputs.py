"""A fine-tuned model as it is handed on: its folder, its card, its losses by epoch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl

from lncprom import files, provenance
from lncprom.inference.saved_model import FILE
from lncprom.models import base
from lncprom.tables.training import TRAINING
from lncprom.training.finetune import Finetuned, Request

_OF_THE_STATE = ("checkpoint_dir", "save_steps", "save_seconds", "code")  # they decide nothing about the model
_DEFAULTS = {"init": base.PRETRAINED, "train_fraction": 1}  # settings that a card has where they are others


def save(done: Finetuned, request: Request, rows: pl.DataFrame, folder: Path) -> None:
    """The model in an empty folder: weights in the published format and what is needed to use them."""
    done.family.save(folder)
    places = rows["tss_index"].unique().to_list()
    lengths = rows.filter(pl.col("fold") == "train")["sequence"].str.len_bytes()
    content = {
        "dataset": request.dataset,
        "task": rows["task"][0],
        "model": request.model,
        "seed": done.settings.seed,
        "truncation": request.truncation,
        "tss_index": places[0] if len(places) == 1 else None,
        "shuffled_labels": request.shuffle_labels,
        "lengths": [int(lengths.min()), int(lengths.max())],
    }
    if done.scale:
        content["target"] = done.scale.record()
    files.write_text(json.dumps(content, indent=2) + "\n", folder / FILE)


def epochs(done: Finetuned, request: Request) -> str:
    """training.tsv: a row for each epoch of each attempt, no figure in it that another run would not repeat."""
    rows = done.epochs.with_columns(
        dataset=pl.lit(request.dataset),
        model=pl.lit(request.model),
        seed=pl.lit(done.settings.seed),
        attempt=pl.col("attempt") + 1,
        kept=(pl.col("attempt") == pl.col("attempt").max()) & (pl.col("epoch") == done.counts["best_epoch"]),
    )
    return TRAINING.text(rows)


def card(done: Finetuned, request: Request, rows: pl.DataFrame, dataset: Path, upstream: Sequence[Path]) -> dict:
    """What `cards.make` records, after the data set's name and task; `run` holds what another run would not repeat."""
    asked = {
        key: str(value) if isinstance(value, Path) else value
        for key, value in asdict(request).items()
        if key not in ("dataset", "options", "checkpoint", *_OF_THE_STATE) and (key, value) not in _DEFAULTS.items()
    }
    made = provenance.make(
        "finetune",
        inputs={"dataset": dataset},
        parameters=asked | {"options": dict(done.family.options)} | asdict(done.settings),
        counts=done.counts,
        notes=done.notes,
        upstream=upstream,
    )
    if request.checkpoint is not None:
        made["inputs"]["checkpoint"] = {"file": request.checkpoint.name, "sha256": done.family.digest()}
    return {"step": "finetune", "dataset": request.dataset, "task": rows["task"][0]} | made | {"run": done.run}
