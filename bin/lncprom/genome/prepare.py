"""A genome as downloaded, rewritten so that later steps read any window directly."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lncprom import files
from lncprom.errors import InputError
from lncprom.genome import fasta

_INVALID, _AMBIGUOUS = b"!", b"?"
_LETTERS = fasta.letters(_INVALID, _AMBIGUOUS)


class Prepared(NamedTuple):
    """Counts of a genome: sequences, bases, the longest sequence, and unknown bases."""

    sequences: int
    bases: int
    longest: int
    n: int  # N, including the ambiguity codes that became N
    ambiguous: int


def rewrite(source: Path, out_fasta: Path, out_index: Path) -> Prepared:
    """Write a FASTA in upper case with one line per sequence, and its .fai.

    The file is plain or compressed. Memory does not grow with the genome. A second thread decompresses one block ahead.

    Raises
    ------
    InputError
        If the file is damaged or not a FASTA, or a letter is not an IUPAC nucleotide code.
    """
    n = ambiguous = written = 0
    offsets: dict[str, int] = {}
    lengths: dict[str, int] = {}
    with files.writing(out_fasta) as beside, files.writing(out_index) as beside_index:
        with open(beside, "wb") as out:
            for piece in fasta.pieces(_ahead(fasta.blocks(source)), source.name):
                if piece.name is not None:
                    name, line_end = piece.name, b"\n" if offsets else b""
                    written += out.write(b"%s>%s\n" % (line_end, name.encode()))
                    offsets[name], lengths[name] = written, 0
                    continue
                bases = _upper(piece.bases, source.name, name, lengths[name])
                ambiguous += bases.count(_AMBIGUOUS)
                bases = bases.replace(_AMBIGUOUS, b"N")
                # numpy counts a frequent byte faster than bytes.count
                n += int(np.count_nonzero(np.frombuffer(bases, np.uint8) == ord("N")))
                lengths[name] += len(bases)
                written += out.write(bases)
            out.write(b"\n")
        lines = (f"{name}\t{size}\t{offsets[name]}\t{size}\t{size + 1}\n" for name, size in lengths.items())
        beside_index.write_text("".join(lines), encoding="utf-8", newline="\n")
    return Prepared(len(lengths), sum(lengths.values()), max(lengths.values()), n, ambiguous)


def _upper(raw: bytes, file: str, name: str, before: int) -> bytes:
    """The bases of a piece in upper case; `before` counts the earlier bases of the sequence."""
    bases = raw.translate(_LETTERS, b"\r\n")
    if _INVALID in bases:
        at = bases.index(_INVALID)
        letter = chr(raw.translate(None, b"\r\n")[at])
        raise InputError(
            f"{file}, sequence {name}, base {before + at + 1:,}: {letter!r} is not a nucleotide. "
            "Give a DNA FASTA, not a protein one or an alignment."
        )
    return bases


def _ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same blocks; the next one is read while the current one is processed."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, blocks, b"")
        while block := following.result():
            following = pool.submit(next, blocks, b"")
            yield block
