"""Conda environments of the modules: what a step imports, in the versions of the lock. Conda itself is not run."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

PYTHON = "3.11"
LOCKS = ("cpu", "gpu")
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
    """Every module that a file names, also inside functions; `from a import b` may mean a module a.b.

    The interface of the models imports those of the families by the names in families.json.
    """
    if path.parts[-2:] == ("models", "base.py"):
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
    return {PACKAGES.get(name, name) for name in found - set(sys.stdlib_module_names)}


def locked(root: Path, image: str) -> dict[str, str]:
    """Package -> version that the image's lock has for the Python of the environments."""
    environment = default_environment() | {"python_version": PYTHON, "python_full_version": f"{PYTHON}.7"}
    lines = (root / "containers" / image / "requirements.lock").read_text().splitlines()
    entries = [Requirement(line.removesuffix("\\").strip()) for line in lines if line[:1].isalnum()]
    entries = [entry for entry in entries if entry.marker is None or entry.marker.evaluate(environment)]
    assert len({entry.name for entry in entries}) == len(entries)
    return {entry.name: str(entry.specifier).removeprefix("==") for entry in entries}


def lock_of(root: Path, wanted: set[str]) -> dict[str, str]:
    """The lock of the smallest image that holds all these packages."""
    held = [lock for lock in (locked(root, image) for image in LOCKS) if wanted <= set(lock)]
    assert held, f"no image has all of {sorted(wanted)}"
    return held[0]


def needed_by(root: Path, names: set[str]) -> set[str]:
    """What packages ask for themselves, by the lock: pip would bring it without a version."""
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
    """Package -> version, from environment.yml; what no channel of conda has comes by pip; no other line is allowed."""
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


def test_modules__there_are_some():
    assert len(STEPS) > 10


@pytest.mark.parametrize("step", STEPS)
def test_environment__holds_what_the_step_imports_and_what_pip_would_bring_and_nothing_else(root, step):
    wanted = packages(root, step)
    found = set(dependencies(root, step))
    while further := needed_by(root, by_pip(root, step) & wanted) - wanted:
        wanted |= further
    assert found == wanted | {"python"}


def test_what_pip_would_bring__torch_for_the_seqlets(root):
    assert {"torch", "numba"} <= needed_by(root, {"tangermeme"})
    assert by_pip(root, "compare_motifs") == {"figwig", "memelite", "tangermeme"}


@pytest.mark.parametrize("step", STEPS)
def test_environment__has_the_versions_of_the_lock(root, step):
    versions = dependencies(root, step)
    assert versions.pop("python") == PYTHON
    lock = lock_of(root, set(versions))
    assert versions == {name: lock[name] for name in versions}


def test_lock_of_a_step__that_of_the_models_where_one_package_is_only_there(root):
    assert lock_of(root, {"click", "numpy"}) == locked(root, "cpu")
    assert lock_of(root, {"click", "torch"}) == locked(root, "gpu")


def test_versions_that_both_locks_have__the_same(root):
    cpu, gpu = locked(root, "cpu"), locked(root, "gpu")
    assert {name: gpu[name] for name in cpu} == cpu


def test_packages_of_a_step_that_loads_any_family__those_of_all_families(root):
    assert packages(root, "predict") >= {"torch", "transformers", "peft", "tokenizers", "safetensors", "numpy"}


def test_environment_by_pip_or_bioconda__read_too(tmp_path):
    folder = tmp_path / "modules" / "local" / "step"
    folder.mkdir(parents=True)
    lines = ["  - conda-forge::python=3.11", "  - bioconda::pybigwig=0.3.24", "  - conda-forge::pytorch=2.15.0"]
    (folder / "environment.yml").write_text(HEAD + "\n".join(lines) + "\n" + PIP + "      - memelite==0.3.0\n")
    expected = {"python": "3.11", "pybigwig": "0.3.24", "torch": "2.15.0", "memelite": "0.3.0"}
    assert dependencies(tmp_path, "step") == expected
