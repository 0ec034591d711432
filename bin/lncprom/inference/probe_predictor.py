"""Predict by a saved probe: embed sequences with its language model, then apply its weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from lncprom.errors import InputError
from lncprom.inference import embed, encode, fasta_scores
from lncprom.inference.device import Machine
from lncprom.inference.probe import Probe


def scores(
    probe: Probe,
    folder: Path,
    checkpoint: Path | None,
    truncation: str | None,
    tss_index: int | None,
    machine: Machine,
    batch: int,
    log: Callable[[str], None],
) -> fasta_scores.Predict:
    """The probe's scores of sequences, and how many bases the language model saw of each.

    Raises
    ------
    InputError
        if the checkpoint is missing, or another than that of the training.
    """
    how = probe.embedded
    if checkpoint is None and how["family"] != "cnn":
        raise InputError(f"{folder}: holds a probe only. Give the checkpoint that it was trained on too.")
    family = embed.opened(how["family"], checkpoint, how["options"], how["init"], how["seed"], machine)
    if family.digest() != how["checkpoint"]:
        raise InputError(f"{folder}: a probe of another checkpoint or other options. Give the one used in training.")
    truncation = truncation or how["truncation"]
    tss_index = probe.tss_index if tss_index is None else tss_index

    def block(records: list[str], texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
        data, seen = encode.encode_texts(family, texts, records, truncation, tss_index, machine.device)
        found = embed.pooled(family, data, [probe.layer], [probe.pooling], machine, batch, log)
        return probe.score(found[0, 0].astype(np.float64)), seen.seen

    return block
