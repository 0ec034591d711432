"""A genome as downloaded, rewritten so that later steps read any window directly."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lncprom import files
from lncprom.errors import InputError
from lncprom.genome import fasta, soft_mask

_INVALID, _AMBIGUOUS = b"!", b"?"
_LETTERS = fasta.letters(_INVALID, _AMBIGUOUS)
_THREADS = 2  # that convert


class Prepared(NamedTuple):
    """Counts of a genome: sequences, bases, the longest sequence, unknown bases, and lower-case bases."""

    sequences: int
    bases: int
    longest: int
    n: int  # N, including the ambiguity codes that became N
    ambiguous: int
    soft_masked: int


class _Bases(NamedTuple):
    """Bases in upper case, their counts, where their case changes, and the first letter that is none."""

    bases: np.ndarray | bytes
    n: int
    ambiguous: int
    case_changes: np.ndarray
    invalid: tuple[int, str] | None = None


def rewrite(source: Path, out_fasta: Path, out_index: Path, out_mask: Path) -> Prepared:
    """Write a FASTA in upper case with one line per sequence, its .fai, and its runs of lower case as BED.

    The file is plain or compressed. Memory does not grow with the genome. Threads decompress and convert ahead.

    Raises
    ------
    InputError
        If the file is damaged or not a FASTA, or a letter is not an IUPAC nucleotide code.
    """
    n = ambiguous = written = 0
    offsets: dict[str, int] = {}
    lengths: dict[str, int] = {}
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(_THREADS))
        beside, beside_index, beside_mask = (
            stack.enter_context(files.writing(path)) for path in (out_fasta, out_index, out_mask)
        )
        with open(beside, "wb") as out, open(beside_mask, "wb") as bed:
            mask = soft_mask.Writer(bed)
            for piece in files.in_order(pool, _converted, fasta.pieces(fasta.blocks(source), source.name)):
                if isinstance(piece, str):
                    name, line_end = piece, b"\n" if offsets else b""
                    written += out.write(b"%s>%s\n" % (line_end, name.encode()))
                    offsets[name], lengths[name] = written, 0
                    mask.begin(name)
                    continue
                if piece.invalid:
                    _refuse(piece, source.name, name, lengths[name])
                mask.add(piece.case_changes, len(piece.bases))
                n, ambiguous = n + piece.n, ambiguous + piece.ambiguous
                lengths[name] += len(piece.bases)
                written += out.write(piece.bases)
            out.write(b"\n")
            mask.begin("")
        lines = (f"{name}\t{size}\t{offsets[name]}\t{size}\t{size + 1}\n" for name, size in lengths.items())
        beside_index.write_text("".join(lines), encoding="utf-8", newline="\n")
    return Prepared(len(lengths), sum(lengths.values()), max(lengths.values()), n, ambiguous, mask.bases)


def _converted(piece: fasta.Piece) -> str | _Bases:
    """A header's name, or the bases of a piece."""
    if piece.name is not None:
        return piece.name
    letters = np.frombuffer(piece.bases.replace(b"\n", b"").replace(b"\r", b""), np.uint8)
    changes = soft_mask.case_changes(letters)
    if found := fasta.upper(letters):
        return _Bases(*found, 0, changes)
    bases = letters.tobytes().translate(_LETTERS)
    at = bases.find(_INVALID)
    if at >= 0:
        return _Bases(bases, 0, 0, changes, (at, chr(letters[at])))
    codes = bases.count(_AMBIGUOUS)
    return _Bases(bases.replace(_AMBIGUOUS, b"N"), bases.count(b"N") + codes, codes, changes)


def _refuse(piece: _Bases, file: str, name: str, before: int) -> None:
    """Refuse the letter; `before` counts the earlier bases of its sequence."""
    raise InputError(
        f"{file}, sequence {name}, base {before + piece.invalid[0] + 1:,}: {piece.invalid[1]!r} is not a nucleotide. "
        "Give a DNA FASTA, not a protein one or an alignment."
    )
