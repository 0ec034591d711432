"""The real Nextflow, as users start it: one demo-sized run shared by the tests, each further run in its own folder."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("main.nf", "nextflow.config", "nextflow_schema.json", "assets", "bin", "conf", "containers")
PARTS += ("modules", "subworkflows", "workflows")
BASELINE = ("--models", str(ROOT / "assets" / "models_baseline.csv"))
# A model of each kind: without chance, from scratch, a checkpoint of the demo, one of a hub
STUB_MODELS = f"""name,family,checkpoint,revision,options,kmer_min,kmer_max
lr,logistic_regression,,,,3,6
cnn,cnn,,,hidden=8,,
nt,nucleotide_transformer,demo:nucleotide_transformer,,lora_r=4;lora_targets=query value,,
bert,dnabert,lab/promoter-bert,{"0" * 40},,,
"""


# half the start-up of the Java machine; a test's run is over before the optimizing compiler would pay
QUICK_START = {"NXF_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}


class Run(NamedTuple):
    """How a command of Nextflow ended: exit status, everything it printed, and where its results went."""

    status: int
    output: str
    outdir: Path

    def trace(self) -> list[dict[str, str]]:
        """One row per task: name, status, ... as in pipeline_info/trace.txt."""
        with open(self.outdir / "pipeline_info" / "trace.txt", newline="") as handle:
            return list(csv.DictReader(handle, delimiter="\t"))

    def statuses(self) -> dict[str, str]:
        """Process and tag -> COMPLETED, CACHED or FAILED, e.g. `EVALUATE (mine)` -> `CACHED`."""
        return {row["name"].split(":")[-1]: row["status"] for row in self.trace()}

    def executed(self) -> set[str]:
        return {name for name, status in self.statuses().items() if status == "COMPLETED"}


@pytest.fixture(scope="session")
def nextflow_command() -> str:
    found = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "setup_nextflow.py")], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Path:
    """A copy of the pipeline as it stands: what is edited while tests run shall not look like a change to -resume."""
    copy = tmp_path_factory.mktemp("project")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", ".nf-test*"))
        else:
            shutil.copy2(ROOT / part, copy / part)
    for environment in (".venv", ".venv-gpu"):
        (copy / environment).symlink_to(ROOT / environment)
    return copy


@pytest.fixture(scope="session")
def nextflow(nextflow_command, project):
    """Call `nextflow run <project> ...` in a folder; the folder keeps the cache, so that -resume works in it."""

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
def config(nextflow_command):
    """Resolved configuration, as `nextflow config -flat` prints it: name -> value as text."""

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


def tiny_inputs(folder: Path) -> list[str]:
    """Parameters for a stub run: files that exist, of which a stub reads nothing."""
    for name in ("genome.fa", "genes.gtf", "tpm.gct", "promoters.bed", "train.csv"):
        (folder / name).write_text("a stub reads nothing of this\n")
    (folder / "sets.csv").write_text("name,train,dev,test\nmine,train.csv,,\n")
    (folder / "models.csv").write_text(STUB_MODELS)
    pairs = {
        "fasta": "genome.fa",
        "gtf": "genes.gtf",
        "expression": "tpm.gct",
        "promoters": "promoters.bed",
        "input": "sets.csv",
        "models": "models.csv",
    }
    return [word for name, file in pairs.items() for word in (f"--{name}", str(folder / file))]
