#!/usr/bin/env python3
"""Time fine-tuning: lncprom's loop against transformers.Trainer with the options of DNABERT_2's published script.

Both train the same model, with random weights, on the same sequences, in turn, at one batch size. The peer's options
are those of `finetune_dna.py` and its shell script: tokenized beforehand, padded to the longest of a batch by four
workers, fp16 or bf16 on a GPU, AdamW, 50 warm-up steps. By itself it takes published sizes on a GPU and small ones on
a CPU.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "tests" / "models")]
FAMILIES = ("dnabert", "dnabert2", "nucleotide_transformer")
SMALL = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 512}
BATCH, BASES = 32, 300
RATE = {"nucleotide_transformer": 1e-4}
GOAL = {"cuda": 2.0, "cpu": 1.0}  # times the peer's sequences a second


class Measured(NamedTuple):
    """Sequences a second of each repeat."""

    name: str
    rates: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.rates)


def sequences(number: int) -> list[str]:
    import numpy as np

    draw = np.random.default_rng(1).integers(4, size=(number, BASES))
    return ["".join("ACGT"[code] for code in row) for row in draw]


def ours(make, texts: list[str], machine) -> float:
    """Sequences a second of `training.train`, over all steps but the first ones."""
    import numpy as np

    from lncprom import batches, precision, training
    from lncprom.interruption import Listener

    family = make()
    label = np.arange(len(texts)) % 2
    tokens = batches.Encoded.of(family.tokenize(texts), len(texts), machine.device)
    few = batches.Encoded.of(family.tokenize(texts[:BATCH]), BATCH, machine.device)
    settings = training.Settings(epochs=1, batch=BATCH, learning_rate=RATE.get(family.name, 3e-5), restarts=0)
    rates = []
    for data in (few, tokens):  # a step beforehand: what is set up once does not count, for the peer neither
        with precision.threads(machine.threads):
            fold = training.Data(data, label[: len(data)], few, label[:BATCH])
            done = training.train(family, fold, settings, machine, Listener(), lambda line: None)
        rates.append(done.place.sequences / done.place.seconds)
    return rates[-1]


def peers(make, texts: list[str], machine, accumulation: int, half: str | None, workers: int) -> float:
    """Sequences a second of transformers.Trainer, over all steps but the first."""
    import torch
    from transformers import Trainer, TrainerCallback, TrainingArguments

    family = make()
    tokens = family.tokenize(texts)
    rows = [
        {"input_ids": torch.from_numpy(ids[:length]).long(), "labels": at % 2}
        for at, (ids, length) in enumerate(zip(tokens.ids, tokens.lengths, strict=True))
    ]

    class Classifier(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = family.module

        def forward(self, input_ids, attention_mask, labels):
            logits = family.logits(input_ids, attention_mask)
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    def collate(part):  # as DataCollatorForSupervisedDataset of the published script
        ids = torch.nn.utils.rnn.pad_sequence(
            [row["input_ids"] for row in part], batch_first=True, padding_value=family.pad_id
        )
        labels = torch.tensor([row["labels"] for row in part])
        return {"input_ids": ids, "labels": labels, "attention_mask": ids.ne(family.pad_id)}

    class Clock(TrainerCallback):
        begun = ended = 0.0

        def on_step_end(self, args, state, control, **rest):
            if machine.device.type == "cuda" and state.global_step in (1, state.max_steps):
                torch.cuda.synchronize()
            if state.global_step == 1:
                self.begun = time.perf_counter()
            self.ended = time.perf_counter()

    clock = Clock()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=1,
            per_device_train_batch_size=BATCH // accumulation,
            gradient_accumulation_steps=accumulation,
            learning_rate=RATE.get(family.name, 3e-5),
            weight_decay=0.01,
            warmup_steps=50,
            dataloader_num_workers=workers,
            fp16=half == "fp16",
            bf16=half == "bf16",
            logging_steps=100,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=machine.device.type == "cpu",
            log_level="error",
        )
        Trainer(Classifier(), arguments, collate, rows, callbacks=[clock]).train()
    return (len(texts) - BATCH) / (clock.ended - clock.begun)


def loops(make, texts: list[str], machine) -> dict:
    """What is compared, by name: each, called, measures once. Both precisions, a GPU's for the peer, a CPU's for us."""
    found = {"lncprom": partial(ours, make, texts, machine)}
    if machine.device.type == "cpu":
        found["lncprom, bf16"] = partial(ours, make, texts, machine._replace(precision="bf16"))
    halves, workers = (("bf16", "fp16"), 4) if machine.device.type == "cuda" else ((None,), 0)
    for half in halves:
        for parts in (1, 4):
            label = f"Trainer{f', {half}' if half else ''}, {BATCH // parts} x {parts}"
            found[label] = partial(peers, make, texts, machine, parts, half, workers)
    return found


@click.command(help=__doc__)
@click.option("--family", "families", multiple=True, type=click.Choice(FAMILIES), help="Repeat it.  [default: all]")
@click.option("--device", type=click.Choice(["auto", "cuda", "cpu"]), default="auto", show_default=True)
@click.option("--steps", type=int, help="Of each run.  [default: 200 on a GPU, 12 on a CPU]")
@click.option("--repeats", type=int, default=3, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "finetune.md")
@click.option("--assert", "asserted", is_flag=True, help="Exit 1 where a ratio is below the goal.")
def main(families: tuple[str, ...], device: str, steps: int | None, repeats: int, out: Path, asserted: bool) -> None:
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    import tiny_checkpoints
    import torch
    import transformers

    from lncprom import meters, precision
    from lncprom.models import base

    gpu = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    machine = precision.choose("cuda" if gpu else "cpu", gpu)
    torch.set_num_threads(machine.threads)
    texts = sequences(BATCH * (steps or (200 if gpu else 12)))
    lines, least = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in families or FAMILIES:
            sizes = tiny_checkpoints.PUBLISHED[name] if gpu else SMALL | _room(name)
            checkpoint = tiny_checkpoints.write(Path(folder) / name, name, **sizes, dropout=0.1 if gpu else 0.0)
            make = partial(base.load, name, checkpoint, seed=1)
            ways = loops(make, texts, machine)
            found = {label: [] for label in ways}
            for repeat in range(repeats):
                for label, measure in ways.items():  # in turn, so that a busy moment meets both
                    found[label].append(measure())
                    click.echo(f"{name}, {label}, {repeat + 1}: {found[label][-1]:,.1f} sequences/s", err=True)
            rows = [Measured(label, rates) for label, rates in found.items()]
            flops = meters.training_flops(make(), make().tokenize(texts[:1]).lengths)
            peak = meters.peak_flops(machine)
            best = max(row.median for row in rows if row.name.startswith("lncprom"))
            for row in rows:
                used = "" if peak is None else f"{row.median * flops / peak:.0%}"
                spread = f"{min(row.rates):,.1f}-{max(row.rates):,.1f}"
                lines.append(
                    f"| {name} | {row.name} | {row.median:,.1f} | {spread} | {best / row.median:.2f} | {used} |"
                )
            least.append(best / max(row.median for row in rows if row.name.endswith("32 x 1")))
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, Python {platform.python_version()}"
    head = [
        "# Fine-tuning: sequences a second",
        "",
        f"{machine.name}, {machine.threads} CPU threads; {versions}.",
        f"{'Published sizes' if gpu else '4 layers of 128'}, random weights, {BASES} bp, batch {BATCH}, "
        f"{len(texts) // BATCH} steps a run, {repeats} runs each in turn.",
        f"Made by `python benchmarks/finetune.py{' --device cuda' if gpu else ' --device cpu'}`.",
        "",
        "| model | loop | sequences/s (median) | range | lncprom is faster by | of the device's peak |",
        "|---|---|---|---|---|---|",
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join([*head, *lines]) + "\n")
    click.echo(out.read_text())
    if asserted and min(least) < GOAL["cuda" if gpu else "cpu"]:
        sys.exit(f"Error: {min(least):.2f} times the peer's sequences a second, fewer than the goal")


def _room(name: str) -> dict[str, int]:
    return {} if name == "dnabert2" else {"max_position_embeddings": 512}


if __name__ == "__main__":
    main()
