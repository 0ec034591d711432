"""Values along chromosomes as a bigWig file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import polars as pl

from lncprom import files
from lncprom.errors import InputError

_AT_ONCE = 1 << 20


def write(parts: Iterable[pl.DataFrame], lengths: Mapping[str, int], path: Path, zooms: bool) -> None:
    """Write runs (chrom, start, end, value), sorted by chrom and start, some at a time.

    Parameters
    ----------
    lengths
        Chromosome -> bases.
    zooms
        Whether there is any value; without one, levels of zoom cannot be made.
    """
    import pyBigWig

    with files.writing(path) as beside:
        wig = pyBigWig.open(str(beside), "w")
        wig.addHeader(sorted(lengths.items()), maxZooms=10 if zooms else 0)
        for part in _even(parts):
            chroms, starts, ends, values = (part[name] for name in ("chrom", "start", "end", "value"))
            wig.addEntries(chroms.to_list(), starts.to_list(), ends=ends.to_list(), values=values.to_list())
        wig.close()


def _even(parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The same rows, equally many at a time: each call of addEntries begins a block of the file."""
    waiting = None
    for part in parts:
        waiting = part if waiting is None else pl.concat([waiting, part])
        while waiting.height > _AT_ONCE:
            yield waiting[:_AT_ONCE]
            waiting = waiting[_AT_ONCE:]
    if waiting is not None and waiting.height:
        yield waiting


def lengths_of(fai: Path) -> dict[str, int]:
    """Sequence -> bases, by the index of a FASTA."""
    found = {}
    for line, text in files.read_lines(fai):
        fields = text.split("\t")
        if len(fields) < 2 or not fields[1].isdigit():
            raise InputError(f"{fai.name}, line {line}: not `name, length, ...` by tabs; give the .fai of the genome")
        found[fields[0]] = int(fields[1])
    return found
