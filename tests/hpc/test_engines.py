"""The whole pipeline in containers and on a scheduler gives the same bytes as a local run.

The image of the language models takes 7 GB. Without LNCPROM_HPC_GPU=1 the image of the data steps replaces it, with the
packages of .venv-gpu mounted over its own.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hpc.conftest import MODELS, NO_GPU, QUICK, ROOT, digests, tasks

DEMO = ROOT / "assets" / "demo"
PACKAGES = ROOT / ".venv-gpu" / "lib" / "python3.11" / "site-packages"
INSIDE = "/opt/lncprom/lib/python3.11/site-packages"


def stand_in(folder: Path, engine: str) -> list[object]:
    """Options that add torch to the image of the data steps."""
    if not PACKAGES.is_dir():
        pytest.skip(".venv-gpu is not of Python 3.11, so that its packages do not fit into the image")
    given = {
        "docker": f"-u $(id -u):$(id -g) --shm-size=1g -v {PACKAGES}:{INSIDE}:ro",
        "apptainer": f"-B ${{TMPDIR:-/tmp}} -B {PACKAGES}:{INSIDE}:ro",
    }
    config = folder / "packages.config"
    config.write_text(f"{engine}.runOptions = '{given[engine]}'\n")
    return ["-c", config]


@pytest.fixture
def images(request, tmp_path):
    """Options that name both images: `images("docker")`."""

    def named(engine: str) -> list[object]:
        build = request.getfixturevalue("docker_image" if engine == "docker" else "sif")
        if os.environ.get("LNCPROM_HPC_GPU"):
            return ["--container_cpu", build("cpu"), "--container_gpu", build("gpu")]
        return ["--container_cpu", build("cpu"), "--container_gpu", build("cpu"), *stand_in(tmp_path, engine)]

    return named


@pytest.mark.ci
def test_slurm_and_apptainer_with_a_gpu__every_task_a_job_and_the_bytes_of_a_local_run(
    start, slurm, images, tmp_path, expected
):
    # the stand-in for a GPU does not compute
    words = [*MODELS, *QUICK, *images("apptainer"), "--require_gpu", "false"]
    run = start(tmp_path, "test,slurm,apptainer,gpu", *words, **slurm)
    assert run.finish() == 0, run.output
    rows = run.trace()
    assert {row["status"] for row in rows} == {"COMPLETED"}
    assert all(row["native_id"].isdecimal() for row in rows)
    for task in tasks(tmp_path / "work", "FINETUNE"):
        assert "--gres=gpu:1" in task.header
        script = (task.folder / ".command.run").read_text()
        assert "--nv" in script
        # printed by the step inside the container
        assert NO_GPU in (task.folder / ".command.err").read_text()
    for task in tasks(tmp_path / "work", "TRAIN_BASELINE"):
        assert not [line for line in task.header if line.startswith("--gres")]
    assert digests(run.outdir) == expected


def test_docker__the_bytes_of_a_local_run(start, docker, images, tmp_path, expected):
    run = start(tmp_path, "test,docker", *MODELS, *images("docker"))
    assert run.finish() == 0, run.output
    assert digests(run.outdir) == expected


def test_slurm_without_containers_and_with_job_arrays__the_bytes_of_a_local_run(start, slurm, tmp_path, expected):
    run = start(tmp_path, "test,slurm,venv", *MODELS, *QUICK, "--array_size", "2", **slurm)
    assert run.finish() == 0, run.output
    assert "--array 0-1" in {line for task in tasks(tmp_path / "work", "TRAIN_BASELINE") for line in task.header}
    assert digests(run.outdir) == expected


@pytest.mark.parametrize(
    "words",
    [
        ("--regions", f"{DEMO}/lncrna_promoters.bed,{DEMO}/variants.vcf", "--saturate", DEMO / "region.bed"),
        ("--scan", "--regions", DEMO / "region.bed"),
    ],
    ids=["promoters and variants", "scan"],
)
def test_applied_models_on_slurm_and_in_apptainer__the_bytes_of_a_local_run(
    start, slurm, images, tmp_path, local, words
):
    models = sorted(local.glob("models/promoter_vs_nonpromoter_200.*.model"))
    assert len(models) > 1
    rows = [f"{path.name.split('.')[1]},{path}" for path in models]
    (tmp_path / "models.csv").write_text("\n".join(["name,model_dir", *rows]) + "\n")
    given = ["--apply", tmp_path / "models.csv", *words]
    found = []
    for place, profiles, more, environment in (
        ("local", "test,venv", [], {}),
        ("slurm", "test,slurm,apptainer", [*QUICK, *images("apptainer")], slurm),
    ):
        (tmp_path / place).mkdir()
        run = start(tmp_path / place, profiles, *given, *more, **environment)
        assert run.finish() == 0, run.output
        found.append(digests(run.outdir))
    assert len(found[0]) > len(models)
    assert found[1] == found[0]
