"""Where a run stands, saved so that one killed at any moment goes on from there to the very same weights.

A state is one file, named after the data set, the model, the seed and a digest of everything that decides the weights.
Several writers cannot harm it, on a network file system neither, and no lock is needed that a killed job would leave
behind: each writes to a name of its own, flushes it to disk and renames it over the state, which is atomic, and every
state that one of them can write is a state of the same run. The worst outcome is that a slower writer sets a faster
one back. What a run came to, its best weights and no more, can stay behind (`settle`) until somebody is known to have
its outputs: who asks for the same run again, since Nextflow was gone when the outputs were there, has them at once.
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

import torch

from lncprom import files
from lncprom.errors import InputError

FORMAT = "lncprom training state 1"
_FULL = (*files.FULL, errno.EFBIG)
_ABANDONED = 3600  # seconds after which a file that a killed writer left half written is removed
_SHARE = 50  # between two saves at least so many times what the last one took: two per cent of the time, at most


_OF_THE_LOOP = ("format", "facts", "weights", "optimizer", "random")
_PASSING = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EAGAIN, errno.ENOTCONN, errno.ECONNRESET)


class NotRead(InputError):
    """A file system that fails for now. The exit code is among those that conf/base.config retries."""

    exit_code = 104


@dataclass
class Keeper:
    """Saves and loads the state of one run in a folder that many runs may share.

    `facts` are what decides the weights: the data's digest (`data`), the model's, the settings, the seed; as JSON.
    `save_steps` and `save_seconds`: save when so many steps or seconds have passed since the last time (seconds: more,
    where a save takes long); 0: never.
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
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.facts, sort_keys=True).encode()).hexdigest()

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.{str(self.facts['data'])[:8]}-{self.digest[:8]}.state"

    @property
    def settled(self) -> Path:
        return self.path.with_suffix(".finished")

    def prepare(self, weight_bytes: int) -> None:
        """Make the folder; stop where it cannot be written, is too full, or holds this run with other data.

        `weight_bytes`: of all weights that are trained. A state holds them twice (now and at their best) and two
        moments of each; while one is written the one before it is still there.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, probe = tempfile.mkstemp(dir=self.folder, prefix=f".{self.path.name}.", suffix=".probe")
            os.close(handle)
            os.unlink(probe)
        except OSError as fault:
            raise InputError(
                f"{self.folder}: no checkpoint can be written there ({fault.strerror}); give another --checkpoint-dir"
            ) from None
        self._sweep()
        mine = str(self.facts["data"])[:8]
        shape = re.compile(re.escape(self.name) + r"\.([0-9a-f]{8})-[0-9a-f]{8}\.state")
        for path in sorted(self.folder.iterdir()):
            if (found := shape.fullmatch(path.name)) and found.group(1) != mine:
                raise InputError(
                    f"{path}: a checkpoint of {self.name} with other data (digest {found.group(1)}, not {mine}); "
                    "remove it, or give another --checkpoint-dir"
                )
        need = 4 * weight_bytes * (1 if self.path.exists() else 2)
        free = shutil.disk_usage(self.folder).free
        if free < need and not self.settled.exists():
            raise InputError(
                f"{self.folder}: {_size(free)} free, checkpoints need {_size(need)}; "
                "make room, or give another --checkpoint-dir"
            )

    def load(self) -> dict | None:
        """The state of this very run, or None; one that is damaged is told and left out of account.

        Raises
        ------
        NotRead
            where the file system fails: the state may be whole, and must not be written over.
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
            found, facts = state["format"], state["facts"]
        except FileNotFoundError:
            return None
        except Exception as fault:  # a damaged file may fail anywhere in torch, as an OSError too
            if isinstance(fault, OSError) and fault.errno in _PASSING:
                raise NotRead(f"{path}: cannot be read ({fault.strerror}); run again when the disk answers") from None
            self.notes.append(f"{path.name} cannot be read ({_first_line(fault)}): the run starts anew")
            return None
        if found != FORMAT:
            self.notes.append(f"{path.name} is of another version of lncprom: the run starts anew")
            return None
        if facts != self.facts:
            differ = sorted(k for k in {*facts, *self.facts} if facts.get(k) != self.facts.get(k))
            raise InputError(
                f"{path}: a checkpoint of another run ({', '.join(differ)} differ); "
                "remove it, or give another --checkpoint-dir"
            )
        return state

    def due(self, step: int) -> bool:
        """Whether so many steps or seconds have passed since the last save."""
        if step == self._step:
            return False
        passed = time.monotonic() - self._time
        late = self.save_seconds and passed >= max(self.save_seconds, _SHARE * self._took)
        return bool(late or (self.save_steps and step - self._step >= self.save_steps))

    def save(self, state: Mapping[str, object]) -> None:
        """Replace the state on disk, in one instant for all who look; not where this run is done already."""
        began = time.monotonic()
        self._outcome = reduced(state)
        if not self.settled.exists():
            self._write(state, self.path)
        self._step = self.saved_step = int(state["step"])
        self._time = time.monotonic()
        self._took = self._time - began

    def _write(self, state: Mapping[str, object], path: Path) -> None:
        content = {"format": FORMAT, "facts": dict(self.facts)} | dict(state)
        handle, beside = tempfile.mkstemp(dir=self.folder, prefix=f".{self.path.name}.", suffix=".partial")
        try:
            with os.fdopen(handle, "wb") as file:
                torch.save(content, file)
                file.flush()
                os.fsync(file.fileno())
            files.open_up(Path(beside), 0o666)
            os.replace(beside, path)
        except (OSError, RuntimeError) as fault:  # torch's writer wraps what the file raised
            if (reason := _full_disk(fault)) is None:
                raise
            raise InputError(
                f"{self.folder}: no space for a checkpoint ({reason}); make room, or give another --checkpoint-dir; "
                f"the one of step {self.saved_step} is intact"
                if self.saved_step is not None
                else f"{self.folder}: no space for a checkpoint ({reason}); make room, or give another --checkpoint-dir"
            ) from None
        finally:
            with suppress(FileNotFoundError):
                os.unlink(beside)
        with suppress(OSError):  # the new name itself; not every file system can
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def settle(self) -> None:
        """In the place of the state of a run that is done, keep what it came to: its best weights.

        Not what lies on the disk, where a slower writer of the same run may have set it back. Where there is no room
        the state stays, which serves as well.
        """
        if self._outcome is not None and not self.settled.exists():
            try:
                self._write(self._outcome, self.settled)
            except InputError:
                return
        self.path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove what is kept of a run that is done and whose outputs are written."""
        self.path.unlink(missing_ok=True)
        self.settled.unlink(missing_ok=True)

    def _sweep(self) -> None:
        for left in self.folder.glob(".*.partial"):
            with suppress(OSError):
                if left.name.startswith(f".{self.name}.") and time.time() - left.stat().st_mtime > _ABANDONED:
                    left.unlink()


def reduced(state: Mapping[str, object]) -> dict:
    """What is left of a state when its run is done: its place, its history, its best weights."""
    return {name: part for name, part in state.items() if name not in _OF_THE_LOOP}


def _full_disk(fault: BaseException | None) -> str | None:
    """What the system said, where a lack of space lies behind a failure."""
    while fault is not None:
        if isinstance(fault, OSError) and fault.errno in _FULL:
            return fault.strerror
        fault = fault.__cause__ or fault.__context__
    return None


def _size(number: int) -> str:
    """Bytes in GB, or below one in MB.

    >>> _size(1_600_000_000), _size(40_000)
    ('1.60 GB', '0.04 MB')
    """
    return f"{number / 1e9:.2f} GB" if number >= 1e9 else f"{number / 1e6:.2f} MB"


def _first_line(fault: BaseException) -> str:
    return (str(fault) or type(fault).__name__).splitlines()[0][:120]
