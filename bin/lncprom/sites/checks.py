"""Checks of a sites table that several steps share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from lncprom import text
from lncprom.errors import InputError


def refuse_several_tasks(sites: pl.DataFrame, source: str) -> None:
    """Refuse a table without rows, or with the sites of several tasks; `source` is its file name."""
    tasks = sites["task"].unique().sort().to_list()
    if not tasks:
        raise InputError(f"{source}: no sites. Its card says why they were left out.")
    if len(tasks) > 1:
        raise InputError(f"{source}: sites of {len(tasks)} tasks ({text.some(tasks)}). Give one task at a time.")


def refuse_without_locus(sites: pl.DataFrame, source: str) -> None:
    """Refuse a site without chromosome, TSS or strand."""
    gaps = sites.filter(pl.any_horizontal(pl.col("chrom", "tss", "strand").is_null()))
    if gaps.height:
        raise InputError(
            f"{source}, sample {gaps['sample_id'].min()}: no chromosome, TSS or strand. Give the sites of define_task "
            "or sample_negatives."
        )


def refuse_longer(option: str, length: int, lengths: Mapping[str, int], where: str) -> None:
    """Refuse a window that is longer than all these chromosomes."""
    longest = max(lengths, key=lengths.__getitem__)
    if length > lengths[longest]:
        raise InputError(
            f"{option}: longer than every chromosome {where} (the longest, {longest}, has {lengths[longest]:,} bases). "
            "Give a smaller one."
        )


def refuse_unknown_chromosomes(sites: pl.DataFrame, names: Sequence[str], fasta: str, source: str) -> None:
    """Refuse a site on a chromosome that is not among the FASTA's `names`."""
    absent = sites.filter(~pl.col("chrom").is_in(list(names)))["chrom"].unique().sort()
    if absent.len():
        raise InputError(
            f"{source}: chromosomes {text.some(absent)} not in {fasta} ({text.some(names)}). "
            "Give the FASTA that define_task read."
        )
