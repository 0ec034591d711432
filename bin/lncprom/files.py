"""Reading of plain and compressed files, and writing that never leaves half a file."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from isal import igzip, isal_zlib

from lncprom.errors import InputError

GZIP_MAGIC = b"\x1f\x8b"
BGZF_EXTRA = b"BC\x02\x00"  # SAM specification, section 4.1: the extra field of a bgzip block
_BGZF_EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # section 4.1.2
_BOM = b"\xef\xbb\xbf"
_BLOCK = 1 << 20
FULL = (errno.ENOSPC, errno.EDQUOT)  # errors of a disk or quota without space
POSITION_DIGITS = 12  # longest position that is read; the longest known chromosomes need 11


def compression(path: Path) -> str:
    """`plain`, `gzip` or `bgzip`, by the first bytes of the file, not by its name."""
    with open(path, "rb") as handle:
        head = handle.read(18)
    if not head.startswith(GZIP_MAGIC):
        return "plain"
    return "bgzip" if head[12:16] == BGZF_EXTRA else "gzip"


def refuse_cut(path: Path) -> None:
    """Refuse a bgzip file without the empty block at its end: it is cut short."""
    with open(path, "rb") as handle:
        handle.seek(max(0, path.stat().st_size - len(_BGZF_EOF)))
        if handle.read() != _BGZF_EOF:
            raise InputError(f"{path.name}: the bgzip file is damaged or ends too early. Download or copy it again.")


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """A stream of the decompressed bytes.

    Raises
    ------
    InputError
        If the compressed file is truncated or damaged: at the first read for bgzip cut between blocks, else while
        reading.
    """
    kind = compression(path)
    if kind == "bgzip":
        refuse_cut(path)
    try:
        opener = open if kind == "plain" else igzip.open
        with opener(path, "rb") as handle:
            yield handle
    except EOFError:
        raise InputError(f"{path.name}: the compressed file ends too early. Download or copy it again.") from None
    except (gzip.BadGzipFile, isal_zlib.error) as fault:
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
