#!/usr/bin/env python3
"""Count what a sequence costs each family of language models: tokens, operations, memory; one CPU thread.

Random weights have the published sizes and the published layout. Operations are those that torch counts in one forward
pass; training takes about three times as many. Memory is the peak of a process that predicts 4 sequences.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "tests" / "helpers"), str(ROOT / "benchmarks")]
LENGTHS = (300, 2000)
SEQUENCES = 4
# Name -> family, writer in tests/helpers/tiny_checkpoints.py where it is not the family's, sizes that are not PUBLISHED
MODELS = {
    "DNABERT (3-mer)": ("dnabert", None, None),
    "DNABERT-2": ("dnabert2", None, None),
    "Nucleotide Transformer 500m": ("nucleotide_transformer", None, None),
    "Nucleotide Transformer v2 50m": (
        "nucleotide_transformer",
        "nucleotide_transformer_v2",
        {
            "hidden_size": 512,
            "num_hidden_layers": 12,
            "num_attention_heads": 16,
            "intermediate_size": 2048,
            "max_position_embeddings": 2050,
        },
    ),
    "Nucleotide Transformer v2 250m": (
        "nucleotide_transformer",
        "nucleotide_transformer_v2",
        {
            "hidden_size": 768,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "intermediate_size": 3072,
            "max_position_embeddings": 2050,
        },
    ),
    "HyenaDNA small-32k": (
        "hyenadna",
        None,
        {"d_model": 256, "n_layer": 4, "d_inner": 1024, "max_seq_len": 32770, "filter_order": 64},
    ),
    "HyenaDNA medium-160k": (
        "hyenadna",
        None,
        {"d_model": 256, "n_layer": 8, "d_inner": 1024, "max_seq_len": 160002, "filter_order": 64},
    ),
    "CNN": ("cnn", None, None),
}


def sequences(length: int) -> list[str]:
    chance = random.Random(1)
    return ["".join(chance.choices("ACGT", k=length)) for _ in range(SEQUENCES)]


def write(name: str, folder: Path) -> Path | None:
    """A checkpoint of a model with random weights, in the published layout; None for a CNN."""
    import tiny_checkpoints

    family, writer, sizes = MODELS[name]
    if family == "cnn":
        return None
    return getattr(tiny_checkpoints, writer or family)(folder, **(sizes or tiny_checkpoints.PUBLISHED[family]))


def measured(name: str, length: int, checkpoint: Path | None) -> dict[str, float]:
    """Tokens, bases and operations of a sequence, weights (millions), and peak memory (MiB) of predicting some."""
    import numpy as np
    from torch.utils.flop_counter import FlopCounterMode

    from lncprom.inference import device, encode, predict
    from lncprom.models import base

    machine = device.choose("cpu", False, "fp32", 1)
    with device.threads(machine.threads):
        model = base.load(MODELS[name][0], checkpoint, seed=0)
        named = [f"sequence {number}" for number in range(SEQUENCES)]
        data, seen = encode.encode_texts(model, sequences(length), named, "tss", length - 51, machine.device)
        with FlopCounterMode(display=False) as counter:
            predict.logits(model, data, machine)
    return {
        "tokens": float(np.mean(data.lengths)),
        "bases": float(np.mean(seen.seen)),
        "gflop": counter.get_total_flops() / SEQUENCES / 1e9,
        "weights": sum(weight.numel() for weight in model.module.parameters()) / 1e6,
        "memory": int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024,
    }


def row(name: str, found: list[dict[str, float]]) -> str:
    cells = [name, f"{found[0]['weights']:,.1f}"]
    for length, of in zip(LENGTHS, found, strict=True):
        whole = f"{of['tokens']:,.0f}" if of["bases"] >= length else f"{of['tokens']:,.0f} ({of['bases']:,.0f} bp)"
        cells += [whole, f"{of['gflop']:.3g}", f"{of['memory']:,.0f}"]
    return f"| {' | '.join(cells)} |"


@click.command(help=__doc__)
@click.option("--one", type=(str, int), help="Measure one model at one length, in this process; print JSON.")
@click.option("--checkpoint", type=Path)
@click.option("--out", type=Path, default=ROOT / "docs" / "benchmarks" / "families.md")
def main(one: tuple[str, int] | None, checkpoint: Path | None, out: Path) -> None:
    if one:
        click.echo(json.dumps(measured(*one, checkpoint)))
        return
    rows = []
    for name in MODELS:
        with tempfile.TemporaryDirectory() as folder:
            made = write(name, Path(folder, "checkpoint"))
            each = [
                [sys.executable, __file__, "--one", name, str(length), *(["--checkpoint", str(made)] if made else [])]
                for length in LENGTHS
            ]
            found = [json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE).stdout) for call in each]
        rows.append(row(name, found))
        click.echo(rows[-1])
    heads = ["model", "weights, millions"]
    heads += [f"{what}, {length:,} bp" for length in LENGTHS for what in ("tokens", "GFLOP", "memory (MiB)")]
    table = "\n".join([f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *rows])
    out.write_text(PAGE.format(table=table, sequences=SEQUENCES))


PAGE = """# What a sequence costs each family

Made by `python benchmarks/families.py`: random weights of the published sizes in the published layout, one CPU thread.
GFLOP are those of one forward pass over one sequence, as torch counts them (without FFTs, which HyenaDNA's convolutions
use); training takes about three times as many. Memory is the peak of a process that loads the model and predicts
{sequences} sequences of random bases. Bases in brackets: what is seen of a sequence that is too long.

{table}
"""


if __name__ == "__main__":
    main()
