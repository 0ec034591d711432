#!/usr/bin/env python3
"""Time fine-tuning: lncprom's loop against transformers.Trainer with the options of DNABERT_2's published script.

Both train the same model, with random weights and the dropout of the published one, on the same sequences, at one
batch size, in turn, each in a process of its own. The peer's options are those of `finetune_dna.py` and its shell
script: tokenized beforehand, padded to the longest of a batch by four workers (on a CPU by none, they would take its
time), fp16 or bf16 on a GPU, AdamW, 50 warm-up steps. By itself it takes published sizes on a GPU and small ones on a
CPU.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
import tempfile
import warnings
from pathlib import Path
from typing import NamedTuple

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "tests" / "helpers"), str(ROOT / "benchmarks")]
FAMILIES = ("nucleotide_transformer", "dnabert2", "dnabert", "hyenadna")
DROPOUT = {
    "dnabert": 0.1,
    "dnabert2": 0.1,
    "nucleotide_transformer": 0.0,
    "hyenadna": 0.1,
}  # of DNABERT-2's attention it is 0
SMALL = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 512}
HYENA = {"d_model": 128, "n_layer": 2, "d_inner": 512, "max_seq_len": 1026, "filter_order": 64}  # published, tiny
BATCH, BASES = 32, 300
RATE = {"nucleotide_transformer": 1e-4}
GOAL_GPU, GOAL_BF16, GOAL = 2.0, 1.5, 1.0  # times the peer's sequences a second; on a CPU with bf16, on another
GOAL_HYENA = 1 / 1.5  # on a CPU: both loops train lncprom's module, and there is no padding to save


class Way(NamedTuple):
    """One loop: ours in a precision, or the peer's in one (`half`) with a batch in so many parts."""

    name: str
    peer: bool = False
    half: str | None = None
    parts: int = 1


class Task(NamedTuple):
    """What a process measures again and again."""

    way: Way
    family: str
    checkpoint: Path
    gpu: bool
    steps: int
    threads: int


def sequences(number: int) -> list[str]:
    import numpy as np

    draw = np.random.default_rng(1).integers(4, size=(number, BASES))
    return ["".join("ACGT"[code] for code in row) for row in draw]


def timed(train, steps: int, machine):
    """The cost of all steps but the first, from the end of that to the end of the last."""
    import torch
    from rounds import Clock
    from torch.optim.optimizer import register_optimizer_step_post_hook

    done, clock, costs = [], Clock(), []

    def stepped(*given) -> None:
        done.append(1)
        if len(done) in (1, steps):
            if machine.device.type == "cuda":
                torch.cuda.synchronize()
            costs.append(clock.cost())
            clock.begin()

    hook = register_optimizer_step_post_hook(stepped)
    try:
        train()
    finally:
        hook.remove()
    return costs[1]


def ours(family, texts: list[str], machine):
    """`training.train`, ready to be called."""
    import numpy as np

    from lncprom.inference import batches
    from lncprom.inference import device as precision
    from lncprom.training import loop, run
    from lncprom.training.signals import Listener

    label = np.arange(len(texts)) % 2
    data = batches.Encoded.of(family.tokenize(texts), len(texts), machine.device)
    few = batches.Encoded.of(family.tokenize(texts[:BATCH]), BATCH, machine.device)
    settings = run.Settings(epochs=1, batch=BATCH, learning_rate=RATE.get(family.name, 3e-5), restarts=0)
    fold = run.Data(data, label, few, label[:BATCH])
    if machine.device.type == "cpu":
        precision.keep_memory()  # as bin/finetune.py does
    return lambda: loop.train(family, fold, settings, machine, Listener(), lambda line: None)


def stock(family):
    """The same model as transformers and peft have it; those that they do not have, as lncprom has them."""
    if family.name in ("dnabert2", "hyenadna"):
        return family.module
    from peft import LoraConfig, get_peft_model
    from transformers import BertForSequenceClassification, EsmForSequenceClassification

    if family.name == "dnabert":
        return BertForSequenceClassification.from_pretrained(family.folder)
    model = EsmForSequenceClassification.from_pretrained(family.folder)
    adapters = LoraConfig(
        r=family.options["lora_r"],
        lora_alpha=family.options["lora_alpha"],
        lora_dropout=family.options["lora_dropout"],
        target_modules=family.options["lora_targets"],
        modules_to_save=["classifier"],
    )
    return get_peft_model(model, adapters)


def peers(family, texts: list[str], machine, way: Way):
    """`Trainer.train`, ready to be called."""
    import torch
    from transformers import Trainer, TrainingArguments

    tokens = family.tokenize(texts)
    rows = [
        {"input_ids": torch.from_numpy(ids[:length]).long(), "labels": at % 2}
        for at, (ids, length) in enumerate(zip(tokens.ids, tokens.lengths, strict=True))
    ]

    class Classifier(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = stock(family)

        def forward(self, input_ids, attention_mask, labels):
            logits = self.inner(input_ids=input_ids, attention_mask=attention_mask).logits
            return {"loss": torch.nn.functional.cross_entropy(logits, labels), "logits": logits}

    def collate(part):  # as DataCollatorForSupervisedDataset of the published script
        ids = torch.nn.utils.rnn.pad_sequence(
            [row["input_ids"] for row in part], batch_first=True, padding_value=family.pad_id
        )
        labels = torch.tensor([row["labels"] for row in part])
        return {"input_ids": ids, "labels": labels, "attention_mask": ids.ne(family.pad_id)}

    arguments = TrainingArguments(
        output_dir=tempfile.gettempdir(),  # nothing is saved
        num_train_epochs=1,
        per_device_train_batch_size=BATCH // way.parts,
        gradient_accumulation_steps=way.parts,
        learning_rate=RATE.get(family.name, 3e-5),
        weight_decay=0.01,
        warmup_steps=50,
        dataloader_num_workers=4 if machine.device.type == "cuda" else 0,
        fp16=way.half == "fp16",
        bf16=way.half == "bf16",
        logging_steps=100,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=machine.device.type == "cpu",
        log_level="error",
    )
    return Trainer(Classifier(), arguments, collate, rows).train


def work(task: Task, pipe) -> None:
    """Measure as often as the other end asks for it."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    import torch

    from lncprom.inference import device as precision
    from lncprom.models import base

    warnings.simplefilter("ignore")
    machine = precision.choose("cuda" if task.gpu else "cpu", task.gpu, threads=task.threads)
    torch.set_num_threads(machine.threads)
    texts = sequences(BATCH * task.steps)
    while pipe.recv():
        family = base.load(task.family, task.checkpoint, seed=1)
        if task.way.peer:
            train = peers(family, texts, machine, task.way)
        else:
            train = ours(family, texts, machine._replace(precision=task.way.half or machine.precision))
        pipe.send(tuple(timed(train, task.steps, machine)))


class Process:
    """A process that measures one way, called for each round."""

    def __init__(self, task: Task) -> None:
        start = multiprocessing.get_context("spawn")
        self._pipe, other = start.Pipe()
        self._process = start.Process(target=work, args=(task, other), daemon=True)
        self._process.start()
        other.close()

    def __call__(self):
        from rounds import Cost

        self._pipe.send(True)
        return Cost(*self._pipe.recv())

    def end(self) -> None:
        self._pipe.send(False)
        self._process.join()


def ways(gpu: bool) -> list[Way]:
    """What is compared; both precisions, a GPU's for the peer, a CPU's for us."""
    if not gpu:
        return [Way("lncprom"), Way("lncprom, bf16", half="bf16"), Way("Trainer, 32 x 1", True)]
    halves = [(half, parts) for half in ("bf16", "fp16") for parts in (1, 4)]
    peers = [Way(f"Trainer, {half}, {BATCH // parts} x {parts}", True, half, parts) for half, parts in halves]
    return [Way("lncprom"), *peers]


@click.command(help=__doc__)
@click.option("--family", "families", multiple=True, type=click.Choice(FAMILIES), help="Repeat it.  [default: all]")
@click.option("--device", type=click.Choice(["auto", "cuda", "cpu"]), default="auto", show_default=True)
@click.option("--steps", type=int, help="Of each run.  [default: 200 on a GPU, 6 on a CPU]")
@click.option("--rounds", "most", type=int, default=7, show_default=True, help="At most; ended when ratios hold still.")
@click.option("--threads", type=int, default=0, help="CPU threads.  [default: all that may be used]")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "finetune.md")
@click.option("--assert", "asserted", is_flag=True, help="Exit 1 where a ratio is below the goal.")
def main(
    families: tuple[str, ...], device: str, steps: int | None, most: int, threads: int, out: Path, asserted: bool
) -> None:
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    import rounds
    import torch
    import transformers

    import tiny_checkpoints
    from lncprom.inference import device as precision
    from lncprom.models import base
    from lncprom.training import cost

    gpu = device == "cuda" or (device == "auto" and torch.cuda.is_available())
    machine = precision.choose("cuda" if gpu else "cpu", gpu, threads=threads)
    steps, before = steps or (200 if gpu else 6), rounds.load()
    goal = GOAL_GPU if gpu else GOAL_BF16 if _bf16() else GOAL
    lines, slow = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in families or FAMILIES:
            sizes = HYENA if name == "hyenadna" else tiny_checkpoints.PUBLISHED[name] if gpu else SMALL | _room(name)
            checkpoint = tiny_checkpoints.write(Path(folder) / name, name, **sizes, dropout=DROPOUT[name])
            measured = {way.name: Process(Task(way, name, checkpoint, gpu, steps, threads)) for way in ways(gpu)}
            found = rounds.in_turn(measured, 3, most, lambda line, name=name: click.echo(f"{name}, {line}", err=True))
            for process in measured.values():
                process.end()
            family, number = base.load(name, checkpoint, seed=1), BATCH * (steps - 1)
            flops = cost.training_flops(family, family.tokenize(sequences(1)).lengths)
            peak = cost.peak_flops(machine)
            for way in measured:
                wall, cpu = (found.seconds(way, what) for what in ("wall", "cpu"))
                ratio = [found.ratio("lncprom", way, what) for what in ("wall", "cpu")]
                low, high = found.spread("lncprom", way, "cpu")
                used = "" if peak is None else f"{number / wall * flops / peak:.0%}"
                lines.append(
                    f"| {name} | {way} | {number / wall:,.1f} | {number / cpu:,.1f} | {ratio[0]:.2f} | "
                    f"{ratio[1]:.2f} | {low:.2f}-{high:.2f} | {used} |"
                )
                wanted = GOAL_HYENA if name == "hyenadna" and not gpu else goal
                if way.endswith("32 x 1") and ratio[0] < wanted:
                    slow.append(
                        f"{name}: {ratio[0]:.2f} times the sequences a second of {way}, the goal is {wanted:.2f}"
                    )
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}, Python {platform.python_version()}"
    head = [
        "# Fine-tuning: sequences per second",
        "",
        f"{machine.name}, {machine.threads} CPU threads, {before}; {versions}.",
        f"Instructions for bf16: {_bf16() or 'none'}; {products(machine)}.",
        f"{'Published sizes' if gpu else '4 layers of 128'}, random weights, dropout as published, {BASES} bp, batch "
        f"{BATCH}, {steps} steps per run, the first not timed; the loops run in turn; medians over rounds.",
        f"Made by `{rounds.command()}`.",
        "",
        "| model | loop | sequences/s | of processor time | lncprom is faster by | by processor time | range | "
        "of the device's peak |",
        "|---|---|---|---|---|---|---|---|",
    ]
    notes = [] if gpu else ["", *_NOTES]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join([*head, *lines, *notes]) + "\n")
    click.echo(out.read_text())
    if asserted and slow:
        sys.exit(f"Error: {'; '.join(slow)}")


def _room(name: str) -> dict[str, int]:
    return {} if name == "dnabert2" else {"max_position_embeddings": 512}


def products(machine) -> str:
    """How fast bf16 products are here, which is what such a precision can gain."""
    import torch
    from rounds import Clock

    took = {}
    for kind in (torch.float32, torch.bfloat16):
        one, other = (torch.ones(1024, 1024, dtype=kind, device=machine.device) for _ in range(2))
        costs = []
        for _ in range(7):
            clock = Clock()
            for _ in range(8):
                one @ other
            if machine.device.type == "cuda":
                torch.cuda.synchronize()
            costs.append(clock.cost().wall)
        took[kind] = min(costs)
    times = took[torch.float32] / took[torch.bfloat16]
    return f"products of 1,024 x 1,024 in bf16 at {times:.2f} times the speed of those in fp32"


def _bf16() -> str:
    """Those of the processor, where Linux tells."""
    try:
        words = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        return ""
    return ", ".join(word for word in ("avx512_bf16", "amx_bf16", "bf16") if word in words)


_NOTES = [
    "The columns `lncprom is faster by` divide the speed of lncprom in fp32, its default on a CPU, by that of "
    "the loop. A value above 1 in the row of bf16 means that bf16 is slower here.",
    "If other programs run at the same time, compare processor times; they do not show how well a loop uses "
    "two processors.",
    "The models have 4 layers of 128 units. In larger models, dropout and memory management matter less.",
    "Not measured, because no GPU was available: published sizes, fp16 and bf16 on a GPU, the "
    "device's peak. On a GPU the same command measures them: `python benchmarks/finetune.py --device cuda`.",
]


if __name__ == "__main__":
    main()
