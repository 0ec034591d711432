"""The registry of tasks: what is positive, what is negative. A new task is one entry in tasks.json.

The pipeline reads the same file.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lncprom import text
from lncprom.errors import InputError

REGISTRY = Path(__file__).with_name("tasks.json")


@dataclass(frozen=True)
class Pool:
    """One class of a task.

    `source` is `promoters`, `genes` (whose columns hold one of the values in `where`), or `made` (from the positives,
    in a later step).
    """

    source: str
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __str__(self) -> str:
        conditions = " and ".join(f"{column} {' or '.join(values)}" for column, values in self.where)
        return f"{self.source} with {conditions}" if conditions else self.source


@dataclass(frozen=True)
class Task:
    """A task of the registry."""

    name: str
    number: int  # of the study
    positives: Pool
    negatives: Pool

    @property
    def of_promoters(self) -> bool:
        """Whether a class consists of promoters rather than of genes with some property."""
        return "promoters" in (self.positives.source, self.negatives.source)


@cache
def registry() -> dict[str, Task]:
    """Every task by name, in the order of the registry."""
    entries = json.loads(REGISTRY.read_text(encoding="utf-8")).items()
    return {name: Task(name, of["number"], _pool(of["positives"]), _pool(of["negatives"])) for name, of in entries}


def get(name: str) -> Task:
    """The task of this name; an unknown name is refused."""
    tasks = registry()
    if name not in tasks:
        raise InputError(f"--task {name}: no such task. {text.nearest(name, tasks)}")
    return tasks[name]


def _pool(entry: dict) -> Pool:
    if "made" in entry:
        return Pool("made")
    where = {key: value if isinstance(value, list) else [value] for key, value in entry.get("where", {}).items()}
    return Pool(entry["from"], tuple((column, tuple(values)) for column, values in where.items()))
