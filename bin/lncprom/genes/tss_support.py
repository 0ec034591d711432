"""Whether CAGE supports the TSS of each gene: how far the nearest peak of its strand is."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lncprom import text
from lncprom.errors import InputError
from lncprom.genes import promoter_bed
from lncprom.genome.chromosome_names import reconcile

_STRAND = ["chrom", "strand"]


def add(
    genes: pl.DataFrame, bed: Path, within: int, assembly_report: Path | None = None
) -> tuple[pl.DataFrame, dict[str, object], str]:
    """Genes with `cage_distance` (bp, 0 in a peak) and `tss_support`, counts for the card, and a note.

    Parameters
    ----------
    bed
        CAGE peaks.
    within
        Largest distance in bp from the TSS to a peak that supports it.

    Raises
    ------
    InputError
        If no chromosome of the peaks is one of the annotation.
    """
    peaks, own = promoter_bed.peaks(bed), genes["chrom"].unique().sort()
    names = reconcile(peaks["chrom"].unique().sort(), own, assembly_report)
    if not names:
        theirs = text.some(peaks["chrom"].unique().sort())
        raise InputError(
            f"{bed.name}: no chromosome in common with the annotation: {theirs} against {text.some(own)}. "
            "Give peaks of the same assembly, or --assembly-report for accessions."
        )
    placed = peaks.with_columns(pl.col("chrom").replace_strict(names, default=None)).drop_nulls("chrom")
    supported = pl.col("cage_distance").is_not_null() & (pl.col("cage_distance") <= within)
    genes = genes.join(_distances(genes, placed), on="gene_id", how="left", maintain_order="left")
    genes = genes.with_columns(tss_support=supported)
    number = text.tally(genes.filter("tss_support")["biotype"])
    counts = {"peaks": peaks.height, "peaks_elsewhere": peaks.height - placed.height, "tss_supported": number}
    return (
        genes,
        counts,
        f"{sum(number.values()):,} of {genes.height:,} TSSs have a peak of {bed.name} within {within} bp",
    )


def _distances(genes: pl.DataFrame, peaks: pl.DataFrame) -> pl.DataFrame:
    """By gene, bp from its TSS to the nearest base of a peak of its strand; null where the chromosome has none."""
    tss = genes.select("gene_id", *_STRAND, "tss").sort("tss", "gene_id")
    peaks = peaks.sort("start").with_columns(
        pl.col("end").cum_max().over(_STRAND)
    )  # the last end so far is the nearest
    how = {"left_on": "tss", "right_on": "start", "by": _STRAND, "coalesce": False, "check_sortedness": False}
    near = tss.join_asof(peaks, strategy="backward", **how).rename({"end": "before"}).drop("start")
    near = near.join_asof(peaks, strategy="forward", **how)
    distance = pl.min_horizontal((pl.col("tss") - pl.col("before") + 1).clip(0), pl.col("start") - pl.col("tss"))
    return near.select("gene_id", cage_distance=distance)
