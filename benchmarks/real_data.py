#!/usr/bin/env python3
"""Run the pipeline on real promoters with small models, and write what came out into one page.

Two runs by the real Nextflow: GUE's promoters with a model of each family trained on this machine, and task 3 on ten
million bases of chromosome 20 at four lengths, where long windows are cut from the right or around the TSS.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "benchmarks"), str(ROOT / "tests" / "helpers")]
DATA = ROOT.parent / "shared" / "data"
# TATA has two files, of which one is the test; notata has one, which is split 8:1:1.
SETS = {"tata": ("prom_300_tata.train", "prom_300_tata.dev"), "notata": ("prom_300_notata.dev", "")}
# name, family, checkpoint, truncation, options. DNABERT takes 512 tokens, Nucleotide Transformer 1,000 of six bases;
# DNABERT-2 has no limit of its own, its published script gives the tokenizer one.
SEEN = tuple(
    (f"{name}_{cut}", family, checkpoint, cut, options)
    for name, family, checkpoint, options in (
        ("dnabert_3", "dnabert", "demo:dnabert_3", ""),
        ("dnabert_2", "dnabert2", "demo:dnabert2", "max_tokens=128"),
        ("nt", "nucleotide_transformer", "demo:nucleotide_transformer", ""),
    )
    for cut in ("right", "tss")
)
LENGTHS = (300, 500, 1000, 2000)
TASK = "high_vs_low_expression"


def nextflow(folder: Path, *words) -> None:
    """A run in `folder`, whose results lie in results/."""
    setup = [sys.executable, str(ROOT / "tools" / "setup_nextflow.py")]
    program = subprocess.run(setup, capture_output=True, text=True, check=True).stdout.strip()
    given = ["-profile", "venv", "-ansi-log", "false", "-resume", "--explain", "none", "--outdir", "results"]
    command = [program, "run", str(ROOT / "main.nf"), *given, *map(str, words)]
    if subprocess.run(command, cwd=folder, check=False).returncode:
        raise SystemExit(f"Error: the run in {folder} failed; what it said stands above")


def gue(folder: Path, data: Path, cpus: int) -> list[str]:
    """The table of MCC on the test fold, a row a model."""
    from helpers_real import GUE_MODELS, MODELS_HEADER, write_sheet

    sets = [
        (name, *(data / "gue" / f"{file}.csv.gz" if file else "" for file in (train, "", test)), 249)
        for name, (train, test) in SETS.items()
    ]
    write_sheet(folder / "sets.csv", "name,train,dev,test,tss_index", sets)
    write_sheet(folder / "models.csv", MODELS_HEADER, GUE_MODELS)
    nextflow(folder, "--input", "sets.csv", "--models", "models.csv", "--max_cpus", cpus, "--max_memory", "3.GB")
    found, sizes = {}, {}
    for name in SETS:
        for row in metrics(folder, name):
            if row["fold"] == "test" and row["metric"] == "mcc":
                interval = f"{float(row['ci_low']):.2f} to {float(row['ci_high']):.2f}"
                found[row["model"], name] = f"{float(row['value']):.3f} ({interval})"
        sizes[name] = json.loads((folder / "results" / "datasets" / f"{name}.dataset.json").read_text())["counts"][
            "fold"
        ]
    ours = [row[0] for row in GUE_MODELS]
    models = ours + sorted({model for model, _ in found} - {*ours})
    titles = [f"{name}, {size['train']:,} / {size['dev']:,} / {size['test']:,}" for name, size in sizes.items()]
    lines = [f"| model | {' | '.join(titles)} |", "|---|" + "---|" * len(SETS)]
    return lines + [f"| {model} | {' | '.join(found.get((model, name), '') for name in SETS)} |" for model in models]


def seen(folder: Path, data: Path, cpus: int) -> list[str]:
    """The table of the share of bases and of TSS that each model sees, a row a model."""
    from helpers_real import chr20, write_sheet

    rows = [(name, family, checkpoint, cut, 1, 16, options) for name, family, checkpoint, cut, options in SEEN]
    write_sheet(folder / "models.csv", "name,family,checkpoint,truncation,epochs,batch,options", rows)
    given = ("--tasks", TASK, "--lengths", ",".join(map(str, LENGTHS)), "--models", "models.csv")
    nextflow(folder, *chr20(data), *given, "--max_cpus", cpus, "--max_memory", "3.GB")
    lines = [f"| model | {' | '.join(f'{length:,} bp' for length in LENGTHS)} |", "|---|" + "---|" * len(LENGTHS)]
    for name, *_ in SEEN:
        cells = []
        for length in LENGTHS:
            card = next((folder / "results" / "models").glob(f"{TASK}_{length}.{name}.*finetune.json"))
            counts = json.loads(card.read_text())["counts"]
            cells.append(f"{counts['bases_seen_share']:.3f} / {counts['tss_seen_share']:.3f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def metrics(folder: Path, dataset: str) -> list[dict[str, str]]:
    with open(folder / "results" / "metrics" / f"{dataset}.metrics.tsv", newline="") as handle:
        return [row for row in csv.DictReader(handle, delimiter="\t") if row["probability"] == "raw"]


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), default=DATA)
@click.option("--work", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for both runs.")
@click.option("--cpus", type=click.IntRange(1), default=1, show_default=True, help="CPUs of a task.")
@click.option("--keep/--no-keep", default=False, help="Leave the runs' work folders, to resume.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "real_data.md")
def main(data: Path, work: Path, cpus: int, keep: bool, out: Path) -> None:
    data, tables = data.resolve(), {}
    for name, run in (("gue", gue), ("chr20", seen)):
        (work / name).mkdir(parents=True, exist_ok=True)
        tables[name] = run((work / name).resolve(), data, cpus)
        if not keep:
            shutil.rmtree(work / name / "work")
    lines = [
        "# Real promoters, small models",
        "",
        "Made by `python benchmarks/real_data.py --work <folder>`: two runs of the pipeline with seed 42 on CPUs.",
        "",
        "## GUE: promoters and other sequences",
        "",
        "MCC on test with its 95% interval; the header gives the sizes of train, dev and test. 300 bp, TSS at index",
        "249. `tata`: the published train, with a tenth split off as dev, and the published dev as test. `notata`:",
        "the published dev, split into train, dev and test.",
        "",
        *tables["gue"],
        "",
        "Models as small as these show that the pipeline works, not what published models reach. They have 1 layer",
        "of 32 or 64 units; `tests/helpers/helpers_real.py` contains their settings. The base of ESM was trained on",
        "simulated promoters; the other networks start from random weights. The rows below the models are trivial",
        "baselines. In promoters with a TATA box the base at each position says as much as the networks do.",
        "",
        "## Task 3 on chromosome 20: what models see of long windows",
        "",
        "Fraction of bases seen / fraction of sequences whose TSS is seen, by `truncation` (the end of the model's",
        "name).",
        "",
        *tables["chr20"],
        "",
        "`right` cuts like a tokenizer: it removes the TSS first, because the TSS is the 51st base from the right end.",
    ]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    click.echo(f"written: {out}")


if __name__ == "__main__":
    main()
