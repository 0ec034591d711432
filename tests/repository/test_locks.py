"""Locks of the packages: complete, consistent with each other and with the environment that runs the tests."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("cpu", "test", "gpu", "lint")


def locked(root: Path, name: str) -> dict[str, list[str]]:
    """Lines that belong to each requirement of a lock: its digests and the packages that need it."""
    entries: dict[str, list[str]] = {}
    for line in (root / "containers" / name / "requirements.lock").read_text().splitlines():
        if line[:1].isalnum():
            entries[line.removesuffix(" \\")] = current = []
        elif line.strip():
            current.append(line.strip(" \\"))
    return entries


def requested(path: Path) -> set[str]:
    """Packages that a requirements.in names, including those of the files it includes."""
    names: set[str] = set()
    for line in path.read_text().splitlines():
        if line.startswith("-r "):
            names |= requested(path.parent / line.removeprefix("-r "))
        elif line.strip() and not line.startswith("#"):
            names.add(canonicalize_name(Requirement(line).name))
    return names


@pytest.mark.parametrize("name", LOCKS)
def test_lock__pins_with_digests_what_requirements_in_names(root, name):
    lock = root / "containers" / name / "requirements.lock"
    assert not re.search("://|index-url|find-links", lock.read_text())
    direct = set()
    for entry, lines in locked(root, name).items():
        assert "==" in entry
        assert any(line.startswith("--hash=sha256:") for line in lines), f"{entry} has no digest"
        if any(line.startswith("#") and ".in" in line for line in lines):
            direct.add(Requirement(entry).name)
    assert direct == requested(lock.with_name("requirements.in")), "run make lock"


@pytest.mark.parametrize("name", ["test", "gpu"])
def test_larger_lock__contains_the_lock_of_the_data_steps(root, name):
    smaller, larger = locked(root, "cpu"), locked(root, name)
    for entry, lines in smaller.items():
        digests = {line for line in lines if line.startswith("--hash")}
        assert digests == {line for line in larger[entry] if line.startswith("--hash")}, entry


def test_locks_of_models_and_tests__fit_into_one_environment(root):
    versions: dict[str, list[set[str]]] = {}
    for name in ("test", "gpu"):
        found: dict[str, set[str]] = {}
        for requirement in map(Requirement, locked(root, name)):
            found.setdefault(requirement.name, set()).add(str(requirement.specifier))
        for package, pinned in found.items():
            versions.setdefault(package, []).append(pinned)
    both = {package: pinned for package, pinned in versions.items() if len(pinned) == 2}
    assert len(both) > 20
    # a lock that needs a package on fewer versions of Python lists fewer pins
    assert [package for package, (one, other) in both.items() if not (one <= other or other <= one)] == []


@pytest.mark.parametrize("name", ["test", "gpu"])
def test_environment_of_the_tests__has_the_versions_of_the_lock(root, name):
    for requirement in map(Requirement, locked(root, name)):
        if requirement.marker is None or requirement.marker.evaluate():
            assert requirement.specifier.contains(metadata.version(requirement.name), prereleases=True), requirement


def test_lock_of_the_data_steps__has_no_deep_learning_framework(root):
    names = {Requirement(entry).name for entry in locked(root, "cpu")}
    assert not names & {"torch", "tensorflow", "jax", "transformers"}


def test_jars__each_has_a_digest_and_the_pom_names_no_repository(root):
    lines = (root / "tools" / "nextflow" / "jars.sha256").read_text().splitlines()
    assert all(re.fullmatch(r"[0-9a-f]{64}  [\w.-]+\.jar", line) for line in lines)
    assert "nextflow-25.04.0.jar" in {line.split("  ")[1] for line in lines}
    assert "<repositor" not in (root / "tools" / "nextflow" / "pom.xml").read_text()
