"""Whether a predicted probability is the fraction of positives: curves of the models that head a data set."""

from __future__ import annotations

import polars as pl
from markupsafe import Markup

from lncprom.report import svg, titles
from lncprom.report.inputs import Inputs
from lncprom.report.results import Finding, Results

_ERROR = "rms_calibration_error"
_LOOKS = {"raw": (svg.SERIES[0], "o", "-"), "calibrated": (svg.SERIES[1], "s", (0, (4, 1.5)))}


def curves(results: Results, given: Inputs, findings: list[Finding]) -> list[tuple[str, Markup]]:
    """A panel for each data set: raw and calibrated probabilities of its model, first seed, with intervals."""
    found = []
    for finding in findings:
        dataset, model = finding.dataset, finding.model
        mine = (pl.col("dataset") == dataset.name) & (pl.col("model") == model)
        rows = given.reliability.filter(mine).sort("bin")
        raw = results.score(dataset.name, model, _ERROR)
        after = given.calibrated.filter(mine, pl.col("fold") == "test", pl.col("metric") == _ERROR)["mean"]
        errors = {"raw": raw and raw.value, "calibrated": after[0] if len(after) else None}
        if rows.height:
            title = f"{titles.model(model)}, {dataset.short}"
            found.append((title, _panel(rows, errors, f"reliability-{dataset.name}", title)))
    return found


def thresholds(results: Results, frame: pl.DataFrame) -> list[str]:
    """`CNN on mine: 0.31`, for each model that predicts positive from another probability than 0.5 on."""
    moved = frame.filter(pl.col("threshold") != 0.5).unique(["dataset", "model", "seed"], maintain_order=True)
    return [
        f"{titles.model(model)} on {results.title(dataset)}: {', '.join(titles.number(one, 2) for one in values)}"
        for dataset, model, values in moved.group_by("dataset", "model", maintain_order=True)
        .agg(pl.col("threshold"))
        .rows()
    ]


def _panel(rows: pl.DataFrame, errors: dict[str, float | None], name: str, title: str) -> Markup:
    told = []
    with svg.style():
        drawn = svg.figure(3.1, 3.6, left=0.62, bottom=1.1)
        axes = drawn.subplots()
        axes.plot([0, 1], [0, 1], color=svg.MUTED, linewidth=0.8, linestyle=(0, (1, 2)), label="perfect")
        for kind, (colour, marker, dash) in _LOOKS.items():
            of = rows.filter(pl.col("probability") == kind)
            label = kind if errors[kind] is None else f"{kind} (RMS error {titles.number(errors[kind], 2)})"
            ends = [of["observed"] - of["ci_low"], of["ci_high"] - of["observed"]]
            look = {"color": colour, "marker": marker, "linestyle": dash, "label": label}
            axes.errorbar(of["predicted"], of["observed"], ends, markersize=4, elinewidth=1, capsize=2, **look)
            told.append(label)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.set(xlabel="predicted probability", ylabel="fraction of positives")
        drawn.legend(loc="lower center", ncols=1)
        return svg.inline(drawn, name, f"{title}: reliability", "; ".join(told))
