#!/usr/bin/env python3
"""Time predicting: what bin/predict.py does with a FASTA against the padded loop over transformers that people write.

The loop is that of many notebooks: transformers' own tokenizer and model, batches in the order of the file, every
batch padded to the longest sequence of the file, with a mask; and once more with each batch padded to its own longest.
Both read the same FASTA of mixed lengths, load the same fine-tuned folder and write id and probability; loading is not
timed. That all agree to 1e-4 is checked.
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
FAMILIES = {"DNABERT-6": ("dnabert", {"k": 6}, {}), "ESM": ("nucleotide_transformer", {}, {"lora_r": 0})}
SHORTEST, LONGEST = 100, 510
BATCH = {"lncprom": 128, "naive": 32}
GOAL = 2.0


def fasta(path: Path, number: int) -> Path:
    """Random DNA, lengths drawn evenly between the shortest and the longest."""
    import numpy as np

    draw = np.random.default_rng(1)
    lengths = draw.integers(SHORTEST, LONGEST + 1, size=number)
    texts = ("".join("ACGT"[code] for code in draw.integers(4, size=length)) for length in lengths)
    path.write_text("".join(f">s{at}\n{text}\n" for at, text in enumerate(texts)))
    return path


def ours(records: Path, folder: Path, out: Path, threads: int):
    """What bin/predict.py does once the model is loaded."""
    from rounds import Clock

    from lncprom.inference import device, fasta_scores, saved_model

    opened, machine = saved_model.open_folder(folder), device.choose(threads=threads)
    clock = Clock()
    with device.threads(machine.threads), open(out, "w") as table:
        fasta_scores.score(records, table, opened.predictor(machine, BATCH["lncprom"]))
    return clock.cost()


def naive(records: Path, folder: Path, out: Path, threads: int, padding: str):
    """The loop: `padding` to the longest of the `file`, or of each `batch`."""
    import torch
    from rounds import Clock
    from transformers import AutoModelForSequenceClassification, BertTokenizer, EsmTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    bert = model.config.model_type == "bert"
    if bert:
        tokenizer = BertTokenizer(str(folder / "vocab.txt"), do_lower_case=False)
    else:  # its last two words have no embedding
        tokenizer = EsmTokenizer(str(folder / "vocab.txt"), eos_token=None)
    torch.set_num_threads(threads)
    clock = Clock()
    lines = records.read_text().split()
    names, texts = [line[1:] for line in lines[::2]], lines[1::2]
    k = len(next(word for word in tokenizer.get_vocab() if set(word) <= set("ACGT") and len(word) > 2)) if bert else 0
    if bert:
        texts = [" ".join(text[at : at + k] for at in range(len(text) - k + 1)) for text in texts]
    if padding == "file":
        encoded = tokenizer(texts, padding=True, return_tensors="pt")
    with open(out, "w") as table, torch.no_grad():
        table.write("id\tprobability\n")
        for at in range(0, len(texts), BATCH["naive"]):
            part = slice(at, at + BATCH["naive"])
            if padding == "file":
                batch = {name: encoded[name][part] for name in ("input_ids", "attention_mask")}
            else:
                batch = tokenizer(texts[part], padding=True, return_tensors="pt")
                batch = {name: batch[name] for name in ("input_ids", "attention_mask")}
            found = model(**batch).logits.softmax(dim=1)[:, 1].tolist()
            table.writelines(f"{name}\t{value!r}\n" for name, value in zip(names[part], found, strict=True))
    return clock.cost()


def fine_tuned(folder: Path, family: str, sizes: dict, options: dict) -> Path:
    """A folder as finetune.py writes it, with random weights."""
    import json

    import tiny_checkpoints
    from lncprom.inference import saved_model
    from lncprom.models import base

    room = {"max_position_embeddings": 512}
    checkpoint = tiny_checkpoints.write(folder / "checkpoint", family, **(SIZES | room | sizes))
    (folder / "model").mkdir()
    base.load(family, checkpoint, seed=1, options=options).save(folder / "model")
    record = {"dataset": "random", "model": family, "seed": 1, "truncation": "error", "tss_index": None}
    (folder / "model" / saved_model.FILE).write_text(json.dumps(record))
    return folder / "model"


def agree(paths: list[Path]) -> None:
    import polars as pl

    first, *others = (pl.read_csv(path, separator="\t") for path in paths)
    for other in others:
        assert (first["id"] == other["id"]).all()
        worst = (first["probability"] - other["probability"]).abs().max()
        assert worst < 1e-4, f"probabilities differ by {worst}"


@click.command(help=__doc__)
@click.option("--sequences", type=int, default=512, show_default=True, help="In the FASTA.")
@click.option("--hidden", type=int, default=SIZES["hidden_size"], show_default=True, help="Width of the models.")
@click.option("--rounds", "most", type=int, default=9, show_default=True, help="At most; ended when ratios hold still.")
@click.option("--threads", type=int, default=0, help="CPU threads.  [default: all that may be used]")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "predict.md")
@click.option("--assert", "asserted", is_flag=True, help="Exit 1 where a ratio is below the goal.")
def main(sequences: int, hidden: int, most: int, threads: int, out: Path, asserted: bool) -> None:
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    import rounds
    import torch
    import transformers

    from lncprom.inference import device

    threads, lines, least = threads or device.available_threads(), [], []
    SIZES.update(hidden_size=hidden, intermediate_size=4 * hidden)
    before = rounds.load()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records = fasta(folder / "x.fa", sequences)
        for model, (family, sizes, options) in FAMILIES.items():
            (folder / model).mkdir()
            saved = fine_tuned(folder / model, family, sizes, options)
            paths = {way: folder / model / f"{way}.tsv" for way in ("lncprom", "file", "batch")}
            ways = {
                "lncprom": partial(ours, records, saved, paths["lncprom"], threads),
                "padded to the longest of the file": partial(naive, records, saved, paths["file"], threads, "file"),
                "padded to the longest of each batch": partial(naive, records, saved, paths["batch"], threads, "batch"),
            }
            found = rounds.in_turn(ways, 3, most, lambda line, model=model: click.echo(f"{model}, {line}", err=True))
            agree(list(paths.values()))
            lines += rounds.table_rows(found, model)
            least += [found.ratio("lncprom", way, what) for way in ways if "file" in way for what in ("wall", "cpu")]
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, Python {platform.python_version()}"
    head = [
        "# Prediction of a FASTA with mixed lengths",
        "",
        f"{device.processor()}, {threads} CPU threads, {before}; {versions}.",
        f"{sequences} random sequences of {SHORTEST} to {LONGEST} bases; models of 4 layers of {hidden} with random "
        f"weights, fp32; batches of {BATCH['lncprom']} (lncprom, at most) and {BATCH['naive']} (the loop).",
        "From the FASTA to the table of probabilities, tokenizing included, loading the model not; all in turn, "
        "medians over rounds. The loop: transformers' tokenizer and model, batches in the order of the file.",
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
