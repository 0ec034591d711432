"""What a run cost: peak memory, energy of the GPU, floating-point operations beside what the device could do."""

from __future__ import annotations

import ctypes
import resource
import sys

import numpy as np
import torch

from lncprom.inference.device import Machine
from lncprom.models.base import Family

# Dense TFLOP/s by vendor data sheets: bf16 tensor cores, fp32 without them. Longer names first.
PEAKS = {
    "H200": (989, 67),
    "H100 PCIe": (756, 51),
    "H100 NVL": (835, 60),
    "H100": (989, 67),
    "GH200": (989, 67),
    "B200": (2250, 75),
    "A100": (312, 19.5),
    "A800": (312, 19.5),
    "A40": (150, 37.4),
    "A30": (165, 10.3),
    "A10G": (70, 31.5),
    "A10": (125, 31.2),
    "L40S": (362, 91.6),
    "L40": (181, 90.5),
    "L4": (121, 30.3),
    "RTX 6000 Ada": (364, 91.1),
    "RTX 4090": (165, 82.6),
    "RTX 3090": (71, 35.6),
    "V100": (None, 15.7),
    "T4": (None, 8.1),
}


def peak_flops(machine: Machine) -> float | None:
    """Operations a second that the device reaches at best in this precision; None where that is not known."""
    if machine.device.type != "cuda":
        return None
    words = machine.name.replace("-", " ")
    for name, (bf16, fp32) in PEAKS.items():
        if f" {name} " in f" {words} ":
            peak = bf16 if machine.precision == "bf16" else fp32
            return peak * 1e12 if peak else None
    return None


def training_flops(family: Family, lengths: np.ndarray) -> float:
    """Operations of forward and backward for one row of each of these token counts, padding of batches left out.

    Counted by torch at three lengths; in between the count is a quadratic of the length (attention) and so exact.
    """
    least, most = int(lengths.min()), int(lengths.max())
    at = sorted({least, (least + most) // 2, most})
    counted = [_count(family, tokens) for tokens in at]
    shape = np.polyfit(at, counted, len(at) - 1) if len(at) > 1 else np.array(counted)
    return float(np.polyval(shape, lengths.astype(np.float64)).sum())


def _count(family: Family, tokens: int) -> int:
    from torch.nn.attention import SDPBackend, sdpa_kernel  # both import triton
    from torch.utils.flop_counter import FlopCounterMode

    device = next(family.module.parameters()).device
    ids = torch.full((1, tokens), family.pad_id, device=device)
    with torch.enable_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        family.logits(ids).sum().backward()
    family.module.zero_grad(set_to_none=True)
    return counter.get_total_flops()


def start(machine: Machine) -> None:
    if machine.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(machine.device)


def peak_memory(machine: Machine) -> dict[str, int]:
    """Bytes: of this process in main memory and, on a GPU, of what torch held there."""
    unit = 1 if sys.platform == "darwin" else 1024
    found = {"peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
    if machine.device.type == "cuda":
        found["peak_gpu_memory_bytes"] = torch.cuda.max_memory_allocated(machine.device)
    return found


def energy(machine: Machine) -> int | None:
    """Millijoules that the GPU has used since its driver was loaded; None where NVML does not say."""
    if machine.device.type != "cuda":
        return None
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    handle, found = ctypes.c_void_p(), ctypes.c_ulonglong()
    uuid = str(torch.cuda.get_device_properties(machine.device).uuid).removeprefix("GPU-")
    failed = (
        nvml.nvmlInit_v2()
        or nvml.nvmlDeviceGetHandleByUUID(f"GPU-{uuid}".encode(), ctypes.byref(handle))
        or nvml.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(found))
    )
    return None if failed else found.value
