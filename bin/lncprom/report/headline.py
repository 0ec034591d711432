"""What was found, in sentences that are computed; and how the models stand against the rules that any must beat."""

from __future__ import annotations

from typing import NamedTuple

from lncprom.report import titles
from lncprom.report.results import Dataset, Finding, Results, Score, verdict

VERDICTS = {
    "above": "above the best floor",
    "overlaps": "not told apart from the best floor",
    "below": "below the best floor",
    "no floor": "no floor to compare with",
    "undefined": "undefined",
}


class Floor(NamedTuple):
    """The chosen model of a data set beside each floor, and what its interval says against each."""

    dataset: Dataset
    model: str
    score: Score
    floors: list[tuple[str, Score | None, str]]


def sentences(results: Results, findings: list[Finding], confidence: str) -> list[str]:
    """Two or three sentences: what was asked, how many tasks were read from sequence, where the floors hold."""
    tasks = len(results.tasks)
    parts = []
    if tasks:
        lengths = titles.listed([f"{n:,}" for n in sorted({d.length for d in results.built})])
        parts.append(f"{titles.counted(tasks, 'task')} of the study at {lengths} bp")
    if results.imported:
        parts.append(titles.counted(len(results.imported), "ready-made data set"))
    named = titles.listed([titles.model_within(model) for model in results.models]) if results.models else "no model"
    beside = f", beside {titles.counted(len(results.floors), 'floor')}" if results.floors else ""
    said = [f"How much can be read from promoter sequence? Asked of {named}{beside}, on {' and '.join(parts)}."]
    built = [finding for finding in findings if finding.dataset.study]
    said += _verdicts(built or findings, results.length if built else None, confidence)
    return said


def _verdicts(findings: list[Finding], length: int | None, confidence: str) -> list[str]:
    judged = [finding for finding in findings if finding.verdict in ("above", "overlaps", "below")]
    above = [finding for finding in judged if finding.verdict == "above"]
    others = [_beside_floor(finding) for finding in judged if finding.verdict != "above"]
    if not judged:
        return []
    share = f"{titles.count(len(above))} of {titles.counted(len(judged), 'task' if length else 'data set')}"
    if len(above) == len(judged):
        share = f"every {'task' if length else 'data set'}"
    at = f"At {length:,} bp the" if length else "The"
    if not above:
        interval = f"{at} model's {confidence} interval of MCC does not lie above that of the best floor"
        return [f"{interval} in {titles.listed(others)}."]
    said = f"{at} model's {confidence} interval of MCC lies above that of the best floor in {share}"
    if len(above) == 1:
        said += f", {above[0].dataset.plain} ({_interval(above[0].score)})"
    else:
        best = max(above, key=lambda finding: finding.score.low - finding.floor_score.high)
        said += f", most clearly in {best.dataset.plain} ({_interval(best.score)})"
    return [f"{said}.", f"It does not in {titles.listed(others)}."] if others else [f"{said}."]


def _beside_floor(finding: Finding) -> str:
    floor = f"{_interval(finding.floor_score)} of {titles.model_within(finding.floor)}"
    return f"{finding.dataset.plain} ({_interval(finding.score)} against {floor})"


def scale(findings: list[Finding]) -> tuple[float, float]:
    """Least and greatest MCC of the bars in the headline, 0 and 1 included."""
    lows = [score.low for f in findings for score in (f.score, f.floor_score) if score and score.low is not None]
    return min([0.0, *lows]), 1.0


def floors(results: Results) -> list[Floor]:
    """Every data set's chosen model against every floor."""
    rows = []
    for dataset in results.datasets:
        finding = results.finding(dataset)
        if finding:
            beside = [(floor, results.score(dataset.name, floor)) for floor in results.floors]
            judged = [(floor, score, verdict(finding.score, score) if score else "") for floor, score in beside]
            rows.append(Floor(dataset, finding.model, finding.score, judged))
    return rows


def _interval(score: Score) -> str:
    if score.low is None or score.high is None:
        return titles.hundred(score.value)
    return f"{titles.hundred(score.value)} [{titles.hundred(score.low)}, {titles.hundred(score.high)}]"
