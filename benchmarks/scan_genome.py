#!/usr/bin/env python3
"""Windows a second of scan_genome on chromosome 20, beside one window at a time: docs/benchmarks/scan.md."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bin"))
FIRST, LENGTH, ALONE = 5_000_000, 300, 60
MODELS = {
    "logistic regression on k-mers": ("train_baseline", ("--features", "kmers", "--c-grid", "1")),
    "position ladder": ("train_baseline", ("--features", "position_ladder", "--c-grid", "0.01")),
    "CNN": ("finetune", ("--family", "cnn", "--epochs", "1", "--restarts", "0", "--threads", "1")),
}
HEAD = """# Scan of a genome

Made by `python benchmarks/scan_genome.py`: windows of 300 bp of chromosome 20, both strands, on a shared machine.
Seconds are processor time of one thread: on two cores two tasks scan twice as many. `alone`: windows cut out one
by one and scored by the same model.

| model | step (bp) | windows | windows a second of processor time | alone | times |
|---|---|---|---|---|---|
"""


def trained(name: str, data: Path, folder: Path) -> Path:
    """A model of GUE tata in a folder."""
    from click.testing import CliRunner

    script, given = MODELS[name]
    place = folder / name.replace(" ", "_")
    place.mkdir()
    outputs = {"out-dir": "model", "predictions": "p.parquet", "card": "c.json"}
    outputs |= {"training": "t.tsv"} if script == "finetune" else {"kmers": "k.tsv", "plot": "k.svg"}
    words = [f"--{option}={place / file}" for option, file in outputs.items()]
    words += [f"--dataset={data}", "--name=tata", "--model=m", *given]
    result = CliRunner().invoke(__import__(script).main, words)
    assert result.exit_code == 0, result.output
    return place / "model"


def rates(model: Path, genome, step: int, windows: int) -> tuple[int, float, float]:
    """Windows, and windows a second of processor time by scan and one by one."""
    from lncprom.application import ensemble, scan
    from lncprom.genome.bases import texts_of

    device = {"precision": "fp32", "device": "cpu", "require_gpu": False, "threads": 1}
    models = ensemble.open_models([model], [], 128, device, print)
    bases = max(windows // 2 * step, 1) // scan.BLOCK * scan.BLOCK or scan.BLOCK
    began, found = time.process_time(), 0
    first = FIRST // scan.BLOCK * scan.BLOCK
    for rows in scan.scan(models, genome, scan.Stretch("chr20", first, first + bases), scan.Settings(step)):
        found += rows["plus"].count() + rows["minus"].count()
    took = time.process_time() - began
    began = time.process_time()
    for tss in range(FIRST, FIRST + ALONE * step // 2, step):
        for strand in "+-":
            letters = genome.windows(["chr20"], [tss], [strand], LENGTH)
            models.logits(["w"], texts_of(letters))
    return found, found / took, 2 * len(range(FIRST, FIRST + ALONE * step // 2, step)) / (time.process_time() - began)


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=ROOT.parent / "shared" / "data", help="Real files.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs/benchmarks/scan.md", help="The page.")
def main(data: Path, out: Path) -> None:
    from lncprom.genome.reader import Genome
    from lncprom.tables import dataset

    with TemporaryDirectory() as folder:
        rows = pl.read_csv(data / "gue" / "prom_300_tata.train.csv.gz").sample(1000, seed=1)
        fold = np.where(np.arange(rows.height) % 10 == 0, "dev", "train")
        rows = rows.with_columns(
            fold=pl.Series(fold), sample_id=pl.format("s{}", pl.int_range(pl.len())), task=pl.lit("t")
        )
        rows = rows.with_columns(tss_index=pl.lit(249, pl.Int32), transform=pl.lit("none"), group=pl.col("sample_id"))
        table = Path(folder, "d.parquet")
        dataset.write(pl.concat([dataset.TABLE.empty(), rows], how="diagonal_relaxed"), table)
        genome, lines = Genome.open(data / "GRCh38.chr20_1-10000000.fa.gz"), []
        for name in MODELS:
            model = trained(name, table, Path(folder))
            for step in (50, 10):
                windows = 20_000 if name == "CNN" else 200_000
                found, scanned, alone = rates(model, genome, step, windows)
                cells = (name, step, f"{found:,}", f"{scanned:,.0f}", f"{alone:,.0f}", f"{scanned / alone:.0f}")
                lines.append(f"| {' | '.join(map(str, cells))} |\n")
                print(lines[-1], end="", flush=True)
    out.write_text(HEAD + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
