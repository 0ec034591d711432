"""Attempts: a collapse begins anew with another head, each is on record, and a stop in between loses none of it."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import tiny_checkpoints
from helpers_baseline import planted
from helpers_models import FAMILIES
from helpers_training import CPU, TinyFamily, weights
from lncprom import random_keys
from lncprom.inference import batches
from lncprom.models import base
from lncprom.training import collapse, loop, resume_state
from lncprom.training import finetune as finetuning
from lncprom.training import run as training

SETTINGS = training.Settings(epochs=3, batch=16, learning_rate=2e-2, warmup_steps=4, restarts=2, seed=7)


class Failing(TinyFamily):
    """Drawn with one of the `bad` seeds it says the same of every sequence, whatever it is taught."""

    def __init__(self, seed: int, bad: tuple[int, ...], stop_at: int = 0) -> None:
        super().__init__(seed)
        self.seed, self.steps, self.notes = seed, 0, [f"drawn with seed {seed}"]
        if seed in bad:
            self.module.register_forward_hook(lambda module, inputs, output: output * 0 + torch.tensor([0.0, 0.1]))

        def stop(module, inputs):
            self.steps += module.training
            if stop_at and module.training and self.steps == stop_at:
                raise KeyboardInterrupt

        self.module.register_forward_pre_hook(stop)


@pytest.fixture
def finetune(monkeypatch):
    """Fine-tune a model whose draws with these seeds collapse; `stop` = (seed, step) breaks off there."""

    def call(bad: tuple[int, ...] = (), stop: tuple[int, int] = (-1, 0), told=None, **given):
        def load(name, checkpoint, *, seed, **_head):
            return Failing(seed, bad, stop[1] if seed == stop[0] else 0)

        monkeypatch.setattr(base, "load", load)
        request = finetuning.Request("toy", "tiny", "tiny", learning_rate=2e-2, save_seconds=0, **given)
        tell = (told if told is not None else []).append
        return finetuning.finetune(planted(400), "d.parquet", request, SETTINGS, CPU, tell)

    return call


def test_collapse__told_and_restarted_with_another_seed_and_a_longer_warm_up(finetune):
    told = []
    done = finetune(bad=(7,), told=told)
    second = random_keys.restart_seed(7, 1)
    assert [(one["attempt"], one["seed"], one["warmup_steps"]) for one in done.counts["attempts"]] == [
        (1, 7, 4),
        (2, second, 30),  # of 60 steps
    ]
    assert [one["collapsed"] for one in done.counts["attempts"]] == ["all 40 dev sequences are called positive", ""]
    assert "collapsed (all 40 dev sequences are called positive): attempt 2 with a new head" in "\n".join(told)
    assert done.counts["collapsed"] == ""
    assert done.epochs["attempt"].to_list() == [0, 1, 1, 1]
    assert done.predictions["probability"].n_unique() > 100
    assert done.notes[0] == f"drawn with seed {second}"
    json.dumps(done.counts, allow_nan=False)


def test_collapse_of_every_attempt__the_last_is_trained_to_the_end_and_said_to_be_useless(finetune):
    done = finetune(bad=tuple(random_keys.restart_seed(7, attempt) for attempt in range(3)))
    assert [one["epochs"] for one in done.counts["attempts"]] == [1, 2, 3]  # the warm-up of the second is longer
    assert done.counts["collapsed"] == "all 40 dev sequences are called positive"
    assert any("collapsed in the last of 3 attempts" in note for note in done.notes)


@pytest.mark.parametrize("headed", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_collapse__the_next_attempt_has_the_head_that_its_seed_draws(tmp_path, monkeypatch, family, headed):
    folder = tiny_checkpoints.write(tmp_path / "checkpoint", family)
    if headed:  # as a checkpoint that was fine-tuned before: its head is its own
        options = {"lora_r": "0"} if family == "nucleotide_transformer" else {}
        trained = base.load(family, folder, seed=1, options=options)
        own = {name: part for name, part in trained.module.state_dict().items() if name.startswith(trained.HEAD)}
        path = folder / "model.safetensors"
        save_file(load_file(path) | own, path)
    began, train = [], loop.train

    def remember(model, *given):
        began.append(weights(model))
        return train(model, *given)

    monkeypatch.setattr(loop, "train", remember)
    monkeypatch.setattr(collapse, "reason", lambda *given: "as asked")
    settings = training.Settings(epochs=1, batch=16, warmup_steps=0, restarts=1, seed=7)
    request = finetuning.Request("toy", family, family, folder, learning_rate=1e-3, save_seconds=0)
    done = finetuning.finetune(planted(60), "d.parquet", request, settings, CPU, [].append)
    second = done.counts["attempts"][1]["seed"]
    expected = base.load(family, folder, seed=second)  # all that is done for one without a head
    if headed:
        expected.reset_head(second)
    assert began[1] == weights(expected)
    drawn = [name for name in began[0] if "classifier" in name and name.endswith("weight")]
    assert drawn
    assert all(began[0][name] != began[1][name] for name in drawn)


def test_stopped_in_the_second_attempt__goes_on_there_to_the_same_weights_and_record(finetune, tmp_path):
    second = random_keys.restart_seed(7, 1)
    whole = finetune(bad=(7,))
    with pytest.raises(KeyboardInterrupt):
        finetune(bad=(7,), stop=(second, 35), checkpoint_dir=tmp_path, save_steps=10)
    told = []
    done = finetune(bad=(7,), told=told, checkpoint_dir=tmp_path, save_steps=10)
    assert any(line.startswith("resuming from step 30 of attempt 2, ") for line in told)
    assert weights(done.family) == weights(whole.family)
    assert done.counts == whole.counts
    assert done.epochs.equals(whole.epochs)
    assert done.predictions.equals(whole.predictions)
    assert done.run["resumed_from"] == {"attempt": 2, "step": 30}


@pytest.mark.parametrize("family", ["cnn", "dnabert2", "nucleotide_transformer", "hyenadna", "huggingface"])
def test_each_family_broken_off_between_two_saves__goes_on_to_the_same_weights(tmp_path, monkeypatch, family):
    options = {"dropout": "0.2"} | ({"max_tokens": "80"} if family == "cnn" else {})
    checkpoint = None if family == "cnn" else tiny_checkpoints.write(tmp_path / "checkpoint", family)
    settings = training.Settings(epochs=2, batch=16, warmup_steps=4, restarts=0)
    gather, calls = batches.gather, []

    def run(**given):
        request = finetuning.Request(
            "toy", family, family, checkpoint, options, learning_rate=1e-3, save_seconds=0, **given
        )
        return finetuning.finetune(planted(200), "d.parquet", request, settings, CPU, [].append)

    def stop(data, chosen):
        calls.append(1)
        if len(calls) == 8:  # the second of 10 steps beyond the last save
            raise KeyboardInterrupt
        return gather(data, chosen)

    whole = run()
    monkeypatch.setattr(batches, "gather", stop)
    with pytest.raises(KeyboardInterrupt):
        run(checkpoint_dir=tmp_path / "states", save_steps=5)
    monkeypatch.setattr(batches, "gather", gather)
    done = run(checkpoint_dir=tmp_path / "states", save_steps=5)
    assert done.run["resumed_from"] == {"attempt": 1, "step": 5}
    assert weights(done.family) == weights(whole.family)
    assert done.predictions.equals(whole.predictions)


def test_state_of_a_finished_run__nothing_is_trained_again(finetune, tmp_path):
    first = finetune(checkpoint_dir=tmp_path)
    again = finetune(checkpoint_dir=tmp_path)
    assert again.family.steps == 0
    assert again.predictions.equals(first.predictions)
    again.end(keep=False)
    assert list(tmp_path.iterdir()) == []


def test_shuffled_labels__by_the_seed_within_each_fold_and_never_those_of_test():
    labels = {part: np.arange(40) % 2 for part in ("train", "dev", "test")}
    first, again, other = (finetuning.shuffled(labels, seed) for seed in (1, 1, 2))
    assert {part: int(first[part].sum()) for part in labels} == dict.fromkeys(labels, 20)
    assert (first["test"] == labels["test"]).all()
    for part in ("train", "dev"):
        assert (first[part] == again[part]).all()
        assert (first[part] != labels[part]).any()
        assert (first[part] != other[part]).any()
    assert (first["train"] != first["dev"]).any()


def test_state_of_a_run_with_true_labels__not_gone_on_from_with_shuffled_ones(finetune, tmp_path):
    finetune(checkpoint_dir=tmp_path)
    control = finetune(checkpoint_dir=tmp_path, shuffle_labels=True)
    assert control.run["resumed_from"] is None
    assert len(list(tmp_path.glob("*.shuffled.*.state"))) == 1
    assert len(list(tmp_path.iterdir())) == 2


def test_digest_of_data__of_what_is_learnt_from_in_any_order():
    rows = planted(40)
    digest = resume_state.data_digest(rows)
    assert resume_state.data_digest(rows.sample(fraction=1, shuffle=True, seed=1)) == digest
    for column in ("sample_id", "label", "fold", "sequence"):
        values = rows[column].to_list()
        values[0] = {"sample_id": "other", "label": 1, "fold": "dev", "sequence": "ACGT"}[column]
        assert resume_state.data_digest(rows.with_columns(rows[column].__class__(column, values))) != digest, column


@pytest.mark.parametrize(
    ("asked", "options", "own", "pretrained", "rate"),
    [
        (None, {}, None, True, 3e-5),
        (None, {}, 6e-4, True, 6e-4),
        (None, {"lora_r": 8}, None, True, 1e-4),
        (None, {}, None, False, 2e-3),
        (0.5, {"lora_r": 8}, None, True, 0.5),
    ],
)
def test_learning_rate__the_studys_or_the_familys_unless_asked_for(asked, options, own, pretrained, rate):
    assert finetuning.with_rate(training.Settings(), asked, options, pretrained, own).learning_rate == rate


def test_bf16_on_the_cpu__learns_as_well(monkeypatch):
    monkeypatch.setattr(base, "load", lambda name, checkpoint, *, seed, **_head: Failing(seed, ()))
    request = finetuning.Request("toy", "tiny", "tiny", learning_rate=2e-2)
    settings = training.Settings(epochs=6, batch=16, warmup_steps=4, seed=7)
    done = finetuning.finetune(planted(400), "d", request, settings, CPU._replace(precision="bf16"), [].append)
    assert done.counts["dev_mcc"] > 0.8
    assert np.isfinite(done.predictions["probability"].to_numpy()).all()
