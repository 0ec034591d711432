#!/usr/bin/env python3
"""How often intervals hold the truth, and how often claims are false, on simulated models whose scores are known."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "tests" / "helpers")]

import helpers_simulated as simulated  # noqa: E402
from lncprom.evaluation import claims, jackknife  # noqa: E402

GROUPS = (20, 60, 265)
# true MCC and AUROC of the better model, .87 / .98 to .38 / .76; the other has a little less
SEPARATIONS = ((3.0, 2.6), (2.0, 1.6), (1.0, 0.8))


def coverage(groups: int, separations: tuple[float, float], trials: int) -> str:
    """Row: true scores, groups, fraction of intervals that hold the truth, median width of that of MCC."""
    true = {metric: [getattr(simulated, metric)(each) for each in separations] for metric in ("mcc", "auroc")}
    hits: dict[str, list[bool]] = {}
    widths = []
    for trial in range(trials):
        draw = np.random.default_rng([trial, groups, int(100 * separations[0])])
        label, group, models = simulated.predicted(groups, separations, draw)
        a, b = (simulated.scores(label, group, model) for model in models)
        single = simulated.scores(label, np.arange(len(label)), models[0])
        for metric, (one, other) in true.items():
            found = jackknife.interval(metric, a[metric], 0.95)
            hits.setdefault(metric, []).append(found.low <= one <= found.high)
            apart = jackknife.difference(metric, a[metric], b[metric], 0.95)
            hits.setdefault(f"{metric} difference", []).append(apart.low <= one - other <= apart.high)
            if metric == "mcc":
                widths.append(found.high - found.low)
                of_samples = jackknife.interval(metric, single[metric], 0.95)
                hits.setdefault("samples", []).append(of_samples.low <= one <= of_samples.high)
    order = ("mcc", "auroc", "mcc difference", "auroc difference", "samples")
    cells = [f"{np.mean(hits[name]):.3f}" for name in order]
    scores = f"{true['mcc'][0]:.2f} / {true['auroc'][0]:.2f}"
    return f"| {scores} | {groups} | {' | '.join(cells)} | {np.median(widths):.3f} |"


def claimed(groups: int, trials: int) -> str:
    """Row: groups, least detectable difference, false claims of runs, claims of a difference of twice and once that."""
    null = [simulated.run(trial, groups) for trial in range(trials)]
    least = float(np.mean([found["mdd"].mean() for found in null]))
    false = np.mean([found["verdict"].ne(claims.SIMILAR).any() for found in null])
    cells = []
    for times in (1, 2):
        planted = pl.concat(simulated.run(trial, groups, times * least) for trial in range(trials // 4))
        cells.append(f"{(planted.filter(pl.col('model_a') == 'b')['verdict'] == claims.BETTER).mean():.3f}")
    return f"| {groups} | {least:.3f} | {false:.3f} | {' | '.join(cells)} |"


@click.command(help=__doc__)
@click.option("--trials", type=click.IntRange(8), default=2000, show_default=True, help="Simulated test splits a row.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "benchmarks" / "intervals.md")
def main(trials: int, out: Path) -> None:
    lines = [
        "# Intervals and claims on simulated models",
        "",
        f"Made by `python benchmarks/intervals.py --trials {trials}`. The true scores are known. Groups have 1 to",
        "8 samples of one label (1.6 on average) and share 0.4 of the variance of the errors; half of each error is",
        "common to both models.",
        "",
        "## Intervals of 95%",
        "",
        "Fraction of intervals that contain the true value: of the score of one model, and of the difference of two.",
        "The column samples shows the interval of MCC if single samples are left out, not groups. The last column is",
        "the median width of the interval of MCC.",
        "",
        "| true MCC / AUROC | groups | MCC | AUROC | MCC difference | AUROC difference | samples | width |",
        "|---|---|---|---|---|---|---|---|",
        *(coverage(groups, each, trials) for each in SEPARATIONS for groups in GROUPS),
        "",
        "## Claims",
        "",
        "Runs with two data sets and two models of three seeds (their separations differ by a standard deviation of",
        "0.2 between seeds), each compared with a model without chance: the least detectable difference (mean); the",
        "fraction of runs of equal models with any claim, which is false; the fraction of contrasts that are claimed",
        "if one model is better by once and by twice the least detectable difference.",
        "",
        "| groups | least detectable | any false claim | claimed, once | claimed, twice |",
        "|---|---|---|---|---|",
        *(claimed(groups, trials // 2) for groups in (200, 500)),
    ]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    click.echo(f"written: {out}")


if __name__ == "__main__":
    main()
