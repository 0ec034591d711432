"""Importance on the genome, by strand, for a browser: bedGraph and bigWig."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.genome import bigwig
from lncprom.profiles.score_matrix import Scored


def placed(scored: Scored) -> np.ndarray:
    """Which samples lie in the genome as they are: those with coordinates whose bases are not made."""
    rows = scored.samples
    there = rows["tss"].is_not_null() & rows["chrom"].is_not_null() & rows["strand"].is_not_null()
    return (there & (rows["transform"] == "none")).to_numpy()


def write(scored: Scored, matrix: np.ndarray, fai: Path | None, path: Path) -> None:
    """Write both strands as bedGraph and bigWig; `path` is how the names of the files begin."""
    tracks = {name: track(scored, matrix, strand) for name, strand in (("plus", "+"), ("minus", "-"))}
    lengths = sizes(fai, list(tracks.values()))
    for name, runs in tracks.items():
        write_bedgraph(runs, path.with_name(f"{path.name}.{name}.bedGraph.gz"))
        bigwig.write([runs], lengths, path.with_name(f"{path.name}.{name}.bw"), zooms=not runs.is_empty())


def track(scored: Scored, matrix: np.ndarray, strand: str) -> pl.DataFrame:
    """The mean score of each base over the windows of this strand that cover it, both classes.

    Returns
    -------
    Runs of equal scores, sorted, none overlapping: chrom, start, end (0-based, half-open), value.
    """
    chosen = placed(scored) & (scored.samples["strand"] == strand).to_numpy()
    rows, width = scored.samples.filter(chosen), len(scored.position)
    offset = scored.position if strand == "+" else -scored.position
    bases = pl.DataFrame(
        {
            "chrom": rows["chrom"][np.repeat(np.arange(rows.height), width)],
            "start": (rows["tss"].cast(pl.Int64).to_numpy()[:, None] + offset).ravel(),
            "value": matrix[chosen].ravel().astype(np.float64),
        }
    )
    bases = bases.drop_nans("value").group_by("chrom", "start").agg(pl.col("value").mean().cast(pl.Float32))
    bases = bases.sort("chrom", "start").with_columns(run=pl.col("start") - pl.int_range(pl.len()))
    runs = bases.group_by(pl.struct("chrom", "run", "value").rle_id().alias("number"), maintain_order=True)
    return runs.agg(
        pl.col("chrom", "start").first(), end=pl.col("start").last() + 1, value=pl.col("value").first()
    ).select("chrom", "start", "end", "value")


def sizes(fai: Path | None, tracks: list[pl.DataFrame]) -> dict[str, int]:
    """Chromosome -> length, by name: as in the index of the genome, or the greatest end of any run."""
    seen = dict(pl.concat(tracks).group_by("chrom").agg(pl.col("end").max()).sort("chrom").iter_rows())
    if fai is None:
        return seen
    lengths = bigwig.lengths_of(fai)
    for chrom, end in seen.items():
        if end > lengths.get(chrom, 0):
            of = f"ends at {lengths[chrom]:,}, a window at {end:,}" if chrom in lengths else "is not in it"
            raise InputError(f"{fai.name}: {chrom} {of}; give the .fai of the genome that the data set was built from")
    return {chrom: lengths[chrom] for chrom in seen}


def write_bedgraph(runs: pl.DataFrame, path: Path) -> None:
    """Gzipped bedGraph; numbers as short as they can be told apart from all other float32."""
    text = runs.write_csv(separator="\t", include_header=False).encode()
    with files.writing(path) as beside, open(beside, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as handle:
        handle.write(text)
