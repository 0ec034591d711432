"""Runs of lower-case bases, by which a FASTA marks repeats: written as BED, and the fraction of a window in them."""

from __future__ import annotations

from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import polars as pl

from lncprom import files
from lncprom.errors import InputError

_HEADER = b"#chrom\tstart\tend\n"  # a file without runs is not empty
_LOWER = ord("a")


class Writer:
    """Writes the runs of one sequence after the other; `bases` counts the lower-case bases so far."""

    def __init__(self, bed: IO[bytes]) -> None:
        bed.write(_HEADER)
        self.bases = 0
        self._bed, self._name = bed, ""
        self._edges: list[np.ndarray] = []
        self._length, self._inside = 0, False

    def begin(self, name: str) -> None:
        """Write the runs of the sequence before, and begin another one."""
        edges = np.concatenate([*self._edges, np.full(int(self._inside), self._length)])
        runs = pl.DataFrame({"chrom": self._name, "start": edges[::2], "end": edges[1::2]})
        runs.write_csv(self._bed, separator="\t", include_header=False, quote_style="never")
        self.bases += int((edges[1::2] - edges[::2]).sum())
        self._name, self._edges, self._length, self._inside = name, [], 0, False

    def add(self, changes: np.ndarray, length: int) -> None:
        """So many further bases of the sequence, with their `case_changes`."""
        if not length:
            return
        if self._inside:  # a piece alone begins after upper case
            changes = changes[1:] if changes[:1] == [0] else np.append(0, changes)
        self._edges.append(changes + self._length)
        self._length, self._inside = self._length + length, self._inside ^ bool(len(changes) % 2)


def case_changes(letters: np.ndarray) -> np.ndarray:
    """Positions of ASCII letters where lower case begins or ends; before the first is upper case: gtA has 0 and 2."""
    lower = letters >= _LOWER
    changes = np.flatnonzero(lower[1:] != lower[:-1]) + 1
    return np.append(0, changes) if lower[:1].any() else changes


class SoftMask(NamedTuple):
    """Of each chromosome, starts and ends of its runs in order, and the bases in runs before each."""

    runs: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]

    @classmethod
    def read(cls, path: Path) -> SoftMask:
        """The runs of a BED of prepare_genome.

        Raises
        ------
        InputError
            If the file is not BED, or runs of a chromosome overlap or are out of order.
        """
        files.refuse_binary(files.head(path), path)
        try:
            schema = {"chrom": pl.String, "start": pl.Int64, "end": pl.Int64}
            rows = pl.read_csv(
                path, separator="\t", has_header=False, comment_prefix="#", quote_char=None, schema=schema
            )
        except pl.exceptions.NoDataError:
            return cls({})
        except pl.exceptions.PolarsError as fault:
            raise InputError(
                f"{path.name}: not BED ({str(fault).splitlines()[0]}). Run prepare_genome again."
            ) from None
        runs = {}
        for (chrom,), part in rows.partition_by("chrom", as_dict=True, maintain_order=True).items():
            start, end = part["start"].to_numpy(), part["end"].to_numpy()
            if (start >= end).any() or (start[1:] < end[:-1]).any():
                raise InputError(f"{path.name}: runs of {chrom} overlap or are out of order. Run prepare_genome again.")
            runs[chrom] = start, end, np.cumsum(end - start) - (end - start)
        return cls(runs)

    def fractions(self, chrom: pl.Series, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Fraction of each window, 0-based and half-open on the forward strand, in runs: float (windows,).

        NaN throughout where the genome has no run, which means that it is not soft-masked.
        """
        if not self.runs:
            return np.full(len(start), np.nan)
        found = np.zeros(len(start))
        names = chrom.to_numpy()
        for name, runs in self.runs.items():
            here = names == name
            found[here] = (_before(end[here], *runs) - _before(start[here], *runs)) / (end - start)[here]
        return found


def _before(at: np.ndarray, start: np.ndarray, end: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """Bases in runs before each position."""
    run = np.searchsorted(start, at, side="right") - 1
    inside = earlier[run] + np.minimum(at, end[run]) - start[run]
    return np.where(run < 0, 0, inside)
