"""Clusters of sites whose windows are similar, for `--by homology`: near duplicates stay in one split."""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom.errors import InputError
from lncprom.genome import similarity
from lncprom.genome.reader import Genome
from lncprom.sites import checks


def clusters(rows: pl.DataFrame, genome: Genome, window: int) -> pl.Series:
    """The number of the cluster of near duplicates that each site's window is in; null past the chromosome's end.

    Parameters
    ----------
    rows
        Sites under the FASTA's chromosome names.
    window
        Length of the windows that are compared, in bp.
    """
    checks.refuse_unknown_chromosomes(rows, genome.names, genome.path.name, "--sites")
    place = ["chrom", "tss", "strand"]
    places = rows.select(place).unique().sort(place)
    places = places.filter(genome.fits(*places, window))
    of = similarity.clusters(genome.windows(*places, window))
    return rows.join(places.with_columns(cluster=pl.Series(of)), on=place, how="left", maintain_order="left")["cluster"]


def refuse_giant(sizes: np.ndarray, fractions: np.ndarray) -> None:
    """Stop if the largest group, of these numbers of samples, is more than half of the smallest split."""
    smallest = int(sizes.sum() * fractions.min())
    if sizes.max() > max(1, smallest / 2):
        raise InputError(
            f"--by homology: the largest group of similar or overlapping windows has {sizes.max():,} of "
            f"{sizes.sum():,} samples, more than half of the smallest split ({smallest:,}). Give --by group or larger "
            "--fractions."
        )
