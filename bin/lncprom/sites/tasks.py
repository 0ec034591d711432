"""The registry of tasks: what is positive, what is negative. A new task is one entry in tasks.json.

The pipeline reads the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import polars as pl

from lncprom import text
from lncprom.errors import InputError

REGISTRY = Path(__file__).with_name("tasks.json")


@dataclass(frozen=True)
class Condition:
    """What a gene's column must hold: one of `values`, or a number by the rule `at_least`, `below`, `top` or `bottom`.

    `top` and `bottom` are fractions of the genes that meet the conditions before. A gene's place among them is the
    fraction with less, equal ones half, so that equal genes are never divided.
    """

    column: str
    rule: str
    values: tuple[str | float | Fraction, ...]

    def __str__(self) -> str:
        words = "" if self.rule == "one of" else f"{self.rule.replace('_', ' ')} "
        return f"{self.column} {words}{' or '.join(map(str, self.values))}"

    def met(self, genes: pl.DataFrame) -> pl.Series:
        """Whether each gene meets it, of genes that have a value: bool (genes,)."""
        column, bound = genes[self.column], self.values[0]
        if self.rule == "one of":
            return column.is_in(list(self.values))
        if self.rule in ("at_least", "below"):
            return column >= bound if self.rule == "at_least" else column < bound
        rank = column.rank("average") - 0.5
        return (rank if self.rule == "bottom" else len(column) - rank) < float(bound * len(column))


@dataclass(frozen=True)
class Pool:
    """One class of a task.

    `source` is `promoters`, `genes` (those that meet the conditions in `where`, in their order), or `made` (from the
    positives, in a later step).
    """

    source: str
    where: tuple[Condition, ...] = ()

    def of(self, genes: pl.DataFrame) -> pl.DataFrame:
        """The genes that meet the conditions; an InputError if a column is missing or no gene meets one."""
        for condition in self.where:
            if condition.column not in genes.columns:
                how = "--target" if condition.column == "target" else "a TPM table"
                raise InputError(f"the genes table has no column {condition.column}. Run label_expression with {how}.")
            known = genes.drop_nulls(condition.column)
            genes = known.filter(condition.met(known))
            if genes.is_empty():
                raise InputError(f"no gene has {condition}. {_held(known[condition.column])}")
        return genes

    def __str__(self) -> str:
        return f"{self.source} with {' and '.join(map(str, self.where))}" if self.where else self.source


@dataclass(frozen=True)
class Task:
    """A task of the registry; `number` is that of the study, None where the study does not have it.

    `title` and `classes` name it and its classes in the report; those of the study's tasks are in lncprom.study.
    """

    name: str
    number: int | None
    positives: Pool
    negatives: Pool
    title: str = ""
    classes: tuple[str, str] = ("class 1", "class 0")
    regression: bool = False  # models predict the genes' column `target`
    transfer: str = ""  # task whose models are tested on this one, and the other way round, with --transfer declared

    @property
    def of_promoters(self) -> bool:
        """Whether a class consists of promoters rather than of genes with some property."""
        return "promoters" in (self.positives.source, self.negatives.source)


@cache
def registry() -> dict[str, Task]:
    """Every task by name, in the order of the registry."""
    entries = json.loads(REGISTRY.read_text(encoding="utf-8")).items()
    return {name: _task(name, **entry) for name, entry in entries}


def get(name: str) -> Task:
    """The task of this name; an unknown name is refused."""
    tasks = registry()
    if name not in tasks:
        raise InputError(f"--task {name}: no such task. {text.nearest(name, tasks)}")
    return tasks[name]


def _held(values: pl.Series) -> str:
    """What a column holds, for a message."""
    if values.is_empty():
        return "Its column is empty: give label_expression TPM of two tissues or more."
    if values.dtype == pl.String:
        return f"The table has: {text.some(text.tally(values), 6)}."
    return f"The table has {values.min():g} to {values.max():g}."


def _task(name: str, positives: dict, negatives: dict, title="", classes=Task.classes, **other) -> Task:
    about = {"number": None, "title": title or name, "classes": tuple(classes)} | other
    return Task(name, positives=_pool(positives), negatives=_pool(negatives), **about)


def _pool(entry: dict) -> Pool:
    if "made" in entry:
        return Pool("made")
    return Pool(entry["from"], tuple(_condition(*each) for each in _rules(entry.get("where", {}))))


def _rules(where: dict) -> Iterator[tuple[str, str, object]]:
    """Column, rule and value of each condition of an entry."""
    for column, wanted in where.items():
        yield from ((column, *one) for one in (wanted if isinstance(wanted, dict) else {"one of": wanted}).items())


def _condition(column: str, rule: str, value) -> Condition:
    values = tuple(value) if isinstance(value, list) else (value,)
    return Condition(column, rule, tuple(map(Fraction, values)) if rule in ("top", "bottom") else values)
