"""Read a fine-tuned model's folder, and predict with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lncprom.datasets.targets import Scale
from lncprom.errors import InputError
from lncprom.inference import encode, fasta_scores, predict
from lncprom.inference.device import Machine
from lncprom.models import base, saved_folder

FILE = "finetuned.json"  # beside the weights: what they were trained on and how sequences have to be cut


class Opened(NamedTuple):
    """A model to predict with, and of its training sequences: how they were cut, their labels and lengths."""

    family: base.Family
    truncation: str
    tss_index: int | None
    shuffled_labels: bool = False
    lengths: tuple[int, int] | None = None  # bases of the shortest and of the longest training window, where noted
    scale: Scale | None = None  # of a regression's targets

    def cut_as(self, truncation: str | None, tss_index: int | None) -> Opened:
        """The same where nothing else is asked for."""
        tss_index = self.tss_index if tss_index is None else tss_index
        return self._replace(truncation=truncation or self.truncation, tss_index=tss_index)

    def predictor(
        self, machine: Machine, batch: int = 128, tell: Callable[[str], None] = lambda line: None
    ) -> fasta_scores.Predict:
        """For `fasta_scores.score`: sequences of like length together, `batch` at most."""
        return fasta_scores.then(self.outputs(machine, batch, tell), predict.probabilities)

    def outputs(
        self, machine: Machine, batch: int = 128, tell: Callable[[str], None] = lambda line: None
    ) -> fasta_scores.Predict:
        """As `predictor`, but what the head gives: float32 (sequences, outputs)."""
        if batch < 1:
            raise InputError(f"--batch {batch}: 1 at least")
        if self.tss_index is not None and self.tss_index < 0:
            raise InputError(f"--tss-index {self.tss_index}: 0 or more; it counts from the first base")

        def block(records: list[str], texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
            data, seen = encode.encode_texts(
                self.family, texts, records, self.truncation, self.tss_index, machine.device
            )
            return predict.logits(self.family, data, machine, batch, tell), seen.seen

        return block


def facts(folder: Path) -> dict:
    """What `save` noted beside the weights: `dataset`, `model`, `seed`, `truncation`, `tss_index` and more."""
    return saved_folder.read_record(folder, FILE, ("dataset", "model", "seed", "truncation", "tss_index"))


def open_folder(folder: Path, checkpoint: Path | None = None) -> Opened:
    """The model that `save` wrote; one with LoRA adapters needs the checkpoint that they were trained on."""
    there = facts(folder)
    family = saved_folder.open_saved(folder, checkpoint)
    scale = Scale.of_record(there["target"]) if "target" in there else None
    shuffled = bool(there.get("shuffled_labels"))
    return Opened(family, there["truncation"], there["tss_index"], shuffled, there.get("lengths"), scale)
