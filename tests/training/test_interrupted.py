"""A run that is broken off ends in the very weights of one that was not; a finished run leaves its best weights.

The signals here reach the process of the tests; tests/cli/test_finetune.py kills a process of its own.
"""

from __future__ import annotations

import os
import signal
import threading

import pytest
import torch

from helpers_state import RUN, data, keeper
from helpers_training import TinyFamily, fit, weights
from lncprom.training.loop import Diverged
from lncprom.training.signals import EXIT_CODES, Interrupted, listening


class Killed(BaseException):
    """As a kill by SIGKILL: nothing is saved any more."""


def killed():
    raise Killed


def lost():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except BaseException:
        raise RuntimeError("mode stack is empty") from None  # as a library that is cut short may say


@pytest.fixture(scope="module")
def undisturbed():
    family = TinyFamily(dropout=0.3)
    fit(family, data(), **RUN)
    return weights(family)


def go_on(folder, stop=None, step: int = 0, training: bool = True) -> tuple[TinyFamily, int]:
    """Train from whatever state there is; call `stop` in the forward pass of this step. The model, and its steps."""
    family, own, calls = TinyFamily(dropout=0.3), keeper(folder), []

    def hook(module, inputs):
        calls.extend([1] * (module.training == training))
        if module.training == training and len(calls) == step:
            stop()

    family.module.register_forward_pre_hook(hook)
    with listening() as listener:
        fit(family, data(), keeper=own, state=own.load(), listener=listener, **RUN)
    return family, len(calls)


@pytest.mark.parametrize(
    ("stops", "left"),
    [
        ([(19, True), (16, True)], 6),  # saved last after step 15, and again after step 30 of 36
        ([(1, False)], 26),  # in the first evaluation on dev; saved last after step 10
    ],
)
def test_killed_and_begun_again__ends_in_the_weights_of_an_undisturbed_run(tmp_path, undisturbed, stops, left):
    for step, training in stops:
        with pytest.raises(Killed):
            go_on(tmp_path, killed, step, training)
    family, steps = go_on(tmp_path)
    assert steps == left
    assert weights(family) == undisturbed


def test_killed_between_the_last_step_of_an_epoch_and_its_evaluation__judged_after_all(tmp_path, undisturbed):
    family, own = TinyFamily(dropout=0.3), keeper(tmp_path, 12)
    family.module.register_forward_pre_hook(lambda module, inputs: None if module.training else killed())
    with pytest.raises(Killed):
        fit(family, data(), keeper=own, **RUN)
    assert keeper(tmp_path).load()["place"]["batch"] == 12
    assert weights(go_on(tmp_path)[0]) == undisturbed


@pytest.mark.parametrize("number", [*EXIT_CODES, None])
def test_signal_of_the_queue__saved_at_that_step_and_a_code_that_is_retried(root, tmp_path, undisturbed, number):
    with pytest.raises(Interrupted) as stopped:
        go_on(tmp_path, lost if number is None else lambda: os.kill(os.getpid(), number), 19)
    code = {signal.SIGINT: 130, signal.SIGUSR1: 140, signal.SIGUSR2: 140}.get(number, 143)
    assert stopped.value.exit_code == code
    retried = (root / "conf" / "base.config").read_text().partition("task.exitStatus in [")[2].partition("]")[0]
    assert str(code) in retried
    assert keeper(tmp_path).load()["step"] == 18  # all that were done; the one that was cut short is done again
    assert weights(go_on(tmp_path)[0]) == undisturbed


def test_two_writers_at_once__whoever_reads_finds_a_whole_state(tmp_path):
    def write(number: int) -> None:
        own = keeper(tmp_path)
        for step in range(60):
            own.save({"step": step, "weights": torch.full((50_000,), float(number))})

    writers = [threading.Thread(target=write, args=[number]) for number in (1, 2)]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers) or not seen:
        reader = keeper(tmp_path)
        if (state := reader.load()) is not None:
            seen.add(tuple(state["weights"].unique().tolist()))
        assert reader.notes == []
    assert seen <= {(1.0,), (2.0,)}
    assert [path.suffix for path in tmp_path.iterdir()] == [".state"]


def test_loss_that_is_no_number__names_the_last_good_checkpoint_which_is_finite(tmp_path):
    family, calls = TinyFamily(), []

    def hook(module, inputs, output):
        calls.extend([1] * module.training)
        return output * float("inf") if module.training and len(calls) == 9 else output

    family.module.register_forward_hook(hook)
    with pytest.raises(Diverged, match=r"in step 9 \(epoch 1\).* last good checkpoint is .*\(step 5\)"):
        fit(family, data(), keeper=keeper(tmp_path), **RUN)
    assert all(weight.isfinite().all() for weight in keeper(tmp_path).load()["weights"].values())


def test_run_that_is_done__its_best_weights_alone_are_left_and_whoever_asks_again_has_them(tmp_path, undisturbed):
    family, own = TinyFamily(dropout=0.3), keeper(tmp_path)
    fit(family, data(), keeper=own, **RUN)
    before = own.path.stat().st_size
    own.settle()
    (left,) = tmp_path.iterdir()
    assert left.suffix == ".finished"
    assert left.stat().st_size < before / 2
    again = keeper(tmp_path)
    again.prepare(10**18)  # no room is needed
    again.load()
    family, steps = go_on(tmp_path)
    assert (weights(family), steps) == (undisturbed, 0)
    again.settle()
    assert list(tmp_path.iterdir()) == [left]
    again.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("late", ["before it settles", "after"])
def test_run_that_is_done_beside_one_that_goes_on__what_is_left_is_the_end_and_not_the_slower_ones_state(
    tmp_path, late
):
    slow, fast = keeper(tmp_path), keeper(tmp_path)
    fast.save({"step": 36, "best": 36})
    if late == "before it settles":
        slow.save({"step": 30, "best": 30})
    fast.settle()
    if late == "after":
        slow.save({"step": 30, "best": 30})
    found = keeper(tmp_path).load()
    assert (found["step"], found["best"]) == (36, 36)
    slow.settle()
    assert [path.suffix for path in tmp_path.iterdir()] == [".finished"]
