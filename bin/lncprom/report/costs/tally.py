"""Sum what tasks used, by step and by data set and model, and suggest what to request in the next run."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from lncprom.report import titles
from lncprom.report.costs.trace import Task

GIB = 1024**3
MIB = 1024**2
# Seconds. Nextflow samples a task's processes when it starts, then each second, later each half minute: of a shorter
# task it measures little but the shell and the imports
MEASURED = 5
ROOM = 1.25  # requested memory, times the highest peak
LONGER = 2  # requested time, times the longest task
_RESUMES = "finetune"  # continues from its checkpoint, so the times of all attempts are added
_IGNORED = 0.1  # of a CPU: the threads of the interpreter
_RANK = 0.95
_RUN = re.compile(r"\.seed\d+(\.shuffled)?$")


class Ask(NamedTuple):
    """CPUs, bytes and hours to request; None where the tasks were too short to tell, so that the request stays."""

    cpus: int | None = None
    memory: int | None = None
    hours: int | None = None


def rows(
    tasks: Sequence[Task], datasets: Collection[str], models: Collection[str], gpus: int, gpu_steps: Collection[str]
) -> list[dict]:
    """Costs by step, by data set and model, of the tasks that serve several models, and of the whole run.

    Parameters
    ----------
    datasets, models
        Names in the run. A tag is `<dataset>.<model>`, perhaps followed by `.seed<N>`. Names may contain dots, so a
        tag is not split but compared with all pairs of names.
    gpus
        GPUs that each task of `gpu_steps` requests.

    Returns
    -------
    Dicts with the sums of `add` and with `level`: `step` (in the order of the pipeline, with `step` and `ask`), `model`
    (with `dataset` and `model`), `no_model`, `cached`, `failed` or `run`.
    """
    known = dict.fromkeys([*titles.STEPS, *(task.step for task in tasks)])
    by_step = {step: [task for task in tasks if task.step == step] for step in known}
    pairs = {f"{dataset}.{model}": (dataset, model) for dataset in datasets for model in models}
    cells: dict[tuple[str, str], list[Task]] = {pair: [] for pair in pairs.values()}
    others = []
    for task in tasks:
        pair = pairs.get(task.tag) or pairs.get(_RUN.sub("", task.tag))
        (cells[pair] if pair else others).append(task)
    levels = [({"level": "step", "step": step, "ask": suggest(own)}, own) for step, own in by_step.items() if own]
    levels += [({"level": "model", "dataset": pair[0], "model": pair[1]}, own) for pair, own in cells.items() if own]
    parts = {
        "no_model": others,
        "cached": [task for task in tasks if task.status == "CACHED"],
        "failed": [task for task in tasks if task.failed],
        "run": tasks,
    }
    levels += [({"level": level}, own) for level, own in parts.items()]
    return [about | add(own, gpus, gpu_steps) for about, own in levels]


def add(tasks: Sequence[Task], gpus: int, gpu_steps: Collection[str]) -> dict:
    """Tasks added up, with hours of CPUs that were busy (`used`), of reserved CPUs and of GPUs.

    `cached`: from an earlier run; `unknown`: the trace does not report their CPU use. `longest` and `largest`: the task
    with the longest time, and that with the highest measured peak of memory.
    """
    timed = [task for task in tasks if task.seconds is not None]
    seen = [task for task in timed if task.seconds >= MEASURED and task.peak]
    return {
        "tasks": len(tasks),
        "failed": sum(task.failed for task in tasks),
        "cached": sum(task.status == "CACHED" for task in tasks),
        "unknown": sum(task.busy is None or task.seconds is None for task in tasks),
        "used": sum(task.seconds * (task.busy or 0) for task in timed) / 3600,
        "reserved": sum(task.seconds * (task.cpus or 1) for task in timed) / 3600,
        "gpu": sum(task.seconds * gpus for task in timed if task.step in gpu_steps) / 3600,
        "longest": max(timed, key=lambda task: task.seconds, default=None),
        "largest": max(seen, key=lambda task: task.peak, default=None),
    }


def suggest(tasks: Sequence[Task]) -> Ask:
    """What would have been enough for each of these tasks of one step, with a margin."""
    timed = [task for task in tasks if task.seconds is not None]
    measured = [task for task in timed if task.seconds >= MEASURED]
    busy = sorted(task.busy for task in measured if task.busy is not None)
    peak = max((task.peak for task in measured if task.peak), default=None)
    attempts: dict[object, float] = {}
    for number, task in enumerate(timed):
        key = task.tag if task.step == _RESUMES else number
        attempts[key] = attempts.get(key, 0) + task.seconds
    return Ask(
        cpus=max(1, math.ceil(busy[math.ceil(_RANK * len(busy)) - 1] - _IGNORED)) if busy else None,
        memory=_whole(ROOM * peak) if peak else None,
        hours=max(1, math.ceil(LONGER * max(attempts.values()) / 3600)) if attempts else None,
    )


def _whole(need: float) -> int:
    """512 MB, or whole GB."""
    return 512 * MIB if need <= 512 * MIB else math.ceil(need / GIB) * GIB
