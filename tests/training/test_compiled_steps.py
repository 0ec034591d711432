"""Compiled steps: the losses of the usual ones, nothing compiled for a batch, left out where there is no compiler."""

from __future__ import annotations

import shutil

import numpy as np
import polars as pl
import pytest
import torch

import helpers_baseline
import tiny_checkpoints
from helpers_training import CPU, TinyFamily, fit, planted, weights
from lncprom.inference import batches, saved_model
from lncprom.training import compiled_steps, finetune, outputs
from lncprom.training import run as training
from lncprom.training.resume_state import Keeper

COMPILER = pytest.mark.skipif(shutil.which("g++") is None, reason="no g++ here to compile with")


def losses(done: training.Trained) -> list[float]:
    return [loss for row in done.epochs for loss in (row.train_loss, row.dev_loss)]


def shapes(data: training.Data, batch: int) -> set[compiled_steps.Shape]:
    steps, settings = compiled_steps.Steps(TinyFamily(), data.train, CPU), training.Settings(batch=batch)
    return set(steps.counted(settings, batch))


def test_shapes_of_batches__one_or_two_where_all_are_as_long_and_few_where_not():
    assert shapes(planted(128), 16) == {compiled_steps.Shape(16, 40, False)}
    assert shapes(planted(128), 20) == {compiled_steps.Shape(20, 40, False), compiled_steps.Shape(16, 40, False)}
    ragged = planted(128, ragged=True)
    assert len({int(ragged.train.longest[part].max()) for part in batches.epoch(ragged.train.longest, 16, 42, 0)}) > 3
    assert {shape.width for shape in shapes(ragged, 16)} <= {24, 32, 40}


@COMPILER
def test_compiled_steps_of_ragged_batches__the_losses_of_the_usual_and_no_shape_compiled_twice():
    usual, compiled, told = TinyFamily(dropout=0.0), TinyFamily(dropout=0.0), []
    data = planted(100, length=20, ragged=True)
    expected = fit(usual, data, epochs=2, batch=15, compile="off")
    torch._dynamo.utils.counters.clear()
    done = fit(compiled, data, told, epochs=2, batch=15, compile="on")
    assert done.compiled["compiled"], done.note
    assert done.compiled["shapes"] == torch._dynamo.utils.counters["stats"]["unique_graphs"] > 1
    assert np.allclose(losses(done), losses(expected), atol=1e-4)
    assert told[0].startswith("steps compiled in ")
    assert weights(compiled).keys() == weights(usual).keys()


@COMPILER
def test_compiled_run_broken_off__goes_on_to_the_same_weights(tmp_path):
    data = planted(64)
    runs = [TinyFamily(dropout=0.3) for _ in range(3)]
    fit(runs[0], data, epochs=2, compile="on")
    step = torch.optim.AdamW.step
    keeper = Keeper(tmp_path, "toy", {"data": "0123456789"}, 1, 0)

    class Stop(Exception):
        pass

    def stop(self, *given, **named):
        if keeper.saved_step == 4:
            raise Stop
        return step(self, *given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.AdamW, "step", stop)
        with pytest.raises(Stop):
            fit(runs[1], data, epochs=2, compile="on", keeper=keeper)
    fit(runs[2], data, epochs=2, compile="on", state=Keeper(tmp_path, "toy", {"data": "0123456789"}).load())
    assert weights(runs[2]) == weights(runs[0])


@COMPILER
def test_lora_compiled__trained_saved_and_opened_again(tmp_path):
    checkpoint = tiny_checkpoints.write(tmp_path / "nt", "nucleotide_transformer", num_hidden_layers=1)
    rows = helpers_baseline.planted(120)

    def run(way):
        request = finetune.Request(
            "toy", "nucleotide_transformer", "nt", checkpoint, {"lora_dropout": "0"}, learning_rate=1e-3
        )
        settings = training.Settings(epochs=1, batch=16, warmup_steps=2, restarts=0, compile=way)
        return request, finetune.finetune(rows, "d", request, settings, CPU, [].append)

    (_, usual), (request, done) = run("off"), run("on")
    assert done.run["compile"]["compiled"]
    assert not usual.run["compile"]["compiled"]
    assert np.allclose(done.epochs["train_loss"], usual.epochs["train_loss"], atol=1e-4)
    assert (done.predictions["probability"] - usual.predictions["probability"]).abs().max() < 1e-4
    (tmp_path / "model").mkdir()
    outputs.save(done, request, rows, tmp_path / "model")
    family = saved_model.open_folder(tmp_path / "model", checkpoint).family
    assert weights(family) == weights(done.family)


def test_out_of_memory_when_compiled__halved_and_on_by_the_usual_way(monkeypatch):
    told, compiled, family = [], [], TinyFamily()

    def full(ids, mask):
        compiled.append(len(ids))
        raise torch.OutOfMemoryError("CUDA out of memory")

    def try_out(self, *given):
        self._compiled = full
        self._shapes |= {compiled_steps.Shape(16, 40, False), compiled_steps.Shape(8, 40, False)}

    monkeypatch.setattr(compiled_steps, "missing", lambda machine: "")
    monkeypatch.setattr(compiled_steps.Steps, "try_out", try_out)
    fit(family, planted(64), told, epochs=1, compile="on")
    assert compiled == [16]
    assert [line for line in told if "out of memory" in line] == [
        "out of memory: from here on 8 sequences at a time, summed to the same batch"
    ]
    halved = TinyFamily()
    fit(halved, planted(64), epochs=1, micro_batch=8, compile="off")
    assert weights(family) == weights(halved)


@pytest.mark.parametrize("why", ["no compiler", "a compiler that fails"])
def test_no_compiler__a_note_and_the_weights_of_the_usual_way(why):
    usual, without, told = TinyFamily(), TinyFamily(), []
    data = planted(64)
    fit(usual, data, epochs=1, compile="off")
    with pytest.MonkeyPatch.context() as patch:
        if why == "no compiler":
            patch.setenv("PATH", "")
            words = "steps were not compiled: no C++ compiler (g++) is on PATH"
        else:
            patch.setattr(compiled_steps, "missing", lambda machine: "")
            patch.setattr(torch, "compile", broken)
            words = "steps were not compiled: Python.h: no such file"
        done = fit(without, data, told, epochs=1, compile="on")
    assert done.note == words
    assert told[0] == words
    assert done.compiled == {"compiled": False}
    assert weights(without) == weights(usual)


def broken(*given, **named):
    def call(ids, mask):
        raise RuntimeError("Python.h: no such file\nand much more")

    return call


def test_note_of_a_run_without_a_compiler__on_the_card(monkeypatch):
    monkeypatch.setattr(compiled_steps, "missing", lambda machine: "no C++ compiler (g++) is on PATH")
    request = finetune.Request("toy", "cnn", "cnn", options={"hidden": "8", "max_tokens": "80"})
    settings = training.Settings(epochs=1, warmup_steps=2, restarts=0, compile="on")
    done = finetune.finetune(helpers_baseline.planted(80), "d", request, settings, CPU, [].append)
    assert "steps were not compiled: no C++ compiler (g++) is on PATH" in done.notes
    assert isinstance(done.predictions, pl.DataFrame)


@pytest.mark.parametrize(
    ("epochs", "usual", "found", "compiled"),
    [
        (4, 0.01, 0.005, False),  # a run of 0.5 s: not tried
        (4000, 0.01, 0.005, True),
        (4000, 0.01, 0.012, False),  # tried, and no gain
    ],
)
def test_auto__compiled_where_it_pays_back_within_the_run(monkeypatch, epochs, usual, found, compiled):
    steps, calls = compiled_steps.Steps(TinyFamily(), planted(256).train, CPU), []
    monkeypatch.setattr(torch, "compile", lambda function, **how: function)
    monkeypatch.setattr(steps, "_seconds", lambda part: calls.append(1) or (found if len(calls) > 1 else usual))
    steps.try_out(training.Settings(batch=16), 16, epochs)
    assert steps.record["compiled"] is compiled
    assert len(calls) == (1 if epochs == 4 else 2)


def test_auto_on_a_cpu__never_compiled(monkeypatch):
    monkeypatch.setattr(torch, "compile", broken)
    assert fit(TinyFamily(), planted(64), epochs=1).compiled == {"compiled": False}
