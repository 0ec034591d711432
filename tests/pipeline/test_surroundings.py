"""What surrounds a run: a site's configuration beside the pipeline's own, images that are not there, no network."""

from __future__ import annotations

import os
import re

import pytest

from pipeline.conftest import tiny_inputs

pytestmark = pytest.mark.pipeline

# As configurations of nf-core's institutes are: they describe themselves, and serve other pipelines too
LAB = """
params {
    config_profile_description = 'A laboratory'
    config_profile_contact     = 'me'
    project                    = null
    igenomes_base              = '/sw/igenomes'
    max_memory                 = 100.GB
    max_cpus                   = 8
    max_time                   = 240.h
}
process.clusterOptions = { params.project ? "-A ${params.project}" : '' }
"""


@pytest.fixture
def lab(tmp_path) -> list[str]:
    """The options that bring a profile `lab` in the way of nf-core's."""
    base = tmp_path / "configs"
    base.mkdir()
    (base / "lab.config").write_text(LAB)
    (base / "nfcore_custom.config").write_text(
        'profiles {\n    lab { includeConfig "${params.custom_config_base}/lab.config" }\n}\n'
    )
    return ["-profile", "lab", "--custom_config_base", str(base)]


@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_a_sites_profile__its_own_parameters_are_named_and_left_alone(nextflow, tmp_path, lab, parser):
    run = nextflow(tmp_path, "-preview", *tiny_inputs(tmp_path), *lab, "--project", "p1", parser=parser)
    assert run.status == 0, run.output
    told = re.search(
        r"WARN: Parameters of a configuration file that lncprom does not have, left alone: (.*)", run.output
    )
    assert set(told[1].split(", ")) == {"project", "igenomes_base"}


def test_a_sites_profile__what_is_nearly_a_parameter_is_a_mistake_typed_or_in_a_params_file(nextflow, tmp_path, lab):
    words = [*tiny_inputs(tmp_path), *lab]
    (tmp_path / "params.yml").write_text("min-distanse: 500\nmax_unplaces: 1\n")
    run = nextflow(tmp_path, *words, "-params-file", "params.yml", "--lenghts", "300")
    assert run.status != 0
    for name, near in (("lenghts", "lengths"), ("max_unplaces", "max_unplaced"), ("minDistanse", "min_distance")):
        assert f"--{name}: no such parameter; the nearest is --{near}" in run.output, run.output


@pytest.mark.parametrize("given", [[], ["--container_cpu", "/nowhere/mine.sif"]])
def test_apptainer_without_an_image__said_before_any_task_with_what_builds_it(nextflow, tmp_path, given):
    run = nextflow(tmp_path, *tiny_inputs(tmp_path), "-profile", "apptainer", *given)
    assert run.status != 0
    mine = given[1] if given else r"\S+/images/lncprom-cpu-0\.1\.0\.sif"
    assert re.search(
        f"--container_cpu: there is no image {mine}; build it by: make sif IMAGES=cpu, or name", run.output
    )
    assert "--container_gpu: there is no image" in run.output
    assert "Submitted process" not in run.output


def test_apptainer_with_a_relative_path_of_an_image__told_to_be_written_whole(nextflow, tmp_path):
    named = ("--container_cpu", "images/mine.sif", "--container_gpu", "lab/lncprom-gpu:1")
    run = nextflow(tmp_path, *tiny_inputs(tmp_path), "-preview", "-profile", "apptainer", *named)
    assert run.status != 0
    assert "--container_cpu images/mine.sif: not an absolute path" in run.output
    assert f"; write {tmp_path}/images/mine.sif" in run.output
    assert "--container_gpu" not in run.output  # a name in a registry is one


def test_apptainer_with_images_of_a_registry_or_of_a_sites_configuration__not_looked_for(nextflow, tmp_path):
    words = [*tiny_inputs(tmp_path), "-preview", "-profile", "apptainer"]
    named = ("--container_cpu", "lab/cpu:1", "--container_gpu", "oras://lab/gpu:1")
    assert nextflow(tmp_path, *words, *named).status == 0
    (tmp_path / "site.config").write_text("process.container = '/shared/all.sif'\n")
    assert nextflow(tmp_path, *words, "-c", "site.config").status == 0


def test_offline_with_a_branch_of_a_hub__the_command_that_pins_it(nextflow, tmp_path):
    words = tiny_inputs(tmp_path)
    sheet = tmp_path / "models.csv"
    sheet.write_text(sheet.read_text().replace("0" * 40, "main"))
    run = nextflow(tmp_path, *words, "--offline")
    assert run.status != 0
    assert (
        "--offline: which commit main is can be asked of a hub alone: bert; where there is a network run" in run.output
    )
    assert f"pin_checkpoints.py --models {words[words.index('--models') + 1]} --out pinned.csv" in run.output
    assert "Submitted process" not in run.output


def test_docker_without_an_image__said_before_any_task_with_dockers_words_and_what_builds_it(nextflow, tmp_path):
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    # has the one image and not the other
    docker.write_text(
        '#!/bin/sh\ncase "$*" in *lncprom-cpu:*) exit 0;; esac\necho "[]"; echo "no such image" >&2; exit 1\n'
    )
    docker.chmod(0o755)
    path = f"{docker.parent}:{os.environ['PATH']}"
    run = nextflow(tmp_path, *tiny_inputs(tmp_path), "-preview", "-profile", "docker", PATH=path)
    assert run.status != 0
    wanted = "--container_gpu: there is no image lncprom-gpu:0.1.0 (no such image); build it by: make images IMAGES=gpu"
    assert wanted in run.output
    assert "--container_cpu" not in run.output
    words = ("--container_gpu", "registry.lab/lncprom-gpu:1")
    run = nextflow(tmp_path, *tiny_inputs(tmp_path), "-preview", "-profile", "docker", *words, PATH=path)
    assert run.status == 0, run.output


def test_an_engine_that_is_not_provided_for__refused_with_those_that_are(nextflow, tmp_path):
    (tmp_path / "site.config").write_text("podman.enabled = true\n")
    run = nextflow(tmp_path, *tiny_inputs(tmp_path), "-preview", "-c", "site.config")
    assert run.status != 0
    assert "podman: lncprom runs in docker, apptainer, singularity" in run.output


def test_offline_and_inputs_by_address__what_to_fetch_and_how(nextflow, tmp_path):
    words = tiny_inputs(tmp_path)
    for name, file in (("gtf", "genes.gtf.gz"), ("models", "models.csv")):
        words[words.index(f"--{name}") + 1] = f"https://127.0.0.1:9/{file}"
    run = nextflow(tmp_path, *words, "-preview", "--offline")
    assert run.status != 0
    for name, file in (("gtf", "genes.gtf.gz"), ("models", "models.csv")):
        told = f"--offline: --{name} is an address; where there is a network run curl -LO https://127.0.0.1:9/{file}"
        assert told in run.output, run.output
