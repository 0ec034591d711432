"""Wall time, processor time and peak memory of commands that depend on one another, a few at a time."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_PAGE = os.sysconf("SC_PAGE_SIZE")
_EVERY = 0.05  # seconds between looks at memory


def cpu_model() -> str:
    """The processor's name, of Linux."""
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


@dataclass(frozen=True)
class Job:
    """A command with a name, and the names of those that must be done before it."""

    name: str
    command: Sequence[str]
    after: tuple[str, ...] = ()


class Finished(NamedTuple):
    """One command's seconds, processor seconds and greatest resident memory in bytes, children included."""

    name: str
    wall: float
    cpu: float
    memory: int


class Measured(NamedTuple):
    """All commands together; `memory` is the greatest sum over processes that ran at one time.

    `others` are the processor seconds that the machine's other programs took meanwhile: the fewer, the truer `wall`.
    """

    wall: float
    cpu: float
    others: float
    memory: int
    jobs: list[Finished]


class _Watch(threading.Thread):
    """Looks at the resident memory of the given processes and their children."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.roots: dict[int, int] = {}  # process id -> its own greatest memory
        self.peak = 0
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.wait(_EVERY):
            self.look()

    def look(self) -> None:
        sums = {root: sum(map(_resident, [root, *_descendants(root)])) for root in list(self.roots)}
        for root, memory in sums.items():
            self.roots[root] = max(self.roots.get(root, 0), memory)
        self.peak = max(self.peak, sum(sums.values()))


def run(jobs: Sequence[Job], at_once: int, folder: Path) -> Measured:
    """Every command in `folder`, at most so many at a time; the first that fails stops all, with what it said."""
    watch, done, finished, busy = _Watch(), set(), [], _busy()
    watch.start()
    start, waiting = time.perf_counter(), list(jobs)
    try:
        with ThreadPoolExecutor(at_once) as pool:
            running = set()
            while waiting or running:
                for job in [job for job in waiting if done.issuperset(job.after)][: at_once - len(running)]:
                    waiting.remove(job)
                    running.add(pool.submit(_one, job, folder, watch))
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    finished.append(future.result())
                    done.add(finished[-1].name)
    finally:
        watch.stop.set()
    wall = time.perf_counter() - start
    cpu = sum(job.cpu for job in finished)
    return Measured(wall, cpu, max(0.0, _busy() - busy - cpu), watch.peak, finished)


def wait_until_idle(seconds: float) -> bool:
    """Whether the machine's programs left nine tenths of it idle for five seconds, within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        before = _busy()
        time.sleep(5)
        if _busy() - before < 0.5 * (os.cpu_count() or 1):
            return True
    return False


def _busy() -> float:
    """Processor seconds that this machine has worked since it started."""
    user, nice, system, _, _, interrupts, soft, *_ = Path("/proc/stat").read_text().split()[1:9]
    return sum(map(int, (user, nice, system, interrupts, soft))) / os.sysconf("SC_CLK_TCK")


def _one(job: Job, folder: Path, watch: _Watch) -> Finished:
    start = time.perf_counter()
    with open(folder / f"{job.name}.log", "wb") as log:
        process = subprocess.Popen(job.command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        watch.roots[process.pid] = 0
        _, status, usage = os.wait4(process.pid, 0)
    # not ru_maxrss: that begins with the size of the process that started it
    memory = watch.roots.pop(process.pid)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = (folder / f"{job.name}.log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{job.name} ended with {process.returncode}:\n{' '.join(job.command)}\n{said}")
    return Finished(job.name, time.perf_counter() - start, usage.ru_utime + usage.ru_stime, memory)


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _descendants(process: int) -> list[int]:
    found = []
    try:
        for thread in Path(f"/proc/{process}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    except OSError:
        return found
    return found + [below for child in list(found) for below in _descendants(child)]
