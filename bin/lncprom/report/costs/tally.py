"""Sum what tasks used: by step, and by data set and model."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from lncprom.report import titles
from lncprom.report.costs.trace import Task

# Seconds. Nextflow samples a task's processes when it starts, then each second, later each half minute: of a shorter
# task it measures little but the shell and the imports
MEASURED = 5
_RUN = re.compile(r"\.seed\d+(\.shuffled)?$")


class Sum(NamedTuple):
    """Tasks added up, with hours of busy CPUs, of reserved CPUs and of GPUs.

    `failed`: ended without a result; `cached`: from an earlier run; `unknown`: the trace does not report their CPU
    use. `longest` and `largest`: the task with the longest time, and that with the highest measured peak of memory.
    """

    tasks: int
    failed: int
    cached: int
    unknown: int
    used: float
    reserved: float
    gpu: float
    longest: Task | None
    largest: Task | None


class Cell(NamedTuple):
    """A data set and a model."""

    dataset: str
    model: str


class Gpus(NamedTuple):
    """GPUs that each task of these steps requests."""

    each: int
    steps: frozenset[str]


def add(tasks: Iterable[Task], gpus: Gpus) -> Sum:
    """The sum of tasks."""
    tasks = list(tasks)
    timed = [task for task in tasks if task.seconds is not None]
    seen = [task for task in timed if task.seconds >= MEASURED and task.peak]
    return Sum(
        tasks=len(tasks),
        failed=sum(task.failed for task in tasks),
        cached=sum(task.status == "CACHED" for task in tasks),
        unknown=sum(task.busy is None or task.seconds is None for task in tasks),
        used=sum(task.seconds * (task.busy or 0) for task in timed) / 3600,
        reserved=sum(task.seconds * (task.cpus or 1) for task in timed) / 3600,
        gpu=sum(task.seconds * gpus.each for task in timed if task.step in gpus.steps) / 3600,
        longest=max(timed, key=lambda task: task.seconds, default=None),
        largest=max(seen, key=lambda task: task.peak, default=None),
    )


def by_step(tasks: Iterable[Task]) -> dict[str, list[Task]]:
    """Tasks of each step, in the order of the pipeline; unknown steps last."""
    found: dict[str, list[Task]] = {}
    for task in tasks:
        found.setdefault(task.step, []).append(task)
    known = list(titles.STEPS)
    return dict(sorted(found.items(), key=lambda item: known.index(item[0]) if item[0] in known else len(known)))


def by_cell(
    tasks: Iterable[Task], datasets: Collection[str], models: Collection[str]
) -> tuple[dict[Cell, list[Task]], list[Task]]:
    """Tasks of each data set and model over all seeds, and the tasks that serve several models.

    A tag is `<dataset>.<model>`, perhaps followed by `.seed<N>`. Names may contain dots, so a tag is not split but
    compared with all pairs of known names.
    """
    pairs = {f"{dataset}.{model}": Cell(dataset, model) for dataset in datasets for model in models}
    found: dict[Cell, list[Task]] = {cell: [] for cell in pairs.values()}
    others = []
    for task in tasks:
        cell = pairs.get(task.tag) or pairs.get(_RUN.sub("", task.tag))
        (others if cell is None else found[cell]).append(task)
    return {cell: own for cell, own in found.items() if own}, others
