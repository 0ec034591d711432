"""A running training on the one-node Slurm: its output, job, processes, checkpoints and attempts."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hpc.conftest import Running, Task, tasks

TRAINING = "FINETUNE"


def until(condition: Callable[[], object], patience: float = 60, run: Running | None = None) -> object:
    """Wait until the condition holds, as long as the run, if given, is alive; what the condition returned."""
    end = time.monotonic() + patience
    while not (found := condition()):
        assert run is None or run.alive, run.output
        assert time.monotonic() < end, run.output if run else "waited too long"
        time.sleep(0.2)
    return found


def trainings(run: Running) -> list[Task]:
    return tasks(run.folder / "work", TRAINING)


def said(run: Running, word: str, times: int = 1) -> list[Path]:
    """Wait until so many trainings have printed this; their folders."""

    def folders() -> list[Path]:
        logs = [task.folder / ".command.err" for task in trainings(run)]
        found = [log.parent for log in logs if log.exists() and word in log.read_text()]
        return found if len(found) >= times else []

    return until(folders, 240, run)


def resumed(run: Running) -> bool:
    logs = [task.folder / ".command.err" for task in trainings(run)]
    return any("resuming from step" in log.read_text() for log in logs if log.exists())


def saved(run: Running) -> None:
    """Wait until a checkpoint of the training exists."""
    until(lambda: list((run.folder / "work" / "training").glob("*/*.state")), run=run)


def done(folder: Path) -> None:
    """Wait until the task in this folder has succeeded."""
    code = folder / ".exitcode"
    assert until(lambda: code.exists() and code.read_text(), 240) == "0"


def attempts(run: Running) -> list[tuple[str, str]]:
    """Status and exit code of each attempt at the training."""
    return [(row["status"], row["exit"]) for row in run.trace() if TRAINING in row["name"]]


def requested(run: Running, option: str) -> list[str]:
    """Requests in the job header of each attempt at the training, sorted."""
    return sorted(line for task in trainings(run) for line in task.header if line.startswith(option))


def slurm_command(slurm: dict[str, str], *words: str, check: bool = True) -> list[str]:
    """Lines that a command of Slurm prints."""
    done = subprocess.run(words, env=os.environ | slurm, capture_output=True, text=True, check=check)
    return done.stdout.splitlines()


def jobs(slurm: dict[str, str]) -> dict[str, str]:
    """State of each training in the queue, by job id."""
    rows = slurm_command(slurm, "squeue", "-h", "-o", "%A %T %j")
    return {row.split()[0]: row.split()[1] for row in rows if TRAINING in row}


def back(slurm: dict[str, str], node: str) -> None:
    """Wait until the node accepts jobs again; Slurm refuses to resume a node that came back by itself."""

    def accepts() -> bool:
        if slurm_command(slurm, "sinfo", "-h", "-N", "-n", node, "-p", "cpu", "-o", "%t")[0] in (
            "idle",
            "mix",
            "alloc",
        ):
            return True
        slurm_command(slurm, "scontrol", "update", f"NodeName={node}", "State=RESUME", check=False)
        return False

    until(accepts)


def process_where(matches: Callable[[Path], bool]) -> int:
    """Id of the first process whose folder in /proc matches."""
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if matches(place):
                return int(place.name)
    raise AssertionError("no such process")


def training(folder: Path) -> int:
    """Process id of the training in this folder."""
    return process_where(
        lambda place: (place / "cwd").resolve() == folder and b"bin/finetune.py" in (place / "cmdline").read_bytes()
    )


def daemon(job: str) -> int:
    """Process id of the Slurm daemon that runs this job."""
    return process_where(lambda place: (place / "cmdline").read_bytes().startswith(f"slurmstepd: [{job}.".encode()))
