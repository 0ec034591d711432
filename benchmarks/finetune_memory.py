#!/usr/bin/env python3
"""Print peak memory of the steps with language models: fine-tuning at published size, explanations at their defaults;
of fine-tuning also how much there is to compute, so how long it takes on a device that computes so much a second.

Each step is a process of its own, on the CPU, on random sequences of 300 bases. Fine-tuning runs two steps of 32
sequences, since what follows them takes no more; the weights are random, in the layout of the published models.
Explanations are of 200 sequences (the default), by a CNN, whose profiles and motifs are as large as any model's.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "tests" / "helpers"), str(ROOT / "benchmarks")]
FAMILIES = ("nucleotide_transformer", "dnabert2", "dnabert")
NAMED = ("--name", "sets")
EPOCHS, SEQUENCES = 4, 42_452  # the default, over as many sequences as GUE's prom_300_notata has in train


def write_sequences(path: Path, number: int) -> None:
    chance = random.Random(1)
    lines = [f"{''.join(chance.choices('ACGT', k=300))},{at % 2}" for at in range(number)]
    path.write_text("\n".join(["sequence,label", *lines, ""]))


def data(folder: Path, name: str, sizes: tuple[int, int, int]) -> list[str]:
    words = ["import_dataset.py", *NAMED, "--tss-index", "249", "--out", f"{name}.parquet"]
    for fold, size in zip(("train", "dev", "test"), sizes, strict=True):
        write_sequences(folder / f"{name}.{fold}.csv", size)
        words += [f"--{fold}", f"{name}.{fold}.csv"]
    return [*words, "--composition", f"{name}.tsv", "--card", f"{name}.json"]


def tuned(family: str, dataset: str, *words: str) -> list[str]:
    made = ["--out-dir", f"{family}.model", "--predictions", f"{family}.parquet", "--training", f"{family}.tsv"]
    shape = ["finetune.py", "--dataset", f"{dataset}.parquet", *NAMED, "--family", family, "--model", family]
    return [*shape, "--epochs", "1", "--restarts", "0", *words, *made, "--card", f"{family}.json"]


def steps(folder: Path, threads: int) -> dict[str, list[str]]:
    """Name -> script and its options, each after those that it reads the files of."""
    own = ("--threads", str(threads))
    found = {"few": data(folder, "few", (64, 4, 4)), "many": data(folder, "many", (512, 128, 256))}
    scored = ["--out", "importance.parquet", "--curves", "curves.tsv", "--heads", "heads.tsv", "--card", "scored.json"]
    of = ["--dataset", "many.parquet", *NAMED, "--model", "cnn"]
    read = ["--importance", "importance.parquet", *of]
    found["finetune, cnn"] = tuned("cnn", "many", *own)
    found["score_attention, cnn"] = [
        *("score_attention.py", *of, "--family", "cnn", "--model-dir", "cnn.model", "--methods", "auto"),
        *("--samples", "200", *own, *scored),
    ]
    found["profile_importance"] = [
        *("profile_importance.py", *read, "--curves", "curves.tsv", "--heads", "heads.tsv"),
        *("--predictions", "cnn.parquet", "--out-dir", "profiles", "--card", "profiles.json"),
    ]
    found["compare_motifs"] = ["compare_motifs.py", *read, "--out-dir", "motifs", "--card", "motifs.json"]
    for family in FAMILIES:
        found[f"finetune, {family}"] = tuned(family, "few", "--checkpoint", f"published_{family}", *own)
    return found


def computed(folder: Path, step: str) -> tuple[str, str, str]:
    """Of a training: its speed here, operations forward and backward of a sequence, hours for all epochs of a set."""
    _, _, family = step.partition("finetune, ")
    if not family:
        return "", "", ""
    cost = json.loads((folder / f"{family}.json").read_text())["run"]
    tera = cost["tflops"] / cost["sequences_per_second"]  # operations of one sequence, in 1e12
    return (
        f"{cost['sequences_per_second']:.2f}",
        f"{1000 * tera:.3g}",
        f"{tera * EPOCHS * SEQUENCES / 3600:.2g}",
    )


@click.command(help=__doc__)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="CPU threads.")
def main(threads: int) -> None:
    import measure

    import tiny_checkpoints

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for family in FAMILIES:
            sizes = tiny_checkpoints.PUBLISHED[family]
            tiny_checkpoints.write(folder / f"published_{family}", family, **sizes)
        columns = ("step", "peak memory, MiB", "processor, s", "sequences/s", "GFLOP a sequence", "h at 1 TFLOP/s")
        print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)
        for step, (script, *words) in steps(folder, threads).items():
            job = measure.Job(step.replace(", ", "_"), [sys.executable, str(ROOT / "bin" / script), *words])
            (done,) = measure.run([job], 1, folder).jobs
            if step not in ("few", "many"):
                cells = (step, f"{done.memory / 2**20:,.0f}", f"{done.cpu:.0f}", *computed(folder, step))
                print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
