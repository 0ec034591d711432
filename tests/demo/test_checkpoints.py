"""The demo's checkpoints: in the published format, the same bytes each time, and such that the families learn."""

from __future__ import annotations

import json
import shutil

import polars as pl
import pytest
import torch
from transformers import AutoModelForMaskedLM, BertModel

import helpers_models
import make_checkpoint
from lncprom import provenance
from lncprom.datasets import assemble, readers
from lncprom.demo import checkpoints as demo_checkpoints
from lncprom.demo import simulated_promoters
from lncprom.errors import InputError
from lncprom.evaluation import metrics
from lncprom.models import base, checkpoints
from lncprom.tables import dataset, predictions

FAMILY = {"dnabert2": "dnabert2", "nucleotide_transformer": "nucleotide_transformer"}
KINDS = make_checkpoint.KINDS
ALL_PAIRS = demo_checkpoints.PAIRS


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture
def made(step, place, monkeypatch):
    """Kind -> the folder, made once for all tests; the Nucleotide Transformer is trained on few sequences."""
    monkeypatch.setattr(demo_checkpoints, "PAIRS", 200)

    def get(kind: str, folder=None, seed=42):
        folder = folder or place / kind
        if not folder.exists():
            out = ("--out-dir", folder, "--card", folder.with_suffix(".json"))
            result = step("make_checkpoint", "--kind", kind, "--seed", seed, *out)
            assert result.exit_code == 0, result.output
        return folder

    return get


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def load(folder, **how):
    kind = folder.name
    return base.load(FAMILY.get(kind, "dnabert"), folder, seed=1, **how)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind__loads_strictly_with_nothing_new_but_the_head(made, kind):
    family = load(made(kind))
    first, second = helpers_models.random_dna(120, 300)
    with torch.no_grad():
        logits = helpers_models.logits(family, [first, second])
    assert logits.shape == (2, 2)
    assert logits.isfinite().all()
    if kind != "nucleotide_transformer":
        names = {"dnabert2": "bert.pooler, classifier"}.get(kind, "classifier")
        assert family.notes[0] == f"new in the classification head, drawn with seed 1: {names}"


@pytest.mark.parametrize(
    ("kind", "longest"), [("dnabert_3", 512), ("dnabert_6", 515), ("nucleotide_transformer", 2000)]
)
def test_each_kind__takes_what_the_published_model_takes(made, kind, longest):
    tokens = load(made(kind)).tokenize(helpers_models.random_dna(2000), "right")
    assert tokens.last_base.tolist() == [longest]


@pytest.mark.parametrize("kind", ["dnabert_3", "dnabert_6", "nucleotide_transformer"])
def test_stock_class__finds_every_weight(made, kind):
    _, told = AutoModelForMaskedLM.from_pretrained(made(kind), output_loading_info=True)
    assert not told["missing_keys"]
    assert not told["mismatched_keys"]
    assert {name.rsplit(".", 1)[0] for name in told["unexpected_keys"]} <= {"bert.pooler.dense"}
    if kind.startswith("dnabert"):
        _, told = BertModel.from_pretrained(made(kind), output_loading_info=True)
        assert not told["missing_keys"]


def test_dnabert2__the_published_names_and_no_pooler(made, tmp_path):
    family = load(made("dnabert2"))
    names = set(family.module.state_dict())
    told = json.loads((made("dnabert2") / "config.json").read_text())
    assert told["alibi_starting_size"] == 512
    assert {name for name in names if "Wqkv" in name} == {
        f"bert.encoder.layer.0.attention.self.Wqkv.{part}" for part in ("weight", "bias")
    }
    shutil.copytree(made("dnabert2"), tmp_path / "odd")
    shutil.copy(made("dnabert_3") / "vocab.txt", tmp_path / "odd")
    with pytest.raises(InputError, match="its family is dnabert2"):
        base.load("dnabert", tmp_path / "odd", seed=1)


@pytest.mark.parametrize("kind", ["dnabert_4", "dnabert2", "nucleotide_transformer"])
def test_same_seed__the_same_bytes_whatever_the_number_of_threads_and_another_seed_others(made, kind, tmp_path):
    first = contents(made(kind))
    torch.set_num_threads(2)
    assert contents(made(kind, tmp_path / "again")) == first
    assert torch.get_num_threads() == 2
    other = made(kind, tmp_path / "other", seed=43)
    assert (other / "model.safetensors").read_bytes() != first["model.safetensors"]


def test_training_before__on_the_card(made):
    note = provenance.read(made("nucleotide_transformer").with_suffix(".json"))["notes"][0]
    assert note.startswith("trained on 380 simulated sequences")


def fine_tuned(step, folder, rows, work, *given) -> float:
    """MCC on test."""
    dataset.write(rows, work / "d.parquet")
    outputs = {"out-dir": "m", "predictions": "p.parquet", "training": "t.tsv", "card": "c.json"}
    options = [part for option, name in outputs.items() for part in (f"--{option}", work / name)]
    options += ["--family", FAMILY.get(folder.name, "dnabert"), "--checkpoint", folder, "--threads", 1]
    result = step("finetune", "--dataset", work / "d.parquet", "--name", "demo_ready", *options, *given)
    assert result.exit_code == 0, result.output
    found = predictions.read(work / "p.parquet").filter(pl.col("fold") == "test")
    ranked = metrics.Ranked.of(found["label"].to_numpy(), found["probability"].to_numpy())
    return float(metrics.values(ranked)["mcc"][0])


@pytest.mark.parametrize(
    ("kind", "rate", "epochs", "reached"),
    [
        ("dnabert_3", 3e-3, 4, 0.6),
        pytest.param("dnabert2", 3e-3, 4, 0.6, marks=pytest.mark.full),
        pytest.param("nucleotide_transformer", 1e-2, 8, 0.3, marks=pytest.mark.full),
    ],
)
def test_demo_data__learned_well_above_chance(step, made, monkeypatch, root, tmp_path, kind, rate, epochs, reached):
    monkeypatch.setattr(demo_checkpoints, "PAIRS", ALL_PAIRS)
    ready = root / "assets" / "demo" / "ready"
    parts = {fold: [ready / f"{fold}.csv"] for fold in ("train", "dev", "test")}
    folds, _, _ = readers.read(parts)
    rows = assemble.assemble(folds, "demo_ready", 249, 42).rows
    given = ("--epochs", epochs, "--batch", 16, "--learning-rate", rate, "--warmup-steps", 10, "--restarts", 1)
    assert fine_tuned(step, made(kind, tmp_path / kind), rows, tmp_path, *given) > reached


@pytest.mark.full
def test_lora__learns_motifs_on_the_trained_base_and_not_on_one_drawn_at_random(step, made, monkeypatch, tmp_path):
    monkeypatch.setattr(demo_checkpoints, "PAIRS", ALL_PAIRS)
    (tmp_path / "trained").mkdir()
    rows = simulated_promoters.table(simulated_promoters.promoters(1000, seed=77), "planted", (0.6, 0.15, 0.25))
    given = ("--epochs", 2, "--learning-rate", 3e-3, "--warmup-steps", 10, "--restarts", 0)
    trained = made("nucleotide_transformer", tmp_path / "trained" / "nucleotide_transformer")
    drawn = tmp_path / "nucleotide_transformer"
    shutil.copytree(trained, drawn)
    chance = torch.Generator().manual_seed(5)
    tensors = {
        name: torch.randn(tensor.shape, generator=chance) * 0.05 if tensor.ndim > 1 else tensor
        for name, tensor in checkpoints.read(trained / checkpoints.SAFETENSORS).items()
    }
    checkpoints.write_tensors(tensors, drawn / checkpoints.SAFETENSORS)
    assert fine_tuned(step, trained, rows, tmp_path, *given) > 0.5
    assert fine_tuned(step, drawn, rows, tmp_path, *given) < 0.25
