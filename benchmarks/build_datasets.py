#!/usr/bin/env python3
"""Time the four tasks at four lengths from a genome of human size: lncprom's steps against bedtools + pandas."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import pandas as pd
import synthetic_genome
from measure import Job, Measured, cpu_model, run, wait_until_idle

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
LENGTHS = (300, 500, 1000, 2000)
TASKS = {
    "biological_vs_artificial": "substitute",
    "promoter_vs_nonpromoter": "genomic",
    "high_vs_low_expression": None,
    "coding_vs_lncrna": None,
}
CORES = 2
MOST_SECONDS, MOST_MEMORY, LEAST_RATIO = 15, 1 << 30, 5


def write_promoters(gtf: Path, out: Path) -> int:
    """EPD-like BED8: every coding gene's TSS, for 45% a second one downstream; EPDnew 006 has 29,598."""
    names = ["chrom", "source", "feature", "start", "end", "score", "strand", "frame", "attributes"]
    rows = pd.read_csv(gtf, sep="\t", comment="#", names=names, dtype={"chrom": str})
    rows = rows[rows["attributes"].str.contains('gene_biotype "protein_coding"')]
    rows = rows[("chr" + rows["chrom"]).isin(synthetic_genome.LENGTHS)].reset_index(drop=True)
    forward = (rows["strand"] == "+").to_numpy()
    tss = np.where(forward, rows["start"] - 1, rows["end"] - 1)
    rng = np.random.default_rng(1)
    second = np.flatnonzero(rng.random(len(rows)) < 0.45)
    moved = tss[second] + np.where(forward[second], 1, -1) * rng.integers(200, 2000, len(second))
    index, tss = np.r_[np.arange(len(rows)), second], np.r_[tss, moved]
    forward = forward[index]
    bed = pd.DataFrame({"chrom": "chr" + rows["chrom"].to_numpy()[index]})
    bed["start"] = np.where(forward, tss - 49, tss - 10)
    bed["end"] = bed["start"] + 60
    bed["name"] = [f"P{gene}_{1 + (place >= len(rows))}" for place, gene in enumerate(index)]
    bed["score"], bed["strand"] = 900, np.where(forward, "+", "-")
    bed["thick"], bed["thick_end"] = tss, np.where(forward, tss + 11, tss + 1)
    bed.sort_values(["chrom", "start"]).to_csv(out, sep="\t", header=False, index=False)
    return len(bed)


def steps(fasta: Path, gtf: Path, expression: Path, promoters: Path, lengths: Sequence[int] = LENGTHS) -> list[Job]:
    """The pipeline's steps as it runs them, with its defaults."""

    def job(name: str, script: str, options: str, after: tuple[str, ...] = ()) -> Job:
        return Job(name, [sys.executable, str(ROOT / "bin" / f"{script}.py"), *options.split()], after)

    wanted = f"--gtf {gtf} --biotype protein_coding --biotype lncRNA"
    out = "--out genes.parquet --all-tss all_tss.bed --card genes.json"
    jobs = [
        job("genome", "prepare_genome", f"--fasta {fasta} --card genome.json"),
        job("genes", "extract_tss", f"{wanted} {out}"),
    ]
    label = f"--genes genes.parquet --expression {expression} --upstream genes.json"
    out = "--out labelled.parquet --tpm-table tpm.tsv --card labelled.json"
    jobs.append(job("labels", "label_expression", f"{label} {out}", ("genes",)))
    ready, folded = [], ""
    for task, kind in TASKS.items():
        last = f"{task}.task" if kind else task
        options = f"--task {task} --genes labelled.parquet --promoters {promoters} --genome genome.fa"
        if kind:
            options += f" --all-tss all_tss.bed --all-tss {promoters} --out-tss {task}.bed"
        out = f"--upstream labelled.json --upstream genome.json --out {last}.parquet --card {last}.json"
        jobs.append(job(last, "define_task", f"{options} {out}", ("labels", "genome")))
        if kind:
            options = f"--sites {last}.parquet --genome genome.fa --kind {kind} --window {max(lengths)}"
            options += f" --avoid {task}.bed --upstream {last}.json"
            jobs.append(job(task, "sample_negatives", f"{options} --out {task}.parquet --card {task}.json", (last,)))
        ready.append(task)
        folded += f"--sites {task}.parquet "
    options = f"{folded} --window {max(lengths)} --out-dir folded --card folds.json"
    jobs.append(job("folds", "assign_folds", options, tuple(ready)))
    for task in TASKS:
        for length in lengths:
            name = f"{task}_{length}"
            options = f"--sites folded/{task}.parquet --genome genome.fa --length {length} --name {name}"
            options += f" --upstream {task}.json --upstream folds.json --out {name}.parquet"
            options += f" --composition {name}.tsv --card {name}.json"
            jobs.append(job(name, "build_length_variants", options, ("folds",)))
    return jobs


def compare(ours: Path, peer: Path, lengths: Sequence[int] = LENGTHS) -> list[tuple[str, int, int, int, int]]:
    """Data set, windows of either, loci that both chose, and how many of those read alike, base for base."""
    table = []
    for task in TASKS:
        for length in lengths:
            mine = pd.read_parquet(ours / f"{task}_{length}.parquet")
            theirs = pd.read_parquet(peer / f"{task}.{length}.parquet")
            number = len(mine), len(theirs)
            mine = mine[(mine["transform"] == "none")]
            theirs = theirs[~theirs["sample_id"].str.endswith("~")]
            both = mine.merge(theirs, on=["chrom", "tss", "strand"], suffixes=("", "_peer"))
            alike = (both["sequence"] == both["sequence_peer"]) & (both["label"] == both["label_peer"])
            table.append((f"{task}, {length}", *number, len(both), int(alike.sum())))
    return table


def versions() -> str:
    tools = {"bedtools": "bedtools --version", "samtools": "samtools --version", "bgzip": "bgzip --version"}
    found = [f"Python {platform.python_version()}"]
    for module in ("numpy", "polars", "pandas", "pyarrow"):
        found.append(f"{module} {__import__(module).__version__}")
    for name, command in tools.items():
        said = subprocess.run(command.split(), capture_output=True, check=True).stdout.decode(errors="replace")
        found.append(f"{name} {re.search(r'[0-9][0-9.]+', said)[0]}")
    return ", ".join(found)


def told(measured: Measured) -> str:
    cpu = f"{measured.cpu:.0f} s of processor (other programs meanwhile: {measured.others:.0f} s)"
    return f"{measured.wall:.1f} s, {cpu}, {measured.memory / 2**30:.2f} GiB"


def write_page(out: Path, bases: int, promoters: int, best: Measured, peer: Measured, table: list, times: int) -> None:
    ratio = peer.wall / best.wall
    lines = [
        "# Building the study's data sets from a genome of human size",
        "",
        f"Four tasks at {', '.join(map(str, LENGTHS))} bp from a synthetic genome ({bases:,} bases in 24 chromosomes,",
        f"soft-masked, bgzip), Ensembl 109's genes, GTEx V7 and {promoters:,} promoters, with the defaults of the",
        f"pipeline: {len(best.jobs)} steps, {CORES} at a time, as Nextflow runs them, but without Nextflow. The peer,",
        "`benchmarks/peer_bedtools_pandas.py`, is what a careful user would write with bedtools and pandas. It",
        "produces the same windows, labels, negatives, splits, checksums and base composition. It does not check its",
        "inputs and does not record what was left out.",
        "",
        f"Written by `python benchmarks/build_datasets.py --times {times}`, the best of {times} runs each, in turn.",
        "",
        "| | wall, s | processor, s | other programs meanwhile, s | peak memory, GiB |",
        "|---|---|---|---|---|",
        f"| lncprom | {best.wall:.1f} | {best.cpu:.0f} | {best.others:.0f} | {best.memory / 2**30:.2f} |",
        f"| bedtools + pandas | {peer.wall:.1f} | {peer.cpu:.0f} | {peer.others:.0f} | {peer.memory / 2**30:.2f} |",
        f"| ratio | {ratio:.1f} | {peer.cpu / best.cpu:.1f} | | {peer.memory / best.memory:.1f} |",
        "",
        f"Peak memory is the largest sum of resident memory over all processes. {CORES} cores of",
        f"{cpu_model()}; {versions()}.",
        "",
        "## Step by step",
        "",
        "| step | wall, s | processor, s | peak memory, MiB |",
        "|---|---|---|---|",
        *(f"| {job.name} | {job.wall:.1f} | {job.cpu:.1f} | {job.memory >> 20} |" for job in best.jobs),
        "",
        "## The same windows",
        "",
        "The two programs use different random numbers for balancing and negatives, so not all loci are the same.",
        "Loci in both must have the same sequence and the same label.",
        "",
        "| data set | windows, lncprom | windows, peer | loci in both | with equal sequence and label |",
        "|---|---|---|---|---|",
        *(f"| {name} | {mine:,} | {theirs:,} | {both:,} | {alike:,} |" for name, mine, theirs, both, alike in table),
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


@click.command(help=__doc__)
@click.option("--cache", type=click.Path(path_type=Path), default=Path(tempfile.gettempdir()) / "lncprom-benchmark")
@click.option("--gtf", type=click.Path(exists=True), default=DATA / "Homo_sapiens.GRCh38.109.genes_only.gtf.gz")
@click.option("--expression", type=click.Path(exists=True), default=DATA / "GTEx_V7_gene_median_tpm.gct.gz")
@click.option("--times", type=click.IntRange(1), default=3, show_default=True, help="Runs of either; the best counts.")
@click.option("--patience", type=click.IntRange(0), default=30, show_default=True, help="Seconds to wait for idle.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "build_datasets.md")
def main(cache: Path, gtf: Path, expression: Path, times: int, patience: int, out: Path) -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    cache.mkdir(parents=True, exist_ok=True)
    fasta, bed, gaps = cache / "genome.fa.gz", cache / "promoters.bed", cache / "gaps.bed"
    bases = synthetic_genome.write(fasta)
    gaps.write_text(synthetic_genome.gaps())
    promoters = write_promoters(Path(gtf), bed)
    peer_command = [sys.executable, str(ROOT / "benchmarks" / "peer_bedtools_pandas.py"), "--work", "."]
    for option, value in (("fasta", fasta), ("gaps", gaps), ("gtf", gtf), ("expression", expression)):
        peer_command += [f"--{option}", str(Path(value).resolve())]
    peer_command += ["--promoters", str(bed)]
    os.environ["PYTHONPATH"] = str(ROOT / "bin")
    # byte code is compiled once, as in an installed environment
    os.environ["PYTHONPYCACHEPREFIX"] = str(cache.resolve() / "pycache")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in nextflow.config
    ours, theirs, table = [], [], []
    for _ in range(times):
        for side in (ours, theirs):
            folder = cache / ("ours" if side is ours else "peer")
            shutil.rmtree(folder, ignore_errors=True)
            (folder / "folded").mkdir(parents=True)
            if side is ours:
                jobs = steps(fasta.resolve(), Path(gtf).resolve(), Path(expression).resolve(), bed.resolve())
            else:
                jobs = [Job("peer", peer_command)]
            os.sync()
            wait_until_idle(patience)
            side.append(run(jobs, CORES, folder))
            click.echo(f"{folder.name}: {told(side[-1])}", err=True)
        table = compare(cache / "ours", cache / "peer")
        shutil.rmtree(cache / "ours")
        shutil.rmtree(cache / "peer")
    best, peer = (min(side, key=lambda measured: measured.wall) for side in (ours, theirs))
    write_page(out, bases, promoters, best, peer, table, times)
    click.echo(f"{peer.wall / best.wall:.1f} times as fast as bedtools + pandas; {out}")
    unlike = [row for row in table if abs(row[1] - row[2]) > 0.01 * row[1] or row[3] != row[4]]
    for row in unlike:
        click.echo("not the same: {}: {:,} and {:,} windows, {:,} loci of both, {:,} alike".format(*row), err=True)
    missed = best.wall > MOST_SECONDS or best.memory > MOST_MEMORY or peer.wall / best.wall < LEAST_RATIO
    sys.exit(1 if missed or unlike else 0)


if __name__ == "__main__":
    main()
