"""Windows of a genome's FASTA, in the gene's direction."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.genome import fasta
from lncprom.genome.bases import reverse_complement
from lncprom.genome.coordinates import window_bounds, window_tss

_ROWS = 4096  # windows read together
_INVALID = b"!"
_LETTERS = fasta.letters(_INVALID)
_LONGEST_GAP = 1 << 20  # bytes of a header


class Genome:
    """A FASTA, plain or bgzip, from which windows are read by position. `Genome.open` makes one."""

    def __init__(self, path: Path, index: Path, compressed_index: Path | None = None) -> None:
        lines = [line.split("\t") for line in index.read_text(encoding="utf-8").splitlines()]
        self.path = path
        self.names: tuple[str, ...] = tuple(name for name, *_ in lines)
        length, first, line_bases = (np.array([int(line[at]) for line in lines], np.int64) for at in (1, 2, 3))
        self.lengths: dict[str, int] = dict(zip(self.names, length.tolist(), strict=True))
        self._length = length
        self._number = {name: number for number, name in enumerate(self.names)}
        # as prepare_genome writes it, each sequence on one line: read without htslib
        self._first = first if compressed_index is None and (length <= line_bases).all() else None
        self._fasta = None if self._first is not None else _by_htslib(path, index, compressed_index)

    @classmethod
    def open(cls, path: Path) -> Genome:
        """Open a FASTA.

        A plain FASTA is read with the .fai beside it. Where the .fai is missing or belongs to another file, the index
        is built and kept if the folder is writable. The index of a bgzip file is always built.

        Raises
        ------
        InputError
            If the file is gzip, damaged, or has no index because its lines differ in length.
        """
        path = Path(path)
        kind = files.compression(path)
        if kind in ("gzip", "bz2", "xz"):
            raise InputError(f"{path.name}: plain {kind} has no random access. Run prepare_genome on it.")
        if kind == "plain":
            files.refuse_binary(files.head(path), path)
            for beside in (_index_path(path), _index_path(path.resolve())):
                if beside.is_file() and _fits(beside, path):
                    return cls(path, beside)
            if os.access(path.parent, os.W_OK):
                with files.writing(_index_path(path)) as index:
                    _build_index(path, index)
                return cls(path, _index_path(path))
        else:
            files.refuse_cut(path)
        with tempfile.TemporaryDirectory() as folder:
            index, compressed = Path(folder, "fai"), Path(folder, "gzi")
            _build_index(path, index, compressed)
            return cls(path, index, compressed if kind == "bgzip" else None)

    def fits(self, chrom: Sequence[str], tss, strand, length: int) -> np.ndarray:
        """Whether each window lies wholly on a chromosome of the FASTA: bool (windows,)."""
        number = self._numbers(chrom)
        start, end = window_bounds(tss, strand, length)
        return (number >= 0) & (start >= 0) & (end <= self._length[number])

    def windows(self, chrom: Sequence[str], tss, strand, length: int) -> np.ndarray:
        """Letters ACGTN of each window in the gene's direction: uint8 (windows, length).

        Every window must fit (see `fits`). Lower case is read as upper case, IUPAC ambiguity codes as N.
        """
        tss, strand = np.asarray(tss, dtype=np.int64), np.asarray(strand)
        if not self.fits(chrom, tss, strand, length).all():
            raise ValueError("a window does not fit on its chromosome")
        number = self._numbers(chrom)
        start, _ = window_bounds(tss, strand, length)
        order = np.lexsort((start, number))
        windows = np.empty((len(tss), length), np.uint8)
        for at in range(0, len(order), _ROWS):
            rows = order[at : at + _ROWS]
            letters = self._letters(number[rows], start[rows], length)
            reverse = strand[rows] == "-"
            windows[rows] = letters
            windows[rows[reverse]] = reverse_complement(letters[reverse])
        return windows

    def stretches(self, chrom: Sequence[str], start: np.ndarray, length: int) -> np.ndarray:
        """Letters ACGTN of the forward strand from each 0-based start: uint8 (starts, length). All must fit."""
        forward = np.full(len(start), "+")
        return self.windows(chrom, window_tss(start, forward, length), forward, length)

    def _letters(self, number: np.ndarray, start: np.ndarray, length: int) -> np.ndarray:
        """Forward-strand letters of windows: uint8 (windows, length)."""
        if self._first is None:
            read = self._through_lines(number, start, length)
        else:
            read = np.empty(len(number) * length, np.uint8)
            with open(self.path, "rb", buffering=0) as file:
                places = (self._first[number] + start).tolist()
                got = sum(
                    os.preadv(file.fileno(), [row], at)
                    for row, at in zip(read.reshape(-1, length), places, strict=True)
                )
            read = read[:got]
        if read.size != len(number) * length:
            raise InputError(f"{self.path.name}: its .fai belongs to another file. Delete the .fai and run again.")
        if found := fasta.upper(read):
            return found[0].reshape(len(number), length)
        letters = read.tobytes().translate(_LETTERS)
        if _INVALID in letters:
            chromosome = self.names[number[letters.index(_INVALID) // length]]
            raise InputError(f"{self.path.name}, sequence {chromosome}: letters that are not bases. Give a DNA FASTA.")
        return np.frombuffer(letters, np.uint8).reshape(len(number), length)

    def _through_lines(self, number: np.ndarray, start: np.ndarray, length: int) -> np.ndarray:
        """Bytes of the windows one after the other, from a FASTA with line ends in its sequences."""
        try:
            text = "".join(
                self._fasta.fetch(self.names[chrom], first, first + length)
                for chrom, first in zip(number.tolist(), start.tolist(), strict=True)
            )
        except (ValueError, UnicodeDecodeError):
            raise InputError(f"{self.path.name}: damaged. Download or copy it again.") from None
        return np.frombuffer(text.encode("latin-1", "replace"), np.uint8)

    def _numbers(self, chrom: Sequence[str]) -> np.ndarray:
        """Each chromosome's number in the FASTA, -1 where the FASTA lacks it."""
        names = pl.Series(values=chrom, dtype=pl.String)
        return names.replace_strict(self._number, default=-1, return_dtype=pl.Int64).to_numpy()


def _index_path(path: Path) -> Path:
    return path.with_name(path.name + ".fai")


def _by_htslib(path: Path, index: Path, compressed_index: Path | None):
    import pysam  # 0.04 s, which no prepared genome needs

    gzi = None if compressed_index is None else str(compressed_index)
    return pysam.FastaFile(str(path), filepath_index=str(index), filepath_index_compressed=gzi)


def _build_index(path: Path, index: Path, compressed_index: Path | None = None) -> None:
    """Write the .fai of a FASTA, and the .gzi of a bgzip one."""
    for _ in fasta.pieces(fasta.blocks(path), path.name):
        pass  # refuses a repeated name or an empty sequence, which htslib skips without an error
    import pysam  # as in _by_htslib

    gzi = [] if compressed_index is None else ["--gzi-idx", str(compressed_index)]
    verbosity = pysam.set_verbosity(0)
    try:
        pysam.faidx(str(path), "--fai-idx", str(index), *gzi)
    except pysam.SamtoolsError:
        raise InputError(f"{path.name}: lines of different lengths in a sequence. Run prepare_genome on it.") from None
    finally:
        pysam.set_verbosity(verbosity)


def _fits(index: Path, path: Path) -> bool:
    """Whether a .fai belongs to this plain FASTA: only headers lie between the sequences that it lists."""
    try:
        entries = sorted(map(_extent, index.read_text(encoding="utf-8").splitlines()))
    except (ValueError, ArithmeticError):
        return False
    end = 0
    with open(path, "rb") as handle:
        for first, last, name in entries:
            if not end < first <= end + _LONGEST_GAP:
                return False
            handle.seek(end)
            header = handle.read(first - end).removeprefix(fasta.BOM).strip()
            if b"\n" in header or header.split()[:1] != [b">" + name.encode()]:
                return False
            end = last
        size = handle.seek(0, os.SEEK_END)
        handle.seek(end)
        return bool(entries) and end <= size and not handle.read(_LONGEST_GAP).strip()


def _extent(line: str) -> tuple[int, int, str]:
    """Offsets of the first and after the last base, and the name, from a line of a .fai."""
    name, length, first, line_bases, line_bytes = line.split("\t")
    full_lines, rest = divmod(int(length) - 1, int(line_bases))
    return int(first), int(first) + full_lines * int(line_bytes) + rest + 1, name
