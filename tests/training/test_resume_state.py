"""The state of a training on disk: never half written, never another run's, and no oftener than it pays."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import replace

import pytest
import torch

from helpers_state import FACTS, keeper
from lncprom.errors import InputError
from lncprom.training import resume_state
from lncprom.training.resume_state import Keeper


def test_state_with_code_in_it__not_run(tmp_path):
    import pickle

    own, ran = keeper(tmp_path), tmp_path / "ran"

    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(ran),))

    with open(own.path, "wb") as file:
        pickle.dump({"format": resume_state.FORMAT, "facts": Trap()}, file)
    assert own.load() is None
    assert not ran.exists()


@pytest.mark.parametrize("other", [{"settings": {"epochs": 4}}, {"code": "two"}])
def test_checkpoint_of_other_settings_or_code__left_alone_and_not_gone_on_from(tmp_path, other):
    keeper(tmp_path, code="one").save({"step": 3})
    own = keeper(tmp_path, **({"code": "one"} | other))
    own.prepare(0)
    assert own.load() is None
    for name in ("toy.tiny.seed70", "toy.tin", "toy.tiny"):
        Keeper(tmp_path, name, FACTS | {"data": "ff"}).prepare(0)
    assert len(list(tmp_path.iterdir())) == 1


def test_checkpoint_renamed_to_that_of_this_run__not_gone_on_from(tmp_path):
    keeper(tmp_path, settings={"epochs": 9}, model="n").save({"step": 3})
    own = keeper(tmp_path)
    next(tmp_path.glob("*.state")).rename(own.path)
    assert own.load() is None
    assert own.notes[0].endswith("is of another run or version of lncprom: the run starts again")


def test_disk_that_fills_up_while_saving__one_line_and_the_state_before_is_whole(tmp_path, monkeypatch):
    own = keeper(tmp_path)
    own.save({"step": 3, "weights": torch.zeros(10)})

    def full(content, file):
        fault = RuntimeError("unexpected pos 64 vs 0")  # as torch's writer wraps it
        fault.__context__ = OSError(errno.ENOSPC, "No space left on device")
        raise fault

    monkeypatch.setattr(resume_state.torch, "save", full)
    with pytest.raises(InputError, match=r"\.state: No space left on device\. Free some space and run again\."):
        own.save({"step": 4})
    own.settle()  # no room for the best weights alone either: the state stays and serves as well
    monkeypatch.undo()
    assert keeper(tmp_path).load()["step"] == 3
    assert not list(tmp_path.glob(".*"))


def test_half_written_state_of_a_killed_writer__swept_away_after_an_hour(tmp_path):
    old, new = (tmp_path / f".toy.tiny.seed7.x.{name}.partial" for name in ("old", "new"))
    old.write_text("")
    new.write_text("")
    os.utime(old, (time.time() - 7200,) * 2)
    keeper(tmp_path).prepare(0)
    assert not old.exists()
    assert new.exists()


@pytest.fixture
def clock(monkeypatch):
    """A clock that is set forward by hand."""
    now = [1000.0]
    monkeypatch.setattr(resume_state.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(("took", "due"), [(0, 60), (7, 350)])
def test_saving_by_seconds__as_often_as_asked_and_at_most_two_per_cent_of_the_time(
    tmp_path, clock, monkeypatch, took, due
):
    def slow(content, file):
        clock[0] += took

    monkeypatch.setattr(resume_state.torch, "save", slow)
    own = replace(keeper(tmp_path, steps=0), save_seconds=60)
    own.save({"step": 0})
    clock[0] += due - 1
    assert not own.due(1)
    clock[0] += 2
    assert own.due(1)
    assert not own.due(0)


def test_state_cut_short_anywhere__told_and_the_run_starts_anew(tmp_path):
    keeper(tmp_path).save({"step": 3, "weights": torch.zeros(1000)})
    path = next(tmp_path.glob("*.state"))
    whole = path.read_bytes()
    for length in range(0, len(whole), 397):
        path.write_bytes(whole[:length])
        own = keeper(tmp_path)
        assert own.load() is None
        assert own.notes[0].endswith("the run starts again")


def test_state__readable_for_whom_the_umask_lets(tmp_path):
    before = os.umask(0o027)
    keeper(tmp_path).save({"step": 3})
    os.umask(before)
    assert keeper(tmp_path).path.stat().st_mode & 0o777 == 0o640


def test_disk_that_fails_for_now__told_to_be_tried_again_and_the_state_is_not_written_over(tmp_path, monkeypatch):
    keeper(tmp_path).save({"step": 3})

    def stale(file, **options):
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(resume_state.torch, "load", stale)
    with pytest.raises(InputError, match=r"Stale file handle.*Run again") as refused:
        keeper(tmp_path).load()
    assert refused.value.exit_code == 104
    monkeypatch.undo()
    assert keeper(tmp_path).load()["step"] == 3
