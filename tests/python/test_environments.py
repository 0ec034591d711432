"""Conda environments of the modules: what a step imports, in the versions of the lock. Conda itself is not run."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

PYTHON = "3.11"
CONDA_NAMES = {"isal": "python-isal", "matplotlib": "matplotlib-base", "sklearn": "scikit-learn"}
LOCK_NAMES = {"python-isal": "isal", "matplotlib-base": "matplotlib"}
STEPS = sorted(path.parent.name for path in (Path(__file__).parents[2] / "modules" / "local").glob("*/main.nf"))


def imported(path: Path) -> Iterator[str]:
    """Every module that a file names, also inside functions; `from a import b` may mean a module a.b."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: the package imports itself by its full name"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages(root: Path, step: str) -> set[str]:
    """What has to be installed for a script: imports of its own and of all modules of the package that it reaches."""
    reached: set[Path] = set()
    found: set[str] = set()
    waiting = [root / "bin" / f"{step}.py"]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        for name in imported(path):
            if name.split(".")[0] == "lncprom":
                place = (root / "bin").joinpath(*name.split("."))
                waiting += [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]
            else:
                found.add(name.split(".")[0])
    assert len(reached) > 3
    return found - set(sys.stdlib_module_names)


def locked(root: Path) -> dict[str, str]:
    """Package -> version that the lock has for the Python of the environments."""
    environment = default_environment() | {"python_version": PYTHON, "python_full_version": f"{PYTHON}.7"}
    lines = (root / "containers" / "cpu" / "requirements.lock").read_text().splitlines()
    entries = [Requirement(line.removesuffix("\\").strip()) for line in lines if line[:1].isalnum()]
    entries = [entry for entry in entries if entry.marker is None or entry.marker.evaluate(environment)]
    assert len({entry.name for entry in entries}) == len(entries)
    return {entry.name: str(entry.specifier).removeprefix("==") for entry in entries}


def dependencies(root: Path, step: str) -> dict[str, str]:
    """Conda package -> version, from environment.yml; no other line is understood."""
    text = (root / "modules" / "local" / step / "environment.yml").read_text()
    head = "channels:\n  - conda-forge\n  - bioconda\ndependencies:\n"
    assert text.startswith(head)
    lines = [re.fullmatch(r"  - conda-forge::([a-z0-9-]+)=([0-9.]+)", line) for line in text[len(head) :].splitlines()]
    assert all(lines), "a dependency is `  - conda-forge::name=version`"
    names = [line[1] for line in lines]
    assert names == ["python", *sorted(set(names) - {"python"})]
    return {line[1]: line[2] for line in lines}


def test_modules__there_are_some():
    assert len(STEPS) > 10


@pytest.mark.parametrize("step", STEPS)
def test_environment__holds_what_the_step_imports_and_nothing_else(root, step):
    wanted = {CONDA_NAMES.get(name, name) for name in packages(root, step)}
    assert set(dependencies(root, step)) == wanted | {"python"}


@pytest.mark.parametrize("step", STEPS)
def test_environment__has_the_versions_of_the_lock(root, step):
    versions = dependencies(root, step)
    assert versions.pop("python") == PYTHON
    lock = locked(root)
    assert versions == {name: lock[LOCK_NAMES.get(name, name)] for name in versions}
