"""Too little memory for a model, too little disk for its files: one line that says so, and no file left."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from helpers_checkpoints import change_config, refused
from lncprom.errors import InputError
from lncprom.models import base, checkpoints


@pytest.mark.parametrize("hidden", [10**11, 10**18, 10**30])
def test_more_units_than_memory_has_room_for__refused_in_one_line(hidden):
    with pytest.raises(InputError) as fault:
        base.load("cnn", None, seed=1, options={"hidden": str(hidden)})
    assert fault.value.message == (
        "cnn: not enough memory for a model of this size; take a machine with more, or a smaller model"
    )


@pytest.mark.parametrize("width", [10**13, 10**18, 10**30])
def test_config_of_a_model_larger_than_memory__said_and_not_to_be_downloaded_again(tiny, width):
    folder = tiny("dnabert2")
    change_config(folder, intermediate_size=width)
    message = refused(
        "dnabert2", folder, f"{folder}: not enough memory for a model of this size; take a machine with more"
    )
    assert "download" not in message


def test_weights_for_which_memory_lacks__said_and_not_called_damaged(tiny, monkeypatch):
    folder = tiny("dnabert", binary=True)

    def lack(*given, **how):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(torch, "load", lack)
    refused("dnabert", folder, f"{folder}: not enough memory for a model of this size")


def test_disk_that_fills_up_while_the_vocabulary_is_written__one_line(tiny, tmp_path, monkeypatch):
    model, out = base.load("dnabert", tiny("dnabert"), seed=1), tmp_path / "out"
    out.mkdir()

    def full(path, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match=r"vocab\.txt: No space left on device\. Free some space and run again"):
        model.save(out)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_disk_that_fills_up_while_weights_are_written__one_line_and_no_file(tmp_path, monkeypatch, number):
    said = f"Error while serializing: I/O error: {os.strerror(number)} (os error {number})"

    def full(*given, **how):
        raise SafetensorError(said)

    monkeypatch.setattr(checkpoints, "save_file", full)
    with pytest.raises(InputError) as fault:
        checkpoints.write_tensors({"a": torch.zeros(3)}, tmp_path / "model.safetensors")
    assert fault.value.message.endswith(f"model.safetensors: {os.strerror(number)}. Free some space and run again.")
    assert list(tmp_path.iterdir()) == []
