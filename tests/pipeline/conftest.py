"""Nextflow as users start it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from helpers_nextflow import QUICK_START, ROOT, Run


@pytest.fixture(scope="session")
def nextflow(nextflow_command, project):
    """Call `nextflow run PROJECT ...` in a folder. The folder keeps the cache, so that -resume works in it."""

    def call(folder: Path, *arguments: str, outdir: str = "results", of: Path = project, **environment) -> Run:
        given = [str(argument) for argument in arguments]
        result = subprocess.run(
            [nextflow_command, "run", str(of / "main.nf"), "-ansi-log", "false", "--outdir", outdir, *given],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=os.environ | QUICK_START | environment,
        )
        return Run(result.returncode, result.stdout + result.stderr, folder / outdir)

    return call


@pytest.fixture(scope="session")
def config(nextflow_command):
    """Call `nextflow config -flat`: values of the resolved configuration as text, by name."""

    def call(*arguments: str, **environment) -> dict[str, str]:
        result = subprocess.run(
            [nextflow_command, "config", str(ROOT), "-flat", *arguments],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | QUICK_START | environment,
        )
        found: dict[str, str] = {}
        name = ""
        for line in result.stdout.splitlines():
            if named := re.match(r"([\w.':]+) = (.*)", line):
                name = named[1]
                found[name] = named[2]
            elif name:  # a closure over several lines
                found[name] += f" {line.strip()}"
        return found

    return call
