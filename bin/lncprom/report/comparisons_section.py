"""Every model against the reference model on the same test sequences, in words; and all other pairs."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import polars as pl

from lncprom.report import titles
from lncprom.report.results import Dataset, Results, together

FALSE_DISCOVERIES = 0.05  # significant: q below this, and an interval without 0
VERDICTS = {
    "better": "significantly better",
    "worse": "significantly worse",
    "similar": "no significant difference",
    "undefined": "undefined",
}
_REFERENCE = "logistic_regression"


class Pair(NamedTuple):
    """A model minus another on the test split of a data set: rows of the two metrics, and what MCC says of the first.

    A row has `difference`, `ci_low`, `ci_high`, `p_value` and `q_value`, empty where undefined.
    """

    dataset: Dataset
    model: str
    other: str
    mcc: dict
    auroc: dict
    seeds: tuple[int, int]
    verdict: str

    @property
    def text(self) -> str:
        """The difference in MCC x 100 within a sentence: `+5.2 [+3.1, +7.3]`."""
        numbers = (100 * self.mcc[name] for name in ("difference", "ci_low", "ci_high"))
        return titles.interval(*numbers, titles.signed)


def view(results: Results, frame: pl.DataFrame, cards: dict[str, dict]) -> dict | None:
    """The `reference` model (of most data sets), `pairs` with it, all `others`, and `notes` with their data sets.

    None if no pairs were given. The reference of a data set is always the second model of a pair.
    """
    cards = {card["dataset"]: card for card in cards.values() if card["step"] == "compare_models"}
    pairs, others, references = [], [], Counter()
    notes: dict[str, list[Dataset]] = {}
    for dataset in results.datasets:
        found = _pairs(dataset, frame.filter(pl.col("dataset") == dataset.name))
        card = cards.get(dataset.name, {})
        for note in card.get("notes", []):
            notes.setdefault(note, []).append(dataset)
        if not found:
            continue
        reference = card.get("parameters", {}).get("reference") or _REFERENCE
        references[reference] += 1
        found.sort(key=lambda pair: (results.rank(pair.model), results.rank(pair.other)))
        pairs += [pair for pair in found if pair.other == reference]
        others += [pair for pair in found if pair.other != reference]
    if not references:
        return None
    listed = [(together(of), note) for note, of in notes.items()]
    return {"reference": references.most_common(1)[0][0], "pairs": pairs, "others": others, "notes": listed}


def _pairs(dataset: Dataset, rows: pl.DataFrame) -> list[Pair]:
    empty = dict.fromkeys(("difference", "ci_low", "ci_high", "p_value", "q_value"))
    found = []
    for (model, other), metrics in rows.group_by("model_a", "model_b", maintain_order=True):
        of = {row["metric"]: row for row in metrics.iter_rows(named=True)}
        mcc, seeds = of.get("mcc", empty), metrics.select("seeds_a", "seeds_b").row(0)
        found.append(Pair(dataset, model, other, mcc, of.get("auroc", empty), seeds, verdict(mcc)))
    return found


def verdict(row: dict) -> str:
    """What a difference in MCC means for the first model: it is significant if q and the interval agree.

    >>> row = {"difference": 0.1, "ci_low": 0.02, "ci_high": 0.2, "q_value": 0.04}
    >>> verdict(row), verdict(row | {"ci_low": -0.02})
    ('better', 'similar')
    """
    low, high, q = row["ci_low"], row["ci_high"], row["q_value"]
    if None in (row["difference"], low, high, q):
        return "undefined"
    if q >= FALSE_DISCOVERIES or low <= 0 <= high:
        return "similar"
    return "better" if low > 0 else "worse"


def _language_models(results: Results, cards: dict[str, dict]) -> list[str]:
    """Models of every fine-tuned family but the CNN; without cards, all but the logistic regression."""
    tuned = [card["parameters"] for card in cards.values() if card["step"] == "finetune"]
    family = {parameters.get("model"): parameters.get("family") for parameters in tuned}
    family = family or {model: model for model in results.models if model != _REFERENCE}
    return [model for model in results.models if family.get(model, "cnn") != "cnn"]


def sentences(shown: dict | None, results: Results, cards: dict[str, dict], datasets: list[Dataset]) -> list[str]:
    """Whether a language model is significantly better than the reference: one or two sentences."""
    asked = _language_models(results, cards)
    by_set: dict[str, list[Pair]] = {}
    for pair in shown["pairs"] if shown else ():
        if pair.dataset in datasets and pair.model in asked and pair.verdict != "undefined":
            by_set.setdefault(pair.dataset.name, []).append(pair)
    if not by_set:
        return []
    judged = list(by_set.values())
    unit = "task" if all(pairs[0].dataset.study for pairs in judged) else "data set"
    reference = titles.model_within(shown["reference"])
    start = "On the same test sequences,"
    better = [[pair for pair in pairs if pair.verdict == "better"] for pairs in judged]
    if won := [max(pairs, key=lambda pair: pair.mcc["ci_low"]) for pairs in better if pairs]:
        named = [f"{titles.model_within(pair.model)} in {pair.dataset.plain} ({pair.text})" for pair in won]
        said = [
            f"{start} a language model is significantly better than {reference} in {len(won)} of "
            f"{titles.counted(len(judged), unit)}: {titles.listed(named)}; differences are in MCC \u00d7 100."
        ]
    else:
        best = max((pair for pairs in judged for pair in pairs), key=lambda pair: pair.mcc["difference"])
        said = [
            f"{start} no language model is significantly better than {reference} in any {unit}. The largest difference "
            f"is that of {titles.model_within(best.model)} in {best.dataset.plain} ({best.text} in MCC \u00d7 100)."
        ]
    worse = [pairs[0].dataset.plain for pairs in judged if all(pair.verdict == "worse" for pair in pairs)]
    if worse:
        said.append(f"Every language model is significantly worse than {reference} in {titles.listed(worse)}.")
    return said
