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

from helpers_nextflow import PARSERS, ROOT, laboratory, tiny_inputs

pytestmark = pytest.mark.pipeline

MODELS = """name,family,checkpoint,revision,epochs,learning_rate,truncation,options,kmer_min,kmer_max,c_grid,adapt
a,cnn,somewhere,,,,,,,,,
b,dnabert,,,,,,,,,,
c,dnabert,lab/bert,v1,,,,,,,,
d,dnabert,./gone,,,,,,,,,
e,dnabert,genome.fa,,,,,,,,,
f,cnn,,,0,fast,centre,hidden 8,,,,
g,cnn,,,,,,,3,,,
h,logistic_regression,,,4,,,,,,,
i,dnabert,demo:gpt,,,,,,,,,
j,cnn,,,,0,,,,,,
mine,transformer,,,,,,,,,,
k,logistic_regression,,,,,,,6,3,foo,
biotype,logistic_regression,,,,,,,3,9,1,
l,logistic_regression,,,,,,features=ladder;k=3,,,,
m,logistic_regression,,,,,,features=position_ladder,3,,,
n,dnabert,demo:dnabert_3,,,,,,,,,lora
o,nucleotide_transformer,demo:nucleotide_transformer,,3,,,lora_r=8,,,,probe
p,nucleotide_transformer,demo:nucleotide_transformer,,,,,lora_r=8,,,,full
q,cnn,,,,,,,,,,probe
r,logistic_regression,,,,,,,,,,full
"""
MODELS_PROBLEMS = (
    "line 2: models of the family cnn are trained from scratch. Leave the checkpoint empty.",
    "line 3: b has no checkpoint. Name a folder, or owner/name of a model hub and its revision.",
    "line 4: revision is v1. Give the commit's 40 hexadecimal digits",
    r"line 5: the checkpoint ./gone is neither a folder nor owner/name of a model hub",
    "line 6: the checkpoint genome.fa is a file. Name the folder that contains it.",
    "line 7: epochs is 0. Give a whole number of at least 1.",
    "line 7: learning_rate is fast. Give a number above 0.",
    "line 7: truncation is centre. Give one of tss, right, left, chunk, error.",
    "line 7: options is hidden 8. Give name=value pairs",
    "line 8: kmer_min is not a setting of the family cnn. Leave the cell empty.",
    "line 9: epochs is not a setting of the family logistic_regression.",
    "line 10: the demo has no checkpoint demo:gpt.",
    "line 11: learning_rate is 0. Give a number above 0.",
    "line 12: family is transformer. Give one of logistic_regression, cnn, dnabert, "
    "dnabert2, nucleotide_transformer, hyenadna, huggingface.",
    "line 13: c_grid is foo. Give positive numbers separated by semicolons.",
    "line 14: kmer_max is 9. Give a whole number from 1 to 8.",
    "line 14: name is biotype. .* majority, gc_cpg, dinucleotide, position and biotype are the trivial baselines.",
    "line 15: the family logistic_regression has no option k. Its option is features.",
    "line 15: the feature set ladder is unknown. Give one of kmers, position_ladder, gapped_kmers.",
    "line 16: kmer_min is a setting of features=kmers. Leave the cell empty.",
    "line 17: the family dnabert has no LoRA. Give full or probe in the column adapt.",
    "line 18: epochs is no setting of a probe, whose language model is not trained. Leave the cell empty.",
    "line 19: adapt is full, but the options say lora_r=8. Remove one of them.",
    "line 20: adapt is probe, but models of the family cnn are trained from scratch. Leave the cell empty.",
    "line 21: adapt is not a setting of the family logistic_regression.",
)
PINNED = "name,family,checkpoint,revision\nbert,dnabert,lab/bert,main\n"
SHIPPED = (
    *("models.csv", "models_more.csv", "models_baseline.csv", "models_probe.csv"),
    *("test_models.csv", "demo/models.csv"),
)
DEMO, REGIONS = ROOT / "assets" / "demo", ("variants.vcf", "region.bed", "promoters.bed")
APPTAINER = {"profile": "apptainer", "engine": "apptainer"}
DOCKER = {"profile": "docker", "engine": "docker"}
HTTP = "https://127.0.0.1:9"


@dataclass(frozen=True)
class Case:
    """How each reported problem begins; changes to a valid run's parameters, to its surroundings and to its sheets."""

    problems: tuple[str, ...]
    params: dict = field(default_factory=dict)
    context: dict = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)


def sheet(text: str, *problems: str) -> Case:
    """A run with this sheet of data sets."""
    return Case(problems, sheets={"sets.csv": text})


CASES = {
    "a valid call": Case(()),
    "lists of a file of parameters": Case(
        ("An entry of --seeds is x. Give a whole number",),
        {"tasks": ["coding_vs_lncrna"], "lengths": [200, 300], "seeds": [1, "x"], "explain": ["none"]},
    ),
    "a pattern, and a file whose name looks like one": Case(
        (
            r"--promoters is p\*.bed, which is a pattern, and no file has it as its name. Give the path of one file.",
            r"--motifs is nowhere/m\[1\].meme, which is a pattern",
        ),
        {"promoters": "p*.bed", "assembly_report": "report[1].txt", "motifs": "nowhere/m[1].meme"},
    ),
    "words that belong to no option": Case(
        (r"The command line contains 300, b.fa, which belongs to no parameter. Put commas between values",),
        context={"words": ["300", "b.fa"]},
    ),
    "a stub run, to whose words Nextflow adds one": Case((), context={"words": ["true"], "stub": True}),
    "options of Nextflow with two dashes": Case(
        (
            "--profile is an option of Nextflow, which takes one dash: -profile.",
            "--paramsFile is an option of Nextflow, which takes one dash: -params-file.",
        ),
        {"profile": "demo", "paramsFile": "x.yml"},
    ),
    "no environment": Case(
        (r"No environment is chosen, and /usr/bin/env has no packages .* Add one of venv, conda, docker",),
        context={"python": "/usr/bin/env"},
    ),
    "no environment, but a site's configuration": Case((), context={"python": "/usr/bin/env", "foreign": True}),
    "a profile whose parameters an engine lost": Case(
        ("The parameters of the profile demo did not arrive. .*use 25.10.7 or later",),
        {"input": None, "fasta": None, "gtf": None, "expression": None, "promoters": None},
        {"profile": "demo,venv"},
    ),
    "misspelt names and values of the wrong kind": Case(
        (
            "--lenghts is not a parameter. The most similar is --lengths.",
            "--tata is maybe. Give one of exclude, only, any.",
            "--bootstrap is 2.5. Give a whole number from 0 to 100000.",
            "--confidence is 1.5. Give a number above 0 and below 1.",
            "--prevalence is 1.2. Give a number above 0 and below 1.",
            "An entry of --seeds is x. Give a whole number from 0 to 4294967295.",
            "--assembly_report is nowhere.txt, which does not exist. Give the path of a file.",
            "--balance is often. Give true or false.",
            "An entry of --tasks is coding_vs_lncrma. Give one of .* The most similar is coding_vs_lncrna.",
        ),
        {
            "lenghts": 300,
            "tata": "maybe",
            "bootstrap": 2.5,
            "confidence": 1.5,
            "prevalence": 1.2,
            "seeds": "1,x",
            "tasks": "coding_vs_lncrma",
            "assembly_report": "nowhere.txt",
            "balance": "often",
        },
    ),
    "values out of range, of no use or without a value": Case(
        (
            "An entry of --lengths is 51. Give a whole number above 51.",
            "--lengths names foo, which is not in --tasks. Add it there, or remove foo:300.",
            "--lengths contains 300 twice. Remove one.",
            "--expression_rule is most. Give all, or a fraction above 0 and at most 1.",
            "--fold_fractions is 0.8,0.2. Give three comma-separated numbers that add up to 1",
            "--input has no value. Write --input=VALUE.",
            "--cluster_options has no value. Write --cluster_options=--qos=long.",
            "--outdir is .*, but .*sets.csv is not a folder. Choose another place.",
            "An entry of --seeds is 4294967296. Give a whole number from 0 to 4294967295.",
            r'--promoters is my\$x.bed. Rename it: \$, `, " and \\ in a path break the job scripts.',
        ),
        {
            "lengths": "51,300,300,foo:300",
            "expression_rule": "most",
            "fold_fractions": "0.8,0.2",
            "input": True,
            "cluster_options": True,
            "outdir": "sets.csv/results",
            "seeds": "1,4294967296",
            "promoters": "my$x.bed",
        },
    ),
    "lengths of which one task has none, and one below the group's": Case(
        (
            "--lengths is high_vs_low_expression:300, without a length for coding_vs_lncrna. Add a length",
            "--group_length is 200, below the longest window of 300 bp. Give at least 300",
        ),
        {
            "tasks": "high_vs_low_expression,coding_vs_lncrna",
            "lengths": "high_vs_low_expression:300",
            "group_length": 200,
        },
    ),
    "trivial baselines that do not exist or go together": Case(
        (
            "An entry of --baselines is gc. Give one of .* The most similar is all.",
            "An entry of --baselines is gc_gpc. Give one of .* The most similar is gc_cpg.",
            "An entry of --strata is cpg_islands. Give one of .* The most similar is cpg_island.",
        ),
        {"baselines": "gc,gc_gpc", "strata": "cpg_islands"},
    ),
    "all trivial baselines and one more": Case(
        (
            "--baselines is all,gc_cpg, but all and none stand alone. Remove the other entries.",
            "--strata is tata,none, but none stands alone. Remove it.",
        ),
        {"baselines": "all,gc_cpg", "strata": "tata,none"},
    ),
    "a length twice for one task": Case(
        (".*, which gives high_vs_low_expression:300 twice. Remove one.",),
        {"lengths": "300,high_vs_low_expression:300"},
    ),
    **{f"the sheet {name}": Case((), {"models": str(ROOT / "assets" / name)}) for name in SHIPPED},
    "the demo's sheet of data sets": Case((), {"input": str(ROOT / "assets" / "demo" / "datasets.csv")}),
    "a longer window for one task": Case((), {"lengths": "300,high_vs_low_expression:1000"}),
    "the largest seed": Case((), {"seeds": "1,4294967295"}),
    "no table of expression": Case(
        ("--expression is missing. Give the table that labels high_vs_low_expression",), {"expression": None}
    ),
    "pairs matched by what defines their classes": Case(
        ("--match log_tpm: expression defines the classes of lncrna_high_vs_low, so no pair agrees in it.",),
        {"match": "log_tpm", "tasks": "coding_vs_lncrna,lncrna_high_vs_low", "explain": "none"},
    ),
    "a length and a target that no task has": Case(
        (
            "--lengths names high_vs_low_expression, which is not in --tasks. Add it there, or remove high_vs_low_expr",
            "--expression_target is foo. Give mean, max, breadth, tau, tissue:NAME or all-tissues.",
        ),
        {"tasks": "coding_vs_lncrna", "lengths": "300,high_vs_low_expression:1000", "expression_target": "foo"},
    ),
    "pairs without what they are matched by, and folds that divide them": Case(
        (
            "--tss_support is missing. Give the CAGE peaks for --require_tss_support and --match tss_support.",
            "--fold_by chromosome divides the pairs of --match. Give --fold_by group.",
        ),
        {"match": "gc,coding_vs_lncrna:tss_support", "fold_by": "chromosome", "require_tss_support": True},
    ),
    "pairs in tasks of promoters": Case(
        ("--match is for tasks between genes, such as coding_vs_lncrna.",),
        {"match": "gc", "tasks": "biological_vs_artificial", "explain": "none"},
    ),
    "a data set to explain that does not exist": Case(
        ("--explain contains coding_vs_lncrn, which is no task and .* The most similar is coding_vs_lncrna.",),
        {"explain": "coding_vs_lncrn"},
    ),
    "contrasts of unknown rules and models": Case(
        tuple(
            f"--contrasts contains {entry}. Give one of rung, logistic_regression, pretraining_gain, "
            "adaptation_gain, or MODEL_A:MODEL_B with two of .*cnn.*, biotype, rung."
            for entry in ("lda", "cnn:cnn", "cnn:mine", "rung:cnn")
        ),
        {"contrasts": "rung,lda,cnn:cnn,cnn:mine,rung:cnn,cnn:gc_cpg"},
    ),
    "contrasts that compare no models": Case(
        ("--contrasts is pretraining_gain, which compares no models of this run. Add rung.",),
        {"contrasts": "pretraining_gain"},
    ),
    "random twins: in the sheet, as a control, and what can have none": Case(
        (
            "models.csv, line 2: models of the family cnn are trained from scratch. Leave the init empty.",
            "models.csv, line 3: init is warm. Give one of pretrained, random.",
        ),
        sheets={"models.csv": "name,family,checkpoint,init\na,cnn,,random\nb,dnabert,demo:dnabert_3,warm\n"},
    ),
    "tokens of a family that has one kind": Case(
        (
            "models.csv, line 2: tokenizer is no setting of the family dnabert, whose tokens are k-mer. Leave",
            "models.csv, line 3: tokenizer is words. Give one of single-base, k-mer, BPE",
        ),
        sheets={
            "models.csv": "name,family,checkpoint,tokenizer\na,dnabert,demo:dnabert_3,BPE\nb,huggingface,.,words\n"
        },
    ),
    "a model with the name of a control": Case(
        (".*b_random is the name of two pairs of data set and model.",),
        {"controls": "random_init", "contrasts": "pretraining_gain,b:b_random"},
        sheets={"models.csv": "name,family,checkpoint\nb,dnabert,demo:dnabert_3\nb_random,cnn,\n"},
    ),
    "two data sets of one name": sheet(
        "name,train\na,train.csv\na,train.csv\n",
        "sets.csv, lines 2 and 3: the name a is repeated. Give each row its own name.",
    ),
    "a missing file": sheet(
        "name,train\na,gone.csv\n",
        "sets.csv, line 2: the file .*gone.csv does not exist. Give paths relative to the sheet.",
    ),
    "a misspelt column": sheet(
        "name,trian\na,b\n", "sets.csv has no column train", "sets.csv has an unknown column trian"
    ),
    "a name with a blank": sheet("name,train\na b,train.csv\n", "sets.csv, line 2: name is a b. Use letters, digits"),
    "a cell too few": sheet(
        "name,train,dev\na,train.csv\n", "sets.csv, line 2: 2 cells, the header has 3. Add or remove commas."
    ),
    "no rows": sheet("name,train\n,\n", "sets.csv has no rows"),
    "empty rows and columns, as Excel writes them": sheet("name,train,,\na,train.csv,,\n,,,\n,,,\n"),
    "semicolons": sheet("name;train\na;train.csv\n", "sets.csv separates its cells by semicolons. Save it as CSV"),
    "a workbook": sheet("PK\3\4 xl/", "sets.csv is an Excel workbook. Save it as CSV"),
    "a ready-made data set with the name of one that is built": sheet(
        "name,train\ncoding_vs_lncrna_300,train.csv\n",
        "sets.csv: this run builds a data set with the name coding_vs_lncrna_300",
    ),
    "external sets that cannot be": Case(
        (
            "external.csv, lines 2 and 4: the name a is repeated. Give each row its own name.",
            "external.csv, line 3: tss_index is -1. Give a whole number of at least 0.",
            "external.csv, line 3: the file .*gone.fa does not exist. Give paths relative to the sheet.",
        ),
        sheets={"external.csv": "name,positives,negatives,tss_index\na,train.csv,,\nb,gone.fa,,-1\na,train.csv,,5\n"},
    ),
    "a sheet of external sets without a column": Case(
        ("external.csv has no column positives. Name name, positives", "external.csv has an unknown column train"),
        sheets={"external.csv": "name,train\na,train.csv\n"},
    ),
    "an external set with the name of one that models are trained on": Case(
        ("external.csv: models of this run are trained on a data set with the name coding_vs_lncrna_300",),
        sheets={"external.csv": "name,positives\ncoding_vs_lncrna_300,train.csv\n"},
    ),
    "transfer to a task of another run": Case(
        ("--transfer contains expression, which is no task and no ready-made data set of this run. Give two of",),
        {"transfer": "coding_vs_lncrna:expression"},
    ),
    "transfer between tasks without a length in common": Case(
        ("--transfer contains coding_vs_lncrna:high_vs_low_expression, which are not two sets with a length",),
        {
            "transfer": "coding_vs_lncrna:high_vs_low_expression",
            "tasks": "coding_vs_lncrna,high_vs_low_expression",
            "lengths": "coding_vs_lncrna:200,high_vs_low_expression:300",
        },
    ),
    "transfer that the registry declares, of tasks that are not asked for": Case(
        ("--transfer is declared, but the registry declares no pair within --tasks. Give TASK_A:TASK_B.",),
        {"transfer": "declared", "tasks": "coding_vs_lncrna"},
    ),
    "transfer that is no pair": Case(("An entry of --transfer is all. Give declared or A:B.",), {"transfer": "all"}),
    "models applied to nothing": Case(
        (
            "--apply is .*nowhere, which does not exist.",
            "--regions is missing. Give a FASTA, a BED, a list of gene ids or a VCF; or --saturate, or --scan.",
        ),
        {"apply": "nowhere"},
    ),
    "models applied to two files of promoters": Case(
        (
            "--apply is .*nowhere, which does not exist.",
            "--scan takes a BED as --regions, not a VCF.",
            "--regions is .*bed. Give one file, or two of which one is a VCF.",
        ),
        {"apply": "nowhere", "scan": True, "regions": ",".join(str(DEMO / name) for name in REGIONS)},
    ),
    "models": Case(tuple(f"models.csv, {problem}" for problem in MODELS_PROBLEMS), sheets={"models.csv": MODELS}),
    "offline and a branch of a hub": Case(
        ("--offline: the revision of bert is main, .* pin_checkpoints.py --models .*models.csv --out pinned.csv",),
        {"offline": True},
        sheets={"models.csv": PINNED},
    ),
    "offline and inputs by address": Case(
        tuple(
            f"--offline: --{name} is an address. With a network run curl -LO {HTTP}/{name}"
            for name in ("gtf", "models")
        ),
        {"offline": True, "gtf": f"{HTTP}/gtf", "models": f"{HTTP}/models"},
    ),
    "apptainer without images": Case(
        tuple(
            rf"--container_{kind}: there is no image \S+/images/lncprom-{kind}-0\.1\.0\.sif\. "
            rf"Build it \(make sif IMAGES={kind}\) or name another."
            for kind in ("cpu", "gpu")
        ),
        context=APPTAINER,
    ),
    "apptainer with an image that does not exist": Case(
        ("--container_cpu: there is no image /nowhere/mine.sif",),
        {"container_cpu": "/nowhere/mine.sif", "container_gpu": "lab/lncprom-gpu:1"},
        APPTAINER,
    ),
    "apptainer with a relative path": Case(
        (r"--container_cpu is images/mine.sif, a relative path. Give the absolute path /\S+/images/mine.sif",),
        {"container_cpu": "images/mine.sif", "container_gpu": "lab/lncprom-gpu:1"},
        APPTAINER,
    ),
    "apptainer with images of a registry": Case(
        (), {"container_cpu": "lab/cpu:1", "container_gpu": "oras://lab/gpu:1"}, APPTAINER
    ),
    "apptainer with the image of a site's configuration": Case((), context=APPTAINER | {"foreign": True}),
    # the command docker of these tests has the image lncprom-cpu alone
    "docker without an image": Case(
        (
            r"--container_gpu: there is no image lncprom-gpu:0.1.0 \(no such image\). "
            r"Build it \(make images IMAGES=gpu\)",
        ),
        context=DOCKER,
    ),
    "docker with an image of a registry": Case((), {"container_gpu": "registry.lab/lncprom-gpu:1"}, DOCKER),
    "another engine": Case(
        ("lncprom does not run in podman. Choose docker, apptainer or singularity",), context={"engine": "podman"}
    ),
    "profile venv without the environment of the models": Case(
        (r"Language models and explanations need the environment .venv-gpu, .* Create it \(make venv-gpu\)",),
        context={"profile": "test,venv", "root": "without_models"},
    ),
    "beside a site's parameters, names similar to ours that the user typed": Case(
        (
            "--lenghts is not a parameter. The most similar is --lengths.",
            "--max_unplaces is not a parameter. The most similar is --max_unplaced.",
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


@pytest.fixture(scope="module", params=PARSERS)
def problems(request, nextflow, project, tmp_path_factory) -> dict[str, list[str]]:
    """Problems of each case, by its name, from one start of Nextflow."""
    folder = tmp_path_factory.mktemp("cases")
    copy = folder / "lncprom"
    shutil.copytree(project, copy, symlinks=True)
    shutil.copy(ROOT / "tests" / "pipeline" / "cases.nf", copy / "main.nf")
    without_models = folder / "without_models"
    (without_models / ".venv" / "bin").mkdir(parents=True)
    (without_models / ".venv" / "bin" / "activate").touch()
    for name in ("bin", "assets"):
        (without_models / name).symlink_to(copy / name)
    given = {}
    for number, (name, case) in enumerate(CASES.items()):
        inputs = folder / str(number)
        inputs.mkdir()
        words = tiny_inputs(inputs)
        params = {key.removeprefix("--"): value for key, value in zip(words[::2], words[1::2], strict=True)}
        for file, text in case.sheets.items():
            (inputs / file).write_text(text)
        if "external.csv" in case.sheets:
            params["external"] = str(inputs / "external.csv")
        context = case.context | ({"root": str(without_models)} if "root" in case.context else {})
        given[name] = {"params": params | {"outdir": "results"} | case.params, "context": context}
    for file in ("my$x.bed", "sets.csv", "report[1].txt", "p1.bed"):
        (folder / file).touch()
    (folder / "cases.json").write_text(json.dumps(given))
    run = nextflow(folder, of=copy, **request.param, PATH=docker_with_one_image(folder))
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


@pytest.mark.parametrize("parser", PARSERS)
def test_help__every_parameter_with_its_description_and_no_task(nextflow, tmp_path, parser):
    # institutional configurations at an address are left alone without a network
    words = ("--help", "--custom_config_base", "https://127.0.0.1:9/configs")
    run = nextflow(tmp_path, *words, **parser, NXF_OFFLINE="true")
    assert run.status == 0, run.output
    groups = json.loads((ROOT / "nextflow_schema.json").read_text())["$defs"].values()
    for name, facts in [pair for group in groups for pair in group["properties"].items()]:
        assert f"--{name} " in run.output
        assert facts["description"] in run.output
    assert "Submitted process" not in run.output


def test_mistakes_on_the_command_line_and_in_a_params_file__reported_without_a_task(nextflow, tmp_path):
    words = [*tiny_inputs(tmp_path), *laboratory(tmp_path)]
    (tmp_path / "params.yml").write_text("min-distanse: 500\n")
    run = nextflow(tmp_path, *words, "-params-file", "params.yml", "--lenghts", "300", "--bootstrap", "2.5")
    assert run.status != 0
    for line in (
        "--lenghts is not a parameter. The most similar is --lengths.",
        "--minDistanse is not a parameter. The most similar is --min_distance.",
        "--bootstrap is 2.5. Give a whole number",
    ):
        assert line in run.output, run.output
    assert "Submitted process" not in run.output
