"""What a job asks Slurm for, and what its task then finds inside the container; by tasks that do nothing but look."""

from __future__ import annotations

import csv
import os
import subprocess
from pathlib import Path

import pytest

from hpc.conftest import HERE, QUICK, ROOT, tasks


@pytest.fixture
def probe(nextflow_command, tmp_path):
    """Run probe.nf under the pipeline's configuration; returns the finished process."""
    (tmp_path / "state").mkdir()

    def run(profiles: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess:
        words = [nextflow_command, "run", HERE / "probe.nf", "-ansi-log", "false", "-c", ROOT / "nextflow.config"]
        words += [*QUICK, "-profile", profiles, "--outdir", "results", "--checkpoint_dir", "state"]
        words += ["--max_cpus", "2", "--max_memory", "2.GB"]
        return subprocess.run(
            [str(word) for word in (*words, *arguments)],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=240,
        )

    return run


def trace(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def seen(task) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (task.folder / "seen.txt").read_text().splitlines())


@pytest.mark.parametrize("engine", ["apptainer", "singularity"])
def test_gpu_asked_for__slurm_allots_it_and_the_container_sees_it(probe, slurm, sif, tmp_path, engine):
    image = sif("cpu")
    words = ["--container_cpu", image, "--container_gpu", image, "--cpu_queue", "cpu", "--gpu_queue", "gpu"]
    done = probe(f"slurm,{engine},gpu", *words, **slurm)
    assert done.returncode == 0, done.stdout + done.stderr
    (gpu,) = tasks(tmp_path / "work", "ON_GPU")
    assert "--gres=gpu:1" in gpu.header
    assert "-p gpu" in gpu.header
    inside = seen(gpu)
    assert inside.pop("job").isdecimal()
    assert inside == {"device": "cuda", "cuda": "0", "container": "apptainer", "state": "kept"}
    assert (tmp_path / "state" / "kept").exists()
    for cpu in tasks(tmp_path / "work", "ON_CPU"):
        assert "-p cpu" in cpu.header
        assert not [line for line in cpu.header if line.startswith("--gres")]
        inside = seen(cpu)
        assert inside.pop("job").isdecimal()
        assert inside.pop("tmp").startswith("/tmp")
        assert inside == {"cuda": "unset", "home": ".", "writable": "yes", "container": "apptainer"}


def test_no_gpu_asked_for__no_job_asks_for_one(probe, slurm, tmp_path):
    done = probe("slurm", **slurm)
    assert done.returncode == 0, done.stdout + done.stderr
    (gpu,) = tasks(tmp_path / "work", "ON_GPU")
    assert not [line for line in gpu.header if line.startswith(("--gres", "-p"))]
    assert seen(gpu)["device"] == "cpu"


def test_account_type_of_gpu_and_further_options__in_the_jobs_header(probe, slurm, tmp_path):
    # the stand-in has no such card, so Slurm refuses the job; its header is written by then
    words = ["--gpu_type", "a100", "--account", "lab", "--cluster_options", "--exclusive=user --nice=5"]
    done = probe("slurm", *words, "--gpus", "2", **slurm)
    assert done.returncode != 0
    (gpu,) = tasks(tmp_path / "work", "ON_GPU")
    assert "--gres=gpu:a100:2 --account=lab --exclusive=user --nice=5" in gpu.header
    for cpu in tasks(tmp_path / "work", "ON_CPU"):
        assert "--account=lab --exclusive=user --nice=5" in cpu.header


def test_job_arrays__short_tasks_go_as_one_job_and_those_of_a_gpu_by_themselves(probe, slurm, tmp_path):
    done = probe("slurm", "--array_size", "3", "--gpus", "1", "-with-trace", "trace.txt", **slurm)
    assert done.returncode == 0, done.stdout + done.stderr
    arrays = [line for task in tasks(tmp_path / "work", "ON_CPU") for line in task.header if line.startswith("--array")]
    assert sorted(arrays) == ["--array 0-1", "--array 0-2"]
    assert [row["status"] for row in trace(tmp_path / "trace.txt")] == ["COMPLETED"] * 6
    (gpu,) = tasks(tmp_path / "work", "ON_GPU")
    assert not [line for line in gpu.header if line.startswith("--array")]


def test_a_tmpdir_of_the_node__is_there_in_the_container(probe, apptainer, sif, tmp_path):
    image, scratch = sif("cpu"), tmp_path / "node-scratch"
    scratch.mkdir()
    done = probe("apptainer", "--container_cpu", image, "--container_gpu", image, TMPDIR=str(scratch))
    assert done.returncode == 0, done.stdout + done.stderr
    assert {seen(task)["tmp"].rpartition("/")[0] for task in tasks(tmp_path / "work", "ON_CPU")} == {str(scratch)}


def test_docker__an_ordinary_user_owns_what_tasks_write(probe, docker, docker_image, tmp_path):
    image = docker_image("cpu")
    done = probe("docker", "--container_cpu", image, "--container_gpu", image)
    assert done.returncode == 0, done.stdout + done.stderr
    for task in tasks(tmp_path / "work", "ON_CPU"):
        assert seen(task)["container"] == "docker"
        assert (task.folder / "seen.txt").stat().st_uid == os.getuid()
    assert (tmp_path / "state" / "kept").exists()
