"""Locks of the images as tests read them."""

from __future__ import annotations

from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement

CONTAINERS = Path(__file__).resolve().parents[2] / "containers"


def locked(image: str, python: str) -> dict[str, str]:
    """Version of each package in an image's lock, for a version of Python such as 3.11.7."""
    environment = default_environment() | {"python_version": python.rpartition(".")[0], "python_full_version": python}
    lines = (CONTAINERS / image / "requirements.lock").read_text().splitlines()
    entries = [Requirement(line.removesuffix("\\").strip()) for line in lines if line[:1].isalnum()]
    entries = [entry for entry in entries if entry.marker is None or entry.marker.evaluate(environment)]
    assert len({entry.name for entry in entries}) == len(entries)
    return {entry.name: str(entry.specifier).removeprefix("==") for entry in entries}
