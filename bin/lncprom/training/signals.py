"""Signals of a queue that wants its node back: the run stops within seconds, saved, with a code that is retried.

| signal | who sends it | exit code |
|---|---|---|
| SIGTERM | scancel, preemption, Nextflow when it stops a task | 143 |
| SIGINT | Ctrl-C | 130 |
| SIGUSR1, SIGUSR2 | Slurm before the time limit (--signal; Nextflow asks for USR2) | 140 |

conf/base.config retries a task on each.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODES = {signal.SIGTERM: 143, signal.SIGINT: 130, signal.SIGUSR1: 140, signal.SIGUSR2: 140}


class Interrupted(BaseException):
    """A signal asked this process to stop; whatever was not shielded is left as it stands.

    As KeyboardInterrupt no `Exception`, so that nobody who handles those takes it for a fault of what was just done.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = EXIT_CODES[signal.Signals(number)]


class Listener:
    """Raises `Interrupted` wherever the signal is met, also in the middle of a forward pass, but not where shielded."""

    def __init__(self) -> None:
        self._pending: int | None = None
        self._shields = 0

    def hear(self, number: int, frame: object = None) -> None:
        if self._pending is None:
            self._pending = number
            if not self._shields:
                raise Interrupted(number)

    @property
    def heard(self) -> Interrupted | None:
        """What was asked, also where the exception was lost: cut short, a library may end in a fault of its own."""
        return None if self._pending is None else Interrupted(self._pending)

    @contextmanager
    def shielded(self, to_the_end: bool = False) -> Iterator[None]:
        """Nothing is raised within, but at its end (or never, `to_the_end`): weights are not left half updated."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        if self._pending is not None and not self._shields and not to_the_end:
            raise Interrupted(self._pending)


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener for the signals of the table; the handlers that were there are put back at the end."""
    listener = Listener()
    if threading.current_thread() is not threading.main_thread():  # Python delivers signals to that one alone
        yield listener
        return
    before = {number: signal.signal(number, listener.hear) for number in EXIT_CODES}
    try:
        yield listener
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def from_the_start() -> None:
    """Call this before anything heavy is imported: a signal that comes while a script starts has its code too.

    Nothing is written yet, so the process just ends: an exception in the middle of an import may be swallowed there.
    """

    def end(number: int, frame: FrameType | None) -> None:
        os.write(2, f"{signal.Signals(number).name}: stopped before anything was done\n".encode())
        os._exit(EXIT_CODES[signal.Signals(number)])

    for number in EXIT_CODES:
        signal.signal(number, end)


@contextmanager
def ending() -> Iterator[Listener]:
    """A listener whose signals end the process with their codes, what is half written being cleared away."""
    try:
        with listening() as listener:
            try:
                yield listener
            except BaseException:
                if (stopped := listener.heard) is None:
                    raise
                raise stopped from None
    except Interrupted as stopped:
        raise SystemExit(stopped.exit_code) from None
