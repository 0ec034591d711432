"""The findings in sentences, and the models beside the trivial baselines."""

from __future__ import annotations

from lncprom.report import titles
from lncprom.report.results import Finding, Results

VERDICTS = {
    "better": "significantly better than the best trivial baseline",
    "similar": "not significantly better than the best trivial baseline",
    "worse": "significantly worse than the best trivial baseline",
    "no baseline": "no trivial baseline in this run",
    "undefined": "undefined",
}


def sentences(results: Results, findings: list[Finding], confidence: str) -> list[str]:
    """What was tested, in how many tasks the best model is better than the trivial baselines, and where it is not."""
    parts = []
    if results.tasks:
        lengths = titles.listed([f"{n:,}" for n in sorted({d.length for d in results.built})])
        parts.append(f"{titles.counted(len(results.tasks), 'task')} of the study at {lengths} bp")
    if results.imported:
        parts.append(titles.counted(len(results.imported), "ready-made data set"))
    tested = [titles.model_within(model) for model in results.models]
    if results.trivial:
        tested.append(titles.counted(len(results.trivial), "trivial baseline"))
    asked = "How much of the regulation of lncRNA genes can a model read from promoter sequence?"
    opening = f"{asked} This run tests {titles.listed(tested)} on {' and '.join(parts)}."
    built = [finding for finding in findings if finding.dataset.study]
    return [opening, *_verdicts(built or findings, f"At {results.length:,} bp, the" if built else "The", confidence)]


def _verdicts(findings: list[Finding], start: str, confidence: str) -> list[str]:
    judged = [finding for finding in findings if finding.verdict in ("better", "similar", "worse")]
    if not judged:
        return []
    better = [finding for finding in judged if finding.verdict == "better"]
    others = titles.listed([f"{of.dataset.plain} ({_beside(of)})" for of in judged if of not in better])
    if not better:
        return [f"{start} best model is not significantly better than the best trivial baseline in {others}."]
    of = titles.counted(len(judged), "task" if judged[0].dataset.study else "data set")
    best = max(better, key=lambda finding: finding.score.low - finding.trivial_score.high)
    said = (
        f"{start} best model is significantly better than the best trivial baseline in {len(better)} of {of} (the "
        f"{confidence} intervals of MCC do not overlap). The difference is clearest in {best.dataset.plain}: "
        f"MCC \u00d7 100 is {_beside(best)}."
    )
    return [said, f"It is not significantly better in {others}."] if others else [said]


def scale(findings: list[Finding]) -> tuple[float, float]:
    """Lowest and highest MCC of the bars beside the findings; 0 and 1 are always included."""
    lows = [score.low for f in findings for score in (f.score, f.trivial_score) if score and score.low is not None]
    return min([0.0, *lows]), 1.0


def _beside(finding: Finding) -> str:
    model, trivial = titles.model_within(finding.model), titles.model_within(finding.trivial)
    ours, theirs = (titles.interval(*score[:3], titles.hundred) for score in (finding.score, finding.trivial_score))
    return f"{ours} for {model} and {theirs} for {trivial}"
