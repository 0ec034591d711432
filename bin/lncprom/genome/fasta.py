"""FASTA as a stream of headers and bases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lncprom import files
from lncprom.errors import InputError

BLOCK = 1 << 19
BOM = b"\xef\xbb\xbf"
_NEWLINE, _HEADER = b"\n>"
_LONGEST_HEADER = 1 << 20
_UPPER = np.uint8(0xDF)  # clears the bit by which a lower-case letter differs
_CODES = b"RYSWKMBDHVX"  # IUPAC ambiguity; RepeatMasker may mask with X
_AS_BASES = dict.fromkeys(_CODES, "N") | {ord("U"): "T"}


class Piece(NamedTuple):
    """Part of a FASTA: a header's name (`bases` empty), or bases with their line ends (`name` None)."""

    name: str | None
    bases: bytes


def blocks(path: Path) -> Iterator[bytes]:
    """The decompressed bytes of a file, block by block."""
    if files.compression(path) == "bgzip":
        yield from files.bgzip_blocks(path)
        return
    with files.open_bytes(path) as handle:
        while block := handle.read(BLOCK):
            yield block


def pieces(stream: Iterable[bytes], file: str) -> Iterator[Piece]:
    """Headers and the bases between them, in order; a piece of bases is at most one block long.

    Raises
    ------
    InputError
        If text stands before the first `>`, a name is missing, repeated or not UTF-8, or a sequence is empty.
    """
    seen: set[str] = set()
    name: str | None = None
    filled = True
    for is_header, text in chain(_split(stream, file), [(True, b"")]):
        if is_header:
            if not filled:
                raise InputError(f"{file}, sequence {name}: no bases. Remove its header, or download the file again.")
            if not text:
                break
            name, filled = _name(text[1:], file, seen), False
            yield Piece(name, b"")
            continue
        if not text.isspace():
            if name is None:
                raise InputError(f"{file}: text before the first '>'. A FASTA file starts with >name.")
            filled = True
        if name is not None:
            yield Piece(None, text)
    if name is None:
        raise InputError(f"{file}: no sequence. A FASTA file starts with >name.")


def _split(stream: Iterable[bytes], file: str) -> Iterator[tuple[bool, bytes]]:
    """Whole header lines (True), and the text between them (False) cut where blocks end."""
    header, at_line_start = b"", True  # of a header line, the part in earlier blocks
    for number, block in enumerate(stream):
        buffer, header = header + (block if number else block.removeprefix(BOM)), b""
        at = 0
        while at < len(buffer):
            if at_line_start and buffer[at] == _HEADER:
                stop = buffer.find(b"\n", at) + 1
                if not stop:
                    header = buffer[at:]
                    break
                yield True, buffer[at:stop]
            else:
                # line ends are so frequent that a search for newline and `>` takes twice as long
                stop = buffer.find(b">", at + 1)
                while stop > 0 and buffer[stop - 1] != _NEWLINE:
                    stop = buffer.find(b">", stop + 1)
                stop = stop if stop > 0 else len(buffer)
                yield False, buffer[at:stop]
            at_line_start = buffer[stop - 1] == _NEWLINE
            at = stop
        if len(header) > _LONGEST_HEADER:
            raise InputError(f"{file}: a header line without end. Give a FASTA file.")
    if header:
        yield True, header


def letters(invalid: bytes, ambiguous: bytes = b"N") -> bytes:
    """Translation table of bytes: bases to upper case, U to T, IUPAC codes to `ambiguous`, others to `invalid`."""
    table = bytearray(invalid * 256)
    for base in _CODES:
        table[base] = table[base | 32] = ambiguous[0]
    for base, letter in zip(b"ACGTUN", b"ACGTTN", strict=True):
        table[base] = table[base | 32] = letter
    return bytes(table)


def upper(letters: np.ndarray) -> tuple[np.ndarray, int] | None:
    """ASCII letters in upper case and how many are N; None where one is not of ACGTN. Faster than a table."""
    found = letters & _UPPER
    known, n = sum(np.count_nonzero(found == base) for base in b"ACGT"), 0
    if known < found.size:
        n = int(np.count_nonzero(found == ord("N")))
    return (found, n) if known + n == found.size else None


class Bases(NamedTuple):
    """Sequences, the number of IUPAC ambiguity codes that became N, and the number of sequences that had any."""

    sequences: list[str]
    codes: int
    records: int


def codes_note(codes: int, records: int) -> str:
    """The counts of `Bases` in words."""
    return f"{codes:,} IUPAC ambiguity codes in {records:,} sequences are read as N"


def as_bases(texts: Iterable[str]) -> Bases:
    """Upper-case sequences by the rule of `letters`: U as T, IUPAC codes as N; other letters stay as they are."""
    sequences, codes, records = [], 0, 0
    for text in texts:
        sequences.append(text.translate(_AS_BASES))
        number = sum(text.count(chr(code)) for code in _CODES) if sequences[-1] != text else 0
        codes, records = codes + number, records + bool(number)
    return Bases(sequences, codes, records)


def _name(header: bytes, file: str, seen: set[str]) -> str:
    """The first word of a header, added to the names already seen."""
    try:
        words = header.decode("utf-8").split(maxsplit=1)
    except UnicodeDecodeError:
        raise InputError(f"{file}, header {header[:40]!r}: not UTF-8. Convert it, e.g. iconv -t UTF-8.") from None
    if not words or header[:1].isspace():
        raise InputError(f"{file}, sequence {len(seen) + 1}: a header without a name. Write >name.")
    if words[0] in seen:
        raise InputError(f"{file}: two sequences are named {words[0]}. Rename or remove one.")
    seen.add(words[0])
    return words[0]
