"""A run that is killed goes on to the very weights of one that was not, and one that is done leaves what it came to."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
import torch

from helpers_state import RUN, data, keeper
from helpers_training import TinyFamily, driver, fit, weights
from lncprom.training import resume_state
from lncprom.training.nan_guard import Diverged

# Kills itself in the forward pass of the given step; goes on from whatever state there is; says its weights in the end.
BODY = """
from helpers_state import RUN, data, keeper
from helpers_training import TinyFamily, fit, weights
from pathlib import Path

folder, last, number = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
family, steps = TinyFamily(dropout=0.3), []

def hook(module, inputs):
    steps.extend([1] * module.training)
    if module.training and len(steps) == last:
        try:
            os.kill(os.getpid(), number)
        except BaseException:
            if "lost" in sys.argv:
                raise RuntimeError("mode stack is empty") from None
            raise

family.module.register_forward_pre_hook(hook)
from lncprom.training.signals import Interrupted, listening
own = keeper(folder)
try:
    with listening() as listener:
        fit(family, data(), keeper=own, state=own.load(), listener=listener, **RUN)
except Interrupted as stopped:
    raise SystemExit(stopped.exit_code)
print(len(steps))
torch.save(weights(family), folder / "end")
"""


@pytest.fixture
def undisturbed():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    family = TinyFamily(dropout=0.3)
    fit(family, data(), **RUN)
    torch.set_num_threads(threads)
    return weights(family)


def start(folder: Path, last: int, number: int = signal.SIGKILL, *words: str) -> subprocess.CompletedProcess:
    command = [*driver(folder, BODY), str(folder), str(last), str(int(number)), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_killed_with_9_in_the_middle_of_an_epoch__ends_in_the_weights_of_an_undisturbed_run(tmp_path, undisturbed):
    killed = start(tmp_path, last=19)  # the seventh step of the second epoch; saved last after step 15
    assert killed.returncode == -signal.SIGKILL
    again = start(tmp_path, last=16)  # and once more, after step 30 of 36
    assert again.returncode == -signal.SIGKILL
    assert not (tmp_path / "end").exists()
    whole = start(tmp_path, last=0)
    assert (whole.returncode, whole.stdout) == (0, "6\n"), whole.stderr
    assert torch.load(tmp_path / "end", weights_only=True) == undisturbed


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGUSR1, 140), (signal.SIGUSR2, 140)],
)
def test_signal_of_the_queue__saved_at_that_step_and_a_code_that_is_retried(tmp_path, undisturbed, number, code):
    stopped = start(tmp_path, last=19, number=number)
    assert stopped.returncode == code, stopped.stderr
    state = torch.load(next(tmp_path.glob("*.state")), weights_only=True)
    assert state["step"] == 18  # all that were done; the one that was cut short is done again
    whole = start(tmp_path, last=0)
    assert (whole.returncode, whole.stdout) == (0, "18\n"), whole.stderr
    assert torch.load(tmp_path / "end", weights_only=True) == undisturbed


def test_signal_whose_exception_a_library_turns_into_a_fault_of_its_own__saved_all_the_same(tmp_path, undisturbed):
    stopped = start(tmp_path, 19, signal.SIGTERM, "lost")
    assert stopped.returncode == 143, stopped.stderr
    whole = start(tmp_path, last=0)
    assert (whole.returncode, whole.stdout) == (0, "18\n"), whole.stderr
    assert torch.load(tmp_path / "end", weights_only=True) == undisturbed


def test_codes_of_signals__among_those_that_the_pipeline_retries(root):
    from lncprom.training.signals import EXIT_CODES

    text = (root / "conf" / "base.config").read_text()
    retried = text[text.index("task.exitStatus in [") :].split("]")[0]
    assert all(str(code) in retried for code in EXIT_CODES.values())


def test_state_at_the_end_of_an_epoch__the_epoch_is_judged_after_all(tmp_path, undisturbed):
    own, family = keeper(tmp_path, 12), TinyFamily(dropout=0.3)
    calls = []

    def die_in_dev(module, inputs):
        if not module.training:
            calls.append(1)
            raise KeyboardInterrupt

    family.module.register_forward_pre_hook(die_in_dev)
    with pytest.raises(KeyboardInterrupt):
        fit(family, data(), keeper=own, **RUN)
    state = keeper(tmp_path).load()
    assert (state["step"], state["place"]["epoch"], state["place"]["batch"]) == (12, 0, 12)
    fresh = TinyFamily(dropout=0.3)
    torch.set_num_threads(1)
    fit(fresh, data(), state=state, **RUN)
    assert weights(fresh) == undisturbed


def test_two_writers_at_once__whoever_reads_finds_a_whole_state(tmp_path):
    body = """
from helpers_state import keeper
from pathlib import Path
own = keeper(Path(sys.argv[1]))
for step in range(60):
    own.save({"step": step, "weights": torch.full((50_000,), float(sys.argv[2]))})
"""
    command = driver(tmp_path, body)
    writers = [subprocess.Popen([*command, str(tmp_path), str(number)]) for number in (1, 2)]
    seen = set()
    torn = []
    while any(writer.poll() is None for writer in writers):
        reader = keeper(tmp_path)
        if (state := reader.load()) is not None:
            seen.update(state["weights"].unique().tolist() if state["weights"].unique().numel() == 1 else [-1.0])
        torn += reader.notes
    assert torn == []
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen == {1.0, 2.0}
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".py", ".state"]


def test_loss_that_is_no_number__names_the_last_good_checkpoint_which_is_finite(tmp_path):
    family, calls = TinyFamily(), []

    def hook(module, inputs, output):
        calls.extend([1] * module.training)
        return output * float("inf") if module.training and len(calls) == 9 else output

    family.module.register_forward_hook(hook)
    with pytest.raises(Diverged, match=r"in step 9 \(epoch 1\).* last good checkpoint is .*\(step 5\)") as stopped:
        fit(family, data(), keeper=keeper(tmp_path), **RUN)
    assert ". Lower --learning-rate" in stopped.value.message
    state = keeper(tmp_path).load()
    assert all(weight.isfinite().all() for weight in state["weights"].values())


def test_run_that_is_done__its_best_weights_alone_are_left_and_whoever_asks_again_has_them(tmp_path, undisturbed):
    family, own = TinyFamily(dropout=0.3), keeper(tmp_path)
    fit(family, data(), keeper=own, **RUN)
    before = own.path.stat().st_size
    own.settle()
    (left,) = tmp_path.iterdir()
    assert left.suffix == ".finished"
    assert left.stat().st_size < before / 2
    again, fresh = keeper(tmp_path), TinyFamily(seed=1, dropout=0.3)
    again.prepare(10**18)  # no room is needed
    fit(fresh, data(), keeper=again, state=again.load(), **RUN)
    assert weights(fresh) == undisturbed
    again.settle()  # nothing was trained, so that there is no state to settle
    assert [path.name for path in tmp_path.iterdir()] == [left.name]
    again.discard()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("late", ["before it settles", "after"])
def test_run_that_is_done_beside_one_that_goes_on__what_is_left_is_the_end_and_not_the_slower_ones_state(
    tmp_path, late
):
    slow, fast = keeper(tmp_path), keeper(tmp_path)

    def state(step: int) -> dict:
        return {"step": step, "place": {"epoch": step // 12}, "weights": torch.ones(3), "best": torch.full((3,), step)}

    fast.save(state(36))
    if late == "before it settles":
        slow.save(state(30))
    fast.settle()
    if late == "after":
        slow.save(state(30))
    found = keeper(tmp_path).load()
    assert (found["step"], found["best"].tolist()) == (36, [36, 36, 36])
    slow.save(state(36))
    slow.settle()
    assert [path.suffix for path in tmp_path.iterdir()] == [".finished"]


def test_run_that_is_done_and_no_room_for_what_it_came_to__its_state_stays_and_serves_as_well(tmp_path, monkeypatch):
    own = keeper(tmp_path)
    own.save({"step": 36, "weights": torch.ones(3)})

    def full(content, file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(resume_state.torch, "save", full)
    own.settle()
    monkeypatch.undo()
    assert keeper(tmp_path).load()["step"] == 36
