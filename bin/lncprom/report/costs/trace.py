"""Read Nextflow's trace: what each finished task used, and what was requested for it."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import NamedTuple

from lncprom import files
from lncprom.errors import InputError

NEEDED = ("name", "status", "realtime")
SEVERAL_LINES = ("script", "env")
_NAME = re.compile(r"(?:.*:)?(\w+)(?: \((.*)\))?")
# Field of a task: its column, and how many units of the column make one of the field (trace.raw: ms, per cent, bytes)
COLUMNS = {
    "seconds": ("realtime", 1000),
    "busy": ("%cpu", 100),
    "peak": ("peak_rss", 1),
    "cpus": ("cpus", 1),
    "memory": ("memory", 1),
    "time": ("time", 1000),
}


class Task(NamedTuple):
    """A finished task: seconds that it ran, CPUs that it kept busy on average, peak resident memory in bytes.

    `cpus`, `memory` (bytes) and `time` (seconds) were requested. None: the trace does not report it.
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
        """Whether it ended without a result, so that it was repeated or the run stopped."""
        return self.status not in ("COMPLETED", "CACHED")


def read(path: Path) -> tuple[list[Task], bool]:
    """The tasks in a trace that Nextflow wrote with `trace.raw = true`, and whether its last line is incomplete.

    Nextflow may still be writing the file: a last line without its end is left out.

    Raises
    ------
    InputError
        If a required column is missing, a line has another number of cells than the header, or a cell is no number.
    """
    with files.open_bytes(path) as handle:
        whole, _, rest = handle.read().rpartition(b"\n")
    header, *lines = whole.decode("utf-8", errors="replace").splitlines() or [""]
    names = header.split("\t")
    if missing := [name for name in NEEDED if name not in names]:
        raise InputError(f"{path.name}: no column {missing[0]}. Add it to trace.fields, with tabs between columns.")
    if long := [name for name in SEVERAL_LINES if name in names]:
        raise InputError(f"{path.name}: column {long[0]} spans several lines. Remove it from trace.fields.")
    tasks = []
    for number, line in enumerate(lines, start=2):
        cells, where = [cell.strip() for cell in line.split("\t")], f"{path.name}, line {number}"
        if len(cells) != len(names):
            raise InputError(
                f"{where}: {len(cells)} cells, the header has {len(names)}. "
                "Use the file as Nextflow wrote it, with tabs between cells."
            )
        tasks.append(_task(dict(zip(names, cells, strict=True)), where))
    return tasks, bool(rest.strip())


def _task(row: dict[str, str], where: str) -> Task:
    named = _NAME.fullmatch(row["name"])
    if not named:
        raise InputError(f"{where}: '{row['name']}' is not a task name. Expected a name such as 'EVALUATE (mine)'.")
    found = {}
    for field, (column, units) in COLUMNS.items():
        cell = row.get(column, "-")
        try:
            found[field] = None if cell in ("-", "") else float(cell) / units
        except ValueError:
            found[field] = math.nan
        if found[field] is not None and not 0 <= found[field] < math.inf:
            raise InputError(f"{where}: {column} '{cell}' is not a number. Set trace.raw = true and repeat the run.")
    return Task(named[1].lower(), named[2] or "", row["status"], **found)
