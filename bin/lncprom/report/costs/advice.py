"""What to ask for next time, from what the tasks of a step took, and as a configuration for Nextflow."""

from __future__ import annotations

import math
from typing import NamedTuple

from lncprom.report.costs.tally import MEASURED
from lncprom.report.costs.trace import Task

GIB = 1024**3
MIB = 1024**2
ROOM = 1.25  # memory asked for, over the greatest that was seen
LONGER = 2  # time asked for, over the longest that was seen
_GOES_ON = ("finetune",)  # at its next attempt where it was, so that all attempts count together
LEAST = 512 * MIB
_LET_PASS = 0.1  # of a CPU: the interpreter's own threads
_RANK = 0.95
# What lacked memory, as in conf/base.config: killed for it, or gone without a word
_LACKED = "137, 247, Integer.MAX_VALUE"


class Ask(NamedTuple):
    """CPUs, bytes and hours; None: the tasks tell too little, so that what was asked for stays."""

    cpus: int | None
    memory: int | None
    hours: int | None


def suggest(tasks: list[Task]) -> Ask:
    """What would have been enough for each of these tasks of one step, with room above it."""
    timed = [task for task in tasks if task.seconds is not None]
    measured = [task for task in timed if task.seconds >= MEASURED]
    busy = sorted(task.busy for task in measured if task.busy is not None)
    peaks = [task.peak for task in measured if task.peak]
    together: dict[object, float] = {}
    for number, task in enumerate(timed):
        whole = task.tag if task.step in _GOES_ON else number
        together[whole] = together.get(whole, 0) + task.seconds
    longest = max(together.values(), default=None)
    return Ask(
        cpus=max(1, math.ceil(busy[math.ceil(_RANK * len(busy)) - 1] - _LET_PASS)) if busy else None,
        memory=_whole(ROOM * max(peaks)) if peaks else None,
        hours=None if longest is None else max(1, math.ceil(LONGER * longest / 3600)),
    )


def _whole(need: float) -> int:
    """512 MB, or whole GB."""
    return LEAST if need <= LEAST else math.ceil(need / GIB) * GIB


def configuration(asked: dict[str, Ask]) -> str:
    """The suggestions of all steps as a file for `nextflow run -c`; a further attempt gets more, as by default."""
    lines = [
        "// What each step took in one run, with room above it: nextflow run ... -c resources.config",
        "// Figures of small data do not carry over to large: look at cost.html before you use them.",
        "// Nextflow 25.04 under its strict parser refuses -profile beside -c; under the default one both go together.",
        "process {",
    ]
    for step, ask in sorted(asked.items()):
        told = [line for line in (_cpus(ask), _memory(ask), _time(ask)) if line]
        if told:
            lines += [f"    withName: '{step.upper()}' {{", *(f"        {line}" for line in told), "    }"]
    return "\n".join([*lines, "}", ""])


def _cpus(ask: Ask) -> str:
    return f"cpus   = {ask.cpus}" if ask.cpus else ""


def _memory(ask: Ask) -> str:
    if not ask.memory:
        return ""
    first = f"{ask.memory // GIB}.GB" if ask.memory >= GIB else f"{ask.memory // MIB}.MB"
    more = f"task.exitStatus in [{_LACKED}] ? task.previousTrace.memory * 2 : task.previousTrace.memory"
    return f"memory = {{ task.attempt == 1 ? {first} : {more} }}"


def _time(ask: Ask) -> str:
    if not ask.hours:
        return ""
    more = "task.exitStatus in [140, Integer.MAX_VALUE] ? task.previousTrace.time * 2 : task.previousTrace.time"
    return f"time   = {{ task.attempt == 1 ? {ask.hours}.h : {more} }}"
