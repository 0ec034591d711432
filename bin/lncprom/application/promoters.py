"""Promoters of an annotation or a BED, with the FASTA's names of chromosomes."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom.errors import InputError
from lncprom.genes import promoter_bed, tss
from lncprom.genome import chromosome_names
from lncprom.genome.reader import Genome

ABSENT = "promoters on sequences that the FASTA lacks"


class Promoters(NamedTuple):
    """`rows`: promoter (gene id or name), gene_name, chrom (as in the FASTA), tss, strand; losses by reason, notes."""

    rows: pl.DataFrame
    dropped: dict[str, int]
    notes: list[str]


def read(gtf: Path | None, bed: Path | None, tss_source: str, genome: Genome, report: Path | None = None) -> Promoters:
    """The TSS of each gene of a GTF (any biotype and sequence), or the promoters of a BED6 or BED8.

    Raises
    ------
    InputError
        If not one of both is given, or no promoter lies on a sequence of the FASTA.
    """
    if (gtf is None) == (bed is None):
        raise InputError("Promoters come from --gtf or from --promoters. Give one of them.")
    if gtf is not None:
        found = tss.transcription_starts(gtf, (), tss_source, primary_only=False)
        rows, notes = found.genes.rename({"gene_id": "promoter"}), found.notes
        dropped = dict(found.dropped)
    else:
        rows, notes, dropped = promoter_bed.read(bed).rows.rename({"name": "promoter"}), [], {}
        rows = rows.with_columns(gene_name=pl.lit(None, pl.String))
    known = chromosome_names.reconcile(rows["chrom"].unique(), genome.names, report)
    chrom = pl.col("chrom").replace_strict(known, default=None, return_dtype=pl.String)
    found = rows.select("promoter", "gene_name", chrom, "tss", "strand").drop_nulls("chrom")
    if found.is_empty():
        raise InputError(
            f"{(gtf or bed).name}: no promoter lies on a sequence of {genome.path.name}. Give files of one assembly, "
            "or --assembly-report."
        )
    lost = rows.height - found.height
    return Promoters(found, dropped | ({ABSENT: lost} if lost else {}), notes)
