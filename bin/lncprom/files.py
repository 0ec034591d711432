"""Reading of plain and compressed files, and writing that never leaves half a file."""

from __future__ import annotations

import bz2
import errno
import hashlib
import lzma
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from isal import igzip, isal_zlib

from lncprom import formats
from lncprom.errors import InputError

_BGZF_EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # section 4.1.2
_BOM = b"\xef\xbb\xbf"
_BLOCK = 1 << 20
_PACKED_PIECE = 1 << 17  # of a bgzip file; about 500 kB of bases
_THREADS = 2  # that decompress
_AHEAD = 6  # pieces worked on before they are asked for
FULL = (errno.ENOSPC, errno.EDQUOT)  # errors of a disk or quota without space
POSITION_DIGITS = 12  # longest position that is read; the longest known chromosomes need 11
_PACKED = {formats.GZIP: "gzip", formats.BGZIP: "bgzip", formats.BZ2: "bz2", formats.XZ: "xz"}
_OPENERS = {"plain": open, "gzip": igzip.open, "bgzip": igzip.open, "bz2": bz2.open, "xz": lzma.open}


def head(path: Path) -> bytes:
    """The first bytes of a file, as they are on disk."""
    with open(path, "rb") as handle:
        return handle.read(formats.HEAD)


def compression(path: Path) -> str:
    """`plain`, `gzip`, `bgzip`, `bz2` or `xz`, by the first bytes of the file, not by its name."""
    return _PACKED.get(formats.of(head(path)), "plain")


def refuse_binary(start: bytes, path: Path) -> None:
    """Refuse what is no text by its first bytes, with its format and the command that converts it."""
    if found := formats.of(start):
        raise InputError(found.message(path.name))


def refuse_cut(path: Path) -> None:
    """Refuse a bgzip file without the empty block at its end: it is cut short."""
    with open(path, "rb") as handle:
        handle.seek(max(0, path.stat().st_size - len(_BGZF_EOF)))
        if handle.read() != _BGZF_EOF:
            raise InputError(f"{path.name}: the bgzip file is damaged or ends too early. Download or copy it again.")


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """A stream of the decompressed bytes of a text file.

    Raises
    ------
    InputError
        If the file is no text, or the compressed file is truncated or damaged: at the first read for bgzip cut between
        blocks, else while reading.
    """
    kind = compression(path)
    if kind == "bgzip":
        refuse_cut(path)
    with _damage_refused(path), _OPENERS[kind](path, "rb") as handle:
        refuse_binary(handle.peek(formats.HEAD), path)
        yield handle


def bgzip_blocks(path: Path) -> Iterator[bytes]:
    """The decompressed bytes of a bgzip file, piece by piece in order; two threads decompress ahead.

    Faults are those of `open_bytes`.
    """
    refuse_cut(path)
    with _damage_refused(path), open(path, "rb") as handle, ThreadPoolExecutor(_THREADS) as pool:
        for number, block in enumerate(in_order(pool, _unpacked, _whole_blocks(handle, path))):
            if number == 0:
                refuse_binary(block[: formats.HEAD], path)
            if block:
                yield block


def in_order(pool: Executor, work: Callable, items: Iterable) -> Iterator:
    """What `work` makes of each item, in order; the pool works a few items ahead."""
    waiting: deque = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) > _AHEAD:
            yield waiting.popleft().result()
    yield from (future.result() for future in waiting)


def _whole_blocks(handle: IO[bytes], path: Path) -> Iterator[tuple[bytes, list[int]]]:
    """Pieces of a bgzip file that hold whole blocks, and where each of these ends (SAM specification, section 4.1)."""
    rest = b""
    while read := handle.read(_PACKED_PIECE):
        buffer, ends, at = rest + read, [], 0
        while at + 18 <= len(buffer):
            if formats.of(buffer[at : at + 18]) is not formats.BGZIP:
                raise InputError(f"{path.name}: damaged compressed file (no block where one starts). Copy it again.")
            end = at + int.from_bytes(buffer[at + 16 : at + 18], "little") + 1
            if end > len(buffer):
                break
            ends.append(at := end)
        yield buffer[:at], ends
        rest = buffer[at:]
    if rest:
        raise EOFError


def _unpacked(piece: tuple[bytes, list[int]]) -> bytes:
    """The bytes of these blocks, whose checksums are compared."""
    packed, ends = piece
    view, starts = memoryview(packed), [0, *ends[:-1]]
    parts = (isal_zlib.decompress(view[at:end], 31, 1 << 16) for at, end in zip(starts, ends, strict=True))
    return b"".join(parts)


@contextmanager
def _damage_refused(path: Path) -> Iterator[None]:
    """Refuse a compressed file that ends too early or is damaged."""
    try:
        yield
    except EOFError:
        raise InputError(f"{path.name}: the compressed file ends too early. Download or copy it again.") from None
    except (OSError, isal_zlib.error, lzma.LZMAError) as fault:
        if isinstance(fault, OSError) and fault.errno is not None:  # of the disk; bz2 and gzip have no number
            raise
        raise InputError(f"{path.name}: damaged compressed file ({fault}). Download or copy it again.") from None


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Line number (from 1) and text without its line end, from plain or compressed UTF-8.

    A byte order mark is dropped, CRLF is read as LF, and a line that is not UTF-8 is refused.
    """
    with open_bytes(path) as handle:
        for number, line in enumerate(handle, start=1):
            try:
                if number == 1:
                    line = line.removeprefix(_BOM)
                yield number, line.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                raise InputError(f"{path.name}, line {number}: not UTF-8. Convert it, e.g. iconv -t UTF-8.") from None


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path`, renamed to `path` at the end and removed on failure."""
    path = Path(path)
    handle, name = _beside(tempfile.mkstemp, path)
    os.close(handle)
    beside = Path(name)
    try:
        with _full_disk_refused(path):
            yield beside
            open_up(beside, 0o666)
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _beside(make: Callable, path: Path):
    """A new file or folder in the folder of `path`."""
    try:
        return make(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    except OSError as fault:
        raise InputError(f"{path}: cannot be written ({fault.strerror}). Choose another folder.") from None


def open_up(path: Path, mode: int) -> None:
    """Set the permissions that the umask gives a new file or folder."""
    umask = os.umask(0)
    os.umask(umask)
    path.chmod(mode & ~umask)


@contextmanager
def _full_disk_refused(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        if fault.errno not in FULL:
            raise
        raise InputError(f"{path}: {os.strerror(fault.errno)}. Free some space and run again.") from None


@contextmanager
def writing_all(paths: Iterable[Path]) -> Iterator[dict[Path, Path]]:
    """As `writing`, for several files: a temporary file for each path; all are renamed at the end, or none.

    Missing folders are created, and removed on failure.
    """
    paths, made = list(paths), []
    places = [path.resolve() for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1:
            raise InputError(f"{path}: two outputs have this path. Give each its own.")
    try:
        for folder in dict.fromkeys(path.parent for path in paths):
            if not folder.exists():
                folder.mkdir()
                made.append(folder)
        with ExitStack() as stack:
            yield {path: stack.enter_context(writing(path)) for path in paths}
    except BaseException:
        for folder in made:
            folder.rmdir()
        raise


def refuse_foreign(folder: Path, mark: str) -> None:
    """Refuse to replace a folder of other files; `mark` names a file that every folder of ours holds."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / mark).is_file():
        raise InputError(f"{folder}: holds other files (no {mark} among them), which would be lost. Choose another.")


@contextmanager
def writing_folder(path: Path, mark: str) -> Iterator[Path]:
    """An empty folder beside `path`, which replaces `path` at the end and is removed on failure."""
    path = Path(path)
    refuse_foreign(path, mark)
    beside = Path(_beside(tempfile.mkdtemp, path))
    try:
        with _full_disk_refused(path):
            yield beside
            open_up(beside, 0o777)
            if path.is_dir():
                shutil.rmtree(path)
            beside.replace(path)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def write_text(text: str, path: Path) -> None:
    """Write UTF-8 text with LF line ends."""
    with writing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes on disk."""
    digest = hashlib.sha256()
    with open(path, "rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
