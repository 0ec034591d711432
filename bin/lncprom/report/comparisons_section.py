"""The declared contrasts with their verdicts, in words; and all other pairs of models."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from lncprom.report import titles
from lncprom.report.results import Dataset, Results, together

# Verdict of make_claims -> class of the badge; a pair that was not declared has none
VERDICTS = {
    "better": "better",
    "worse": "worse",
    "no difference shown": "similar",
    "not enough evidence": "undefined",
    "not declared": "undefined",
}
_REFERENCE = "logistic_regression"


class Pair(NamedTuple):
    """A model minus another on the test split of a data set: rows of the two metrics, and what MCC says of the first.

    A row has `difference`, `ci_low`, `ci_high` and `p_value`, empty where undefined; `p_holm` is that of the claim.
    """

    dataset: Dataset
    model: str
    other: str
    mcc: dict
    auroc: dict
    seeds: tuple[int, int]
    verdict: str
    lacking: str
    p_holm: float | None

    @property
    def text(self) -> str:
        """The difference in MCC x 100 within a sentence: `+5.2 [+3.1, +7.3]`."""
        numbers = (100 * self.mcc[name] for name in ("difference", "ci_low", "ci_high"))
        return titles.interval(*numbers, titles.signed)


def view(results: Results, frame: pl.DataFrame, claims: pl.DataFrame, cards: dict[str, dict]) -> dict | None:
    """The `reference` of language models, the declared `pairs`, all `others`, and `notes` with their data sets.

    None if no pairs were given. `pairs` are the declared contrasts.
    """
    cards = {card["dataset"]: card for card in cards.values() if card["step"] == "compare_models"}
    judged = {(row["dataset"], row["model_a"], row["model_b"]): row for row in claims.iter_rows(named=True)}
    pairs, others = [], []
    notes: dict[str, list[Dataset]] = {}
    for dataset in results.datasets:
        found = _pairs(dataset, frame.filter(pl.col("dataset") == dataset.name), judged)
        for note in cards.get(dataset.name, {}).get("notes", []):
            notes.setdefault(note, []).append(dataset)
        found.sort(key=lambda pair: (results.rank(pair.model), results.rank(pair.other)))
        pairs += [pair for pair in found if pair.verdict != "not declared"]
        others += [pair for pair in found if pair.verdict == "not declared"]
    if not pairs and not others:
        return None
    listed = [(together(of), note) for note, of in notes.items()]
    return {"reference": _REFERENCE, "pairs": pairs, "others": others, "notes": listed}


def _pairs(dataset: Dataset, rows: pl.DataFrame, judged: dict[tuple, dict]) -> list[Pair]:
    empty = dict.fromkeys(("difference", "ci_low", "ci_high", "p_value"))
    found = []
    for (model, other), metrics in rows.group_by("model_a", "model_b", maintain_order=True):
        of = {row["metric"]: row for row in metrics.iter_rows(named=True)}
        mcc, seeds = of.get("mcc", empty), metrics.select("seeds_a", "seeds_b").row(0)
        claim = judged.get((dataset.name, model, other), {"verdict": "not declared", "p_holm": None})
        verdict, _, lacking = claim["verdict"].partition(": ")
        found.append(Pair(dataset, model, other, mcc, of.get("auroc", empty), seeds, verdict, lacking, claim["p_holm"]))
    return found


def _language_models(results: Results, cards: dict[str, dict]) -> list[str]:
    """Models of every fine-tuned family but the CNN; without cards, all but the logistic regression."""
    tuned = [card["parameters"] for card in cards.values() if card["step"] == "finetune"]
    family = {parameters.get("model"): parameters.get("family") for parameters in tuned}
    family = family or {model: model for model in results.models if model != _REFERENCE}
    return [model for model in results.models if family.get(model, "cnn") != "cnn"]


def sentences(shown: dict | None, results: Results, cards: dict[str, dict], datasets: list[Dataset]) -> list[str]:
    """Whether a language model is better than the logistic regression, by the claims: one or two sentences."""
    asked = _language_models(results, cards)
    by_set: dict[str, list[Pair]] = {}
    for pair in shown["pairs"] if shown else ():
        if pair.dataset in datasets and pair.model in asked and pair.other == _REFERENCE:
            by_set.setdefault(pair.dataset.name, []).append(pair)
    if not by_set:
        return []
    unit = "task" if all(pairs[0].dataset.study for pairs in by_set.values()) else "data set"
    reference = titles.model_within(_REFERENCE)
    judged = [found for pairs in by_set.values() if (found := [pair for pair in pairs if not pair.lacking])]
    if not judged:
        lacking = sorted({pair.lacking for pairs in by_set.values() for pair in pairs})
        return [f"There is not enough evidence to compare language models with {reference}: {'; '.join(lacking)}."]
    start = "On the same test sequences,"
    better = [[pair for pair in pairs if pair.verdict == "better"] for pairs in judged]
    if won := [max(pairs, key=lambda pair: pair.mcc["ci_low"]) for pairs in better if pairs]:
        named = [f"{titles.model_within(pair.model)} in {pair.dataset.plain} ({pair.text})" for pair in won]
        said = [
            f"{start} a language model is better than {reference} in {len(won)} of "
            f"{titles.counted(len(judged), unit)}: {titles.listed(named)}; differences are in MCC \u00d7 100."
        ]
    else:
        best = max((pair for pairs in judged for pair in pairs), key=lambda pair: pair.mcc["difference"])
        said = [
            f"{start} no language model is shown to be better than {reference} in any {unit}. The largest difference "
            f"is that of {titles.model_within(best.model)} in {best.dataset.plain} ({best.text} in MCC \u00d7 100)."
        ]
    worse = [pairs[0].dataset.plain for pairs in judged if all(pair.verdict == "worse" for pair in pairs)]
    if worse:
        said.append(f"Every language model is worse than {reference} in {titles.listed(worse)}.")
    return said
