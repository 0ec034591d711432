"""What a run cost, and where it computes: counted against a sum by hand, known peaks, plain words without a GPU."""

import numpy as np
import pytest
import torch

from helpers_training import CPU, TinyFamily
from lncprom.errors import InputError
from lncprom.inference import device
from lncprom.training import cost


def gpu(name: str, which: str) -> device.Machine:
    return device.Machine(torch.device("cuda", 0), which, name, 1)


def test_flops__those_of_the_layers_by_hand_at_every_length():
    family, lengths = TinyFamily(), np.array([10, 25, 25, 40, 13])
    scan = 2 * 16 * 8 * 6 * (lengths - 5)  # a multiplication and an addition for each weight at each place
    head = 2 * 16 * 2
    assert cost.training_flops(family, lengths) == pytest.approx(float((3 * (scan + head)).sum()), rel=1e-9)
    assert all(weight.grad is None for weight in family.module.parameters())


@pytest.mark.parametrize(
    ("name", "which", "tflops"),
    [
        ("NVIDIA H100 80GB HBM3", "bf16", 989),
        ("NVIDIA H100 PCIe", "bf16", 756),
        ("NVIDIA A100-SXM4-80GB", "bf16", 312),
        ("NVIDIA A100-SXM4-80GB", "fp32", 19.5),
        ("Tesla T4", "bf16", None),
        ("NVIDIA Future 9", "bf16", None),
    ],
)
def test_peak__of_known_devices_by_precision_and_none_of_others(name, which, tflops):
    found = cost.peak_flops(gpu(name, which))
    assert found == (None if tflops is None else pytest.approx(tflops * 1e12))


def test_cpu__memory_is_told_and_energy_and_peak_are_not():
    assert cost.peak_flops(CPU) is None
    assert cost.energy(CPU) is None
    assert cost.peak_memory(CPU)["peak_memory_bytes"] > 50_000_000


def pretend(monkeypatch, has_bf16: bool):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bf16)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "GPU X")
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)


@pytest.mark.parametrize(
    ("has_bf16", "asked", "found"), [(True, "auto", "bf16"), (False, "auto", "fp32"), (True, "fp32", "fp32")]
)
def test_auto_on_a_gpu__bf16_where_it_has_that(monkeypatch, has_bf16, asked, found):
    pretend(monkeypatch, has_bf16)
    machine = device.choose("cuda", True, asked)
    assert (machine.precision, machine.name, machine.device.type, machine.note) == (found, "GPU X", "cuda", "")


def test_bf16_on_a_gpu_without_it__refused(monkeypatch):
    pretend(monkeypatch, has_bf16=False)
    with pytest.raises(InputError, match="GPU X has no bf16"):
        device.choose("cuda", False, "bf16")


def test_cpu__fp32_unless_bf16_is_asked_for_which_computes_in_it():
    assert device.choose("cpu").precision == "fp32"
    machine = device.choose("cpu", precision="bf16", threads=1)
    layer = torch.nn.Linear(4, 4)
    with machine.autocast():
        assert layer(torch.ones(1, 4)).dtype == torch.bfloat16
    with device.choose("cpu").autocast():
        assert layer(torch.ones(1, 4)).dtype == torch.float32


def test_threads__set_within_and_put_back():
    before = torch.get_num_threads()
    with device.threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
