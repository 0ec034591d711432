"""A genome as it was downloaded, rewritten so that every later step reads any window of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lncprom import files
from lncprom.errors import InputError
from lncprom.genome import fasta

_INVALID = b"!"
_AMBIGUOUS = b"?"
_LETTERS = fasta.letters(_INVALID, ambiguous=_AMBIGUOUS)


class Prepared(NamedTuple):
    """What a genome holds: sequences, bases, the longest sequence, and bases that are not known."""

    sequences: int
    bases: int
    longest: int
    n: int  # N, with the ambiguity codes that were made N
    ambiguous: int


def rewrite(source: Path, out_fasta: Path, out_index: Path) -> Prepared:
    """Write a FASTA in upper case with one line a sequence, and its .fai; plain, gzip and bgzip are read.

    Memory does not grow with the genome. Decompression runs one block ahead, in a thread of its own.

    Raises
    ------
    InputError
        where the file is damaged or no FASTA, or a letter is not an IUPAC nucleotide.
    """
    entries: list[fasta.Entry] = []
    n = ambiguous = written = 0
    with files.writing(out_fasta) as beside, files.writing(out_index) as beside_index:
        with open(beside, "wb") as out:
            name, offset, length = "", 0, 0
            for piece in fasta.pieces(_ahead(fasta.blocks(source)), source.name):
                if piece.name is not None:
                    if name:
                        entries.append(fasta.Entry(name, length, offset, length, length + 1))
                        written += out.write(b"\n")
                    written += out.write(b">%s\n" % piece.name.encode())
                    name, offset, length = piece.name, written, 0
                    continue
                bases = piece.bases.translate(_LETTERS, b"\r\n")
                if _INVALID in bases:
                    raise _no_base(source.name, name, length, piece.bases)
                if _AMBIGUOUS in bases:
                    ambiguous += bases.count(_AMBIGUOUS)
                    bases = bases.replace(_AMBIGUOUS, b"N")
                n += int(np.count_nonzero(np.frombuffer(bases, np.uint8) == ord("N")))
                length += len(bases)
                written += out.write(bases)
            entries.append(fasta.Entry(name, length, offset, length, length + 1))
            out.write(b"\n")
        beside_index.write_text(fasta.format_index(entries), encoding="utf-8", newline="\n")
    lengths = [entry.length for entry in entries]
    return Prepared(len(entries), sum(lengths), max(lengths), n, ambiguous)


def _ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same blocks, the next one being read while one is worked on."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, blocks, b"")
        while block := following.result():
            following = pool.submit(next, blocks, b"")
            yield block


def _no_base(file: str, name: str, before: int, raw: bytes) -> InputError:
    at = raw.translate(_LETTERS, b"\r\n").index(_INVALID)
    letter = chr(raw.translate(None, b"\r\n")[at])
    return InputError(
        f"{file}, sequence {name}, base {before + at + 1:,}: {letter!r} is not a nucleotide; "
        "give a DNA FASTA, not a protein one or an alignment"
    )
