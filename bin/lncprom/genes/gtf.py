"""A GTF as it streams by: its lines, checked, and what their ninth column says."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from lncprom import files
from lncprom.errors import InputError

_COLUMNS = 9
_ATTRIBUTE = re.compile(r'([^\s";]+)\s+(?:"([^"]*)"|([^\s";]+))')


class Feature(NamedTuple):
    """One line of a GTF: where a gene or transcript lies, 0-based and half-open."""

    line: int
    chrom: str
    kind: str
    start: int
    end: int
    strand: str
    attributes: str

    @property
    def tss(self) -> int:
        """0-based position of the first base that is transcribed: the 5' end by strand."""
        return self.start if self.strand == "+" else self.end - 1


def features(path: Path, kinds: Collection[str]) -> Iterator[Feature]:
    """The lines of these kinds, e.g. `gene`; of all others only the number of columns is looked at."""
    for number, text in files.read_lines(path):
        if not text or text[0] == "#":
            continue
        columns = text.split("\t")
        if len(columns) != _COLUMNS:
            where = f"{path.name}, line {number}"
            raise InputError(f"{where}: {len(columns)} columns, a GTF line has {_COLUMNS}; re-export the file")
        if columns[2] in kinds:
            yield _feature(path, number, columns)


def _feature(path: Path, number: int, columns: list[str]) -> Feature:
    chrom, _, kind, first, last, _, strand, _, attributes = columns
    where = f"{path.name}, line {number}"
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        raise InputError(f"{where}: {first}-{last} are no positions; columns 4 and 5 of a GTF are whole numbers")
    if max(len(first), len(last)) > files.POSITION_DIGITS:
        raise InputError(f"{where}: a position of {max(len(first), len(last))} digits; no chromosome is that long")
    start, end = int(first) - 1, int(last)  # GTF is 1-based, closed
    if start < 0:
        raise InputError(f"{where}: starts at {first}; positions of a GTF count from 1")
    if start >= end:
        raise InputError(
            f"{where}: start {first} lies after end {last}; put the smaller one first, whatever the strand"
        )
    if strand not in ("+", "-"):
        raise InputError(f"{where}: strand {strand!r}; a {kind} needs + or -, drop it if its strand is unknown")
    if not chrom:
        raise InputError(f"{where}: no chromosome in column 1; re-export the file")
    return Feature(number, chrom, kind, start, end, strand, attributes)


def attributes(text: str) -> dict[str, list[str]]:
    """Every attribute's values in their order; a key such as `tag` may stand several times.

    >>> attributes('gene_id "ENSG01"; level 2; tag "basic"; tag "CCDS"; note "a; b";')
    {'gene_id': ['ENSG01'], 'level': ['2'], 'tag': ['basic', 'CCDS'], 'note': ['a; b']}
    """
    found: dict[str, list[str]] = {}
    for key, quoted, bare in _ATTRIBUTE.findall(text):
        found.setdefault(key, []).append(quoted or bare)
    return found
