#!/usr/bin/env python3
"""Leaks of GUE as published, and time and memory of the audit of 53,066 sequences: docs/benchmarks/leaks.md."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bin"))
SIZE, LENGTH = 53_066, 300


def gue(data: Path, name: str, fold: str) -> pl.DataFrame:
    """A file of GUE as rows of a data set."""
    from lncprom.tables import dataset

    rows = pl.read_csv(data / "gue" / f"{name}.csv.gz").with_columns(fold=pl.lit(fold))
    rows = rows.with_columns(sample_id=pl.format("{}:{}", pl.lit(name), pl.int_range(pl.len())))
    return pl.concat([dataset.TABLE.empty(), rows], how="diagonal_relaxed")


def windows(data: Path, number: int) -> pl.DataFrame:
    """Windows of chromosome 20 without N, on either strand, as rows of a data set."""
    from lncprom.datasets import sequences
    from lncprom.genome.reader import Genome
    from lncprom.tables import dataset

    genome, random = Genome.open(data / "GRCh38.chr20_1-10000000.fa.gz"), np.random.default_rng(0)
    place, strand = random.integers(60_000, 9_990_000, 2 * number), random.choice(["+", "-"], 2 * number)
    letters = genome.windows(["chr20"] * 2 * number, place, strand, LENGTH)
    known = letters[~(letters == ord("N")).any(axis=1)][:number]
    rows = pl.DataFrame({"sequence": sequences.to_strings(known), "label": 0})
    rows = rows.with_columns(sample_id=pl.format("chr20:{}", pl.int_range(pl.len())))
    return pl.concat([dataset.TABLE.empty(), rows], how="diagonal_relaxed")


def rows_of_gue(data: Path) -> list[str]:
    from lncprom.datasets import leaks

    tata = leaks.compare(gue(data, "prom_300_tata.dev", "test"), gue(data, "prom_300_tata.train", "train"), seed=42)
    notata = gue(data, "prom_300_notata.dev", "test")
    negatives, positives = (notata.filter(pl.col("label") == label) for label in (0, 1))
    twins = leaks.compare(negatives, positives, seed=42).pairs.filter(pl.col("shared_chunks") == 8)
    core = leaks.compare(notata, gue(data, "prom_core_notata.train", "train"), seed=42).pairs
    cut = core.filter(pl.col("strand") == "+", pl.col("identity") == 1, pl.col("coverage") == 1)
    related, same = tata.samples["related"].sum(), tata.samples["same_label"].sum()
    found = [
        ("tata dev, exact copies in train", tata.samples["exact"].sum(), tata.samples.height),
        ("tata dev, near duplicates in train", tata.samples["near"].sum(), tata.samples.height),
        ("tata dev, related to train (score of 50 or more)", related, tata.samples.height),
        ("of these, nearest of train with the same label", same, related),
        (
            "notata dev, negatives that share 8 of 20 chunks with a positive",
            twins["sample_id"].n_unique(),
            negatives.height,
        ),
        ("notata dev, a sequence of core_notata train is part of it", cut["sample_id"].n_unique(), notata.height),
    ]
    return [f"| {what} | {number:,} of {of:,} | {number / of:.1%} |" for what, number, of in found]


def by_homology(data: Path) -> list[str]:
    """MCC on tata dev of the position ladder, trained on tata train, by the best score of an alignment to train."""
    from lncprom.baseline import train
    from lncprom.datasets import assemble, leaks, readers
    from lncprom.evaluation import evaluate, strata
    from lncprom.tables import predictions
    from lncprom.tables.leaks import HOMOLOGY

    files = {
        fold: [data / "gue" / f"prom_300_tata.{of}.csv.gz"] for fold, of in {"train": "train", "test": "dev"}.items()
    }
    rows = assemble.assemble(readers.read(files).folds, "tata", None, 42).rows
    settings = train.Settings(model="position_ladder", features="position_ladder", baselines=("none",))
    with TemporaryDirectory() as folder:
        scores, predicted = Path(folder) / "homology.parquet", Path(folder) / "predictions.parquet"
        HOMOLOGY.write(leaks.audit(rows, seed=42).samples.select(*HOMOLOGY.columns), scores)
        predictions.write(train.train(rows, "tata", "tata", settings, lambda line: None).predictions, predicted)
        levels = strata.levels(rows, ["homology"], [scores])
        how = evaluate.Settings(), lambda line: None, levels
        found = evaluate.evaluate({"tata": predicted}, rows, "tata", "tata", *how).strata.filter(metric="mcc")
    return [
        f"| {row['level']} | {row['n']} | {row['n_positive']} | {row['value']:.2f} | "
        f"{row['ci_low']:.2f} to {row['ci_high']:.2f} |"
        for row in found.iter_rows(named=True)
    ]


def speed(data: Path) -> str:
    from lncprom.datasets import leaks

    names = ("prom_300_notata.dev", "prom_300_tata.train", "prom_300_tata.dev")
    rows = pl.concat([gue(data, name, "train") for name in names])
    rows = pl.concat([rows, windows(data, SIZE - rows.height)], how="vertical_relaxed")
    fold = np.random.default_rng(1).choice(["train", "dev", "test"], SIZE, p=[0.8, 0.1, 0.1])
    wall, processor = time.time(), time.process_time()
    done = leaks.audit(rows.with_columns(fold=pl.Series(fold)), seed=42)
    wall, processor = time.time() - wall, time.process_time() - processor
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    planted, null = done.counts["planted"], done.counts["null"]
    return (
        f"{rows.height:,} sequences of {LENGTH} bp, {done.samples.height:,} of them in dev and test, take "
        f"{processor:.0f} s of processor time ({wall:.0f} s on the clock of a busy machine) and {memory:.1f} GiB; "
        f"{planted['found']} of {planted['sequences']} planted relatives (identity 0.8) are found, "
        f"{null['related']} of {null['sequences']} shuffled sequences seem related."
    )


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, path_type=Path), default=ROOT.parent / "shared" / "data")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "leaks.md")
def main(data: Path, out: Path) -> None:
    fast = speed(data)
    lines = [
        "# Leaks",
        "",
        "Made by `python benchmarks/leaks.py` with the search of `audit_leaks`: words shared on one diagonal, then the",
        "best alignment without gaps (match 1, mismatch -1).",
        "",
        "## GUE as published",
        "",
        "| what | samples | fraction |",
        "|---|---|---|",
        *rows_of_gue(data),
        "",
        "Alignments have no gaps here, so scores are lower: a pair is related from 50 on, not from 60.",
        "The negatives of notata keep 8 chunks of a promoter:",
        "a random split divides them from it. Sequences of core_notata are parts of those of notata, in another split:",
        "never train on one and test on the other.",
        "",
        "Related sequences need not inflate a score. The position ladder, trained on tata train (a tenth of it chooses",
        "the settings), on tata dev by the best score of an alignment to train:",
        "",
        "| best score | samples | positive | MCC | 95% interval |",
        "|---|---|---|---|---|",
        *by_homology(data),
        "",
        "## Speed",
        "",
        f"{fast} Repeats make windows of a chromosome harder than promoters.",
    ]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    click.echo(f"written: {out}")


if __name__ == "__main__":
    main()
