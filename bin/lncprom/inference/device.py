"""Where a model computes and in which precision: chosen once, told in one line."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

import torch

from lncprom.errors import InputError


class Machine(NamedTuple):
    """A device with its name, the precision of its matrix products, CPU threads; `note` where it is not as asked."""

    device: torch.device
    precision: str
    name: str
    threads: int
    note: str = ""

    def autocast(self):
        """Matrix products in bf16 with weights and sums kept in fp32; nothing for fp32."""
        if self.precision == "fp32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)


def choose(device: str = "cpu", require_gpu: bool = False, precision: str = "auto", threads: int = 0) -> Machine:
    """The machine to compute on: `cuda` falls back to the CPU, with a note, unless a GPU is required.

    `auto` is bf16 on GPUs that have it (2020 and later) and fp32 elsewhere. `threads` 0: all that
    this process may use.
    """
    threads = threads or available_threads()
    note = ""
    if require_gpu and device != "cuda":
        raise InputError(f"--require-gpu with --device {device}: contradictory; give --device cuda")
    if device == "cuda" and not torch.cuda.is_available():
        seen = os.environ.get("CUDA_VISIBLE_DEVICES")
        why = "no GPU can be used here" if seen is None else f"no GPU can be used here (CUDA_VISIBLE_DEVICES={seen!r})"
        if require_gpu:
            raise InputError(
                f"--require-gpu: {why}; run on a node with one (Slurm: --gres=gpu:1) and a driver for CUDA "
                f"{torch.version.cuda or 'of torch'}, or let the CPU do (nextflow: --require_gpu false)"
            )
        device, note = "cpu", f"{why}: computing on the CPU, which is far slower"
    if device == "cuda":
        has_bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
        if precision == "bf16" and not has_bf16:
            raise InputError(f"--precision bf16: {torch.cuda.get_device_name()} has no bf16; give auto or fp32")
        chosen = "bf16" if precision != "fp32" and has_bf16 else "fp32"
        return Machine(torch.device("cuda", torch.cuda.current_device()), chosen, torch.cuda.get_device_name(), threads)
    return Machine(torch.device("cpu"), "bf16" if precision == "bf16" else "fp32", processor(), threads, note)


def available_threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """The processor's name, where Linux tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "CPU")
    except OSError:
        return "CPU"


def keep_memory() -> None:
    """Let this process keep what it frees, where its C library is glibc: a fifth of a step on a CPU is saved.

    By itself glibc gives each big tensor back to the system, which has to clear as many pages for the next.
    """
    try:
        tune = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    most, trim = -4, -1  # M_MMAP_MAX, M_TRIM_THRESHOLD of malloc.h
    tune(most, 0)
    tune(trim, 2**31 - 1)


@contextmanager
def threads(number: int) -> Iterator[None]:
    """This many CPU threads within; the last bits of a sum depend on how many, so the card says the number."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
