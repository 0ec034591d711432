"""Mistakes in parameters and sheets are reported before any task, all at once.

One start of Nextflow checks a whole table of cases (cases.nf); calls of main.nf itself follow at the end.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from helpers_nextflow import ROOT, Run, tiny_inputs

pytestmark = pytest.mark.pipeline

MODELS = """name,family,checkpoint,revision,epochs,learning_rate,truncation,options,kmer_min,kmer_max,c_grid
a,cnn,somewhere,,,,,,,,
b,dnabert,,,,,,,,,
c,dnabert,lab/bert,v1,,,,,,,
d,dnabert,./gone,,,,,,,,
e,dnabert,genome.fa,,,,,,,,
f,cnn,,,0,fast,centre,hidden 8,,,
g,cnn,,,,,,,3,,
h,logistic_regression,,,4,,,,,,
i,dnabert,demo:gpt,,,,,,,,
j,cnn,,,,0,,,,,
mine,transformer,,,,,,,,,
k,logistic_regression,,,,,,,6,3,foo
biotype,logistic_regression,,,,,,,3,9,1
"""
MODELS_FAULTS = (
    "line 2: cnn is trained from scratch; leave its checkpoint empty",
    "line 3: b has no checkpoint",
    "line 4: the checkpoint lab/bert needs a revision",
    "line 5: the checkpoint ./gone is neither a folder (relative to the sheet) nor owner/name of a hub",
    "line 6: the checkpoint genome.fa is a file; name the folder that it lies in",
    "line 7: epochs 0 is not a whole number from 1 up",
    "line 7: learning_rate fast is not a number above 0",
    "line 7: truncation centre is not one of tss, right, left, chunk, error",
    "line 7: the option 'hidden 8' is not name=value",
    "line 8: kmer_min is no setting of the family cnn",
    "line 9: epochs is no setting of the family logistic_regression",
    "line 10: demo:gpt is no checkpoint of the demo",
    "line 11: learning_rate 0 is not a number above 0",
    "line 12: the family transformer of mine is not one of logistic_regression",
    "line 13: kmer_min 6 is above kmer_max 3",
    "line 13: c_grid foo is not a list of positive numbers",
    "line 14: kmer_min and kmer_max are whole numbers from 1 to 8, not 3 and 9",
    "line 14: biotype is the name of a floor",
)
PINNED = "name,family,checkpoint,revision\nbert,dnabert,lab/bert,main\n"
APPTAINER = {"profile": "apptainer", "engine": "apptainer"}
DOCKER = {"profile": "docker", "engine": "docker"}
HTTP = "https://127.0.0.1:9"


@dataclass(frozen=True)
class Case:
    """How each reported problem begins; changes to a valid run's parameters, to its surroundings and to its sheets."""

    problems: tuple[str, ...]
    params: dict = field(default_factory=dict)
    place: dict = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)


def sheet(text: str, *problems: str) -> Case:
    """A run with this sheet of data sets."""
    return Case(problems, sheets={"sets.csv": text})


CASES = {
    "a valid call": Case(()),
    "misspelt names and values of the wrong kind": Case(
        (
            "--lenghts: no such parameter; the nearest is --lengths",
            "--tata maybe: not one of exclude, only, any",
            "--bootstrap 2.5: not a whole number",
            "--confidence 1.5: must be less than 1",
            "--seeds 1,x: x is not a whole number",
            "--assembly_report nowhere.txt: no such file",
            "--balance often: neither true nor false",
            r"--tasks coding_vs_lncrma: coding_vs_lncrma is not one of .*; the nearest is coding_vs_lncrna",
        ),
        {
            "lenghts": 300,
            "tata": "maybe",
            "bootstrap": 2.5,
            "confidence": 1.5,
            "seeds": "1,x",
            "tasks": "coding_vs_lncrma",
            "assembly_report": "nowhere.txt",
            "balance": "often",
        },
    ),
    "values out of range, of no use or without a value": Case(
        (
            "--lengths 51,300,300: 51: must be greater than 51",
            "--lengths 51,300,300: 300 stands twice",
            "--expression_rule most: neither all nor a share",
            "--fold_fractions 0.8,0.2: not three numbers",
            "--input: no value follows",
            "--cluster_options: no value follows; it takes text, joined by a sign: --cluster_options=--qos=long",
            "--outdir .*: .*sets.csv is not a folder",
            "--seeds 1,4294967296: 4294967296: more than 4294967295",
            r'--promoters my\$x.bed: \$, `, " and \\ in a path break the job scripts',
        ),
        {
            "lengths": "51,300,300",
            "expression_rule": "most",
            "fold_fractions": "0.8,0.2",
            "input": True,
            "cluster_options": True,
            "outdir": "sets.csv/results",
            "seeds": "1,4294967296",
            "promoters": "my$x.bed",
        },
    ),
    "values that contradict each other": Case(
        (
            "--low_percentile 75: not below --high_percentile 75",
            "--fold_fractions 0.9,0.2,0.1: each must be above 0, and together they must be 1",
            "--group_length 300: less than the greatest of --lengths, 500",
        ),
        {"low_percentile": 75, "fold_fractions": "0.9,0.2,0.1", "lengths": "300,500", "group_length": 300},
    ),
    "the largest seed": Case((), {"seeds": "1,4294967295"}),
    "no table of expression": Case(
        ("--expression: missing; high_vs_low_expression is labelled by it",), {"expression": None}
    ),
    "a data set to explain that does not exist": Case(
        ("--explain coding_vs_lncrn: no task and no data set of this run; the nearest is coding_vs_lncrna",),
        {"explain": "coding_vs_lncrn"},
    ),
    "two data sets of one name": sheet(
        "name,train\na,train.csv\na,train.csv\n",
        "sets.csv, lines 2 and 3: the name a stands twice",
        r"a\.\w+: two pairs of data set and model come to this name",
    ),
    "a missing file": sheet("name,train\na,gone.csv\n", ".*gone.csv does not exist; paths are relative to the sheet"),
    "a misspelt column": sheet("name,trian\na,b\n", "sets.csv: no column train", "sets.csv: unknown column trian"),
    "a name with a blank": sheet("name,train\na b,train.csv\n", "sets.csv, line 2: the name 'a b' may hold"),
    "a cell too few": sheet("name,train,dev\na,train.csv\n", "sets.csv, line 2: 2 cells, the header has 3"),
    "no rows": sheet("name,train\n", "sets.csv: no rows"),
    "a ready-made data set with the name of one that is built": sheet(
        "name,train\ncoding_vs_lncrna_300,train.csv\n",
        "sets.csv: coding_vs_lncrna_300 is the name of a data set that this run builds",
    ),
    "models": Case(tuple(f"models.csv, {fault}" for fault in MODELS_FAULTS), sheets={"models.csv": MODELS}),
    "offline and a branch of a hub": Case(
        (
            "--offline: which commit main is can be asked of a hub alone: bert; where there is a network run "
            "pin_checkpoints.py --models .*models.csv --out pinned.csv",
        ),
        {"offline": True},
        sheets={"models.csv": PINNED},
    ),
    "offline and inputs by address": Case(
        tuple(
            f"--offline: --{name} is an address; where there is a network run curl -LO {HTTP}/{name}"
            for name in ("gtf", "models")
        ),
        {"offline": True, "gtf": f"{HTTP}/gtf", "models": f"{HTTP}/models"},
    ),
    "apptainer without images": Case(
        tuple(
            rf"--container_{kind}: there is no image \S+/images/lncprom-{kind}-0\.1\.0\.sif; "
            f"build it by: make sif IMAGES={kind}, or name"
            for kind in ("cpu", "gpu")
        ),
        place=APPTAINER,
    ),
    "apptainer with an image that does not exist": Case(
        ("--container_cpu: there is no image /nowhere/mine.sif",),
        {"container_cpu": "/nowhere/mine.sif", "container_gpu": "lab/lncprom-gpu:1"},
        APPTAINER,
    ),
    "apptainer with a relative path": Case(
        (r"--container_cpu images/mine.sif: not an absolute path.*; write /\S+/images/mine.sif",),
        {"container_cpu": "images/mine.sif", "container_gpu": "lab/lncprom-gpu:1"},
        APPTAINER,
    ),
    "apptainer with images of a registry": Case(
        (), {"container_cpu": "lab/cpu:1", "container_gpu": "oras://lab/gpu:1"}, APPTAINER
    ),
    "apptainer with the image of a site's configuration": Case((), place=APPTAINER | {"foreign": True}),
    # the command docker of these tests has the image lncprom-cpu alone
    "docker without an image": Case(
        (
            r"--container_gpu: there is no image lncprom-gpu:0.1.0 \(no such image\); "
            "build it by: make images IMAGES=gpu",
        ),
        place=DOCKER,
    ),
    "docker with an image of a registry": Case((), {"container_gpu": "registry.lab/lncprom-gpu:1"}, DOCKER),
    "another engine": Case(("podman: lncprom runs in docker, apptainer, singularity",), place={"engine": "podman"}),
    "profile venv without the environment of the models": Case(
        ("profile venv: language models and explanations need .venv-gpu, .*; make it by: make venv-gpu",),
        place={"profile": "test,venv", "root": "without_models"},
    ),
    "beside a site's parameters, names similar to ours that the user typed": Case(
        (
            "--lenghts: no such parameter; the nearest is --lengths",
            "--max_unplaces: no such parameter; the nearest is --max_unplaced",
        ),
        {"lenghts": 300, "max_unplaces": 1, "project": "p1", "max_lenghts": 3},
        {
            "foreign": True,
            "command": "nextflow run main.nf --lenghts 300 --project p1",
            "parameters": "max_unplaces: 1\n",
        },
    ),
}


def docker_with_one_image(folder: Path) -> str:
    """PATH with a command docker that has the image of the data steps and no other."""
    docker = folder / "programs" / "docker"
    docker.parent.mkdir()
    docker.write_text(
        '#!/bin/sh\ncase "$*" in *lncprom-cpu:*) exit 0;; esac\necho "[]"; echo "no such image" >&2; exit 1\n'
    )
    docker.chmod(0o755)
    return f"{docker.parent}:{os.environ['PATH']}"


@pytest.fixture(
    scope="module", params=[pytest.param("v1", id="v1"), pytest.param("v2", id="v2", marks=pytest.mark.full)]
)
def problems(request, nextflow, project, tmp_path_factory) -> dict[str, list[str]]:
    """Problems of each case, by its name, from one start of Nextflow."""
    folder = tmp_path_factory.mktemp("cases")
    copy = folder / "lncprom"
    shutil.copytree(project, copy, symlinks=True)
    shutil.copy(ROOT / "tests" / "pipeline" / "cases.nf", copy / "main.nf")
    without_models = folder / "without_models"
    (without_models / ".venv" / "bin").mkdir(parents=True)
    (without_models / ".venv" / "bin" / "activate").touch()
    (without_models / "bin").symlink_to(copy / "bin")
    given = {}
    for number, (name, case) in enumerate(CASES.items()):
        inputs = folder / str(number)
        inputs.mkdir()
        words = tiny_inputs(inputs)
        params = {key.removeprefix("--"): value for key, value in zip(words[::2], words[1::2], strict=True)}
        for file, text in case.sheets.items():
            (inputs / file).write_text(text)
        place = case.place | ({"root": str(without_models)} if "root" in case.place else {})
        given[name] = {"params": params | {"outdir": "results"} | case.params, "place": place}
    for file in ("my$x.bed", "sets.csv"):
        (folder / file).touch()
    (folder / "cases.json").write_text(json.dumps(given))
    run = nextflow(folder, of=copy, parser=request.param, PATH=docker_with_one_image(folder))
    assert run.status == 0, run.output
    lines = [line.removeprefix("CASE ") for line in run.output.splitlines() if line.startswith("CASE ")]
    return dict(json.loads(line) for line in lines)


@pytest.mark.parametrize("name", CASES)
def test_parameters_and_sheets__each_problem_on_its_line(problems, name):
    expected = CASES[name].problems
    found = problems[name]
    assert [words for words in expected if not any(matches(words, line) for line in found)] == [], found
    assert [line for line in found if not any(matches(words, line) for words in expected)] == []


def matches(words: str, line: str) -> bool:
    return line.startswith(words) or re.match(words, line) is not None


def test_errors_in_the_docs__those_of_the_pipeline(problems):
    shown = re.search(r"--lenghts 300 .*\n((?:    --.*\n)+)", (ROOT / "docs" / "howto" / "resume.md").read_text())[1]
    assert {line.strip() for line in shown.splitlines()} < set(problems["misspelt names and values of the wrong kind"])


def refused(run: Run, *lines: str) -> None:
    assert run.status != 0
    for line in lines:
        assert line in run.output, run.output
    assert "Submitted process" not in run.output


@pytest.mark.parametrize("parser", ["v1", pytest.param("v2", marks=pytest.mark.full)])
def test_help__every_parameter_with_its_description_and_no_task(nextflow, tmp_path, parser):
    run = nextflow(tmp_path, "--help", parser=parser)
    assert run.status == 0, run.output
    groups = json.loads((ROOT / "nextflow_schema.json").read_text())["$defs"].values()
    for name, facts in [pair for group in groups for pair in group["properties"].items()]:
        assert f"--{name} " in run.output
        assert facts["description"] in run.output
    assert "Submitted process" not in run.output


# As configurations of nf-core's institutes are: they describe themselves and serve other pipelines too
LAB = """
params {
    config_profile_description = 'A laboratory'
    project                    = null
    igenomes_base              = '/sw/igenomes'
    max_memory                 = 100.GB
}
process.clusterOptions = { params.project ? "-A ${params.project}" : '' }
"""


@pytest.fixture
def lab(tmp_path) -> list[str]:
    """Options that add a profile `lab` in the way of nf-core's institutes."""
    base = tmp_path / "configs"
    base.mkdir()
    (base / "lab.config").write_text(LAB)
    profile = 'profiles {\n    lab { includeConfig "${params.custom_config_base}/lab.config" }\n}\n'
    (base / "nfcore_custom.config").write_text(profile)
    return ["-profile", "lab", "--custom_config_base", str(base)]


@pytest.mark.parametrize("parser", ["v1", pytest.param("v2", marks=pytest.mark.full)])
def test_a_sites_profile__its_own_parameters_are_reported_and_left_alone(nextflow, tmp_path, lab, parser):
    run = nextflow(tmp_path, "-preview", *tiny_inputs(tmp_path), *lab, "--project", "p1", parser=parser)
    assert run.status == 0, run.output
    reported = re.search(r"WARN: Parameters of a configuration file .*: (.*)", run.output)
    assert set(reported[1].split(", ")) == {"project", "igenomes_base"}


def test_mistakes_on_the_command_line_and_in_a_params_file__reported_without_a_task(nextflow, tmp_path, lab):
    words = [*tiny_inputs(tmp_path), *lab]
    (tmp_path / "params.yml").write_text("min-distanse: 500\n")
    run = nextflow(tmp_path, *words, "-params-file", "params.yml", "--lenghts", "300", "--bootstrap", "2.5")
    refused(
        run,
        "--lenghts: no such parameter; the nearest is --lengths",
        "--minDistanse: no such parameter; the nearest is --min_distance",
        "--bootstrap 2.5: not a whole number",
    )
