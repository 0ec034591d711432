"""Positives that negatives are to be found for: what is refused of them, and their place in a genome."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lncprom import names
from lncprom.errors import InputError
from lncprom.genome import Genome, reconcile


def refuse_odd(positives: pl.DataFrame, source: str) -> None:
    tasks = positives["task"].unique().sort().to_list()
    if not tasks:
        raise InputError(f"{source}: no sites in it; look at its card for what was left out")
    if len(tasks) > 1:
        raise InputError(f"{source}: sites of {len(tasks)} tasks ({names.some(tasks)}); give one task's at a time")
    others = positives.filter(pl.col("label") == 0)
    if others.height:
        raise InputError(
            f"{source}, sample {others['sample_id'].min()}: one of {others.height:,} negatives that it has already; "
            "give positives alone, as define_task writes them for tasks whose negatives are made"
        )
    gaps = positives.filter(pl.any_horizontal(pl.col("chrom", "tss", "strand").is_null()))
    if gaps.height:
        first = gaps["sample_id"].min()
        raise InputError(f"{source}, sample {first}: no chromosome, TSS or strand; negatives need the positive's locus")


def on_genome(positives: pl.DataFrame, genome: Genome, report: Path | None, source: str) -> pl.DataFrame:
    """The positives under the FASTA's names of their chromosomes; all of them must lie on it."""
    own = positives["chrom"].unique().sort()
    known = reconcile(own, genome.names, report)
    absent = [name for name in own if name not in known]
    if absent:
        raise InputError(
            f"{source}: {names.some(absent)} not in {genome.path.name} ({names.some(genome.names)}); "
            "give the FASTA that define_task had"
        )
    placed = positives.with_columns(pl.col("chrom").replace_strict(known, return_dtype=pl.String))
    length = pl.col("chrom").replace_strict(genome.lengths, return_dtype=pl.Int64)
    beyond = placed.filter((pl.col("tss") >= length) | (pl.col("tss") < 0))
    if beyond.height:
        sample, chrom, tss = beyond.select("sample_id", "chrom", "tss").row(0)
        raise InputError(
            f"{source}, sample {sample}: TSS at {chrom}:{tss + 1:,}, past its end ({genome.lengths[chrom]:,} bases in "
            f"{genome.path.name}); give the FASTA that define_task had"
        )
    return placed
