"""Requests of a job to Slurm, and the surroundings of its task inside the container (probe.nf)."""

from __future__ import annotations

import os
import subprocess

import pytest

from helpers_nextflow import read_trace
from hpc.conftest import HERE, QUICK, ROOT, tasks


@pytest.fixture
def probe(nextflow_command, tmp_path):
    """Run probe.nf under the pipeline's configuration."""
    (tmp_path / "state").mkdir()

    def run(profiles: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess:
        words = [nextflow_command, "run", HERE / "probe.nf", "-ansi-log", "false", "-c", ROOT / "nextflow.config"]
        words += [*QUICK, "-profile", profiles, "--outdir", "results", "--checkpoint_dir", "state"]
        words += ["--max_cpus", "2", "--max_memory", "2.GB"]
        words = [str(word) for word in (*words, *arguments)]
        how = {"capture_output": True, "text": True, "check": False, "stdin": subprocess.DEVNULL, "timeout": 240}
        return subprocess.run(words, cwd=tmp_path, env=os.environ | environment, **how)

    return run


def seen(task) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (task.folder / "seen.txt").read_text().splitlines())


@pytest.mark.parametrize("engine", ["apptainer", "singularity"])
def test_gpu_requested__allocated_by_slurm_and_visible_in_the_container(probe, slurm, sif, tmp_path, engine):
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


def test_no_gpu_requested__no_job_requests_one(probe, slurm, tmp_path):
    done = probe("slurm", **slurm)
    assert done.returncode == 0, done.stdout + done.stderr
    (gpu,) = tasks(tmp_path / "work", "ON_GPU")
    assert not [line for line in gpu.header if line.startswith(("--gres", "-p"))]
    assert seen(gpu)["device"] == "cpu"


def test_account_gpu_type_and_further_options__in_the_job_header(probe, slurm, tmp_path):
    # Slurm has no such GPU and refuses the job after its header is written
    words = ["--gpu_type", "a100", "--account", "lab", "--cluster_options", "--exclusive=user --nice=5"]
    done = probe("slurm", *words, "--gpus", "2", **slurm)
    assert done.returncode != 0
    (gpu,) = tasks(tmp_path / "work", "ON_GPU")
    assert "--gres=gpu:a100:2 --account=lab --exclusive=user --nice=5" in gpu.header
    for cpu in tasks(tmp_path / "work", "ON_CPU"):
        assert "--account=lab --exclusive=user --nice=5" in cpu.header


def test_job_arrays__short_tasks_share_a_job_and_gpu_tasks_do_not(probe, slurm, tmp_path):
    done = probe("slurm", "--array_size", "3", "--gpus", "1", "-with-trace", "trace.txt", **slurm)
    assert done.returncode == 0, done.stdout + done.stderr
    arrays = [line for task in tasks(tmp_path / "work", "ON_CPU") for line in task.header if line.startswith("--array")]
    assert sorted(arrays) == ["--array 0-1", "--array 0-2"]
    assert [row["status"] for row in read_trace(tmp_path / "trace.txt")] == ["COMPLETED"] * 6
    (gpu,) = tasks(tmp_path / "work", "ON_GPU")
    assert not [line for line in gpu.header if line.startswith("--array")]


def test_tmpdir_of_the_node__available_in_the_container(probe, apptainer, sif, tmp_path):
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
