"""The configuration as the engine resolves it, per profile: selectors that replace one another show here."""

from __future__ import annotations

import json
import re

import pytest

from pipeline.conftest import ROOT

pytestmark = pytest.mark.pipeline

NOT_IN_CONFIG = {"outdir", "publish_mode", "checkpoint_dir", "checkpoint_cache"}
NOT_IN_CONFIG |= {"array_size", "queue_size", "submit_rate", "custom_config_base"}


def properties() -> dict[str, dict]:
    groups = json.loads((ROOT / "nextflow_schema.json").read_text())["$defs"].values()
    return {name: facts for group in groups for name, facts in group["properties"].items()}


def test_defaults__schema_and_configuration_name_the_same_parameters_and_values(config):
    resolved = {name[7:]: value.strip("'") for name, value in config().items() if name.startswith("params.")}
    schema = properties()
    assert resolved.keys() == schema.keys() - NOT_IN_CONFIG
    for name, facts in schema.items():
        if name in NOT_IN_CONFIG or "default" not in facts:
            assert resolved.get(name, "null") == "null"
        else:
            assert resolved[name].removeprefix(f"{ROOT}/") == str(facts["default"]).replace("True", "true").replace(
                "False", "false"
            ), name


def test_tasks_in_the_schema__those_of_the_registry():
    registry = json.loads((ROOT / "bin" / "lncprom" / "tasks.json").read_text())
    assert properties()["tasks"]["default"].split(",") == list(registry)


@pytest.mark.parametrize("parser", ["v1", "v2"])
@pytest.mark.parametrize(
    "profiles",
    ["test,docker", "test,singularity", "slurm,singularity", "slurm,apptainer,gpu", "test,conda", "demo,venv"],
)
def test_any_profiles__resources_by_label_survive(config, profiles, parser):
    resolved = config("-profile", profiles, parser=parser)
    assert resolved["process.'withLabel:process_medium'.cpus"] == "2"
    assert "6.GB" in resolved["process.'withLabel:process_medium'.memory"]
    assert "137" in resolved["process.errorStrategy"]
    assert "143" in resolved["process.errorStrategy"]
    assert "--nv" in resolved["process.'withLabel:process_gpu'.containerOptions"]
    assert "gpus" in resolved["process.'withLabel:process_gpu'.accelerator"]
    assert resolved["process.'withLabel:language_models'.ext.environment"] == "'gpu'"
    assert resolved["process.'withName:DOWNLOAD_CHECKPOINT'.executor"] == "'local'"
    assert resolved["env.HF_HUB_OFFLINE"] == "1"
    assert {"container_cpu", "container_gpu"} <= set(re.findall(r"container_\w+", resolved["process.container"]))


@pytest.mark.parametrize("parser", ["v1", "v2"])
@pytest.mark.parametrize("profiles", ["slurm,venv", "venv,slurm", "test,slurm,gpu,venv"])
def test_profiles_that_each_say_something_of_processes__both_count(config, profiles, parser):
    resolved = config("-profile", profiles, parser=parser)
    assert resolved["process.executor"] == "'slurm'"
    assert "activate" in resolved["process.beforeScript"]
    assert "137" in resolved["process.errorStrategy"]


@pytest.mark.parametrize(
    ("profiles", "engine"),
    [
        ("slurm,singularity", "singularity"),
        ("slurm,apptainer,gpu", "apptainer"),
        ("test,slurm,apptainer", "apptainer"),
        ("demo,slurm,singularity,gpu", "singularity"),
        ("slurm,docker", "docker"),
    ],
)
def test_slurm_with_a_container_engine__both_are_on_and_the_gpu_is_let_in(config, profiles, engine):
    resolved = config("-profile", profiles)
    assert resolved["process.executor"] == "'slurm'"
    assert resolved[f"{engine}.enabled"] == "true"
    assert "CUDA_VISIBLE_DEVICES" in resolved[f"{engine}.envWhitelist"]
    assert resolved["params.gpus"] == ("1" if "gpu" in profiles.split(",") else "0")
    others = {"docker", "singularity", "apptainer"} - {engine}
    assert not any(resolved.get(f"{other}.enabled") == "true" for other in others)


@pytest.mark.parametrize("engine", ["docker", "singularity", "apptainer"])
def test_engine_alone__its_clean_environment_lets_in_gpus_the_hub_and_proxies_in_either_case(config, engine):
    resolved = config("-profile", engine)
    assert [
        other for other in ("docker", "singularity", "apptainer") if resolved.get(f"{other}.enabled") == "true"
    ] == [engine]
    proxies = {f"{name}_PROXY" for name in ("HTTP", "HTTPS", "ALL", "NO")}
    wanted = {"CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "HF_TOKEN", "HF_ENDPOINT", *proxies, *map(str.lower, proxies)}
    assert wanted <= set(resolved[f"{engine}.envWhitelist"].strip("'").split(","))


def test_docker__runs_as_the_user_with_shared_memory(config):
    resolved = config("-profile", "docker")
    assert resolved["docker.enabled"] == "true"
    assert "-u $(id -u):$(id -g)" in resolved["docker.runOptions"]
    assert "--shm-size" in resolved["docker.runOptions"]


def test_paper__the_studys_sources_by_url_and_its_choices(config):
    resolved = config("-profile", "paper,slurm,singularity")
    wanted = {
        "fasta": r"https://.*release-110/.*GRCh38\.dna_sm\.primary_assembly\.fa\.gz",
        "gtf": r"https://.*release-110/.*Homo_sapiens\.GRCh38\.110\.gtf\.gz",
        "expression": r"https://.*v8_RNASeQCv1\.1\.9_gene_median_tpm\.gct\.gz",
        "promoters": r"https://.*Hs_EPDnew_006_hg38\.bed",
        "lengths": "300,500,1000,2000",
        "tata": "exclude",
        "exclude_tissues": "study",
        "artificial_negatives": "substitute",
    }
    for name, pattern in wanted.items():
        assert re.fullmatch(pattern, resolved[f"params.{name}"].strip("'")), name
