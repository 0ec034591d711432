"""What a task is really given under each combination of profiles: closures worked out by the engine, not read as text.

The steps compute nothing here (`exec:` needs no engine and no queue); that the engines then do as they are told is seen
in tests/hpc.
"""

from __future__ import annotations

import json
import shutil

import pytest

from pipeline.conftest import ROOT

pytestmark = pytest.mark.pipeline

SHOWN = """
def shown(task) {
    return groovy.json.JsonOutput.toJson([
        step: task.process, container: task.container, options: task.containerOptions, extra: task.clusterOptions,
        queue: task.queue, gpus: task.accelerator?.request, retries: task.maxRetries, memory: task.memory.toString(),
        time: task.time.toString(), engine: workflow.containerEngine, shell: task.shell.join(' '),
    ])
}
"""
PROCESS = """
process %s {
    %s
    input:
    val go
    output:
    val go
    exec:
    println(shown(task))
}
"""
# one after the other: the engine can lose sight of a task that waits while others end at once
WORKFLOW = """
workflow {
    %s(true) | %s | %s
}
"""
LABELS = {
    "FINETUNE": ("process_gpu", "language_models"),
    "REPORT": ("process_single",),
    "DOWNLOAD_CHECKPOINT": ("process_single", "language_models"),
}
PROCESSES = [PROCESS % (name, "\n    ".join(f"label '{label}'" for label in own)) for name, own in LABELS.items()]
MAIN = "".join([SHOWN, *PROCESSES, WORKFLOW % tuple(LABELS)])
# Only who computes is replaced: no queue is at hand, and none takes `exec:`. By options, since beside a file without
# profiles the strict parser of 25.04 refuses -profile
HERE = ("-process.executor=local", "-process.array=0")
STATES = "{folder}/work/training"
SIF = "{folder}/images/lncprom-{kind}-0.1.0.sif"
IMAGE = "lncprom-{kind}:0.1.0"

# profiles -> engine, image, GPUs, container options of a training, extra options of its job under Slurm
COMBINATIONS = {
    "docker": ("docker", IMAGE, None, f"-v {STATES}:{STATES}", ""),
    "docker,gpu": ("docker", IMAGE, 1, f"--gpus all -v {STATES}:{STATES}", "--gres=gpu:1"),
    "singularity": ("singularity", SIF, None, f"-B {STATES}", ""),
    "apptainer": ("apptainer", SIF, None, f"-B {STATES}", ""),
    "apptainer,gpu": ("apptainer", SIF, 1, f"--nv -B {STATES}", "--gres=gpu:1"),
    "slurm,singularity": ("singularity", SIF, None, f"-B {STATES}", ""),
    "slurm,singularity,gpu": ("singularity", SIF, 1, f"--nv -B {STATES}", "--gres=gpu:1"),
    "slurm,apptainer,gpu": ("apptainer", SIF, 1, f"--nv -B {STATES}", "--gres=gpu:1"),
    "test,slurm,apptainer": ("apptainer", SIF, None, f"-B {STATES}", ""),
    "test,docker": ("docker", IMAGE, None, f"-v {STATES}:{STATES}", ""),
    "demo,slurm,singularity,gpu": ("singularity", SIF, 1, f"--nv -B {STATES}", "--gres=gpu:1"),
    "slurm,conda,gpu": (None, IMAGE, 1, "", "--gres=gpu:1"),
    "test,venv": (None, IMAGE, None, "", ""),
}
STRICT = ("docker,gpu", "slurm,apptainer,gpu", "test,slurm,apptainer")


@pytest.fixture
def steps(nextflow, tmp_path):
    """Call with profiles, parser and further words: step -> what its task is given."""

    def call(profiles: str, parser: str, *words: str) -> dict[str, dict]:
        (tmp_path / "main.nf").write_text(MAIN)
        shutil.copy(ROOT / "nextflow.config", tmp_path)
        for name in ("conf", "assets", "bin"):
            if not (tmp_path / name).exists():
                (tmp_path / name).symlink_to(ROOT / name)
        run = nextflow(tmp_path, "-profile", profiles, *HERE, *words, of=tmp_path, parser=parser)
        assert run.status == 0, run.output
        rows = [json.loads(line) for line in run.output.splitlines() if line.startswith('{"step"')]
        found = {row["step"]: row for row in rows}
        assert found.keys() == LABELS.keys()
        return found

    return call


@pytest.mark.parametrize(
    ("profiles", "parser"),
    [(profiles, "v1") for profiles in COMBINATIONS] + [(profiles, "v2") for profiles in STRICT],
)
def test_profiles_together__image_gpu_and_retries_of_each_step(steps, tmp_path, profiles, parser):
    engine, image, gpus, options, extra = COMBINATIONS[profiles]
    found = steps(profiles, parser)
    training, report, download = found["FINETUNE"], found["REPORT"], found["DOWNLOAD_CHECKPOINT"]
    assert training["engine"] == engine
    assert training["container"] == image.format(folder=tmp_path, kind="gpu")
    assert report["container"] == image.format(folder=tmp_path, kind="cpu")
    assert download["container"] == image.format(folder=tmp_path, kind="gpu")
    assert training["gpus"] == gpus
    assert report["gpus"] is download["gpus"] is None
    assert (training["options"] or "").split() == options.format(folder=tmp_path).split()
    assert not report["options"]
    assert "gpu" not in (report["extra"] or "") + (download["extra"] or "")
    assert training["extra"] == extra
    assert {row["retries"] for row in found.values()} == {20}
    assert {row["shell"] for row in found.values()} == {"/bin/bash -euo pipefail"}


def test_slurm_with_a_sites_words__each_at_its_place(steps):
    words = ("--gpus", "2", "--gpu_type", "a100", "--account", "lab7", "--cluster_options=--constraint=ib")
    queues = ("--cpu_queue", "long", "--gpu_queue", "gpu")
    found = steps("slurm,apptainer,gpu", "v1", *words, *queues)
    assert found["FINETUNE"]["extra"] == "--gres=gpu:a100:2 --account=lab7 --constraint=ib"
    assert found["FINETUNE"]["queue"] == "gpu"
    assert found["REPORT"]["extra"] == "--account=lab7 --constraint=ib"
    assert found["REPORT"]["queue"] == "long"


def test_images_named_by_parameters__each_step_has_its_own(steps):
    words = ("--container_cpu", "/images/cpu.sif", "--container_gpu", "/images/gpu.sif")
    found = steps("slurm,singularity", "v1", *words)
    assert found["FINETUNE"]["container"] == "/images/gpu.sif"
    assert found["REPORT"]["container"] == "/images/cpu.sif"
