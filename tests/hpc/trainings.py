"""A running training on the one-node Slurm: its output, job, processes, checkpoints and attempts."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from hpc.conftest import Running, tasks

TRAINING = "FINETUNE"


def said(run: Running, word: str, times: int = 1, patience: float = 240) -> list[Path]:
    """Wait until so many trainings have printed this; their folders."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        logs = [task.folder / ".command.err" for task in tasks(run.folder / "work", TRAINING)]
        found = [log.parent for log in logs if log.exists() and word in log.read_text()]
        if len(found) >= times:
            return found
        assert run.alive, run.output
        time.sleep(0.3)
    raise AssertionError(f"no training said {word!r} in {patience} s: {run.output}")


def jobs(slurm: dict[str, str]) -> dict[str, str]:
    """State of each training in the queue, by job id."""
    words = ["squeue", "-h", "-o", "%A %T %j"]
    rows = subprocess.run(words, env=os.environ | slurm, capture_output=True, text=True, check=True).stdout.splitlines()
    return {row.split()[0]: row.split()[1] for row in rows if TRAINING in row}


def training(folder: Path) -> int:
    """Process id of the training in this folder."""
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (
                place.joinpath("cwd").resolve() == folder
                and b"bin/finetune.py" in place.joinpath("cmdline").read_bytes()
            ):
                return int(place.name)
    raise AssertionError(f"nothing trains in {folder}")


def attempts(run: Running) -> list[tuple[str, str]]:
    """Status and exit code of each attempt at the training."""
    return [(row["status"], row["exit"]) for row in run.trace() if TRAINING in row["name"]]


def went_on(run: Running) -> bool:
    logs = [task.folder / ".command.err" for task in tasks(run.folder / "work", TRAINING)]
    return any("resuming from step" in log.read_text() for log in logs if log.exists())


def asked(folder: Path, option: str) -> list[str]:
    """Requests in the job header of each attempt at the training, sorted."""
    headers = [task.header for task in tasks(folder / "work", TRAINING)]
    return sorted(line for header in headers for line in header if line.startswith(option))


def saved(run: Running, patience: float = 60) -> None:
    """Wait until a checkpoint of the training exists."""
    end = time.monotonic() + patience
    while not list((run.folder / "work" / "training").glob("*/*.state")):
        assert run.alive, run.output
        assert time.monotonic() < end, run.output
        time.sleep(0.1)


def scontrol(slurm: dict[str, str], *words: str) -> None:
    subprocess.run(["scontrol", "update", *words], env=os.environ | slurm, check=True)


def back(slurm: dict[str, str], node: str, patience: float = 60) -> None:
    """Wait until the node accepts jobs again; Slurm refuses to resume a node that came back by itself."""
    end = time.monotonic() + patience
    words = ["sinfo", "-h", "-N", "-n", node, "-p", "cpu", "-o", "%t"]
    while time.monotonic() < end:
        state = subprocess.run(words, env=os.environ | slurm, capture_output=True, text=True, check=True).stdout.strip()
        if state in ("idle", "mix", "alloc"):
            return
        subprocess.run(
            ["scontrol", "update", f"NodeName={node}", "State=RESUME"],
            env=os.environ | slurm,
            capture_output=True,
            check=False,
        )
        time.sleep(0.5)
    raise AssertionError(f"{node} is {state}")


def keeper(job: str) -> int:
    """Process id of the Slurm daemon that runs this job."""
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if place.joinpath("cmdline").read_bytes().startswith(f"slurmstepd: [{job}.".encode()):
                return int(place.name)
    raise AssertionError(f"nothing keeps job {job}")


def done(folder: Path, patience: float = 240) -> None:
    """Wait until the task in this folder has succeeded."""
    end = time.monotonic() + patience
    code = folder / ".exitcode"
    while not (code.exists() and code.read_text()) and time.monotonic() < end:
        time.sleep(0.3)
    assert code.read_text() == "0"
