"""Trained models of one task at work together: logits, calibrated probabilities, place among the training samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from lncprom.application import record
from lncprom.errors import InputError
from lncprom.inference import predictor

_TOP = 27.7  # platt.logit gives no probability a logit beyond this


class Member(NamedTuple):
    """A model, the name of its folder, and its record; None: trained without, so neither calibrated nor compared."""

    name: str
    model: predictor.Predictor
    record: dict | None

    @property
    def lengths(self) -> tuple[int, int] | None:
        """Bases of the shortest and the longest training window."""
        found = self.record["lengths"] if self.record else self.model.lengths
        return None if found is None else (int(found[0]), int(found[1]))

    @property
    def tss_index(self) -> int | None:
        return self.record["tss_index"] if self.record and self.model.tss_index is None else self.model.tss_index


class Ensemble(NamedTuple):
    """Models that were trained on windows of the same length and place. `open_models` makes one."""

    members: tuple[Member, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(member.name for member in self.members)

    @property
    def lengths(self) -> tuple[int, int] | None:
        """Bases of the shortest and the longest training window; None: not known."""
        return self.members[0].lengths

    @property
    def length(self) -> int:
        """Bases of the (longest) training window."""
        if self.lengths is None:
            raise InputError(f"{self.names[0]}: does not say how long its training windows were. Train it again.")
        return self.lengths[1]

    @property
    def tss_index(self) -> int | None:
        """0-based index of the TSS in a window; None where windows have none, or not at one place."""
        return self.members[0].tss_index

    @property
    def records(self) -> list[dict]:
        """Those of the members that have one."""
        return [member.record for member in self.members if member.record]

    @property
    def notes(self) -> list[str]:
        without = [member.name for member in self.members if member.record is None]
        missing = (
            f"no {record.FILE}, so no calibrated probability, no percentiles and no flags. Train it again for those"
        )
        return [f"{', '.join(without)}: {missing}"] if without else []

    def described(self) -> list[dict]:
        """For the card: name, data set, seed, task and classes of each member, and its calibration."""
        kept = ("dataset", "model", "seed", "task", "classes", "lengths", "tss_index", "truncation", "platt", "logits")
        return [
            {"name": one.name} | {key: one.record[key] for key in kept if one.record and key in one.record}
            for one in self.members
        ]

    def logits(self, names: Sequence[str], texts: Sequence[str]) -> np.ndarray:
        """float64 (members, sequences): of a regression its output. Upper-case sequences of A, C, G, T, N.

        Parameters
        ----------
        names
            Of the sequences, for messages.
        """
        return np.stack([np.asarray(one.model.score(list(names), list(texts))[0], np.float64) for one in self.members])

    def calibrated(self, logits: np.ndarray) -> np.ndarray:
        """float64 (members, sequences): probabilities by each member's own Platt scaling; NaN where it has none."""
        found = np.full(logits.shape, np.nan)
        for row, values, member in zip(found, logits, self.members, strict=True):
            if member.record and member.record["platt"]:
                slope, intercept = member.record["platt"]
                row[:] = expit(slope * np.clip(values, -_TOP, _TOP) + intercept)
        return found

    def percentiles(self, logits: np.ndarray, label: int) -> np.ndarray:
        """float64 (members, sequences): percent of the training samples of a class whose logit is lower."""
        found = np.full(logits.shape, np.nan)
        for row, values, member in zip(found, logits, self.members, strict=True):
            if member.record:
                row[:] = np.interp(values, member.record["logits"][str(label)], np.arange(101))
        return found


def open_models(
    folders: Sequence[Path],
    checkpoints: Sequence[Path],
    batch: int,
    device_options: Mapping[str, object],
    log: Callable[[str], None],
    truncation: str | None = None,
    tss_index: int | None = None,
) -> Ensemble:
    """The models in folders that train_baseline.py, finetune.py or make_release.py wrote.

    Parameters
    ----------
    checkpoints
        Of LoRA adapters the pretrained model: none, one for all, or one for each folder; a full model ignores its own.
    batch, device_options, truncation, tss_index
        As in `predictor.of_folder`.

    Raises
    ------
    InputError
        if a folder holds no such model, or the models do not go together.
    """
    if len(checkpoints) not in (0, 1, len(folders)):
        raise InputError(
            f"{len(checkpoints)} --checkpoint for {len(folders)} --model-dir. Give one for all, or one for each."
        )
    each = list(checkpoints) * len(folders) if len(checkpoints) == 1 else list(checkpoints) or [None] * len(folders)
    names, members = [folder.name.removesuffix(".model") for folder in folders], []
    if len(set(names)) < len(names):
        names = [f"{name}.{number}" for number, name in enumerate(names, start=1)]
    for name, folder, checkpoint in zip(names, folders, each, strict=True):
        model = predictor.of_folder(folder, checkpoint, batch, device_options, log, truncation, tss_index)
        members.append(Member(name, model, record.read(folder)))
    found = Ensemble(tuple(members))
    _check(found)
    for note in found.notes:
        log(f"note: {note}")
    return found


def of_options(given: dict, log: Callable[[str], None]) -> Ensemble:
    """The models that the options of `inference.options.model_options` and `device_options` name."""
    more = {name: given[name] for name in ("truncation", "tss_index")}
    return open_models(given["model_dir"], given["checkpoint"], given["batch"], given, log, **more)


def _check(found: Ensemble) -> None:
    """Refuse models that were trained on windows of other lengths or places, on other tasks, or to another end."""
    first, *others = found.members
    for other in others:
        tasks = {one.record["task"] for one in (first, other) if one.record}
        fault = (
            f"is of the task {other.record['task']}, {first.name} of {first.record['task']}"
            if len(tasks) > 1
            else f"has windows of {other.lengths}, {first.name} of {first.lengths} bases"
            if other.lengths != first.lengths
            else f"has the TSS at index {other.tss_index}, {first.name} at {first.tss_index}"
            if other.tss_index != first.tss_index
            else "is a regression or a classifier, unlike " + first.name
            if (other.model.scale is None) != (first.model.scale is None)
            else None
        )
        if fault:
            raise InputError(f"{other.name}: {fault}. Apply them one at a time.")
