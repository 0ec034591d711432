"""The costs of a run as an HTML page, as a TSV and as a configuration with the suggested requests."""

from __future__ import annotations

from collections.abc import Collection

from lncprom.report import layout, titles
from lncprom.report.costs import tally
from lncprom.report.costs.tally import GIB, MIB, Ask

# Exit codes that conf/base.config takes for a lack of memory
_LACKED = "137, 247, Integer.MAX_VALUE"


def render(rows: list[dict], title: str, gpus: int = 0, gpu_steps: Collection[str] = (), cut: bool = False) -> str:
    """The page as text; `rows` are those of `tally.rows`, `cut` says whether a last line of the trace is left out."""
    levels = ("step", "model", "no_model", "cached", "failed", "run")
    by_level = {level: [row for row in rows if row["level"] == level] for level in levels}
    environment = layout.environment(hours=hours, span=span, memory=memory)
    return environment.get_template("costs.html").render(
        of=by_level, title=title, gpus=gpus, gpu_steps=sorted(gpu_steps), cut=cut, tally=tally
    )


def table(rows: list[dict]) -> str:
    """The same as TSV: a row per step, per data set and model, for the other tasks, and for the whole run."""
    cells = [_cells(row) for row in rows if row["level"] not in ("cached", "failed")]
    lines = [list(cells[0]), *(["" if value is None else str(value) for value in row.values()] for row in cells)]
    return "".join("\t".join(line) + "\n" for line in lines)


def _cells(row: dict) -> dict:
    longest, largest, ask = row["longest"], row["largest"], row.get("ask", Ask())
    return {
        **{name: row.get(name) for name in ("level", "step", "dataset", "model", "tasks", "failed", "cached")},
        "cpu_hours_used": f"{row['used']:.6f}",
        "cpu_hours_reserved": f"{row['reserved']:.6f}",
        "gpu_hours": f"{row['gpu']:.6f}",
        "longest_s": longest and f"{longest.seconds:g}",
        "time_asked_s": longest and longest.time and f"{longest.time:.0f}",
        "peak_memory_mb": largest and f"{largest.peak / MIB:.0f}",
        "memory_asked_mb": largest and largest.memory and f"{largest.memory / MIB:.0f}",
        "suggested_cpus": ask.cpus,
        "suggested_memory_mb": ask.memory and ask.memory // MIB,
        "suggested_time_h": ask.hours,
    }


def configuration(asked: dict[str, Ask]) -> str:
    """The suggestions by step as a file for `nextflow run -c`; repeated attempts get more, as by default."""
    lines = [
        "// Suggested requests, from what each step used in one run: nextflow run ... -c resources.config",
        "// Small data do not predict large data: read cost.html before you use this file.",
        "// Nextflow 25.04 refuses -profile together with -c under its strict parser, not under the default one.",
        "process {",
    ]
    for step, ask in sorted(asked.items()):
        lines += [f"    withName: '{step.upper()}' {{", *_settings(ask), "    }"] if any(ask) else []
    return "\n".join([*lines, "}", ""])


def _settings(ask: Ask) -> list[str]:
    lines = [f"        cpus   = {ask.cpus}"] if ask.cpus else []
    if ask.memory:
        first = f"{ask.memory // GIB}.GB" if ask.memory >= GIB else f"{ask.memory // MIB}.MB"
        more = f"task.exitStatus in [{_LACKED}] ? task.previousTrace.memory * 2 : task.previousTrace.memory"
        lines.append(f"        memory = {{ task.attempt == 1 ? {first} : {more} }}")
    if ask.hours:
        more = "task.exitStatus in [140, Integer.MAX_VALUE] ? task.previousTrace.time * 2 : task.previousTrace.time"
        unlimited = "task.executor in [null, 'local'] ? null"  # as in conf/base.config
        lines.append(f"        time   = {{ {unlimited} : task.attempt == 1 ? {ask.hours}.h : {more} }}")
    return lines


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
    ('0.4 s', '1 min 15 s', '2 h 3 min', '2 d 7 h')
    """
    if value < 60:
        return f"{value:.1f} s".replace(".0 s", " s")
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    first = next(at for at, (_, seconds) in enumerate(units) if round(value) >= seconds)
    (unit, seconds), (below, part) = units[first : first + 2]
    whole, rest = divmod(round(value), seconds)
    return f"{whole} {unit}" + (f" {rest // part} {below}" if rest >= part else "")


def memory(value: float) -> str:
    """Bytes in Nextflow's units, powers of 1,024.

    >>> memory(512 * 1024**2), memory(2 * 1024**3), memory(1.25 * 1024**3)
    ('512 MB', '2 GB', '1.2 GB')
    """
    if value < GIB:
        return f"{value / MIB:.0f} MB"
    return f"{value / GIB:.1f}".removesuffix(".0") + " GB"
