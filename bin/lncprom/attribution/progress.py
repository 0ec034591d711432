"""How far a method is, in the log: samples done, their rate, the time left; a line every so many seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

_EVERY = 15  # seconds


class Progress:
    def __init__(self, log: Callable[[str], None], what: str, total: int) -> None:
        self.log, self.what, self.total, self.done = log, what, total, 0
        self.began = self.said = time.monotonic()

    def add(self, samples: int) -> None:
        self.done += samples
        now = time.monotonic()
        if self.done < self.total and now - self.said < _EVERY:
            return
        self.said, seconds = now, max(now - self.began, 1e-9)
        rate = self.done / seconds
        left = (self.total - self.done) / rate
        ahead = f", {int(left // 60)}:{int(left % 60):02d} left" if self.done < self.total else f", {seconds:.1f} s"
        pace = f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"
        self.log(f"{self.what}: {self.done:,} of {self.total:,} samples, {pace} a second{ahead}")
