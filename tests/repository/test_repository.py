"""Facts about the checkout: the locks are whole, versions agree, scripts start and hide no module."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("cpu", "test", "gpu", "lint")
DIGEST = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def locked(root: Path, name: str) -> dict[str, list[str]]:
    """Requirement as the lock has it -> the lines that belong to it."""
    entries: dict[str, list[str]] = {}
    for line in (root / "containers" / name / "requirements.lock").read_text().splitlines():
        if line[:1].isalnum():
            entries[line.removesuffix(" \\")] = current = []
        elif line.strip():
            current.append(line)
    return entries


def asked(path: Path) -> set[str]:
    """The packages that a requirements.in names, those of the files it includes too."""
    names: set[str] = set()
    for line in path.read_text().splitlines():
        if line.startswith("-r "):
            names |= asked(path.parent / line.removeprefix("-r "))
        elif line.strip() and not line.startswith("#"):
            names.add(canonicalize_name(Requirement(line).name))
    return names


@pytest.mark.parametrize("name", LOCKS)
def test_lock__every_package_pinned_with_digests_and_no_address_in_it(root, name):
    text = (root / "containers" / name / "requirements.lock").read_text()
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text
    entries = locked(root, name)
    assert len(entries) > 20
    for entry, lines in entries.items():
        assert re.match(r"[a-z0-9-]+==[0-9][\w.]*( ; .+)?$", entry), entry
        assert [line for line in lines if DIGEST.match(line)], f"{entry} has no digest"
        assert all(DIGEST.match(line) or line.lstrip().startswith("#") for line in lines), entry


@pytest.mark.parametrize("name", LOCKS)
def test_requirements_in_and_lock__each_package_asked_for_or_brought_by_another(root, name):
    source = root / "containers" / name / "requirements.in"
    direct, found = asked(source), {}
    for entry, lines in locked(root, name).items():
        reasons = [line.strip(" #") for line in lines if "#" in line]
        found[Requirement(entry).name] = any(".in" in reason for reason in reasons)
    assert direct == {package for package, is_direct in found.items() if is_direct}


@pytest.mark.parametrize("name", ["test", "gpu"])
def test_larger_lock__holds_that_of_the_data_steps_whole(root, name):
    smaller, larger = locked(root, "cpu"), locked(root, name)
    assert smaller.keys() <= larger.keys()
    for entry, lines in smaller.items():
        digests = [line.strip(" \\") for line in lines if DIGEST.match(line)]
        assert digests == [line.strip(" \\") for line in larger[entry] if DIGEST.match(line)], entry


def test_locks_of_the_models_and_of_the_tests__fit_into_one_environment(root):
    pins: dict[str, list[set[str]]] = {}
    for lock in (locked(root, "test"), locked(root, "gpu")):
        found: dict[str, set[str]] = {}
        for requirement in map(Requirement, lock):
            found.setdefault(requirement.name, set()).add(str(requirement.specifier))
        for name, versions in found.items():
            pins.setdefault(name, []).append(versions)
    both = {name: versions for name, versions in pins.items() if len(versions) == 2}
    assert len(both) > 20
    # One of them may need a package on fewer versions of Python, so that it lists fewer.
    assert {name for name, (one, other) in both.items() if not (one <= other or other <= one)} == set()


def test_lock_of_the_data_steps__has_no_deep_learning_in_it(root):
    names = {Requirement(entry).name for entry in locked(root, "cpu")}
    assert not names & {"torch", "tensorflow", "jax", "transformers"}


def test_this_environment__is_that_of_the_lock(root):
    for entry in locked(root, "test"):
        requirement = Requirement(entry)
        if requirement.marker is None or requirement.marker.evaluate():
            assert requirement.specifier.contains(metadata.version(requirement.name), prereleases=True), entry


def test_jars__each_with_its_digest_and_the_recipe_names_no_repository(root):
    lines = (root / "tools" / "nextflow" / "jars.sha256").read_text().splitlines()
    assert all(re.fullmatch(r"[0-9a-f]{64}  [\w.-]+\.jar", line) for line in lines)
    names = {line.split("  ")[1] for line in lines}
    assert {"nextflow-25.04.0.jar", "nf-lang-25.04.0.jar", "nf-commons-25.04.4.jar", "nf-httpfs-25.04.4.jar"} <= names
    assert not [name for name in names if name.startswith("lib-trace")]
    assert "<repositor" not in (root / "tools" / "nextflow" / "pom.xml").read_text()


def test_version__the_same_wherever_it_is_written(root):
    version = re.search(r'"(.+)"', (root / "bin" / "lncprom" / "__init__.py").read_text()).group(1)
    assert f"\nversion: {version}\n" in (root / "CITATION.cff").read_text()
    assert re.search(r"^## (\S+)", (root / "CHANGELOG.md").read_text(), re.MULTILINE).group(1) == version
    manifest = re.search(r"manifest\s*\{.*?\n\}", (root / "nextflow.config").read_text(), re.DOTALL).group(0)
    assert re.search(r"\bversion\s*=\s*'([^']+)'", manifest).group(1) == version


def test_licence__mit_in_every_place(root):
    assert (root / "LICENSE").read_text().startswith("MIT License")
    assert "\nlicense: MIT\n" in (root / "CITATION.cff").read_text()
    assert '\nlicense = "MIT"\n' in (root / "pyproject.toml").read_text()


def scripts(root: Path) -> list[Path]:
    return sorted((root / "bin").glob("*.py"))


def test_scripts__start_by_themselves(root):
    for script in scripts(root):
        assert script.read_text().startswith("#!/usr/bin/env python3\n"), script.name
        assert os.access(script, os.X_OK), f"{script.name}: chmod 755"


def test_scripts_in_git__mode_755(root):
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-s", "bin/*.py", ".ci/run"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    modes = {
        line.split()[3]: line.split()[0]
        for line in listed.splitlines()
        if not line.split()[3].startswith("bin/lncprom/")
    }
    assert modes
    assert {path: mode for path, mode in modes.items() if mode != "100755"} == {}


def test_scripts__none_hides_a_module(root):
    taken = set(sys.stdlib_module_names) | set(metadata.packages_distributions())
    assert [script.name for script in scripts(root) if script.stem in taken] == []


def test_ci__calls_make_test(root):
    text = (root / ".ci" / "run").read_text()
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert re.search(r"^make test", text, re.MULTILINE)


def test_contributing__every_place_it_sends_people_to_is_there(root):
    text = (root / "CONTRIBUTING.md").read_text()
    places = [place for place in re.findall(r"`([\w./<>-]*[/.][\w./<>-]*)`", text) if "<" not in place]
    assert len(places) > 10
    assert [place for place in places if not (root / place).exists()] == []


@pytest.mark.parametrize(
    ("package", "printed"),
    [("python", "{}.{}.{}".format(*sys.version_info[:3])), ("lncprom", "0.1.0"), ("polars", "absent"), ("", None)],
)
def test_versions_on_a_bare_python__what_it_has_and_absent_for_the_rest(root, package, printed):
    # -I -S: nothing but the standard library can be imported
    command = [sys.executable, "-I", "-S", root / "bin" / "versions.py", package]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if printed is None:
        assert result.returncode == 2
        assert result.stderr.startswith("Error: name one package")
    else:
        assert (result.returncode, result.stdout, result.stderr) == (0, printed + "\n", "")


def test_versions_of_an_installed_package__its_own(root):
    command = [sys.executable, root / "bin" / "versions.py", "scikit-learn"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert out == metadata.version("scikit-learn") + "\n"
