"""A scan as tracks for a browser: bigWig of each strand, and peaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from scipy.ndimage import maximum_filter1d
from scipy.special import expit, logit

from lncprom.genome import bigwig
from lncprom.tables.base import from_arrow

STRANDS = {"plus": "+", "minus": "-"}


class Merged(NamedTuple):
    """Peaks as BED6, and counts for the card."""

    peaks: pl.DataFrame
    counts: dict
    notes: list[str]


def merge(
    scans: Iterable[Path],
    lengths: dict[str, int],
    step: int,
    distance: int,
    least: float,
    wigs: dict[str, Path],
) -> Merged:
    """Write a bigWig for each strand, and find peaks.

    Parameters
    ----------
    scans
        Tables of scan_genome in any order; no TSS is in two of them.
    distance, least
        A peak has no higher window of its strand within so many bp, and a probability of at least this.
    """
    scans = _in_order(scans)
    found, counts = [], {"tasks": len(scans)}
    for strand, path in wigs.items():
        counts[strand] = sum(part.height for part in _parts(scans, strand))
        runs = (
            part.select("chrom", "start", end=pl.min_horizontal(pl.col("start") + step, _ends(lengths)), value="value")
            for part in _parts(scans, strand)
        )
        bigwig.write(runs, lengths, path, zooms=bool(counts[strand]))
        found += [
            pl.DataFrame({"chrom": chrom, "start": at, "value": value, "strand": STRANDS[strand]})
            for chrom, at, value in peaks(_parts(scans, strand), step, distance, least)
        ]
    schema = {"chrom": pl.String, "start": pl.Int64, "value": pl.Float64, "strand": pl.String}
    rows = pl.concat([pl.DataFrame(schema=schema), *(part.cast(schema) for part in found)])
    rows = rows.sort("chrom", "start", "strand")
    counts["peaks"] = rows.height
    return Merged(_bed(rows), counts, [])


def _bed(rows: pl.DataFrame) -> pl.DataFrame:
    """BED6: the TSS of each peak, 1,000 times its probability as score; names count from 1 by the logit."""
    order = np.argsort(-rows["value"].to_numpy(), kind="stable")
    rank = np.empty(rows.height, np.int64)
    rank[order] = np.arange(1, rows.height + 1)
    score = np.round(1000 * expit(rows["value"].to_numpy())).astype(np.int64)
    name = [f"peak{number}" for number in rank.tolist()]
    return rows.select("chrom", "start", end=pl.col("start") + 1).with_columns(
        name=pl.Series(name, dtype=pl.String), score=pl.Series(score), strand=rows["strand"]
    )


def _in_order(scans: Iterable[Path]) -> list[Path]:
    """By chromosome and first TSS; those without a row are left out."""
    first = {}
    for path in scans:
        with pq.ParquetFile(path) as file:
            if file.metadata.num_rows:
                first[path] = from_arrow(file.read_row_group(0, columns=["chrom", "tss"])).row(0)
    return sorted(first, key=first.get)


def _ends(lengths: dict[str, int]) -> pl.Expr:
    return pl.col("chrom").replace_strict(lengths, return_dtype=pl.Int64)


def _parts(scans: list[Path], strand: str) -> Iterator[pl.DataFrame]:
    """chrom, start and value of a strand, sorted, some rows at a time."""
    for path in scans:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                rows = from_arrow(file.read_row_group(group, columns=["chrom", "tss", strand]))
                yield rows.rename({"tss": "start", strand: "value"}).drop_nulls("value")


def peaks(
    parts: Iterable[pl.DataFrame], step: int, distance: int, least: float
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Chromosome, TSSs and logits of the highest windows of their surroundings; of equal ones the first.

    Only windows above the threshold can be higher than a peak, so runs of them that lie further apart than `distance`
    are looked at one by one.
    """
    threshold = logit(least)
    chrom, at, value = None, np.empty(0, np.int64), np.empty(0)
    for part in parts:
        for (name,), rows in part.filter(pl.col("value") >= threshold).group_by("chrom", maintain_order=True):
            if name != chrom:
                yield from _peaks(chrom, at, value, step, distance)
                chrom, at, value = name, np.empty(0, np.int64), np.empty(0)
            at = np.concatenate([at, rows["start"].to_numpy()])
            value = np.concatenate([value, rows["value"].to_numpy().astype(np.float64)])
            ends = np.flatnonzero(np.diff(at) > distance) + 1
            cut = ends[-1] if len(ends) else 0
            yield from _peaks(chrom, at[:cut], value[:cut], step, distance)
            at, value = at[cut:], value[cut:]
    yield from _peaks(chrom, at, value, step, distance)


def _peaks(
    chrom: str | None, at: np.ndarray, value: np.ndarray, step: int, distance: int
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    if not len(at):
        return
    place, reach = (at - at[0]) // step, distance // step
    dense = np.full(place[-1] + 1, -np.inf)
    dense[place] = value
    highest = np.flatnonzero(maximum_filter1d(dense, 2 * reach + 1, mode="constant", cval=-np.inf)[place] == value)
    first = []
    for place in highest.tolist():
        if not first or at[place] - at[first[-1]] > distance:  # else equal to the one before
            first.append(place)
    yield chrom, at[first], value[first]
