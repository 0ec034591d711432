"""The costs of a run as an HTML page and as a TSV."""

from __future__ import annotations

from typing import NamedTuple

from lncprom import __version__
from lncprom.report import layout, titles
from lncprom.report.costs import advice, tally
from lncprom.report.costs.advice import Ask
from lncprom.report.costs.tally import Cell, Gpus, Sum
from lncprom.report.costs.trace import Task, Trace


class Costs(NamedTuple):
    """Sums of a run: total, cached and failed tasks, by step with the suggestion, by data set and model, the rest."""

    total: Sum
    earlier: Sum
    failed: Sum
    steps: dict[str, tuple[Sum, Ask]]
    cells: dict[Cell, Sum]
    others: Sum
    gpus: Gpus
    cut: bool


def summed(trace: Trace, datasets: tuple[str, ...], models: tuple[str, ...], gpus: Gpus) -> Costs:
    """The costs of the tasks in a trace; the names of data sets and models are those of the run."""

    def total(tasks: list[Task]) -> Sum:
        return tally.add(tasks, gpus)

    cells, others = tally.by_cell(trace.tasks, datasets, models)
    return Costs(
        total=total(trace.tasks),
        earlier=total([task for task in trace.tasks if task.status == "CACHED"]),
        failed=total([task for task in trace.tasks if task.failed]),
        steps={step: (total(own), advice.suggest(own)) for step, own in tally.by_step(trace.tasks).items()},
        cells={cell: total(own) for cell, own in cells.items()},
        others=total(others),
        gpus=gpus,
        cut=trace.cut,
    )


def render(costs: Costs, title: str) -> str:
    """The page as text."""
    environment = layout.environment()
    environment.filters |= {"hours": hours, "span": span, "memory": memory, "percent": titles.percent}
    environment.filters |= {"counted": titles.counted}
    return environment.get_template("costs.html").render(
        costs=costs,
        title=title,
        version=__version__,
        words=titles,
        advice=advice,
        fraction=fraction,
        measured=tally.MEASURED,
    )


def table(costs: Costs) -> str:
    """The same as TSV: a row per step, per data set and model, for the other tasks, and for the whole run."""
    rows = [
        *(_row("step", found, ask, step=step) for step, (found, ask) in costs.steps.items()),
        *(_row("model", found, dataset=cell.dataset, model=cell.model) for cell, found in costs.cells.items()),
        _row("no_model", costs.others),
        _row("run", costs.total),
    ]
    lines = [list(rows[0]), *(["" if value is None else str(value) for value in row.values()] for row in rows)]
    return "".join("\t".join(line) + "\n" for line in lines)


def _row(level: str, found: Sum, ask: Ask = Ask(), step: str = "", dataset: str = "", model: str = "") -> dict:  # noqa: B008
    longest, largest = found.longest, found.largest
    return {
        "level": level,
        "step": step,
        "dataset": dataset,
        "model": model,
        "tasks": found.tasks,
        "failed": found.failed,
        "cached": found.cached,
        "cpu_hours_used": f"{found.used:.6f}",
        "cpu_hours_reserved": f"{found.reserved:.6f}",
        "gpu_hours": f"{found.gpu:.6f}",
        "longest_s": longest and f"{longest.seconds:g}",
        "time_asked_s": longest and longest.time and f"{longest.time:.0f}",
        "peak_memory_mb": largest and f"{largest.peak / advice.MIB:.0f}",
        "memory_asked_mb": largest and largest.memory and f"{largest.memory / advice.MIB:.0f}",
        "suggested_cpus": ask.cpus,
        "suggested_memory_mb": ask.memory and ask.memory // advice.MIB,
        "suggested_time_h": ask.hours,
    }


def fraction(part: float | None, whole: float | None) -> float | None:
    """A part of a whole; None where either is unknown or the whole is 0."""
    return part / whole if part is not None and whole else None


def hours(value: float) -> str:
    """Hours with a sensible number of digits.

    >>> hours(0), hours(0.0002), hours(0.0123), hours(12.345), hours(1234.5)
    ('0', '< 0.001', '0.012', '12.35', '1,234')
    """
    if 0 < value < 0.001:
        return "< 0.001"
    return titles.number(value, 0 if value >= 100 or not value else 2 if value >= 1 else 3)


def span(value: float) -> str:
    """Seconds in words.

    >>> span(0.43), span(75), span(7380), span(200_000)
    ('0.4 s', '1 min 15 s', '2 h 3 min', '2 d 8 h')
    """
    if value < 60:
        return f"{value:.1f} s".replace(".0 s", " s")
    whole = round(value)
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    first = next(at for at, (_, seconds) in enumerate(units) if whole >= seconds)
    (unit, seconds), (below, part) = units[first : first + 2]
    rest = whole % seconds // part
    return f"{whole // seconds} {unit}" + (f" {rest} {below}" if rest else "")


def memory(value: float) -> str:
    """Bytes in Nextflow's units, powers of 1,024.

    >>> memory(512 * 1024**2), memory(2 * 1024**3), memory(1.25 * 1024**3)
    ('512 MB', '2 GB', '1.2 GB')
    """
    if value < advice.GIB:
        return f"{value / advice.MIB:.0f} MB"
    return f"{value / advice.GIB:.1f}".removesuffix(".0") + " GB"
