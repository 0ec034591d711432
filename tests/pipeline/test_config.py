"""The configuration as Nextflow resolves it. Closures are tested in test_resolved.py."""

from __future__ import annotations

import json
import re

import pytest

from helpers_nextflow import PARSERS, ROOT

pytestmark = pytest.mark.pipeline

NOT_IN_CONFIG = {"outdir", "publish_mode", "checkpoint_dir", "checkpoint_cache"}
NOT_IN_CONFIG |= {"array_size", "queue_size", "submit_rate", "custom_config_base"}


def properties() -> dict[str, dict]:
    groups = json.loads((ROOT / "nextflow_schema.json").read_text())["$defs"].values()
    return {name: facts for group in groups for name, facts in group["properties"].items()}


@pytest.fixture(scope="module")
def plain(config) -> dict[str, str]:
    return config()


def test_defaults__the_same_in_schema_and_configuration(plain):
    resolved = {name[7:]: value.strip("'") for name, value in plain.items() if name.startswith("params.")}
    schema = properties()
    assert resolved.keys() == schema.keys() - NOT_IN_CONFIG
    for name, facts in schema.items():
        if name in NOT_IN_CONFIG or "default" not in facts:
            assert resolved.get(name, "null") == "null"
        else:
            default = str(facts["default"])
            default = default.lower() if facts["type"] == "boolean" else default
            assert resolved[name].removeprefix(f"{ROOT}/") == default, name


def test_tasks_in_the_schema__those_of_the_study():
    registry = json.loads((ROOT / "bin" / "lncprom" / "sites" / "tasks.json").read_text())
    assert properties()["tasks"]["default"].split(",") == [name for name, task in registry.items() if "number" in task]


def test_families_and_their_columns_in_the_schema_of_models__those_of_the_registry():
    models = json.loads((ROOT / "assets" / "schema_models.json").read_text())["items"]
    families = json.loads((ROOT / "bin" / "lncprom" / "models" / "families.json").read_text())
    assert models["properties"]["family"]["enum"] == ["logistic_regression", *families]
    conditional = [*models["then"]["properties"], "options", *models["else"]["properties"]]
    assert list(models["properties"]) == ["name", "family", *conditional]


@pytest.mark.parametrize("engine", ["docker", "singularity", "apptainer"])
def test_container_engines__pass_gpus_the_hub_and_proxies_into_the_container(plain, engine):
    proxies = {f"{name}_PROXY" for name in ("HTTP", "HTTPS", "ALL", "NO")}
    needed = {"CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "HF_TOKEN", "HF_ENDPOINT", *proxies, *map(str.lower, proxies)}
    assert needed <= set(plain[f"{engine}.envWhitelist"].strip("'").split(","))


def test_docker__runs_as_the_user_with_shared_memory(plain):
    assert "-u $(id -u):$(id -g)" in plain["docker.runOptions"]
    assert "--shm-size" in plain["docker.runOptions"]


@pytest.mark.parametrize("parser", PARSERS)
def test_paper_on_slurm_in_venv__every_profile_counts(config, parser):
    resolved = config("-profile", "paper,slurm,venv", **parser)
    assert resolved["process.executor"] == "'slurm'"
    assert "activate" in resolved["process.beforeScript"]
    assert "137" in resolved["process.errorStrategy"]
    assert resolved["process.'withName:DOWNLOAD_CHECKPOINT'.executor"] == "'local'"
    assert resolved["env.HF_HUB_OFFLINE"] == "1"
    study = {
        "fasta": r"https://.*release-110/.*GRCh38\.dna_sm\.primary_assembly\.fa\.gz",
        "gtf": r"https://.*release-110/.*Homo_sapiens\.GRCh38\.110\.gtf\.gz",
        "expression": r"https://.*v8_RNASeQCv1\.1\.9_gene_median_tpm\.gct\.gz",
        "promoters": r"https://.*Hs_EPDnew_006_hg38\.bed",
        "lengths": "300,500,1000,2000",
        "tata": "exclude",
        "exclude_tissues": "study",
        "artificial_negatives": "substitute",
    }
    for name, pattern in study.items():
        assert re.fullmatch(pattern, resolved[f"params.{name}"].strip("'")), name
