"""The Makefile: lists every target, reports a missing Python, and `clean` keeps what users made."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


@pytest.fixture
def makefile(root, tmp_path):
    """`make` with the project's Makefile in an empty folder."""
    shutil.copy(root / "Makefile", tmp_path)

    def make(*arguments: str) -> subprocess.CompletedProcess:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        return subprocess.run(
            ["make", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return make


def test_make_alone__lists_every_target(root, makefile):
    phony = next(line for line in (root / "Makefile").read_text().splitlines() if line.startswith(".PHONY:"))
    listed = [line.split()[1] for line in makefile().stdout.splitlines()]
    assert listed == phony.split()[1:]


@pytest.mark.parametrize("target", ["demo", "test", "lock", "venv"])
def test_python_too_old__reported_with_its_version(tmp_path, makefile, target):
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\n[ $1 = --version ] && echo Python 3.9.1 || exit 1\n")
    old.chmod(0o755)
    result = makefile(target, f"PYTHON={old}")
    assert result.returncode != 0
    assert f"Error: {old} is Python 3.9.1, lncprom needs Python 3.10 or later" in result.stderr


def test_python_missing__reported(makefile):
    assert "Error: python3.99 is not on PATH" in makefile("venv", "PYTHON=python3.99").stderr


def test_clean__removes_what_runs_left_and_nothing_else(tmp_path, makefile):
    gone = [
        "work/ab/cd/out.tsv",
        "results/demo/report.html",
        ".nextflow/history",
        ".nextflow.log.1",
        "bin/__pycache__/a.pyc",
    ]
    stays = ["results/thesis/report.html", ".venv/pyvenv.cfg", "bin/lncprom/a.py"]
    for name in gone + stays:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    makefile("clean")
    assert [name for name in gone if (tmp_path / name).exists()] == []
    assert [name for name in stays if not (tmp_path / name).exists()] == []
