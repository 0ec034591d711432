"""Importance on the genome, by strand, for a browser: bedGraph and bigWig."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.profiles.score_matrix import Scored

STRANDS = {"+": "plus", "-": "minus"}
_AT_ONCE = 1 << 20


def placed(scored: Scored) -> np.ndarray:
    """Which samples lie in the genome as they are: those with coordinates whose bases are not made."""
    rows = scored.samples
    there = rows["tss"].is_not_null() & rows["chrom"].is_not_null() & rows["strand"].is_not_null()
    return (there & (rows["transform"] == "none")).to_numpy()


def track(scored: Scored, matrix: np.ndarray, strand: str) -> pl.DataFrame:
    """The mean score of each base over the windows of this strand that cover it, both classes.

    Returns
    -------
    Runs of equal scores, sorted, none overlapping: chrom, start, end (0-based, half-open), value.
    """
    rows = scored.samples
    chosen = placed(scored) & (rows["strand"] == strand).to_numpy()
    tss, chroms = rows["tss"].to_numpy()[chosen].astype(np.int64), rows["chrom"].filter(pl.Series(chosen))
    sign = 1 if strand == "+" else -1
    at = tss[:, None] + sign * scored.position[None, :]
    scores = matrix[chosen]
    names = chroms.unique().sort()
    number = np.searchsorted(names.to_numpy(), chroms.to_numpy()) if len(names) else np.zeros(0, int)
    seen = np.isfinite(scores)
    key = (number[:, None].astype(np.int64) << 40) + at
    places, back = np.unique(key[seen], return_inverse=True)
    total = np.bincount(back, weights=scores[seen].astype(np.float64), minlength=len(places))
    value = (total / np.maximum(np.bincount(back, minlength=len(places)), 1)).astype(np.float32)
    breaks = (np.diff(places) != 1) | (value[1:] != value[:-1])
    starts = np.append(0, np.flatnonzero(breaks) + 1) if len(places) else np.zeros(0, int)
    ends = np.append(starts[1:], len(places))[: len(starts)] - 1
    first, last = places[starts], places[ends]
    return pl.DataFrame(
        {
            "chrom": names[first >> 40] if len(first) else pl.Series([], dtype=pl.String),
            "start": first & ((1 << 40) - 1),
            "end": (last & ((1 << 40) - 1)) + 1,
            "value": value[starts],
        }
    )


def sizes(fai: Path | None, tracks: list[pl.DataFrame]) -> dict[str, int]:
    """Chromosome -> length, by name: as in the index of the genome, or the greatest end of any run."""
    seen = pl.concat(tracks).group_by("chrom").agg(pl.col("end").max()).sort("chrom")
    seen = dict(seen.iter_rows())
    if fai is None:
        return seen
    lengths = {}
    for line, text in files.read_lines(fai):
        fields = text.split("\t")
        if len(fields) < 2 or not fields[1].isdigit():
            raise InputError(f"{fai.name}, line {line}: not `name, length, ...` by tabs; give the .fai of the genome")
        lengths[fields[0]] = int(fields[1])
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


def write_bigwig(runs: pl.DataFrame, lengths: dict[str, int], path: Path) -> None:
    import pyBigWig

    with files.writing(path) as beside:
        wig = pyBigWig.open(str(beside), "w")
        wig.addHeader(sorted(lengths.items()), maxZooms=0 if runs.is_empty() else 10)
        for part in runs.iter_slices(_AT_ONCE):
            chroms, starts, ends, values = (part[name] for name in ("chrom", "start", "end", "value"))
            wig.addEntries(chroms.to_list(), starts.to_list(), ends=ends.to_list(), values=values.to_list())
        wig.close()
