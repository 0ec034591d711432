"""Nextflow's trace read back: for each task that ended what it took, and what had been asked for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from lncprom import files
from lncprom.errors import InputError

NEEDED = ("name", "status", "realtime")
SEVERAL_LINES = ("script", "env")
_NAME = re.compile(r"(?:.*:)?(\w+)(?: \((.*)\))?")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_BYTES = {unit: 1024**power for power, unit in enumerate(("B", "KB", "MB", "GB", "TB", "PB", "EB"))}


class Task(NamedTuple):
    """A task that ended: seconds it ran, CPUs it kept busy on average, its greatest resident memory in bytes.

    `cpus`, `memory` and `time` (seconds) were asked for. None: the trace does not say.
    """

    step: str
    tag: str
    status: str
    seconds: float | None
    busy: float | None
    peak: float | None
    cpus: float | None
    memory: float | None
    time: float | None

    @property
    def failed(self) -> bool:
        """Ended without a result: it was tried again, or the run ended."""
        return self.status not in ("COMPLETED", "CACHED")


class Trace(NamedTuple):
    """Tasks in the order in which they ended, and whether a last line that was cut short is left out."""

    tasks: list[Task]
    cut: bool


def seconds(text: str) -> float | None:
    """A time as Nextflow prints it; a bare number is milliseconds.

    >>> seconds("1h 3m 2s"), seconds("9.2s"), seconds("12ms"), seconds("1500"), seconds("-")
    (3782.0, 9.2, 0.012, 1.5, None)
    """
    if text in ("-", ""):
        return None
    if re.fullmatch(r"\d+", text):
        return int(text) / 1000
    parts = [re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", part) for part in text.split()]
    if not parts or not all(parts):
        raise ValueError(text)
    return sum(float(part[1]) * _SECONDS[part[2]] for part in parts)


def size(text: str) -> float | None:
    """Bytes; Nextflow's units are powers of 1,024, and a bare number is bytes.

    >>> size("1.5 KB"), size("2 GB"), size("512"), size("-")
    (1536.0, 2147483648.0, 512.0, None)
    """
    if text in ("-", ""):
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?: ([KMGTPE]?B))?", text)
    if not found:
        raise ValueError(text)
    return float(found[1]) * _BYTES[found[2] or "B"]


def share(text: str) -> float | None:
    """Per cent as a share: 1.5 for a task that kept one and a half CPUs busy.

    >>> share("150.0%"), share("-")
    (1.5, None)
    """
    if text in ("-", ""):
        return None
    found = count(text.removesuffix("%"))
    if found is None:
        raise ValueError(text)
    return found / 100


def count(text: str) -> float | None:
    """A bare number."""
    if text in ("-", ""):
        return None
    if not re.fullmatch(r"\d+(?:\.\d+)?", text):
        raise ValueError(text)
    return float(text)


# Field of a task -> its column, how that is read, what a right value looks like
_COLUMNS = {
    "seconds": ("realtime", seconds, "a time such as '3m 2s'"),
    "busy": ("%cpu", share, "per cent such as '98.5%'"),
    "peak": ("peak_rss", size, "a size such as '1.2 GB'"),
    "cpus": ("cpus", count, "a number of CPUs"),
    "memory": ("memory", size, "a size such as '2 GB'"),
    "time": ("time", seconds, "a time such as '4h'"),
}


def read(path: Path) -> Trace:
    """Every task of a trace, also one that is still being written: what follows the last line end is left out.

    Raises
    ------
    InputError
        where a column that is needed is missing, a line has more or fewer cells than the header, or a cell cannot be
        read.
    """
    with files.open_bytes(path) as handle:
        whole, _, rest = handle.read().rpartition(b"\n")
    header, *lines = whole.decode("utf-8", errors="replace").splitlines() or [""]
    names = header.split("\t")
    _check_header(names, path.name)
    tasks = []
    for number, line in enumerate(lines, start=2):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != len(names):
            raise InputError(
                f"{path.name}, line {number}: {len(cells)} cells, the header has {len(names)}; "
                "take the file as Nextflow wrote it, with tabs between cells"
            )
        tasks.append(_task(dict(zip(names, cells, strict=True)), f"{path.name}, line {number}"))
    return Trace(tasks, bool(rest.strip()))


def _check_header(names: list[str], file: str) -> None:
    for name in NEEDED:
        if name not in names:
            raise InputError(f"{file}: no column {name}; add it to trace.fields, and let tabs part the columns")
    for name in SEVERAL_LINES:
        if name in names:
            raise InputError(f"{file}: its column {name} runs over several lines; leave it out of trace.fields")


def _task(row: dict[str, str], where: str) -> Task:
    named = _NAME.fullmatch(row["name"])
    if not named:
        raise InputError(f"{where}: name '{row['name']}' is no name of a task, such as 'EVALUATE (mine)'")
    found = {}
    for field, (column, read_cell, wanted) in _COLUMNS.items():
        try:
            found[field] = read_cell(row.get(column, "-"))
        except ValueError:
            raise InputError(f"{where}: {column} '{row[column]}' is not {wanted}; take the file as it was") from None
    return Task(named[1].lower(), named[2] or "", row["status"], **found)
