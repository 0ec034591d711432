"""Job headers for schedulers other than Slurm, with the files in conf/institutions, as Nextflow writes them.

The submitting program refuses every job: no such scheduler has been run.
"""

from __future__ import annotations

import os
import subprocess

import pytest

from helpers_nextflow import QUICK_START, ROOT
from lncprom.report.costs.page import configuration
from lncprom.report.costs.tally import MIB, Ask

pytestmark = [pytest.mark.pipeline, pytest.mark.full]

MAIN = """
process ON_CPU {
    output:
    stdout
    script:
    "true"
}
process ON_GPU {
    label 'process_gpu'
    label 'language_models'
    output:
    stdout
    script:
    "true"
}
process SUGGESTED {
    output:
    stdout
    script:
    "true"
}
workflow {
    %s()
}
"""
EXPECTED = {
    ("sge", "ON_CPU"): {"#$ -q all.q", "#$ -l h_rt=04:00:00", "#$ -l h_rss=2048M,mem_free=2048M"},
    ("sge", "ON_GPU"): {
        *("#$ -q gpu.q", "#$ -pe smp 4", "#$ -l h_rt=24:00:00", "#$ -l h_rss=16384M,mem_free=16384M", "#$ -l gpu=1"),
    },
    ("sge", "SUGGESTED"): {"#$ -q all.q", "#$ -l h_rt=03:00:00", "#$ -l h_rss=512M,mem_free=512M"},
    ("pbspro", "ON_CPU"): {"#PBS -q workq", "#PBS -l select=1:ncpus=1:mem=2048mb", "#PBS -l walltime=04:00:00"},
    ("pbspro", "ON_GPU"): {
        *("#PBS -q gpu", "#PBS -l select=1:ncpus=4:mem=16384mb:ngpus=1", "#PBS -l walltime=24:00:00"),
    },
    ("lsf", "ON_CPU"): {"#BSUB -q normal", "#BSUB -W 04:00"},
    ("lsf", "ON_GPU"): {"#BSUB -q gpu", "#BSUB -n 4", "#BSUB -W 24:00", "#BSUB -gpu num=1:mode=shared"},
}


@pytest.mark.parametrize(("scheduler", "process"), EXPECTED)
def test_a_scheduler__job_header_asks_for_cores_memory_time_queue_and_gpu(
    nextflow_command, tmp_path, scheduler, process
):
    (tmp_path / "main.nf").write_text(MAIN % process)
    (tmp_path / "resources.config").write_text(configuration({"suggested": Ask(1, 512 * MIB, 3)}))
    for program in ("qsub", "bsub", "qstat", "bjobs"):
        path = tmp_path / "bin" / program
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\nexit 1\n")
        path.chmod(0o755)
    words = [nextflow_command, "run", tmp_path / "main.nf", "-ansi-log", "false", "-profile", "gpu"]
    words += ["-c", ROOT / "nextflow.config", "-c", ROOT / "conf" / "institutions" / f"{scheduler}.config"]
    words += ["-c", tmp_path / "resources.config"]
    environment = os.environ | QUICK_START | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Failed to submit process to grid scheduler" in done.stdout, done.stdout + done.stderr
    # the first: after a failed submission LSF's jobs are tried again with more
    job = min((tmp_path / "work").glob("*/*/.command.run"), key=lambda path: path.stat().st_mtime_ns)
    header = {line for line in job.read_text().splitlines() if line.startswith(("#$ -", "#PBS -", "#BSUB -"))}
    assert EXPECTED[scheduler, process] <= header, header
    if (scheduler, process) == ("lsf", "ON_CPU"):
        assert header & {"#BSUB -M 2097152", "#BSUB -M 2048MB"}  # Nextflow 25.04, 26.04
