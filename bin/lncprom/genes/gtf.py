"""A GTF as a stream of checked lines, and the attributes in their ninth column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from lncprom import files
from lncprom.errors import InputError
from lncprom.genome.coordinates import five_prime

_ATTRIBUTE = re.compile(r'([^\s";]+)\s+(?:"([^"]*)"|([^\s";]+))')


class Feature(NamedTuple):
    """One line of a GTF: the place of a gene or transcript, 0-based and half-open."""

    line: int
    chrom: str
    kind: str
    start: int
    end: int
    strand: str
    attributes: str
    tss: int | None  # position of the first transcribed base; None: the strand is unknown (`.`, `?`)


def features(path: Path, kinds: Collection[str]) -> Iterator[Feature]:
    """The lines of these kinds, e.g. `gene`; of other lines only the number of columns is checked.

    Raises
    ------
    InputError
        If a line has a wrong number of columns, position, strand or chromosome.
    """
    for number, text in files.read_lines(path):
        if not text or text[0] == "#":
            continue
        columns = text.split("\t")
        if len(columns) != 9:
            where = f"{path.name}, line {number}"
            raise InputError(f"{where}: {len(columns)} columns, GTF needs 9. Re-download the file or remove the line.")
        if columns[2] in kinds:
            yield _feature(path, number, columns)


def _feature(path: Path, number: int, columns: list[str]) -> Feature:
    chrom, _, kind, first, last, _, strand, _, attributes = columns
    where = f"{path.name}, line {number}"
    if not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        raise InputError(f"{where}: {first}-{last} are not positions. Write whole numbers in columns 4 and 5.")
    if max(len(first), len(last)) > files.POSITION_DIGITS:
        raise InputError(
            f"{where}: a position of {max(len(first), len(last))} digits, longer than any chromosome. Correct the line."
        )
    start, end = int(first) - 1, int(last)  # GTF is 1-based, closed
    if start < 0:
        raise InputError(f"{where}: starts at {first}. Positions of a GTF count from 1.")
    if start >= end:
        raise InputError(f"{where}: start {first} lies after end {last}. Write the smaller one first on both strands.")
    if strand not in ("+", "-", ".", "?"):
        raise InputError(f"{where}: strand {strand!r}, a {kind} needs + or -. Remove the line or set its strand.")
    if not chrom:
        raise InputError(f"{where}: no chromosome in column 1. Re-download the file.")
    tss = five_prime(start, end, strand) if strand in ("+", "-") else None
    return Feature(number, chrom, kind, start, end, strand, attributes, tss)


def attributes(text: str) -> dict[str, list[str]]:
    """Values of each attribute, in order; a key such as `tag` may have several.

    >>> attributes('gene_id "ENSG01"; level 2; tag "basic"; tag "CCDS"; note "a; b";')
    {'gene_id': ['ENSG01'], 'level': ['2'], 'tag': ['basic', 'CCDS'], 'note': ['a; b']}
    """
    found: dict[str, list[str]] = {}
    for key, quoted, bare in _ATTRIBUTE.findall(text):
        found.setdefault(key, []).append(quoted or bare)
    return found
