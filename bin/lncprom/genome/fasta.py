"""FASTA as a stream of headers and bases, and the .fai index that says where each base lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lncprom import files
from lncprom.errors import InputError

BLOCK = 1 << 19
BOM = b"\xef\xbb\xbf"
_NEWLINE, _RETURN, _HEADER = b"\n\r>"
_LONGEST_HEADER = 1 << 20
_CODES = b"RYSWKMBDHVX"  # IUPAC ambiguity; X is what RepeatMasker may mask with


class Entry(NamedTuple):
    """A line of a .fai: bases, offset of the first base, bases and bytes of a full line."""

    name: str
    length: int
    offset: int
    line_bases: int
    line_bytes: int


class Piece(NamedTuple):
    """Part of a FASTA: a header's name (`bases` empty), or bases with their line ends (`name` None)."""

    name: str | None
    bases: bytes
    offset: int  # of what follows the header, or of the first of `bases`, in the decompressed file


def blocks(path: Path) -> Iterator[bytes]:
    with files.open_bytes(path) as handle:
        while block := handle.read(BLOCK):
            yield block


def pieces(stream: Iterable[bytes], file: str) -> Iterator[Piece]:
    """Headers and the bases between them, in order; a piece of bases is at most a block long.

    Raises
    ------
    InputError
        where something stands before the first `>`, a name is missing, repeated or not UTF-8, or a sequence is empty.
    """
    seen: set[str] = set()
    current: str | None = None
    filled = True
    offset, carry, at_line_start, first = 0, b"", True, True
    for block in stream:
        buffer, carry = carry + block, b""
        at = len(BOM) if first and buffer.startswith(BOM) else 0
        first = False
        while at < len(buffer):
            if at_line_start and buffer[at] == _HEADER:
                stop = buffer.find(b"\n", at)
                if stop < 0:
                    carry = buffer[at:]
                    if len(carry) > _LONGEST_HEADER:
                        raise InputError(f"{file}: a header line without end; is this a FASTA file?")
                    break
                if not filled:
                    raise _empty(file, current)
                current, filled = _name(buffer[at + 1 : stop], file, seen), False
                at = stop + 1
                yield Piece(current, b"", offset + at)
                continue
            stop = _next_header(buffer, at)
            bases = buffer[at:stop] if stop - at < len(buffer) else buffer
            if bases.strip():
                if current is None:
                    raise InputError(f"{file}: text before the first '>'; a FASTA file starts with >name")
                filled = True
            if current is not None:
                yield Piece(None, bases, offset + at)
            at_line_start = bases[-1] == _NEWLINE
            at = stop
        offset += len(buffer) - len(carry)
    if carry:
        current, filled = _name(carry[1:], file, seen), False
    if not filled:
        raise _empty(file, current)
    if current is None:
        raise InputError(f"{file}: no sequence in it; a FASTA file starts with >name")


def index(stream: Iterable[bytes], file: str) -> list[Entry]:
    """The .fai of a FASTA whose lines, within a sequence, have one length (the last may be shorter)."""
    entries: list[Entry] = []
    lines: _Lines | None = None
    for piece in pieces(stream, file):
        if piece.name is not None:
            if lines is not None:
                entries.append(lines.entry())
            lines = _Lines(piece.name, piece.offset, file)
        elif lines is not None:
            lines.add(piece.bases)
    if lines is not None:
        entries.append(lines.entry())
    return entries


def read_index(path: Path) -> list[Entry]:
    entries = []
    for number, line in files.read_lines(path):
        try:
            name, *numbers = line.split("\t")
            length, offset, line_bases, line_bytes = map(int, numbers)
            if min(length, offset, line_bases) < 1 or line_bytes < line_bases:
                raise ValueError
        except ValueError:
            raise InputError(f"{path.name}, line {number}: no line of a .fai; delete it, it is made anew") from None
        entries.append(Entry(name, length, offset, line_bases, line_bytes))
    return entries


def end(entry: Entry) -> int:
    """Offset after the last base."""
    line, column = divmod(entry.length - 1, entry.line_bases)
    return entry.offset + line * entry.line_bytes + column + 1


def format_index(entries: Iterable[Entry]) -> str:
    return "".join("\t".join(map(str, entry)) + "\n" for entry in entries)


def letters(invalid: bytes, ambiguous: bytes = b"N") -> bytes:
    """Translation of every byte: bases to upper case, U to T, IUPAC codes to `ambiguous`, others to `invalid`."""
    table = bytearray(invalid * 256)
    for base in _CODES:
        table[base] = table[base | 32] = ambiguous[0]
    for base, letter in zip(b"ACGTUN", b"ACGTTN", strict=True):
        table[base] = table[base | 32] = letter
    return bytes(table)


class _Lines:
    """Line lengths of one sequence, checked as its pieces go by."""

    def __init__(self, name: str, offset: int, file: str) -> None:
        self.name, self.offset, self.file = name, offset, file
        self.seen = 0  # bytes
        self.returns = 0
        self.ends = 0  # line ends
        self.line_bytes = 0
        self.blank_from: int | None = None  # byte after a line that is shorter: only line ends may follow

    def add(self, piece: bytes) -> None:
        ends = np.flatnonzero(np.frombuffer(piece, np.uint8) == _NEWLINE) + self.seen
        if b"\r" in piece:
            self.returns += piece.count(b"\r")
        if len(ends) and not self.line_bytes:
            self.line_bytes = int(ends[0]) + 1
        self._refuse_more(piece, self.seen)
        expected = (np.arange(self.ends + 1, self.ends + len(ends) + 1)) * self.line_bytes - 1
        odd = np.flatnonzero(ends != expected)
        if self.blank_from is None and len(odd):
            if ends[odd[0]] > expected[odd[0]]:
                raise self._irregular()
            self.blank_from = int(ends[odd[0]]) + 1
            self._refuse_more(piece, self.seen)
        self.ends += len(ends)
        self.seen += len(piece)

    def _refuse_more(self, piece: bytes, start: int) -> None:
        if self.blank_from is not None and piece[max(0, self.blank_from - start) :].strip():
            raise self._irregular()

    def _irregular(self) -> InputError:
        return InputError(f"{self.file}, sequence {self.name}: lines of different lengths; run prepare_genome on it")

    def entry(self) -> Entry:
        length = self.seen - self.ends - self.returns
        if self.line_bytes == 0:  # one line, and the file ends without a line end
            return Entry(self.name, length, self.offset, length, length + 1)
        line_bases = self.line_bytes - 1 - (1 if self.returns else 0)
        last = self.seen - self.ends * self.line_bytes  # after the last full line, where the file has no last line end
        if self.blank_from is None and last > self.line_bytes:
            raise self._irregular()
        return Entry(self.name, length, self.offset, line_bases, self.line_bytes)


def _name(header: bytes, file: str, seen: set[str]) -> str:
    try:
        words = header.decode("utf-8").split(maxsplit=1)
    except UnicodeDecodeError:
        raise InputError(f"{file}, header {header[:40]!r}: not UTF-8; convert it, e.g. iconv -t UTF-8") from None
    if not words or header[:1].isspace():
        raise InputError(f"{file}, sequence {len(seen) + 1}: a header without a name; write >name")
    if words[0] in seen:
        raise InputError(f"{file}: two sequences are named {words[0]}; rename or drop one")
    seen.add(words[0])
    return words[0]


def _empty(file: str, name: str | None) -> InputError:
    return InputError(f"{file}, sequence {name}: no bases; drop its header, or get the file again")


def _next_header(buffer: bytes, at: int) -> int:
    """Offset of the next `>` that starts a line, or the buffer's end."""
    found = buffer.find(b">", at)
    while found > 0 and buffer[found - 1] != _NEWLINE:
        found = buffer.find(b">", found + 1)
    return found if found > 0 else len(buffer)
