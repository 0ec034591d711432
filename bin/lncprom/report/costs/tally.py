"""What tasks took, summed: by step, and by data set and model."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from lncprom.report import titles
from lncprom.report.costs.trace import Task

# Seconds. Nextflow looks at a task's processes when it begins, then each second, later each half minute: of a short
# task it sees little but the shell and the libraries being loaded
MEASURED = 5
_RUN = re.compile(r"\.seed\d+(\.shuffled)?$")


class Sum(NamedTuple):
    """Tasks taken together; hours of CPUs that were busy, of CPUs that were reserved, and of GPUs.

    `failed`: ended without a result and were tried again; `cached`: their figures are an earlier run's. `unknown`: the
    trace does not say how busy they were. `longest` and `largest`: the task that ran longest, and the one with the
    greatest memory among those that ran long enough to be measured.
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
    """GPUs that each task of these steps asks for."""

    each: int
    steps: frozenset[str]


def add(tasks: Iterable[Task], gpus: Gpus) -> Sum:
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
    """Tasks of each step in the order of the data, which is that of their words in the report; unknown steps last."""
    found: dict[str, list[Task]] = {}
    for task in tasks:
        found.setdefault(task.step, []).append(task)
    known = list(titles.STEPS)
    return dict(sorted(found.items(), key=lambda item: known.index(item[0]) if item[0] in known else len(known)))


def by_cell(
    tasks: Iterable[Task], datasets: Collection[str], models: Collection[str]
) -> tuple[dict[Cell, list[Task]], list[Task]]:
    """Tasks of each data set and model over all seeds, and those that serve several models.

    A tag is `<dataset>.<model>`, perhaps with `.seed<N>` behind it. Names may hold dots, so a tag is not taken apart
    but held against all pairs of known names.
    """
    pairs = {f"{dataset}.{model}": Cell(dataset, model) for dataset in datasets for model in models}
    found: dict[Cell, list[Task]] = {cell: [] for cell in pairs.values()}
    others = []
    for task in tasks:
        cell = pairs.get(task.tag) or pairs.get(_RUN.sub("", task.tag))
        (others if cell is None else found[cell]).append(task)
    return {cell: own for cell, own in found.items() if own}, others
