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


class Difference(NamedTuple):
    """A metric of one model minus that of another, with interval, p and q; None where undefined."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    q: float | None = None


class Pair(NamedTuple):
    """A model minus another on the test split of a data set, and what the difference in MCC means for the first."""

    dataset: Dataset
    model: str
    other: str
    mcc: Difference
    auroc: Difference
    seeds: tuple[int, int]

    @property
    def verdict(self) -> str:
        return verdict(self.mcc)

    @property
    def text(self) -> str:
        """The difference in MCC x 100 within a sentence: `+5.2 [+3.1, +7.3]`."""
        value, low, high = (titles.signed(100 * bound) for bound in self.mcc[:3])
        return f"{value} [{low}, {high}]"


class View(NamedTuple):
    """The reference model (of most data sets), pairs with it, all other pairs, and notes with their data sets."""

    reference: str
    pairs: list[Pair]
    others: list[Pair]
    notes: list[tuple[str, str]]


def view(results: Results, frame: pl.DataFrame, cards: dict[str, dict]) -> View | None:
    """None if no pairs were given. The reference of a data set is always the second model of a pair."""
    cards = {card["dataset"]: card for card in cards.values() if card["step"] == "compare_models"}
    order = {model: at for at, model in enumerate(results.every_model)}
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
        found.sort(key=lambda pair: (order.get(pair.model, len(order)), order.get(pair.other, len(order))))
        pairs += [pair for pair in found if pair.other == reference]
        others += [pair for pair in found if pair.other != reference]
    if not references:
        return None
    return View(references.most_common(1)[0][0], pairs, others, [(together(of), note) for note, of in notes.items()])


def _pairs(dataset: Dataset, rows: pl.DataFrame) -> list[Pair]:
    columns = ("difference", "ci_low", "ci_high", "p_value", "q_value")
    found = []
    for (model, other), metrics in rows.group_by("model_a", "model_b", maintain_order=True):
        of = {row["metric"]: Difference(*(row[name] for name in columns)) for row in metrics.iter_rows(named=True)}
        seeds = metrics.select("seeds_a", "seeds_b").row(0)
        found.append(Pair(dataset, model, other, of.get("mcc", Difference()), of.get("auroc", Difference()), seeds))
    return found


def verdict(difference: Difference) -> str:
    """What a difference in MCC means for the first model: it is significant if q and the interval agree.

    >>> verdict(Difference(0.1, 0.02, 0.2, 0.01, 0.04)), verdict(Difference(0.1, -0.02, 0.2, 0.01, 0.04))
    ('better', 'similar')
    """
    if None in (difference.value, difference.low, difference.high, difference.q):
        return "undefined"
    if difference.q >= FALSE_DISCOVERIES or difference.low <= 0 <= difference.high:
        return "similar"
    return "better" if difference.low > 0 else "worse"


def language_models(results: Results, cards: dict[str, dict]) -> list[str]:
    """Models of every fine-tuned family but the CNN; without cards, all but the logistic regression."""
    family = {
        card["parameters"].get("model"): card["parameters"].get("family")
        for card in cards.values()
        if card["step"] == "finetune"
    }
    family = family or {model: model for model in results.models if model != _REFERENCE}
    return [model for model in results.models if family.get(model, "cnn") != "cnn"]


def sentences(shown: View | None, results: Results, cards: dict[str, dict], datasets: list[Dataset]) -> list[str]:
    """Whether a language model is significantly better than the reference: one or two sentences."""
    asked = language_models(results, cards)
    by_set: dict[str, list[Pair]] = {}
    for pair in shown.pairs if shown else ():
        if pair.dataset in datasets and pair.model in asked and pair.verdict != "undefined":
            by_set.setdefault(pair.dataset.name, []).append(pair)
    if not by_set:
        return []
    judged = list(by_set.values())
    unit = "task" if all(pairs[0].dataset.study for pairs in judged) else "data set"
    against = f"significantly better than {titles.model_within(shown.reference)} in"
    won = [max(better, key=lambda pair: pair.mcc.low) for pairs in judged if (better := _with(pairs, "better"))]
    if won:
        named = [f"{titles.model_within(pair.model)} in {pair.dataset.plain} ({pair.text})" for pair in won]
        said = [
            f"On the same test sequences, a language model is {against} {len(won)} of "
            f"{titles.counted(len(judged), unit)}: {titles.listed(named)}; differences are in MCC \u00d7 100."
        ]
    else:
        best = max((pair for pairs in judged for pair in pairs), key=lambda pair: pair.mcc.value)
        said = [
            f"On the same test sequences, no language model is {against} any {unit}. The largest difference is that of "
            f"{titles.model_within(best.model)} in {best.dataset.plain} ({best.text} in MCC \u00d7 100)."
        ]
    worse = [pairs[0].dataset.plain for pairs in judged if len(_with(pairs, "worse")) == len(pairs)]
    if worse:
        reference = titles.model_within(shown.reference)
        said.append(f"Every language model is significantly worse than {reference} in {titles.listed(worse)}.")
    return said


def _with(pairs: list[Pair], wanted: str) -> list[Pair]:
    return [pair for pair in pairs if pair.verdict == wanted]
