#!/usr/bin/env python3
"""Time embedding: what bin/embed.py does with a data set against the padded loop over transformers that people write.

The loop takes the sequences in their order, 32 at a time, pads each batch to its longest, asks for the hidden states
and averages them over the real tokens. Both read the same sequences and the same checkpoint, whose loading
is not timed, and give the same layers; that all agree within float16 is checked.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from functools import partial
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "tests" / "helpers")]
SIZES = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 512}
# with the longest sequence: DNABERT reads 512 tokens, each a base further; ESM six bases a token
FAMILIES = {"DNABERT-6": ("dnabert", {"k": 6}, 510), "ESM": ("nucleotide_transformer", {}, 2000)}
SHORTEST = 100
BATCH = {"lncprom": 128, "naive": 32}
LAYERS = list(range(SIZES["num_hidden_layers"] + 1))
GOAL = 2.0


def dataset(number: int, longest: int):
    """Random DNA, lengths drawn evenly between the shortest and the longest."""
    import numpy as np

    from helpers_baseline import table

    draw = np.random.default_rng(1)
    texts = [
        "".join("ACGT"[code] for code in draw.integers(4, size=length))
        for length in draw.integers(SHORTEST, longest + 1, size=number)
    ]
    names = [f"s{at:05d}" for at in range(number)]
    constant = {"task": "random", "label": 0, "transform": "none"}
    return table(sample_id=names, sequence=texts, **{name: [value] * number for name, value in constant.items()})


def ours(rows, family, machine, found: dict):
    """What bin/embed.py does once the model is loaded."""
    from rounds import Clock

    from lncprom.inference import device, embed

    clock = Clock()
    with device.threads(machine.threads):
        done = embed.embed(
            rows, "random", family, "error", LAYERS, ["mean"], machine, BATCH["lncprom"], lambda line: None
        )
    found["lncprom"] = [part.values for part in done.parts]
    return clock.cost()


def naive(rows, model, tokenizer, threads: int, found: dict):
    """The loop; the words of DNABERT are cut within it, as its users do."""
    import numpy as np
    import torch
    from rounds import Clock

    torch.set_num_threads(threads)
    clock = Clock()
    texts, made = rows["sequence"].to_list(), []
    if model.config.model_type == "bert":
        texts = [" ".join(text[at : at + 6] for at in range(len(text) - 5)) for text in texts]
    with torch.no_grad():
        for at in range(0, len(texts), BATCH["naive"]):
            batch = tokenizer(texts[at : at + BATCH["naive"]], padding=True, return_tensors="pt")
            mask = batch["attention_mask"]
            states = model(input_ids=batch["input_ids"], attention_mask=mask, output_hidden_states=True).hidden_states
            real = mask.clone()
            real[:, 0] = 0  # special tokens do not count
            if model.config.model_type == "bert":
                real[torch.arange(len(mask)), mask.sum(dim=1) - 1] = 0
            weight = real[..., None].float()
            made.append(torch.stack([(state * weight).sum(dim=1) / weight.sum(dim=1) for state in states]).numpy())
    found["naive"] = list(np.concatenate(made, axis=1))
    return clock.cost()


def opened(folder: Path, family: str, sizes: dict, threads: int):
    """A small checkpoint with random weights: ours, and transformers' model and tokenizer."""
    from transformers import AutoModel, BertTokenizer, EsmTokenizer

    import tiny_checkpoints
    from lncprom.inference import device, embed

    machine = device.choose(threads=threads)
    checkpoint = tiny_checkpoints.write(folder, family, **(SIZES | {"max_position_embeddings": 512} | sizes))
    model = AutoModel.from_pretrained(checkpoint, add_pooling_layer=False).eval()
    words = str(checkpoint / "vocab.txt")
    tokenizer = (
        BertTokenizer(words, do_lower_case=False) if family == "dnabert" else EsmTokenizer(words, eos_token=None)
    )
    return embed.opened(family, checkpoint, {}, "pretrained", 1, machine), machine, model, tokenizer


def agree(found: dict) -> None:
    import numpy as np

    for one, other in zip(found["lncprom"], found["naive"], strict=True):
        worst = np.abs(one.astype(float) - other).max()
        assert worst < 1e-2, f"embeddings differ by {worst}"


@click.command(help=__doc__)
@click.option("--sequences", type=int, default=512, show_default=True, help="In the data set.")
@click.option("--rounds", "most", type=int, default=9, show_default=True, help="At most; ended when ratios hold still.")
@click.option("--threads", type=int, default=0, help="CPU threads.  [default: all that may be used]")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "embed.md")
@click.option("--assert", "asserted", is_flag=True, help="Exit 1 where a ratio is below the goal.")
def main(sequences: int, most: int, threads: int, out: Path, asserted: bool) -> None:
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    import rounds
    import torch
    import transformers

    from lncprom.inference import device

    threads, lines, least = threads or device.available_threads(), [], []
    before = rounds.load()
    with tempfile.TemporaryDirectory() as name:
        for title, (family, sizes, longest) in FAMILIES.items():
            rows = dataset(sequences, longest)
            own, machine, model, tokenizer = opened(Path(name) / title, family, sizes, threads)
            made: dict = {}
            ways = {
                "lncprom": partial(ours, rows, own, machine, made),
                "padded loop": partial(naive, rows, model, tokenizer, threads, made),
            }
            found = rounds.in_turn(ways, 3, most, lambda line, title=title: click.echo(f"{title}, {line}", err=True))
            agree(made)
            lines += rounds.table_rows(found, title)
            least.append(found.ratio("lncprom", "padded loop", "cpu"))
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, Python {platform.python_version()}"
    head = [
        "# Embedding of a data set with mixed lengths",
        "",
        f"{device.processor()}, {threads} CPU threads, {before}; {versions}.",
        f"{sequences} random sequences of {SHORTEST} to 510 bases (DNABERT) or 2,000 (ESM);",
        f"models of {SIZES['num_hidden_layers']} layers of {SIZES['hidden_size']} with random weights, fp32;",
        f"batches of {BATCH['lncprom']} (lncprom, at most) and {BATCH['naive']} (the loop).",
        "From the sequences to the mean of each hidden state over the tokens, tokenizing included, loading not; "
        "all in turn, medians over rounds. The loop: transformers' tokenizer and model, batches in the given order.",
        f"Made by `{rounds.command()}`.",
        "",
        *rounds.TABLE,
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join([*head, *lines]) + "\n")
    click.echo(out.read_text())
    if asserted and min(least) < GOAL:
        sys.exit(f"Error: {min(least):.2f} times as fast as the loop, fewer than the goal of {GOAL}")


if __name__ == "__main__":
    main()
