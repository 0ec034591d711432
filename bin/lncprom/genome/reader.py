"""Read windows of a genome's FASTA in the gene's direction."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.genome import bgzip, fasta
from lncprom.genome.bases import reverse_complement
from lncprom.genome.coordinates import window_bounds

_ROWS = 4096
_INVALID = b"!"
_LETTERS = fasta.letters(_INVALID)
_CHECKED_HEADERS = 256
_LONGEST_GAP = 1 << 20  # bytes of a header


class Genome:
    """A FASTA, plain or bgzip, from which windows are read by position. Make one with `Genome.open`."""

    def __init__(self, path: Path, data: bgzip.Plain | bgzip.Bgzip, entries: list[fasta.Entry]) -> None:
        self.path = path
        self.names = tuple(entry.name for entry in entries)
        self.lengths = {entry.name: entry.length for entry in entries}
        self._data = data
        self._number = {name: number for number, name in enumerate(self.names)}
        self._length, self._offset, self._line_bases, self._line_bytes = (
            np.array([entry[column] for entry in entries], dtype=np.int64) for column in range(1, 5)
        )

    @classmethod
    def open(cls, path: Path) -> Genome:
        """The genome in a FASTA; its .fai is made where it is absent or does not fit, and kept if it can be."""
        path = Path(path)
        data = bgzip.open_bytes(path)
        for beside in (_index_path(path), _index_path(path.resolve())):
            if beside.is_file() and (entries := _fitting(beside, data)):
                return cls(path, data, entries)
        entries = fasta.index(fasta.blocks(path), path.name)
        if os.access(path.parent, os.W_OK):
            files.write_text(fasta.format_index(entries), _index_path(path))
        return cls(path, data, entries)

    def fits(self, chrom: Sequence[str], tss, strand, length: int) -> np.ndarray:
        """Which windows lie wholly on a chromosome that the FASTA has."""
        number = self._numbers(chrom)
        start, end = window_bounds(tss, strand, length)
        return (number >= 0) & (start >= 0) & (end <= self._length[number])

    def windows(self, chrom: Sequence[str], tss, strand, length: int) -> np.ndarray:
        """Letters ACGTN of each window in the gene's direction: uint8 of shape (windows, length).

        Every window must fit (see `fits`). Lower case is read as upper, IUPAC ambiguity as N.
        """
        tss, strand = np.asarray(tss, dtype=np.int64), np.asarray(strand)
        if not self.fits(chrom, tss, strand, length).all():
            raise ValueError("a window does not fit on its chromosome")
        number = self._numbers(chrom)
        start, end = window_bounds(tss, strand, length)
        first, last = self._byte(number, start), self._byte(number, end - 1)
        order = np.argsort(first, kind="stable")  # neighbours share a bgzip block
        windows = np.empty((len(tss), length), np.uint8)
        for at in range(0, len(order), _ROWS):
            rows = order[at : at + _ROWS]
            starts, ends = first[rows], last[rows] + 1
            self._data.expect(starts, ends)
            reads = map(self._data.read, starts.tolist(), (ends - starts).tolist())
            text = b"".join(reads).translate(_LETTERS, b"\r\n")
            if len(text) != len(rows) * length:
                raise InputError(f"{self.path.name}: its .fai does not fit it; delete the .fai, it is made anew")
            if _INVALID in text:
                chromosome = self.names[number[rows[text.index(_INVALID) // length]]]
                raise InputError(f"{self.path.name}, sequence {chromosome}: letters that are not bases; a protein?")
            letters = np.frombuffer(text, np.uint8).reshape(len(rows), length)
            reverse = strand[rows] == "-"
            windows[rows[~reverse]] = letters[~reverse]
            windows[rows[reverse]] = reverse_complement(letters[reverse])
        return windows

    def _numbers(self, chrom: Sequence[str]) -> np.ndarray:
        """Each chromosome's number in the FASTA, -1 where it lacks it."""
        names = pl.Series(chrom, dtype=pl.String) if not isinstance(chrom, pl.Series) else chrom
        return names.replace_strict(self._number, default=-1, return_dtype=pl.Int64).to_numpy()

    def _byte(self, number: np.ndarray, position: np.ndarray) -> np.ndarray:
        line, column = np.divmod(position, self._line_bases[number])
        return self._offset[number] + line * self._line_bytes[number] + column


def _index_path(path: Path) -> Path:
    return path.with_name(path.name + ".fai")


def _fitting(index: Path, data: bgzip.Plain | bgzip.Bgzip) -> list[fasta.Entry] | None:
    """The entries of a .fai, or None where other bytes than headers lie between the sequences that it names."""
    try:
        entries = fasta.read_index(index)
    except InputError:
        return None
    ordered = sorted(entries, key=lambda entry: entry.offset)
    ends = [0, *(fasta.end(entry) for entry in ordered)]
    for number in np.unique(np.linspace(0, len(ordered) - 1, _CHECKED_HEADERS).astype(int)) if ordered else ():
        entry, before = ordered[number], ends[number]
        if not before < entry.offset <= min(before + _LONGEST_GAP, data.size):
            return None
        header = data.read(before, entry.offset - before).removeprefix(fasta.BOM).strip()
        if b"\n" in header or header.split()[:1] != [b">" + entry.name.encode()]:
            return None
    blank = ends[-1] <= data.size <= ends[-1] + _LONGEST_GAP and not data.read(ends[-1], data.size - ends[-1]).strip()
    return entries if entries and blank else None
