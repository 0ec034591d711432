"""How report and records name tasks and their classes."""

from __future__ import annotations

from lncprom import study as published
from lncprom.sites import tasks


def title(name: str) -> str:
    """`Task 3: high vs low expression`; a task that the study lacks has no number; a ready-made set keeps its name."""
    if study := published.TASKS.get(name):
        return f"Task {study.number}: {study.title[0].lower()}{study.title[1:]}"
    return tasks.registry()[name].title if name in tasks.registry() else name


def classes(name: str) -> tuple[str, str]:
    """Names of the positive and the negative class."""
    if study := published.TASKS.get(name):
        return study.positive, study.negative
    return tasks.registry()[name].classes if name in tasks.registry() else tasks.Task.classes
