"""Which contrasts the controls of a models sheet declare, by the functions of the pipeline themselves."""

from __future__ import annotations

import json

import pytest

from helpers_nextflow import ROOT

pytestmark = pytest.mark.pipeline

SCRIPT = """
include {{ contrastsOf ; withControls }} from '{facts}'

workflow {{
    models = new groovy.json.JsonSlurper().parseText('{models}')
    rules = 'pretraining_gain,adaptation_gain,logistic_regression'
    made = ['', 'random_init', 'probe', 'random_init,probe'].collectEntries {{ controls ->
        [controls, contrastsOf(rules, withControls(models, controls))]
    }}
    println 'made ' + groovy.json.JsonOutput.toJson(made)
}}
"""


def model(name, family="dnabert", kind="hub", adapt="full", init="pretrained", tokenizer="k-mer"):
    tuned = family != "logistic_regression"
    origin, settings = {"kind": kind, "checkpoint": name.split("_")[0]}, {"init": init} if tuned else {}
    return {
        "name": name,
        "family": family,
        "tuned": tuned,
        "origin": origin,
        "settings": settings,
        "adapt": adapt,
        "of": None,
        "ablation": None,
        "tokenizer": tokenizer,
    }


def contrasts(nextflow, folder, *models) -> dict[str, list[str]]:
    facts = ROOT / "subworkflows" / "local" / "check_parameters" / "facts.nf"
    (folder / "main.nf").write_text(SCRIPT.format(facts=facts, models=json.dumps(models)))
    run = nextflow(folder, of=folder)
    assert run.status == 0, run.output
    return json.loads(next(line for line in run.output.splitlines() if line.startswith("made ")).removeprefix("made "))


def test_controls__each_language_model_against_its_own_twin_and_probe_by_its_tokens(nextflow, tmp_path):
    lr, cnn = model("lr", "logistic_regression", kind="none"), model("cnn", "cnn", kind="none")
    found = contrasts(nextflow, tmp_path, lr, cnn, model("bert"), model("nt", tokenizer="BPE"))
    above = ["logistic_regression:bert:lr", "logistic_regression:nt:lr"]
    twins = ["pretraining_gain:bert:bert_random:k-mer", "pretraining_gain:nt:nt_random:BPE"]
    probes = ["adaptation_gain:bert:bert_probe:k-mer", "adaptation_gain:nt:nt_probe:BPE"]
    assert found == {
        "": above,
        "random_init": [*twins, *above],
        "probe": [*probes, *above],
        "random_init,probe": [*twins, *probes, *above],
    }


def test_twins_and_probes_that_the_sheet_names__found_by_their_checkpoint(nextflow, tmp_path):
    rows = model("bert"), model("bert_twin", init="random"), model("bert_frozen", adapt="probe")
    frozen_twin = model("bert_frozen_twin", adapt="probe", init="random")
    found = contrasts(nextflow, tmp_path, *rows, frozen_twin, model("nt"))[""]
    assert found == [
        *("pretraining_gain:bert:bert_twin:k-mer", "pretraining_gain:bert_frozen:bert_frozen_twin:k-mer"),
        *("adaptation_gain:bert:bert_frozen:k-mer", "adaptation_gain:bert_twin:bert_frozen_twin:k-mer"),
    ]
