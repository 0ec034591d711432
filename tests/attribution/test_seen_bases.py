"""What models see of real promoters at four lengths, cut from the right as a tokenizer cuts and around the TSS."""

from __future__ import annotations

import json

import pytest
import torch

import helpers_chr20
import tiny_checkpoints
from lncprom.inference import encode
from lncprom.models import base
from lncprom.tables import dataset

pytestmark = pytest.mark.real

LENGTHS = (300, 500, 1000, 2000)
# family -> sizes of the checkpoint, options. DNABERT's limit is 512 tokens, Nucleotide Transformer's 1,000 of 6 bases
# each; DNABERT-2 has none, its published fine-tuning script gives the tokenizer one.
MODELS = {
    "dnabert": ({"max_position_embeddings": 512}, {}),
    "dnabert2": ({"vocab_size": 512}, {"max_tokens": 128}),
    "nucleotide_transformer": ({"max_position_embeddings": 1002}, {}),
}


@pytest.fixture(scope="module")
def promoters(real_data, tmp_path_factory):
    """Length -> data set of task 3 on ten million bases of chromosome 20."""
    return helpers_chr20.task3(real_data, tmp_path_factory.mktemp("chr20"), LENGTHS)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return {name: tiny_checkpoints.write(folder / name, name, **sizes) for name, (sizes, _) in MODELS.items()}


@pytest.fixture(scope="module")
def seen(promoters, checkpoints):
    """(family, truncation, length) -> the counts that finetune's card has."""
    found = {}
    for name, (_, options) in MODELS.items():
        family = base.load(name, checkpoints[name], seed=1, options=options)
        for truncation in ("right", "tss"):
            for length, path in promoters.items():
                part = encode.encode(family, dataset.read(path), truncation, path.name, torch.device("cpu"))[1]
                found[name, truncation, length] = part.counts()
    return found


def test_windows_within_the_limit__seen_whole(seen):
    for name in MODELS:
        for truncation in ("right", "tss"):
            for length in (300, 2000) if name == "nucleotide_transformer" else (300,):
                counts = seen[name, truncation, length]
                assert (counts["bases_seen_share"], counts["tss_seen_share"], counts["sequences_cut"]) == (1, 1, 0)


def test_long_windows_cut_from_the_right__the_tss_is_lost(seen):
    for length in (1000, 2000):
        assert seen["dnabert", "right", length]["tss_seen_share"] == 0
        assert seen["dnabert", "right", length]["bases_seen_share"] == pytest.approx(512 / length, abs=1e-6)
        assert seen["dnabert2", "right", length]["tss_seen_share"] < 0.05
        assert 0.1 < seen["dnabert2", "right", length]["bases_seen_share"] < 0.8


def test_long_windows_cut_around_the_tss__it_is_always_seen_and_as_many_bases(seen):
    for (name, truncation, length), counts in seen.items():
        if truncation == "tss":
            assert counts["tss_seen_share"] == 1, (name, length)
            there = seen[name, "right", length]["bases_seen_share"]
            assert counts["bases_seen_share"] == pytest.approx(there, abs=0.05), (name, length)


def test_card_of_finetune__says_so_and_how_many_were_cut(step, promoters, checkpoints, seen, tmp_path):
    outputs = {"out-dir": "model", "predictions": "p.parquet", "training": "t.tsv", "card": "c.json"}
    words = [part for option, name in outputs.items() for part in (f"--{option}", tmp_path / name)]
    words += ["--dataset", promoters[1000], "--name", "task3_1000", "--family", "dnabert", "--epochs", 1]
    words += ["--checkpoint", checkpoints["dnabert"], "--truncation", "right", "--restarts", 0, "--threads", 1]
    result = step("finetune", *words)
    assert result.exit_code == 0, result.output
    counts = json.loads((tmp_path / "c.json").read_text())["counts"]
    wanted = seen["dnabert", "right", 1000]
    assert {name: counts[name] for name in wanted} == wanted
    assert counts["sequences_cut"] == counts["samples"]
    assert "51.2% of the bases are seen, the TSS of 0.0%" in result.stderr
