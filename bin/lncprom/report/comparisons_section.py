"""Every model against the reference on the same test sequences, in words; and all other pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from lncprom.report import titles
from lncprom.report.results import Dataset, Results, together

FALSE_DISCOVERIES = 0.05  # that a verdict may be wrong: q below it, and an interval without 0
VERDICTS = {
    "more": "reads more",
    "less": "reads less",
    "none": "no difference shown",
    "undefined": "undefined",
}
_REFERENCE = "logistic_regression"


class Difference(NamedTuple):
    """A metric of one model less that of another, its interval, p and q; None where undefined."""

    value: float | None
    low: float | None
    high: float | None
    p: float | None
    q: float | None

    def turned(self) -> Difference:
        """The second model less the first."""
        value, low, high = (None if bound is None else -bound for bound in (self.value, self.high, self.low))
        return Difference(value, low, high, self.p, self.q)


class Pair(NamedTuple):
    """Two models on the test fold of a data set, and what the difference in MCC says of the first."""

    dataset: Dataset
    model: str
    other: str
    mcc: Difference
    auroc: Difference
    verdict: str  # `more`, `less`, `none`, `undefined`
    seeds: tuple[int, int]
    n: int
    groups: int

    def against(self, reference: str) -> Pair:
        """The same with the reference as the second of the two."""
        if self.model != reference:
            return self
        mcc, auroc = self.mcc.turned(), self.auroc.turned()
        return Pair(
            self.dataset, self.other, self.model, mcc, auroc, verdict(mcc), self.seeds[::-1], self.n, self.groups
        )


class View(NamedTuple):
    """The model that others are held against (of most data sets), pairs with it, all other pairs."""

    reference: str
    pairs: list[Pair]
    others: list[Pair]
    notes: list[tuple[str, str]]

    def of(self, dataset: Dataset) -> list[Pair]:
        """The pairs of one data set with its reference."""
        return [pair for pair in self.pairs if pair.dataset.name == dataset.name]


def view(results: Results, frame: pl.DataFrame, cards: dict[str, dict]) -> View | None:
    """None where no pairs were given. The card names the reference of a data set."""
    known = {dataset.name: dataset for dataset in results.datasets}
    asked = {
        card.get("dataset"): card["parameters"].get("reference")
        for card in cards.values()
        if card["step"] == "compare_models"
    }
    order = {model: at for at, model in enumerate([*results.models, *results.floors])}
    pairs, others, references = [], [], Counter()
    for name, dataset in known.items():
        rows = frame.filter(pl.col("dataset") == name)
        if rows.is_empty():
            continue
        of = sorted({*rows["model_a"], *rows["model_b"]})
        reference = asked.get(name) or (_REFERENCE if _REFERENCE in of else of[0])
        references[reference] += 1
        found = [pair.against(reference) for pair in _pairs(dataset, rows)]
        found.sort(key=lambda pair: (_at(order, pair.model), _at(order, pair.other)))
        pairs += [pair for pair in found if pair.other == reference]
        others += [pair for pair in found if pair.other != reference]
    if not references:
        return None
    notes: dict[str, set[str]] = {}
    for card in cards.values():
        if card["step"] == "compare_models" and card.get("dataset") in known:
            for note in card.get("notes", []):
                notes.setdefault(note, set()).add(card["dataset"])
    told = [(together([known[name] for name in known if name in of]), note) for note, of in notes.items()]
    return View(references.most_common(1)[0][0], pairs, others, told)


def _at(order: dict[str, int], model: str) -> tuple[int, str]:
    return order.get(model, len(order)), model


def _pairs(dataset: Dataset, rows: pl.DataFrame) -> Iterator[Pair]:
    by_pair: dict[tuple[str, str], dict[str, dict]] = {}
    for row in rows.iter_rows(named=True):
        by_pair.setdefault((row["model_a"], row["model_b"]), {})[row["metric"]] = row
    nothing = Difference(None, None, None, None, None)
    for (model, other), metrics in by_pair.items():
        columns = ("difference", "ci_low", "ci_high", "p_value", "q_value")
        found = {metric: Difference(*(row[name] for name in columns)) for metric, row in metrics.items()}
        mcc, one = found.get("mcc", nothing), next(iter(metrics.values()))
        seeds = (one["seeds_a"], one["seeds_b"])
        auroc = found.get("auroc", nothing)
        yield Pair(dataset, model, other, mcc, auroc, verdict(mcc), seeds, one["n"], one["n_groups"])


def verdict(difference: Difference) -> str:
    """What a difference in MCC says of the first model: both the q-value and the interval have to say so.

    >>> verdict(Difference(0.1, 0.02, 0.2, 0.01, 0.04)), verdict(Difference(0.1, -0.02, 0.2, 0.01, 0.04))
    ('more', 'none')
    """
    if None in (difference.value, difference.low, difference.high, difference.q):
        return "undefined"
    if difference.q >= FALSE_DISCOVERIES or difference.low <= 0 <= difference.high:
        return "none"
    return "more" if difference.low > 0 else "less"


def language_models(results: Results, cards: dict[str, dict]) -> list[str]:
    """Those that were fine-tuned, by their cards; without these, all but floors and the logistic regression."""
    family = {
        card["parameters"].get("model"): card["parameters"].get("family")
        for card in cards.values()
        if card["step"] == "finetune"
    }
    family = family or {model: model for model in results.models if model != _REFERENCE}
    return [model for model in results.models if family.get(model, "cnn") != "cnn"]


def sentences(shown: View | None, results: Results, cards: dict[str, dict], datasets: list[Dataset]) -> list[str]:
    """Does any language model read more than the reference? One or two sentences, counted from the pairs."""
    asked = [model for model in language_models(results, cards) if shown and model != shown.reference]
    judged = []  # (data set, pairs of its language models with the reference)
    for dataset in datasets if shown else ():
        pairs = [pair for pair in shown.of(dataset) if pair.model in asked and pair.verdict != "undefined"]
        if pairs:
            judged.append((dataset, pairs))
    if not judged:
        return []
    unit = "task" if all(dataset.study for dataset, _ in judged) else "data set"
    against = titles.model_within(shown.reference)
    against = f"the {against}" if shown.reference == _REFERENCE else against
    number = titles.counted(len(judged), unit)
    alone = judged[0][0].plain if len(judged) == 1 else ""
    more = [[pair for pair in pairs if pair.verdict == "more"] for _, pairs in judged]
    won = [max(pairs, key=lambda pair: pair.mcc.low) for pairs in more if pairs]
    if won:
        share = f"{titles.count(len(won))} of {number}" if len(won) < len(judged) else f"every {unit}"
        where = "" if alone else " in {}"
        told = [
            f"{titles.model_within(pair.model)}{where.format(pair.dataset.plain)} ({told_of(pair)})" for pair in won
        ]
        said = [
            f"On the same test sequences a language model reads more than {against} in {alone or share}: "
            f"{titles.listed(told)} points of MCC \u00d7 100."
        ]
    else:
        best = max((pair for _, pairs in judged for pair in pairs), key=lambda pair: pair.mcc.value)
        highest = titles.model_within(best.model) + ("" if alone else f" in {best.dataset.plain}")
        said = [
            f"On the same test sequences no language model has been shown to read more than {against} in "
            f"{alone or f'any of {number}'}; the highest, {highest}, is at {told_of(best)} points of MCC \u00d7 100."
        ]
    less = [dataset.plain for dataset, pairs in judged if all(pair.verdict == "less" for pair in pairs)]
    if less:
        said.append(f"Every language model reads less than {against} in {titles.listed(less)}.")
    return said


def told_of(pair: Pair) -> str:
    """The difference in MCC x 100 as it stands in a sentence: `+5.2 [+3.1, +7.3]`."""
    low, high = (titles.signed(100 * bound) for bound in (pair.mcc.low, pair.mcc.high))
    return f"{titles.signed(100 * pair.mcc.value)} [{low}, {high}]"
