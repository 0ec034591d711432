"""Suggest what to request in the next run, from what the tasks of a step used."""

from __future__ import annotations

import math
from typing import NamedTuple

from lncprom.report.costs.tally import MEASURED
from lncprom.report.costs.trace import Task

GIB = 1024**3
MIB = 1024**2
ROOM = 1.25  # requested memory, times the highest peak
LONGER = 2  # requested time, times the longest task
_RESUMES = ("finetune",)  # continues from its checkpoint, so the times of all attempts are added
LEAST = 512 * MIB
_IGNORED = 0.1  # of a CPU: the threads of the interpreter
_RANK = 0.95
# Exit codes that conf/base.config takes for a lack of memory
_LACKED = "137, 247, Integer.MAX_VALUE"


class Ask(NamedTuple):
    """CPUs, bytes and hours; None where the tasks were too short to tell, so that the request stays."""

    cpus: int | None = None
    memory: int | None = None
    hours: int | None = None


def suggest(tasks: list[Task]) -> Ask:
    """What would have been enough for each of these tasks of one step, with a margin."""
    timed = [task for task in tasks if task.seconds is not None]
    measured = [task for task in timed if task.seconds >= MEASURED]
    busy = sorted(task.busy for task in measured if task.busy is not None)
    peaks = [task.peak for task in measured if task.peak]
    together: dict[object, float] = {}
    for number, task in enumerate(timed):
        whole = task.tag if task.step in _RESUMES else number
        together[whole] = together.get(whole, 0) + task.seconds
    longest = max(together.values(), default=None)
    return Ask(
        cpus=max(1, math.ceil(busy[math.ceil(_RANK * len(busy)) - 1] - _IGNORED)) if busy else None,
        memory=_whole(ROOM * max(peaks)) if peaks else None,
        hours=None if longest is None else max(1, math.ceil(LONGER * longest / 3600)),
    )


def _whole(need: float) -> int:
    """512 MB, or whole GB."""
    return LEAST if need <= LEAST else math.ceil(need / GIB) * GIB


def configuration(asked: dict[str, Ask]) -> str:
    """The suggestions of all steps as a file for `nextflow run -c`; repeated attempts get more, as by default."""
    lines = [
        "// Suggested requests, from what each step used in one run: nextflow run ... -c resources.config",
        "// Small data do not predict large data: read cost.html before you use this file.",
        "// Nextflow 25.04 refuses -profile together with -c under its strict parser, not under the default one.",
        "process {",
    ]
    for step, ask in sorted(asked.items()):
        lines += [f"    withName: '{step.upper()}' {{", *_settings(ask), "    }"] if any(ask) else []
    return "\n".join([*lines, "}", ""])


def _settings(ask: Ask) -> list[str]:
    lines = [f"        cpus   = {ask.cpus}"] if ask.cpus else []
    if ask.memory:
        first = f"{ask.memory // GIB}.GB" if ask.memory >= GIB else f"{ask.memory // MIB}.MB"
        more = f"task.exitStatus in [{_LACKED}] ? task.previousTrace.memory * 2 : task.previousTrace.memory"
        lines.append(f"        memory = {{ task.attempt == 1 ? {first} : {more} }}")
    if ask.hours:
        more = "task.exitStatus in [140, Integer.MAX_VALUE] ? task.previousTrace.time * 2 : task.previousTrace.time"
        lines.append(f"        time   = {{ task.attempt == 1 ? {ask.hours}.h : {more} }}")
    return lines
