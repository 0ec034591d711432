"""Steps of training compiled by torch, as CUDA graphs on a GPU, where that pays back within the run.

What is compiled is the way from token ids to logits, forth and back, for batches of a few fixed shapes: where lengths
differ they are padded to a few widths, so that nothing is compiled anew for a batch. All other batches, and
predicting, go the usual way; so does the whole run where there is no compiler, or compiling fails.
"""

from __future__ import annotations

import getpass
import importlib.util
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from lncprom.inference import batches
from lncprom.inference.batches import Encoded
from lncprom.inference.device import Machine
from lncprom.models import out_of_memory
from lncprom.models.base import Family
from lncprom.training import random_state, trainable
from lncprom.training.cpu_dropout import Quick

if TYPE_CHECKING:
    from lncprom.training.run import Settings

CHOICES = ("auto", "on", "off")
_SHAPES = 6  # at most; torch gives up on a function that it has compiled eight times
_COST = 60.0  # seconds that compiling an encoder of 12 layers takes about; what is gained is measured afterwards
_HOPE = 0.3  # the share of a step that may be saved: where even this does not pay, compiling is not tried
_TIMED = 10  # steps


class Shape(NamedTuple):
    """Of a batch of token ids; `masked` where padding may be in it."""

    rows: int
    width: int
    masked: bool


class Steps:
    """Batches of one data set and their logits: compiled for some shapes, and as the model computes them for others."""

    def __init__(self, family: Family, data: Encoded, machine: Machine) -> None:
        self.family, self.data, self._machine = family, data, machine
        self._longest, self._chunks = data.longest, np.diff(data.start)
        self._ragged = len(np.unique(data.lengths)) > 1
        self._round = 1 << int(np.ceil(np.log2(max(data.ids.shape[1] / 8, 8)))) if self._ragged else 1
        self._compiled: Callable | None = None
        self._shapes: set[Shape] = set()
        self.record: dict[str, object] = {"compiled": False}
        self.note = ""

    def logits(self, part: np.ndarray) -> torch.Tensor:
        """(sequences, 2), fp32, of the sequences with these indices."""
        shape = self._shape(part)
        if shape not in self._shapes:
            batch = batches.gather(self.data, part)
            on_cpu = self._machine.device.type == "cpu"
            with self._machine.autocast(), Quick() if on_cpu else nullcontext():
                rows = self.family.logits(batch.ids, batch.mask)
        else:
            batch = batches.gather(self.data, part, shape.width if self._ragged else None)
            if self.graphs:
                torch.compiler.cudagraph_mark_step_begin()
            with self._machine.autocast():
                rows = self._compiled(batch.ids, batch.mask)
        return batches.of_sequences(rows, batch)

    @property
    def graphs(self) -> bool:
        """Whether CUDA graphs are replayed: a gradient then needs memory of its own, which the next replay spares."""
        return self._compiled is not None and self._machine.device.type == "cuda"

    def stop(self) -> None:
        """From here on all goes the usual way."""
        self._shapes.clear()

    def counted(self, settings: Settings, micro_batch: int) -> Counter[Shape]:
        """How often each shape comes in an epoch (the first; the others are alike)."""
        order = batches.epoch(self._longest, settings.batch, settings.seed, 0)
        return Counter(
            self._shape(chosen[at : at + micro_batch]) for chosen in order for at in range(0, len(chosen), micro_batch)
        )

    def try_out(self, settings: Settings, micro_batch: int, epochs: int) -> None:
        """Compile for the shapes for which it pays back within so many epochs; `on`: for all of the common ones."""
        uses = self.counted(settings, micro_batch)
        (first, _), asked = uses.most_common(1)[0], settings.compile == "on"
        usual = self._seconds(self._example(first, settings, micro_batch))
        self.record |= {"step_seconds": round(usual, 6)}
        if not asked and sum(uses.values()) * epochs * usual * _HOPE < _COST:
            return
        mode = "reduce-overhead" if self._machine.device.type == "cuda" else None
        self._compiled = torch.compile(self.family.logits, dynamic=False, mode=mode)
        spent = gained = cost = 0.0
        for shape, number in uses.most_common(_SHAPES):
            if not asked and shape != first and number * epochs * gained < cost:
                break
            self._shapes.add(shape)
            began = time.perf_counter()
            found = self._seconds(self._example(shape, settings, micro_batch))
            cost = time.perf_counter() - began
            spent += cost
            if shape == first:
                gained = usual - found
                self.record |= {"compiled_step_seconds": round(found, 6)}
                if not asked and gained <= 0:
                    self.stop()
                    break
        self.record |= {"compiled": bool(self._shapes), "shapes": len(self._shapes), "compile_seconds": round(spent, 1)}

    def _shape(self, part: np.ndarray) -> Shape:
        width = -(-int(self._longest[part].max()) // self._round) * self._round
        return Shape(int(self._chunks[part].sum()), min(width, self.data.ids.shape[1]), self._ragged)

    def _example(self, shape: Shape, settings: Settings, micro_batch: int) -> np.ndarray:
        for chosen in batches.epoch(self._longest, settings.batch, settings.seed, 0):
            for at in range(0, len(chosen), micro_batch):
                if self._shape(chosen[at : at + micro_batch]) == shape:
                    return chosen[at : at + micro_batch]
        raise LookupError(shape)

    def _seconds(self, part: np.ndarray) -> float:
        """Of a step forth and back, after three that set up what is set up once."""
        for number in range(3 + _TIMED):
            if number == 3:
                self._wait()
                began = time.perf_counter()
            self.logits(part).sum().backward()
        self._wait()
        return (time.perf_counter() - began) / _TIMED

    def _wait(self) -> None:
        if self._machine.device.type == "cuda":
            torch.cuda.synchronize(self._machine.device)


def prepare(
    family: Family,
    data: Encoded,
    settings: Settings,
    micro_batch: int,
    epochs: int,
    machine: Machine,
    tell: Callable[[str], None],
) -> Steps:
    """The steps of a run, compiled where `settings.compile` asks for it; weights and chance are left as they were."""
    steps = Steps(family, data, machine)
    if not epochs or settings.compile == "off" or (settings.compile == "auto" and machine.device.type == "cpu"):
        return steps
    why = missing(machine)
    if not why:
        _nameless_user()
        with _undisturbed(family, machine):
            try:
                torch.compiler.reset()
                steps.try_out(settings, micro_batch, epochs)
            except Exception as fault:  # whatever compilers, drivers and headers come up with
                said = (str(fault).strip() or type(fault).__name__).splitlines()[0][:200]
                why = "no memory for it" if out_of_memory.is_out_of_memory(fault) else said
    if why:
        steps = Steps(family, data, machine)
        steps.note = f"steps were not compiled: {why}"
        tell(steps.note)
    elif steps.record["compiled"]:
        tell("steps compiled in {compile_seconds} s, shapes of batches: {shapes}".format(**steps.record))
    if steps.graphs:
        for weight in family.trainable().values():
            weight.grad = torch.zeros_like(weight)
    return steps


def missing(machine: Machine) -> str:
    """Which compiler there is not, or nothing."""
    if machine.device.type == "cpu":
        return "" if shutil.which(os.environ.get("CXX", "g++")) else "no C++ compiler (g++) is on PATH"
    if importlib.util.find_spec("triton") is None:
        return "triton is not installed"
    if not any(shutil.which(name) for name in (os.environ.get("CC", "gcc"), "clang")):
        return "no C compiler (gcc) is on PATH"
    return ""


@contextmanager
def _undisturbed(family: Family, machine: Machine) -> Iterator[None]:
    """Weights, buffers, random states are afterwards what they were before, and there are no gradients."""
    random, kept = random_state.random(machine), trainable.taken(family, copy=True)
    family.module.train()
    for weight in family.trainable().values():  # a graph's own memory must not become the gradient
        weight.grad = torch.zeros_like(weight)
    try:
        yield
    finally:
        family.module.zero_grad(set_to_none=True)
        trainable.put(family, kept)
        random_state.set_random(random, machine)
        if machine.device.type == "cuda":
            torch.cuda.empty_cache()


def _nameless_user() -> None:
    """A container may run under a number that has no name, from which torch would make that of its cache."""
    try:
        getpass.getuser()
    except (KeyError, OSError):
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", tempfile.mkdtemp(prefix="lncprom-compiled-"))
