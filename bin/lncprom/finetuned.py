"""A fine-tuned model as it is handed on: its folder, its card, its losses by epoch."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import cards, encoding, files, prediction, scoring
from lncprom.errors import InputError
from lncprom.finetuning import Finetuned, Request
from lncprom.models import base
from lncprom.precision import Machine

_OF_THE_STATE = ("checkpoint_dir", "save_steps", "save_seconds", "code")  # they decide nothing about the model
FILE = "finetuned.json"  # beside the weights: what they were trained on and how sequences have to be cut


class Opened(NamedTuple):
    """A model to predict with, how the sequences that it learnt from were cut, whether its labels were shuffled."""

    family: base.Family
    truncation: str
    tss_index: int | None
    shuffled_labels: bool = False

    def cut_as(self, truncation: str | None, tss_index: int | None) -> Opened:
        """The same where nothing else is asked for."""
        tss_index = self.tss_index if tss_index is None else tss_index
        return self._replace(truncation=truncation or self.truncation, tss_index=tss_index)

    def predictor(
        self, machine: Machine, batch: int = 128, tell: Callable[[str], None] = lambda line: None
    ) -> scoring.Predict:
        """For `scoring.score`: sequences of like length together, `batch` at most."""
        if batch < 1:
            raise InputError(f"--batch {batch}: 1 at least")
        if self.tss_index is not None and self.tss_index < 0:
            raise InputError(f"--tss-index {self.tss_index}: 0 or more; it counts from the first base")

        def predict(records: list[str], texts: list[str]) -> scoring.Block:
            data, seen = encoding.encode_texts(
                self.family, texts, records, self.truncation, self.tss_index, machine.device
            )
            found = prediction.probability(prediction.logits(self.family, data, machine, batch, tell))
            return scoring.Block(found, seen.seen, seen.bases)

        return predict


def save(done: Finetuned, request: Request, rows: pl.DataFrame, folder: Path) -> None:
    """The model in an empty folder: weights in the published format and what is needed to use them."""
    done.family.save(folder)
    places = rows["tss_index"].unique().to_list()
    content = {
        "dataset": request.dataset,
        "task": rows["task"][0],
        "model": request.model,
        "seed": done.settings.seed,
        "truncation": request.truncation,
        "tss_index": places[0] if len(places) == 1 else None,
        "shuffled_labels": request.shuffle_labels,
    }
    files.write_text(json.dumps(content, indent=2) + "\n", folder / FILE)


def facts(folder: Path) -> dict:
    """What `save` noted beside the weights: `dataset`, `model`, `seed`, `truncation`, `tss_index` and more."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if missing := {"dataset", "model", "seed", "truncation", "tss_index"} - content.keys():
            raise ValueError(f"no {min(missing)} in it")
        return content
    except FileNotFoundError:
        raise InputError(f"{folder}: no {FILE} in it; give a folder that finetune.py wrote") from None
    except (ValueError, AttributeError, TypeError):
        raise InputError(f"{folder / FILE}: damaged; give the folder as finetune.py wrote it") from None


def open_folder(folder: Path, checkpoint: Path | None = None) -> Opened:
    """The model that `save` wrote; one with LoRA adapters needs the checkpoint that they were trained on."""
    there = facts(folder)
    family = base.open_saved(folder, checkpoint)
    return Opened(family, there["truncation"], there["tss_index"], bool(there.get("shuffled_labels")))


def epochs(done: Finetuned, request: Request) -> str:
    """training.tsv: a row for each epoch of each attempt, no figure in it that another run would not repeat."""
    head = [pl.lit(request.dataset).alias("dataset"), pl.lit(request.model).alias("model")]
    rows = done.epochs.select(*head, pl.lit(done.settings.seed).alias("seed"), pl.all())
    rows = rows.with_columns(pl.col("attempt") + 1, pl.col("collapsed").replace("", None))
    last = rows["attempt"].max()
    best = (pl.col("attempt") == last) & (pl.col("epoch") == done.counts["best_epoch"])
    return rows.with_columns(best.cast(pl.Int8).alias("kept")).write_csv(separator="\t")


def card(done: Finetuned, request: Request, rows: pl.DataFrame, dataset: Path, upstream: Sequence[Path]) -> dict:
    """What `cards.make` records, after the data set's name and task; `run` holds what another run would not repeat."""
    asked = {
        key: str(value) if isinstance(value, Path) else value
        for key, value in asdict(request).items()
        if key not in ("dataset", "options", "checkpoint", *_OF_THE_STATE)
    }
    made = cards.make(
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
