"""Random access to the bytes of a file, plain or bgzip, by their offset in the decompressed text."""

from __future__ import annotations

import os
import weakref
from pathlib import Path

import numpy as np
from isal import isal_zlib

from lncprom import files
from lncprom.errors import InputError


class Plain:
    """Bytes of an uncompressed file; `read` is safe from several threads."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)
        self.size = os.fstat(self._descriptor).st_size

    def read(self, offset: int, size: int) -> bytes:
        return os.pread(self._descriptor, size, offset)

    def expect(self, starts: np.ndarray, ends: np.ndarray) -> None:
        """Ask the system to fetch these bytes together: on a cold disk twice as fast as one read after the other."""
        if hasattr(os, "posix_fadvise"):  # not on macOS
            for start, size in zip(starts.tolist(), (ends - starts).tolist(), strict=True):
                os.posix_fadvise(self._descriptor, start, size, os.POSIX_FADV_WILLNEED)


class Bgzip:
    """Bytes of a bgzip file as if it were not compressed; cheap where reads come in order of their offset."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._file = Plain(path)
        files.refuse_cut(path)
        self._packed, self._plain = self._blocks()
        self.size = int(self._plain[-1])
        self._last = -1, b""

    def read(self, offset: int, size: int) -> bytes:
        stop = min(offset + size, self.size)
        first, last = np.searchsorted(self._plain, (offset, max(offset, stop - 1)), side="right") - 1
        parts = [self._block(number) for number in range(first, min(last, len(self._packed) - 2) + 1)]
        base = int(self._plain[first])
        joined = parts[0] if len(parts) == 1 else b"".join(parts)
        return joined[offset - base : stop - base]

    def expect(self, starts: np.ndarray, ends: np.ndarray) -> None:
        first = np.searchsorted(self._plain, starts, side="right") - 1
        after = np.searchsorted(self._plain, ends, side="left")
        self._file.expect(self._packed[first], self._packed[after])

    def _block(self, number: int) -> bytes:
        if self._last[0] != number:
            start, stop = int(self._packed[number]), int(self._packed[number + 1])
            try:
                data = isal_zlib.decompress(self._file.read(start, stop - start), 31)
            except (isal_zlib.error, EOFError):
                raise _damaged(self._name) from None
            self._last = number, data
        return self._last[1]

    def _blocks(self) -> tuple[np.ndarray, np.ndarray]:
        """Offsets at which blocks start, in the file and in its decompressed text, and where both end."""
        packed, plain, at, total = [], [], 0, 0
        end = self._file.size
        while at < end:
            head = self._file.read(at, 18)
            if len(head) < 18 or not head.startswith(files.GZIP_MAGIC) or head[12:16] != files.BGZF_EXTRA:
                raise _damaged(self._name)
            packed.append(at)
            plain.append(total)
            at += int.from_bytes(head[16:18], "little") + 1
            total += int.from_bytes(self._file.read(at - 4, 4), "little")
        return np.array([*packed, end]), np.array([*plain, total])


def _damaged(name: str) -> InputError:
    return InputError(f"{name}: the bgzip file is damaged or ends too early; download or copy it again")


def open_bytes(path: Path) -> Plain | Bgzip:
    """Random access to a file; plain gzip has none and is refused with what mends it."""
    kind = files.compression(path)
    if kind == "gzip":
        raise InputError(
            f"{path.name}: plain gzip cannot be read at random; run prepare_genome on it, or gunzip and bgzip"
        )
    return Plain(path) if kind == "plain" else Bgzip(path)
