"""Ways to do the same work, measured in turn on a machine that others use too, until their ratio holds still."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple


class Cost(NamedTuple):
    """Seconds by the clock, and of the processors (this process's threads)."""

    wall: float
    cpu: float


class Rounds(NamedTuple):
    """What each way took in each round."""

    costs: dict[str, list[Cost]]

    def seconds(self, name: str, what: str) -> float:
        """The median."""
        return statistics.median(getattr(cost, what) for cost in self.costs[name])

    def ratio(self, name: str, other: str, what: str) -> float:
        """How many times `other` took what `name` took: the median over the rounds, within which a load meets both."""
        pairs = zip(self.costs[name], self.costs[other], strict=True)
        return statistics.median(getattr(theirs, what) / getattr(own, what) for own, theirs in pairs)

    def spread(self, name: str, other: str, what: str) -> tuple[float, float]:
        pairs = zip(self.costs[name], self.costs[other], strict=True)
        ratios = [getattr(theirs, what) / getattr(own, what) for own, theirs in pairs]
        return min(ratios), max(ratios)

    @property
    def number(self) -> int:
        return len(next(iter(self.costs.values())))


TABLE = (
    "| model | way | seconds | processor seconds | lncprom is faster by | by processor time | range | rounds |",
    "|---|---|---|---|---|---|---|---|",
)


def table_rows(found: Rounds, model: str) -> list[str]:
    """Rows of TABLE, one for each way; the first is lncprom's."""
    own, rows = next(iter(found.costs)), []
    for way in found.costs:
        wall, cpu = (found.seconds(way, what) for what in Cost._fields)
        ratio = [found.ratio(own, way, what) for what in Cost._fields]
        low, high = found.spread(own, way, "cpu")
        rows.append(
            f"| {model} | {way} | {wall:.2f} | {cpu:.2f} | {ratio[0]:.2f} | {ratio[1]:.2f} | "
            f"{low:.2f}-{high:.2f} | {found.number} |"
        )
    return rows


class Clock:
    """Seconds between two moments."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def cost(self) -> Cost:
        return Cost(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def in_turn(
    ways: Mapping[str, Callable[[], Cost]],
    least: int,
    most: int,
    tell: Callable[[str], None] = lambda line: None,
    still: float = 0.03,
) -> Rounds:
    """At least `least` rounds of all ways in turn, at most `most`; ended when two moved no ratio by `still`."""
    found = Rounds({name: [] for name in ways})
    first, *others = ways
    ratios: list[list[float]] = []
    while found.number < most:
        for name, way in ways.items():
            found.costs[name].append(way())
            cost = found.costs[name][-1]
            tell(f"round {found.number}, {name}: {cost.wall:.2f} s, {cost.cpu:.2f} s of the processors")
        ratios.append([found.ratio(first, other, what) for other in others for what in Cost._fields])
        recent = zip(*ratios[-3:], strict=True)
        if len(ratios) >= max(least, 3) and all(max(row) / min(row) - 1 <= still for row in recent):
            break
    return found


def command() -> str:
    """The call of this script, but for where its table is written."""
    given = sys.argv[1:]
    if "--out" in given:
        at = given.index("--out")
        del given[at : at + 2]
    return " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *given])


def load() -> str:
    """How busy the machine is, in words for a table."""
    return f"load {os.getloadavg()[1]:.1f} on {os.cpu_count()} processors"
