#!/usr/bin/env python3
"""Measure the [CLS] token's attention profile: lncprom's, without any T x T matrix of weights, against eager attention.

Both run the same model, with random weights, at base size (12 layers of 768, 12 heads). The peer asks for
`output_attentions=True` and takes from the layers x heads x T x T numbers the one row that the profile is made of;
DNABERT-2, which transformers does not have, gives them by this project's eager path. Each measurement is a process of
its own; extra memory is what the forward pass adds at its peak to the memory of the model at rest.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "tests" / "helpers")]
SIZES = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
POSITIONS = {"dnabert": 2048, "nucleotide_transformer": 2048}
MODELS = {"dnabert": "BERT (DNABERT)", "nucleotide_transformer": "ESM (NT)", "dnabert2": "MosaicBERT (DNABERT-2)"}
SHAPES = ((512, 4), (2000, 1))  # tokens, sequences
WAYS = ("lncprom", "eager")
LEAST_MEMORY, LEAST_TIME = {512: 4.5, 2000: 7.0}, {2000: 1.8}
CLOSE = 1e-5


class Measured(NamedTuple):
    """One forward pass: seconds, processor seconds, bytes at its peak beyond those before, and the profiles."""

    wall: float
    cpu: float
    memory: int
    profile: list[list[float]]


def write_checkpoint(family: str, folder: Path) -> None:
    import tiny_checkpoints

    more = {"max_position_embeddings": POSITIONS[family]} if family in POSITIONS else {"vocab_size": 4096}
    tiny_checkpoints.write(folder, family, **SIZES, **more)


def work(family: str, way: str, tokens: int, sequences: int, device: str, threads: int, folder: Path) -> Measured:
    """One pass over random tokens, after a short one that loads what is loaded lazily."""
    import torch

    from lncprom.attribution import attention
    from lncprom.models import base

    torch.set_num_threads(threads)
    options = {"attention": "eager" if way == "eager" else "sdpa"}
    if family == "nucleotide_transformer":
        options["lora_r"] = 0
    model = base.load(family, folder, seed=1, options=options)
    model.module.to(device)
    known = torch.from_numpy(model.base_tokens()).long()
    ids = known[torch.randint(len(known), (sequences, tokens), generator=torch.Generator().manual_seed(1))].to(device)

    def profile(ids):
        if way == "lncprom":
            return attention.last_layer(model, ids, None)
        with torch.inference_mode():
            found = model.module(input_ids=ids).attentions
        if not found or len(found) != SIZES["num_hidden_layers"]:
            raise RuntimeError(f"{family}: no attention of every layer was handed out")
        return found[-1][:, :, 0].mean(dim=1)

    profile(ids[:1, :16])
    before = resting(device)
    wall, cpu = time.perf_counter(), time.process_time()
    found = profile(ids)
    if device == "cuda":
        torch.cuda.synchronize()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Measured(wall, cpu, peak(device) - before, found.cpu().tolist())


def resting(device: str) -> int:
    """Bytes in use now; the peak counts from here on."""
    if device == "cuda":
        import torch

        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated()
    Path("/proc/self/clear_refs").write_text("5")  # sets the greatest resident memory to the present one
    return _status("VmRSS")


def peak(device: str) -> int:
    if device == "cuda":
        import torch

        return torch.cuda.max_memory_allocated()
    return _status("VmHWM")


def _status(name: str) -> int:
    return int(re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) << 10


def measured(family: str, way: str, shape: tuple[int, int], device: str, threads: int, folder: Path) -> Measured:
    job = json.dumps([family, way, *shape, device, threads, str(folder)])
    command = [sys.executable, str(Path(__file__).resolve()), "--worker", job]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    if done.returncode:
        raise RuntimeError(f"{family}, {way}, {shape} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return Measured(*json.loads(done.stdout.splitlines()[-1]))


def best(runs: list[Measured]) -> Measured:
    """The least seconds and memory of several."""
    return runs[0]._replace(**{name: min(getattr(run, name) for run in runs) for name in ("wall", "cpu", "memory")})


def page(found: dict, times: int, device: str, threads: int, loads: list[float]) -> tuple[str, list[str]]:
    seconds = "cpu" if device == "cpu" else "wall"
    lines = [
        "# Attention of the [CLS] token without a layers x heads x T x T tensor",
        "",
        "Profiles of the last layer, mean over heads. lncprom runs all layers as in prediction and computes only the",
        "row of [CLS]. The peer is eager attention with `output_attentions=True`, which stores the weights of every",
        "layer. Random weights, 12 layers of 768, 12 heads; each pass in its own process. Extra memory is the peak of",
        "the pass minus the memory of the loaded model. On a CPU lncprom computes 512 tokens at a time, so four",
        "sequences in turn.",
        "",
        f"Written by `python benchmarks/attention.py --times {times} --device {device}`, the best of {times} run each.",
        "",
        "| model | tokens x sequences | extra memory, eager, MB | lncprom, MB | ratio | eager, s | lncprom, s | ratio "
        "| processor, eager, s | lncprom, s | ratio | largest difference |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    missed = []
    for (family, shape), ways in found.items():
        ours, peers = ways["lncprom"], ways["eager"]
        apart = max(
            abs(a - b)
            for one, two in zip(ours.profile, peers.profile, strict=True)
            for a, b in zip(one, two, strict=True)
        )
        memory, faster = peers.memory / ours.memory, getattr(peers, seconds) / getattr(ours, seconds)
        lines.append(
            f"| {MODELS[family]} | {shape[0]:,} x {shape[1]} | {peers.memory / 1e6:,.0f} | {ours.memory / 1e6:,.0f} | "
            f"{memory:.1f} | {peers.wall:.2f} | {ours.wall:.2f} | {peers.wall / ours.wall:.1f} | {peers.cpu:.2f} | "
            f"{ours.cpu:.2f} | {peers.cpu / ours.cpu:.1f} | {apart:.0e} |"
        )
        what = f"{MODELS[family]}, {shape[0]:,} tokens"
        if memory < LEAST_MEMORY[shape[0]]:
            missed.append(f"{what}: {memory:.1f} times less memory, not {LEAST_MEMORY[shape[0]]}")
        if faster < LEAST_TIME.get(shape[0], 0):
            missed.append(f"{what}: {faster:.2f} times as fast, not {LEAST_TIME[shape[0]]}")
        if apart > CLOSE:
            missed.append(f"{what}: profiles {apart:.0e} apart")
    goal = "at least 4.5 times less memory at 512 tokens, 7 times less and 1.8 times as fast at 2,000"
    by = "processor" if device == "cpu" else "wall-clock"
    lines += ["", f"Goal: {goal}, by {by} seconds;", "equal to 1e-5.", "", machine(device, threads, loads)]
    return "\n".join(lines) + "\n", missed


def machine(device: str, threads: int, loads: list[float]) -> str:
    import torch
    import transformers

    versions = f"Python {platform.python_version()}, torch {torch.__version__}, transformers {transformers.__version__}"
    if device == "cuda":
        return f"{torch.cuda.get_device_name()}; {versions}."
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return (
        f"{threads} thread of {cpu[1] if cpu else platform.machine()}, load average {min(loads):.1f} to "
        f"{max(loads):.1f} during the runs. Where it exceeds the number of cores, compare processor seconds. "
        f"{versions}."
    )


@click.command(help=__doc__)
@click.option("--times", type=click.IntRange(1), default=2, show_default=True, help="Passes of each; the best counts.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="CPU threads.")
@click.option("--worker", hidden=True)
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "attention.md")
def main(times: int, device: str, threads: int, worker: str | None, out: Path) -> None:
    if worker:
        *job, folder = json.loads(worker)
        click.echo(json.dumps(work(*job, Path(folder))))
        return
    found, loads = {}, [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as place:
        for family in MODELS:
            folder = Path(place) / family
            write_checkpoint(family, folder)
            for shape in SHAPES:
                runs = {way: [] for way in WAYS}
                for way in WAYS * times:
                    runs[way].append(measured(family, way, shape, device, threads, folder))
                    loads.append(os.getloadavg()[0])
                    last = runs[way][-1]
                    click.echo(
                        f"{family}, {shape[0]} x {shape[1]}, {way}: {last.memory / 1e6:,.0f} MB, {last.wall:.2f} s, "
                        f"processor {last.cpu:.2f} s; load {loads[-1]:.1f}",
                        err=True,
                    )
                found[family, shape] = {way: best(done) for way, done in runs.items()}
    text, missed = page(found, times, device, threads, loads)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    click.echo(text)
    for line in missed:
        click.echo(f"missed: {line}", err=True)
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
