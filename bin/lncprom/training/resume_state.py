"""The state of a run on disk: everything needed to resume a killed run and reach exactly the same weights.

A state is one file, named after the data set, the model, the seed and a digest of everything that decides the weights.
Several writers do no harm, also on a network file system, and no lock is left behind by a killed job: each writer
flushes a file of its own to disk and renames it over the state, which is atomic, and all of them write states of the
same run. The worst outcome is that a slower writer replaces the state by an earlier one. After a finished run its best
weights can stay (`settle`) until its outputs are known to have arrived: the same run then need not be trained again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import torch

from lncprom import files
from lncprom.errors import InputError
from lncprom.inference.device import Machine

FORMAT = "lncprom training state 1"
_ABANDONED = 3600  # seconds until the partial file of a killed writer is removed
_TIMES_SAVE = 50  # a save takes at most a fiftieth of the time between two saves
_OF_THE_LOOP = ("format", "facts", "weights", "optimizer", "random")
_TRANSIENT = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.ENOTCONN, errno.ECONNRESET)


def data_digest(rows: pl.DataFrame) -> str:
    """SHA-256 of what training sees of a data set, in any order of its rows."""
    columns = [
        "sample_id",
        "label",
        "fold",
        "tss_index",
        "sequence",
        *(name for name in ("target", "tissue_targets") if name in rows.columns),
    ]
    digest = hashlib.sha256()
    for row in rows.select(columns).sort("sample_id").iter_rows():
        digest.update("\t".join(map(str, row)).encode() + b"\n")
    return digest.hexdigest()


def random_state(machine: Machine) -> dict[str, torch.Tensor]:
    """Return the state of torch's random generators, from which dropout is drawn."""
    found = {"cpu": torch.get_rng_state()}
    if machine.device.type == "cuda":
        found["cuda"] = torch.cuda.get_rng_state(machine.device)
    return found


def set_random_state(state: Mapping[str, torch.Tensor], machine: Machine) -> None:
    """Set the generators; a run that moved between GPU and CPU has no state for the other one."""
    torch.set_rng_state(state["cpu"])
    if machine.device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], machine.device)


class NotRead(InputError):
    """The file system fails for the moment. conf/base.config retries this exit code."""

    exit_code = 104


@dataclass
class Keeper:
    """Saves and loads the state of one run in a folder that many runs may share.

    Parameters
    ----------
    facts
        What decides the weights, as JSON: digests of the data (`data`) and of the model, settings, seed.
    save_steps, save_seconds
        Save after this many steps or seconds, 0 for never; seconds are extended if a save takes long.
    """

    folder: Path
    name: str
    facts: Mapping[str, object]
    save_steps: int = 0
    save_seconds: float = 60
    notes: list[str] = field(default_factory=list)
    saved_step: int | None = None
    _step: int = 0
    _time: float = field(default_factory=time.monotonic)
    _took: float = 0.0
    _outcome: dict | None = None

    @property
    def path(self) -> Path:
        digest = hashlib.sha256(json.dumps(self.facts, sort_keys=True).encode()).hexdigest()
        return self.folder / f"{self.name}.{str(self.facts['data'])[:8]}-{digest[:8]}.state"

    @property
    def settled(self) -> Path:
        return self.path.with_suffix(".finished")

    def prepare(self, weight_bytes: int) -> None:
        """Create the folder; refuse one that cannot be written, is too full, or holds this run with other data.

        `weight_bytes` is the size of all trained weights. A state holds them twice (current and best) and two moments
        of each; while it is written, the previous state is still there.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=self.folder).close()
        except OSError as fault:
            raise InputError(
                f"{self.folder}: no checkpoint can be written ({fault.strerror}). Give another --checkpoint-dir."
            ) from None
        for left in self.folder.glob(f".{self.name}.*.partial"):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > _ABANDONED:
                    left.unlink()
        mine = str(self.facts["data"])[:8]
        shape = re.compile(re.escape(self.name) + r"\.([0-9a-f]{8})-[0-9a-f]{8}\.state")
        for path in sorted(self.folder.iterdir()):
            if (found := shape.fullmatch(path.name)) and found.group(1) != mine:
                raise InputError(
                    f"{path}: a checkpoint of {self.name} with other data (digest {found.group(1)}, not {mine}). "
                    "Remove it or give another --checkpoint-dir."
                )
        need = 4 * weight_bytes * (1 if self.path.exists() else 2)
        free = shutil.disk_usage(self.folder).free
        if free < need and not self.settled.exists():
            raise InputError(
                f"{self.folder}: {free / 1e6:,.1f} MB free, checkpoints need {need / 1e6:,.1f} MB. "
                "Make room or give another --checkpoint-dir."
            )

    def load(self) -> dict | None:
        """Return the state of exactly this run, or None; a damaged state is reported and ignored.

        Raises
        ------
        NotRead
            if the file system fails: the state may be intact and must not be overwritten.
        """
        for path in (self.settled, self.path):
            if (state := self._loaded(path)) is not None:
                self._step = self.saved_step = state["step"]
                self._time = time.monotonic()
                self._outcome = reduced(state)
                return state
        return None

    def _loaded(self, path: Path) -> dict | None:
        try:
            with open(path, "rb") as file:
                state = torch.load(file, map_location="cpu", weights_only=True)
            known = state["format"] == FORMAT and state["facts"] == self.facts
        except FileNotFoundError:
            return None
        except Exception as fault:  # a damaged file may fail anywhere in torch, as an OSError too
            if isinstance(fault, OSError) and fault.errno in _TRANSIENT:
                raise NotRead(f"{path}: cannot be read ({fault.strerror}). Run again when the disk answers.") from None
            reason = (str(fault) or type(fault).__name__).splitlines()[0][:120]
            self.notes.append(f"{path.name} cannot be read ({reason}): the run starts again")
            return None
        if not known:
            self.notes.append(f"{path.name} is of another run or version of lncprom: the run starts again")
        return state if known else None

    def due(self, step: int) -> bool:
        """Whether `save_steps` or `save_seconds` have passed since the last save."""
        if step == self._step:
            return False
        passed = time.monotonic() - self._time
        late = self.save_seconds and passed >= max(self.save_seconds, _TIMES_SAVE * self._took)
        return bool(late or (self.save_steps and step - self._step >= self.save_steps))

    def save(self, state: Mapping[str, object]) -> None:
        """Replace the state on disk atomically, unless another process has finished this run."""
        began = time.monotonic()
        self._outcome = reduced(state)
        if not self.settled.exists():
            self._write(state, self.path)
        self._step = self.saved_step = int(state["step"])
        self._time = time.monotonic()
        self._took = self._time - began

    def _write(self, state: Mapping[str, object], path: Path) -> None:
        content = {"format": FORMAT, "facts": dict(self.facts)} | dict(state)
        with files.writing(path) as beside, open(beside, "wb") as file:
            try:
                torch.save(content, file)
            except RuntimeError as fault:  # torch's writer wraps what the file raised
                if isinstance(fault.__context__, OSError):
                    raise fault.__context__ from None
                raise
            file.flush()
            os.fsync(file.fileno())

    def settle(self) -> None:
        """Replace the state of a finished run by its best weights.

        They come from memory: on disk a slower writer of the same run may have put an earlier state. If there is no
        room, the state stays, which serves as well.
        """
        if self._outcome is not None and not self.settled.exists():
            try:
                self._write(self._outcome, self.settled)
            except InputError:
                return
        self.path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove all that is kept of a finished run whose outputs are written."""
        self.path.unlink(missing_ok=True)
        self.settled.unlink(missing_ok=True)


def reduced(state: Mapping[str, object]) -> dict:
    """The part of a state that stays after a finished run: place, history, best weights."""
    return {name: part for name, part in state.items() if name not in _OF_THE_LOOP}
