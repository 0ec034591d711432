"""A genome as downloaded, rewritten so that later steps read any window directly."""

from __future__ import annotations

from collections.abc import Iterator
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


class Prepared(NamedTuple):
    """Counts of a genome: sequences, bases, the longest sequence, unknown bases, and lower-case bases."""

    sequences: int
    bases: int
    longest: int
    n: int  # N, including the ambiguity codes that became N
    ambiguous: int
    soft_masked: int


def rewrite(source: Path, out_fasta: Path, out_index: Path, out_mask: Path) -> Prepared:
    """Write a FASTA in upper case with one line per sequence, its .fai, and its runs of lower case as BED.

    The file is plain or compressed. Memory does not grow with the genome. Other threads decompress ahead.

    Raises
    ------
    InputError
        If the file is damaged or not a FASTA, or a letter is not an IUPAC nucleotide code.
    """
    n = ambiguous = written = 0
    offsets: dict[str, int] = {}
    lengths: dict[str, int] = {}
    with ExitStack() as stack:
        beside, beside_index, beside_mask = (
            stack.enter_context(files.writing(path)) for path in (out_fasta, out_index, out_mask)
        )
        with open(beside, "wb") as out, open(beside_mask, "wb") as bed:
            mask = soft_mask.Writer(bed)
            for piece in fasta.pieces(_ahead(fasta.blocks(source)), source.name):
                if piece.name is not None:
                    name, line_end = piece.name, b"\n" if offsets else b""
                    written += out.write(b"%s>%s\n" % (line_end, name.encode()))
                    offsets[name], lengths[name] = written, 0
                    mask.begin(name)
                    continue
                letters = np.frombuffer(piece.bases.replace(b"\n", b"").replace(b"\r", b""), np.uint8)
                mask.add(letters)
                bases, unknown, codes = _upper(letters, source.name, name, lengths[name])
                n, ambiguous = n + unknown, ambiguous + codes
                lengths[name] += len(bases)
                written += out.write(bases)
            out.write(b"\n")
            mask.begin("")
        lines = (f"{name}\t{size}\t{offsets[name]}\t{size}\t{size + 1}\n" for name, size in lengths.items())
        beside_index.write_text("".join(lines), encoding="utf-8", newline="\n")
    return Prepared(len(lengths), sum(lengths.values()), max(lengths.values()), n, ambiguous, mask.bases)


def _upper(letters: np.ndarray, file: str, name: str, before: int) -> tuple[np.ndarray | bytes, int, int]:
    """Bases in upper case, how many are N, and how many of these were ambiguity codes.

    `before` counts the earlier bases of the sequence.
    """
    if found := fasta.upper(letters):
        return *found, 0
    bases = letters.tobytes().translate(_LETTERS)
    if _INVALID in bases:
        at = bases.index(_INVALID)
        raise InputError(
            f"{file}, sequence {name}, base {before + at + 1:,}: {chr(letters[at])!r} is not a nucleotide. "
            "Give a DNA FASTA, not a protein one or an alignment."
        )
    codes = bases.count(_AMBIGUOUS)
    return bases.replace(_AMBIGUOUS, b"N"), bases.count(b"N") + codes, codes


def _ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same blocks; the next one is read while the current one is processed."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, blocks, b"")
        while block := following.result():
            following = pool.submit(next, blocks, b"")
            yield block
