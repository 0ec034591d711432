"""MCC, or a regression's Spearman correlation, by level of a stratum: for the heading model and a trivial baseline."""

from __future__ import annotations

import polars as pl
from markupsafe import Markup

from lncprom.report import figures, svg, titles
from lncprom.report.inputs import Inputs
from lncprom.report.results import Finding, Results

_TITLES = {
    "biotype": "Biotype",
    "cpg_island": "CpG island",
    "bidirectional": "Bidirectional",
    "tata": "TATA box",
    "repeat": "Repeat",
    "tss_support": "TSS supported",
    "homology": "Best score to train",
}
_FEW = 50  # groups; below, evaluate calls an interval rough
_LINE = 0.22  # inches of a level
_ENDS = ("value", "ci_low", "ci_high")


def panels(results: Results, given: Inputs, findings: list[Finding]) -> list[tuple[str, Markup]]:
    """A panel for each data set that has scores by stratum."""
    found = []
    for finding in findings:
        models = [model for model in (finding.model, finding.rung) if model]
        mine = (pl.col("dataset") == finding.dataset.name) & pl.col("model").is_in(models)
        rows = given.strata.filter(mine, pl.col("metric") == results.main_metric(finding.dataset.name))
        if rows.height:
            found.append((finding.dataset.short, _panel(results, rows, models, finding)))
    return found


def is_small(row: dict) -> bool:
    """Whether a level has too few groups, or one class: it is drawn in grey."""
    return row["value"] is None or row["n_groups"] < _FEW


def _panel(results: Results, rows: pl.DataFrame, models: list[str], finding: Finding) -> Markup:
    lines, dataset = _lines(rows), finding.dataset
    metric = results.main_title(dataset.name)
    names = [level or _TITLES[stratum] for stratum, level in lines]
    described = [_described(row) for model in models for row in rows.filter(pl.col("model") == model).to_dicts()]
    with svg.style():
        legend = svg.legend_height(len(models), 1)
        margin = 0.25 + 0.074 * max(map(len, names))
        height = 0.75 + _LINE * len(lines)
        drawn = svg.figure(3.9, height + legend, left=margin, bottom=0.55 + legend, right=0.6)
        axes = drawn.subplots()
        for number, model in enumerate(models):
            colour, marker, _ = figures.keys(results)[model]
            for row in rows.filter(pl.col("model") == model, pl.col("value").is_not_null()).to_dicts():
                place = lines.index((row["stratum"], row["level"])) + 0.24 * (number - (len(models) - 1) / 2)
                value, *ends = (100 * (row["value"] if row[end] is None else row[end]) for end in _ENDS)
                look = {"color": svg.MUTED if is_small(row) else colour, "marker": marker, "markersize": 4.5}
                axes.errorbar(value, place, xerr=[[abs(value - end)] for end in ends], linestyle="none", **look)
            axes.plot([], [], color=colour, marker=marker, linestyle="none", label=titles.model(model))
        for at, (stratum, level) in enumerate(lines):
            if level:
                row = rows.filter(stratum=stratum, level=level).row(0, named=True)
                look = {"va": "center", "fontsize": 9, "color": svg.MUTED if is_small(row) else svg.INK}
                axes.text(1.03, at, titles.number(row["n"], 0), transform=axes.get_yaxis_transform(), **look)
        axes.set_yticks(range(len(lines)), names)
        for label, (_, level) in zip(axes.get_yticklabels(), lines, strict=True):
            label.set_fontweight("normal" if level else "bold")
        axes.set(xlim=(min(0.0, axes.dataLim.x0) - 2, 102), ylim=(len(lines) - 0.4, -0.6))
        axes.set_xlabel(f"{metric} \u00d7 100, test split; right: sequences")
        axes.axvline(0, color=svg.MUTED, linewidth=0.8)
        axes.grid(axis="y", visible=False)
        drawn.legend(loc="lower center", ncols=1)
        return svg.inline(
            drawn, f"strata-{dataset.name}", f"{dataset.title}: {metric} by stratum", "; ".join(described)
        )


def _lines(rows: pl.DataFrame) -> list[tuple[str, str | None]]:
    """Stratum and level of each line, from the top; a stratum's heading has no level."""
    found: list[tuple[str, str | None]] = []
    for stratum, level in rows.select("stratum", "level").rows():
        found += [(stratum, None), (stratum, level)]
    return list(dict.fromkeys(found))


def _described(row: dict) -> str:
    known = row["value"] is not None
    score = titles.interval(*(row[end] for end in _ENDS), titles.hundred) if known else "no score"
    return f"{titles.model(row['model'])}, {_TITLES[row['stratum']]} {row['level']}: {score} (n {row['n']:,})"
