"""Resources, container and options of a task under each combination of profiles, as Nextflow evaluates the closures.

The tasks compute nothing (`exec:` needs no container engine and no queue); tests/hpc runs the engines themselves.
"""

from __future__ import annotations

import json
import os
import shutil

import pytest

from helpers_nextflow import OTHER_PARSER, PARSERS, ROOT

pytestmark = pytest.mark.pipeline

SHOWN = """
def shown(task) {
    return groovy.json.JsonOutput.toJson([
        step: task.process, container: task.container, options: task.containerOptions, extra: task.clusterOptions,
        queue: task.queue, gpus: task.accelerator?.request, retries: task.maxRetries, cpus: task.cpus,
        memory: task.memory.toString(), time: task.time.toString(), engine: workflow.containerEngine,
        shell: task.shell.join(' '),
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
# one after the other: Nextflow can lose a waiting task while others end at once
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
# Replaces the executor, since there is no queue here. By options: the strict parser of 25.04 refuses -profile beside a
# configuration file without profiles
HERE = ("-process.executor=local", "-process.array=0")
STATES = "{folder}/work/training"  # quoted, since a folder may have a blank in its name
SIF = "{folder}/images/lncprom-{kind}-0.1.0.sif"
IMAGE = "lncprom-{kind}:0.1.0"

# profiles -> engine, image, GPUs, container options of a training, extra options of its job under Slurm
COMBINATIONS = {
    "docker": ("docker", IMAGE, None, f"-v '{STATES}:{STATES}'", ""),
    "docker,gpu": ("docker", IMAGE, 1, f"--gpus all -v '{STATES}:{STATES}'", "--gres=gpu:1"),
    "singularity": ("singularity", SIF, None, f"--pid=false -B '{STATES}'", ""),
    "apptainer": ("apptainer", SIF, None, f"--pid=false -B '{STATES}'", ""),
    "apptainer,gpu": ("apptainer", SIF, 1, f"--nv --pid=false -B '{STATES}'", "--gres=gpu:1"),
    "slurm,singularity": ("singularity", SIF, None, f"--pid=false -B '{STATES}'", ""),
    "slurm,singularity,gpu": ("singularity", SIF, 1, f"--nv --pid=false -B '{STATES}'", "--gres=gpu:1"),
    "slurm,apptainer,gpu": ("apptainer", SIF, 1, f"--nv --pid=false -B '{STATES}'", "--gres=gpu:1"),
    "test,slurm,apptainer": ("apptainer", SIF, None, f"--pid=false -B '{STATES}'", ""),
    "test,docker": ("docker", IMAGE, None, f"-v '{STATES}:{STATES}'", ""),
    "demo,slurm,singularity,gpu": ("singularity", SIF, 1, f"--nv --pid=false -B '{STATES}'", "--gres=gpu:1"),
    "slurm,conda,gpu": (None, IMAGE, 1, "", "--gres=gpu:1"),
    "test,venv": (None, IMAGE, None, "", ""),
}


@pytest.fixture
def steps(nextflow, tmp_path):
    """Call with profiles, parser and further options: resources and options of each step's task."""

    def call(profiles: str, *words: str, **parser) -> dict[str, dict]:
        (tmp_path / "main.nf").write_text(MAIN)
        shutil.copy(ROOT / "nextflow.config", tmp_path)
        for name in ("conf", "assets", "bin"):
            if not (tmp_path / name).exists():
                (tmp_path / name).symlink_to(ROOT / name)
        run = nextflow(tmp_path, "-profile", profiles, *HERE, *words, of=tmp_path, **parser)
        assert run.status == 0, run.output
        rows = [json.loads(line) for line in run.output.splitlines() if line.startswith('{"step"')]
        found = {row["step"]: row for row in rows}
        assert found.keys() == LABELS.keys()
        return found

    return call


@pytest.mark.parametrize(
    ("profiles", "parser"),
    [("docker,gpu", {})]
    + [pytest.param(name, {}, marks=pytest.mark.full) for name in COMBINATIONS if name != "docker,gpu"]
    + [
        pytest.param(name, {"NXF_SYNTAX_PARSER": OTHER_PARSER}, marks=pytest.mark.full)
        for name in ("docker,gpu", "slurm,apptainer,gpu", "test,venv")
    ],
)
def test_profiles_together__image_gpu_and_retries_of_each_step(steps, tmp_path, profiles, parser):
    engine, image, gpus, options, extra = COMBINATIONS[profiles]
    found = steps(profiles, **parser)
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
    small = profiles.startswith(("test", "demo"))
    assert resources(training) == ((1, "3 GB") if small else (min(4, os.cpu_count()), "16 GB"))
    assert resources(report) == resources(download) == (1, "2 GB")
    assert {row["time"] for row in found.values()} == {"null"}  # the executor is local here
    assert {row["shell"] for row in found.values()} == {"/bin/bash -euo pipefail"}


def resources(row: dict) -> tuple[int, str]:
    return row["cpus"], row["memory"]


# As nf-core's institutes with GPUs write it: under the default parser one selector replaces another of its name
GPU_SITE = """
profiles {
    lab {
        singularity.enabled = true
        process {
            queue = 'batch'
            clusterOptions = '-A lab'
            withLabel: 'process_gpu' {
                queue          = 'gpu'
                clusterOptions = '--gres=gpu:l40:1'
            }
        }
    }
}
"""


@pytest.mark.parametrize("parser", PARSERS)
def test_an_institution_with_a_gpu_selector__its_queue_and_the_pipelines_resources(steps, tmp_path, parser):
    (tmp_path / "nfcore_custom.config").write_text(GPU_SITE)
    found = steps("lab,gpu", "--custom_config_base", str(tmp_path), **parser)
    training = found["FINETUNE"]
    assert (training["queue"], training["extra"], training["gpus"]) == ("gpu", "--gres=gpu:l40:1", 1)
    assert resources(training) == (min(4, os.cpu_count()), "16 GB")
    assert training["options"].split() == f"--nv --pid=false -B '{STATES.format(folder=tmp_path)}'".split()
    assert (found["REPORT"]["queue"], found["REPORT"]["extra"]) == ("batch", "-A lab")


@pytest.mark.full
def test_example_of_a_sites_configuration__merged_by_c(steps):
    found = steps("slurm,apptainer,gpu", "-c", ROOT / "conf" / "institutions" / "example.config")
    training, report = found["FINETUNE"], found["REPORT"]
    assert training["container"] == "/shared/images/lncprom-gpu-0.1.0.sif"
    assert (training["queue"], training["extra"]) == ("gpu", "--gres=gpu:a100:1 --account=genomics")
    assert (*resources(training), training["time"]) == (min(4, os.cpu_count()), "16 GB", "12h")
    assert (report["queue"], report["extra"]) == ("batch", "--account=genomics")


def test_slurm_options_and_images_as_parameters__each_step_has_its_own(steps):
    words = ("--gpus", "2", "--gpu_type", "a100", "--account", "lab7", "--cluster_options=--constraint=ib")
    queues = ("--cpu_queue", "long", "--gpu_queue", "gpu")
    images = ("--container_cpu", "/images/cpu.sif", "--container_gpu", "/images/gpu.sif")
    found = steps("slurm,apptainer,gpu", *words, *queues, *images)
    training, report = found["FINETUNE"], found["REPORT"]
    assert training["extra"] == "--gres=gpu:a100:2 --account=lab7 --constraint=ib"
    assert (training["queue"], training["container"]) == ("gpu", "/images/gpu.sif")
    assert report["extra"] == "--account=lab7 --constraint=ib"
    assert (report["queue"], report["container"]) == ("long", "/images/cpu.sif")
