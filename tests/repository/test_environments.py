"""Conda environments of the modules: the packages a step imports, in the versions of the lock. Conda is not run."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers_locks import locked

PYTHON = "3.11"
PACKAGES = {"huggingface_hub": "huggingface-hub", "pyBigWig": "pybigwig", "sklearn": "scikit-learn"}
CONDA_NAMES = {
    "huggingface-hub": "huggingface_hub",
    "isal": "python-isal",
    "matplotlib": "matplotlib-base",
    "torch": "pytorch",
}
HEAD = "channels:\n  - conda-forge\n  - bioconda\ndependencies:\n"
PIP = "  - conda-forge::pip\n  - pip:\n"
STEPS = sorted(path.parent.name for path in (Path(__file__).parents[2] / "modules" / "local").glob("*/main.nf"))


def imported(path: Path) -> Iterator[str]:
    """Modules that a file imports, also inside functions; `from a import b` may mean a module a.b."""
    if path.parts[-2:] == ("models", "base.py"):
        # imports the families by their names
        families = json.loads(path.with_name("families.json").read_text())
        yield from (entry["class"].partition(":")[0] for entry in families.values())
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: the package imports itself by its full name"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages(root: Path, step: str) -> set[str]:
    """Packages that a script imports, directly or through modules of lncprom."""
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
    return {PACKAGES.get(name, name) for name in found - set(sys.stdlib_module_names)}


def needed_by(root: Path, names: set[str]) -> set[str]:
    """Requirements of these packages according to the lock; pip would install them without a pin."""
    found, package = set(), ""
    for line in (root / "containers" / "gpu" / "requirements.lock").read_text().splitlines():
        if entry := re.match(r"([a-z0-9-]+)==", line):
            package = entry[1]
        elif re.sub(r"^ +# +(via +)?", "", line) in names:
            found.add(package)
    return found


def by_pip(root: Path, step: str) -> set[str]:
    text = (root / "modules" / "local" / step / "environment.yml").read_text().partition(PIP)[2]
    return {line.strip(" -").partition("==")[0] for line in text.splitlines()}


def dependencies(root: Path, step: str) -> dict[str, str]:
    """Version of each package in environment.yml; pip installs those that no conda channel has."""
    text = (root / "modules" / "local" / step / "environment.yml").read_text()
    assert text.startswith(HEAD)
    by_conda, _, by_pip = text[len(HEAD) :].partition(PIP)
    found: dict[str, str] = {}
    for part, pattern in (
        (by_conda, r"  - (?:conda-forge|bioconda)::([a-z0-9_-]+)=([0-9.]+)"),
        (by_pip, r"      - ([a-z0-9-]+)==([0-9.]+)"),
    ):
        lines = [(line, re.fullmatch(pattern, line)) for line in part.splitlines()]
        assert all(match for _, match in lines), [line for line, match in lines if not match]
        names = [match[1] for _, match in lines if match[1] != "python"]
        assert names == sorted(set(names))
        found |= {match[1]: match[2] for _, match in lines}
    packages = {conda: package for package, conda in CONDA_NAMES.items()}
    return {packages.get(name, name): version for name, version in found.items()}


@pytest.mark.parametrize("step", STEPS)
def test_environment__exactly_the_packages_that_the_step_imports(root, step):
    wanted = packages(root, step)
    found = set(dependencies(root, step))
    while further := needed_by(root, by_pip(root, step) & wanted) - wanted:
        wanted |= further
    assert found == wanted | {"python"}


@pytest.mark.parametrize("step", STEPS)
def test_environment__the_versions_of_the_lock(root, step):
    versions = dependencies(root, step)
    assert versions.pop("python") == PYTHON
    assert any(versions.items() <= locked(image, f"{PYTHON}.7").items() for image in ("cpu", "gpu"))
