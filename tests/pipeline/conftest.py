"""Nextflow as users start it. All tests share one run of `-profile test`; each further run has its own folder."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from helpers_nextflow import QUICK_START, ROOT, Run


@pytest.fixture(scope="session")
def nextflow(nextflow_command, project):
    """Call `nextflow run PROJECT ...` in a folder. The folder keeps the cache, so that -resume works in it."""

    def call(
        folder: Path, *arguments: str, outdir: str = "results", parser: str = "v1", of: Path = project, **environment
    ) -> Run:
        given = [str(argument) for argument in arguments]
        result = subprocess.run(
            [nextflow_command, "run", str(of / "main.nf"), "-ansi-log", "false", "--outdir", outdir, *given],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=os.environ | QUICK_START | {"NXF_SYNTAX_PARSER": parser} | environment,
        )
        return Run(result.returncode, result.stdout + result.stderr, folder / outdir)

    return call


@pytest.fixture(scope="session")
def profile_test_run(nextflow, tmp_path_factory) -> Run:
    """The finished run of `-profile test,venv`, made once for the tests of all workers."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    folder = shared / "profile_test"
    folder.mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = folder / "run.json"
        if not ended.exists():
            run = nextflow(folder, "-profile", "test,venv")
            ended.write_text(json.dumps([run.status, run.output, str(run.outdir)]))
    status, output, outdir = json.loads(ended.read_text())
    assert status == 0, output
    return Run(status, output, Path(outdir))


@pytest.fixture(scope="session")
def config(nextflow_command):
    """Call `nextflow config -flat`: values of the resolved configuration as text, by name."""

    def call(*arguments: str, parser: str = "v1") -> dict[str, str]:
        result = subprocess.run(
            [nextflow_command, "config", str(ROOT), "-flat", *arguments],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | QUICK_START | {"NXF_SYNTAX_PARSER": parser},
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
