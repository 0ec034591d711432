"""Nextflow in tests: its command, a copy of the pipeline, the result of a run, input files for a stub run."""

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
# Deterministic, trained from scratch, from a checkpoint of the demo, from a checkpoint of a hub
STUB_MODELS = f"""name,family,checkpoint,revision,adapt,options,kmer_min,kmer_max
lr,logistic_regression,,,,,3,6
cnn,cnn,,,,hidden=8,,
nt,nucleotide_transformer,demo:nucleotide_transformer,,,lora_r=4;lora_targets=query value,,
bert,dnabert,lab/promoter-bert,{"0" * 40},,,,
probe,dnabert,lab/promoter-bert,{"0" * 40},probe,,,
"""
QUICK_START = {
    # halves the start-up of Java: the optimising compiler takes longer than a test's run
    "NXF_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    # tasks without an environment of their own use this Python
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
}


# Nextflow's own choice, or that of NXF_SYNTAX_PARSER; the full tier also tries the other one
OTHER_PARSER = "v1" if os.environ.get("NXF_SYNTAX_PARSER") == "v2" else "v2"
PARSERS = [
    pytest.param({}, id="default"),
    pytest.param({"NXF_SYNTAX_PARSER": OTHER_PARSER}, id=OTHER_PARSER, marks=pytest.mark.full),
]


class Run(NamedTuple):
    """A finished run of Nextflow: exit status, output and folder of results."""

    status: int
    output: str
    outdir: Path

    def trace(self) -> list[dict[str, str]]:
        return read_trace(self.outdir / "pipeline_info" / "trace.txt")

    def statuses(self) -> dict[str, str]:
        """Status of each task by process and tag, for example `EVALUATE (mine)`: `CACHED`."""
        return {row["name"].split(":")[-1]: row["status"] for row in self.trace()}

    def submitted(self) -> set[str]:
        """Process and tag of all tasks that were not cached, from the output, which needs no trace."""
        return {name.split(":")[-1] for name in re.findall(r"\] Submitted process > (\S+(?: \([^)]*\))?)", self.output)}

    def published(self) -> set[str]:
        return {str(path.relative_to(self.outdir)) for path in self.outdir.rglob("*") if path.is_file()}


def read_trace(path: Path) -> list[dict[str, str]]:
    """One row for each task."""
    with open(path, newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def command() -> str:
    """Path of a Nextflow, downloaded where none is installed."""
    found = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "setup_nextflow.py")], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.strip().splitlines()[-1]


def copy_pipeline(to: Path) -> Path:
    """Copy the pipeline, so that edits made while the tests run do not look like changes to -resume."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__", ".nf-test*"))
        else:
            shutil.copy2(ROOT / part, to / part)
    for environment in (".venv", ".venv-gpu"):
        (to / environment).symlink_to(ROOT / environment)
    return to


def tiny_inputs(folder: Path) -> list[str]:
    """Write input files with arbitrary contents, since a stub run reads none of them; the parameters that name them."""
    for name in ("genome.fa", "genes.gtf", "tpm.gct", "promoters.bed", "train.csv"):
        (folder / name).write_text("not read by a stub\n")
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


# As configurations of nf-core's institutes are: they describe themselves and serve other pipelines too
LABORATORY = """
params {
    config_profile_description = 'A laboratory'
    project                    = null
    igenomes_base              = '/sw/igenomes'
    max_memory                 = 100.GB
}
process.clusterOptions = { params.project ? "-A ${params.project}" : '' }
"""


def laboratory(folder: Path) -> list[str]:
    """Options that add a profile `lab` in the way of nf-core's institutes."""
    base = folder / "configs"
    base.mkdir()
    (base / "lab.config").write_text(LABORATORY)
    profile = 'profiles {\n    lab { includeConfig "${params.custom_config_base}/lab.config" }\n}\n'
    (base / "nfcore_custom.config").write_text(profile)
    return ["-profile", "lab", "--custom_config_base", str(base), "--project", "p1"]
