"""Facts about the checkout: the version agrees everywhere, scripts can be started and hide no module."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata

import pytest

import lncprom


def test_version__the_same_in_every_file(root):
    version = re.escape(lncprom.__version__)
    for name, pattern in (
        ("CITATION.cff", rf"^version: {version}$"),
        ("CHANGELOG.md", rf"^## .*\b{version}\b"),
        ("nextflow.config", rf"^ +version +=  *'{version}'$"),
        ("containers/cpu/Dockerfile", f'image.version="{version}"'),
        ("containers/gpu/Dockerfile", f'image.version="{version}"'),
        ("containers/apptainer.def", f"image.version {version}"),
    ):
        text = (root / name).read_text()
        assert re.search(pattern, text, re.MULTILINE), name
        assert "index-url" not in text
        assert not (name.startswith("containers/") and "://" in text), "an image is built from no fixed address"


def test_scripts__executable_in_git_with_a_shebang(root):
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-s", "bin/*.py", ".ci/run"], cwd=root, capture_output=True, text=True, check=True
    ).stdout
    scripts = [line.split() for line in listed.splitlines() if "bin/lncprom/" not in line]
    assert len(scripts) > 10
    for mode, *_, path in scripts:
        assert mode == "100755", path
        assert (root / path).read_text().startswith("#!/usr/bin/env "), path


def test_scripts__no_name_of_an_importable_module(root):
    taken = set(sys.stdlib_module_names) | set(metadata.packages_distributions())
    assert [script.name for script in (root / "bin").glob("*.py") if script.stem in taken] == []


@pytest.mark.parametrize(
    ("package", "printed"),
    [("python", "{}.{}.{}".format(*sys.version_info[:3])), ("lncprom", lncprom.__version__), ("polars", "absent")],
)
def test_versions_without_installed_packages__prints_absent_for_them(root, package, printed):
    # -I -S: only the standard library can be imported
    command = [sys.executable, "-I", "-S", root / "bin" / "versions.py", package]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, printed + "\n", "")


def test_versions_without_a_package_name__refused(root):
    result = subprocess.run([sys.executable, root / "bin" / "versions.py", ""], capture_output=True, text=True)
    assert result.returncode == 2
    assert result.stderr.startswith("Error: ")
