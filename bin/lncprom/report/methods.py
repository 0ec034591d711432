"""The methods of a run in words, ready to paste: each sentence and number is that of a card of this run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import polars as pl

from lncprom import study as published
from lncprom.report import datasets_section, layout, titles
from lncprom.report.inputs import Inputs
from lncprom.report.results import Results
from lncprom.report.training_section import kept
from lncprom.sites import task_names

_DIGITS = 12  # of a SHA-256; the table of input files has all
# Blocks of templates/methods.md
_HEADINGS = {
    "sources": "Sources",
    "samples": "Samples",
    "splits": "Splits",
    "models": "Models",
    "statistics": "Statistics",
    "explanations": "Explanations",
    "software": "Software",
}

_RECIPE = (
    "family",
    "truncation",
    "epochs",
    "batch",
    "learning_rate",
    "warmup_steps",
    "weight_decay",
    "clip",
    "restarts",
)
_NEGATIVES = {
    "substitute": "the positives with parts replaced by random bases",
    "shuffle": "the positives, shuffled",
    "dinucleotide_shuffle": "the positives, shuffled with their dinucleotides kept",
    "genomic": "windows at random places of the genome",
    "matched": "windows of the genome, matched to the positives in GC and CpG content",
}


def markdown(given: Inputs) -> str:
    results = Results(given.metrics, given.cards, given.seeds)
    return "\n\n".join(["# Methods", *(f"**{head}.** {text}" for head, text in paragraphs(given, results))]) + "\n"


def paragraphs(given: Inputs, results: Results) -> list[tuple[str, str]]:
    """Heading and text of each paragraph; of what the run did not do there is none."""
    filters = {"source": source, "left_out": left_out, "listed": titles.listed, "n": titles.scalar, "kept": kept}
    made = layout.environment(task_title=task_names.title, **filters)
    made.autoescape = made.trim_blocks = False  # the page escapes it; line breaks between sentences are spaces
    template = made.get_template("methods.md")
    context = template.new_context(facts(given, results))
    texts = {name: "".join(template.blocks[name](context)).replace("\u2212", "-") for name in _HEADINGS}
    texts = {name: " ".join(text.split()) for name, text in texts.items()}
    return [(heading, texts[name]) for name, heading in _HEADINGS.items() if texts[name]]


def facts(given: Inputs, results: Results) -> dict[str, object]:
    """What the template reads: `steps` (name -> records, each once), and records by task, data set and model."""
    steps: dict[str, list[dict]] = defaultdict(list)
    for record in datasets_section.records(given.cards):
        if record not in steps[record["step"]]:
            steps[record["step"]].append(record)
    tasks: dict[str, dict[str, dict]] = {}
    for dataset in [*results.built, *results.cells]:
        if dataset.card:
            name = dataset.task if dataset.built else dataset.name
            tasks.setdefault(name, {of["step"]: of for of in published.chain(dataset.card)})
    # cards of explanations repeat those of their models, without what is upstream
    trained = [card for card in given.cards.values() if not card.get("parameters", {}).get("shuffle_labels")]
    trained = {step: [card for card in trained if card["step"] == step] for step in ("train_baseline", "finetune")}
    tuned = _by_model(trained["finetune"], results)
    return {
        "steps": steps,
        "tasks": tasks,
        "results": results,
        "splits": given.claims["splits"].max() or 1,
        "fractions": given.learning_curve.filter(pl.col("fraction") < 1)["fraction"].unique().sort().to_list(),
        "calibrated": given.calibrated.height > 0,
        "tested": _tested(given, results),
        "negatives": _NEGATIVES,
        "regressions": _by_model(trained["train_baseline"], results),
        "tuned": {model: _recipe(cards, steps["choose_settings"]) for model, cards in tuned.items()},
        "software": list(dict.fromkeys(pair[:2] for pair in datasets_section.versions(given.cards, given.versions))),
    }


def _tested(given: Inputs, results: Results) -> dict[str, list[str]]:
    """`external`: sets that models are only tested on; `transfer`: `A to B` for other data sets; if there are any."""
    found: dict[str, list[str]] = {}
    for row in given.transfer.unique(["kind", "trained_on", "tested_on"], maintain_order=True).iter_rows(named=True):
        of = [results.title(row[end]) for end in ("trained_on", "tested_on")]
        said = of[1] if row["kind"] == "external" else " to ".join(of)
        found.setdefault(row["kind"], []).append(said)
    return {kind: list(dict.fromkeys(names)) for kind, names in found.items()}


def _by_model(cards: Iterable[dict], results: Results) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for card in sorted(cards, key=lambda card: results.rank(card["parameters"]["model"])):
        found.setdefault(card["parameters"]["model"], []).append(card)
    return found


def _recipe(cards: list[dict], choices: list[dict]) -> dict[str, object]:
    """Settings of a fine-tuned model over all data sets and seeds; several where they differ."""

    def each(get: Callable[[dict], object]) -> str:
        return " or ".join(dict.fromkeys(titles.scalar(get(card)) for card in cards))

    found: dict[str, object] = {name: each(lambda card, name=name: card["parameters"].get(name)) for name in _RECIPE}
    found |= {name: each(lambda card, name=name: card["counts"][name]) for name in ("weights", "weights_trained")}
    options = cards[0]["parameters"].get("options", {})
    before = {of["step"]: of["parameters"] for of in cards[0].get("upstream", [])}
    found["seeds"] = titles.listed(list(dict.fromkeys(str(card["parameters"]["seed"]) for card in cards)))
    found["recipe"] = tuple(found[name] for name in (*_RECIPE[2:], "seeds"))
    return found | {
        "twin": cards[0]["parameters"].get("init") == "random",
        "cut": any(card["counts"].get("sequences_cut") for card in cards),
        "lora": options if options.get("lora_r") else None,
        "checkpoint": cards[0]["inputs"].get("checkpoint"),
        "downloaded": before.get("download_checkpoint"),
        "made": before.get("make_checkpoint"),
        "trials": [card for card in choices if card["parameters"]["model"] == cards[0]["parameters"]["model"]],
    }


def source(facts: dict) -> str:
    """`genes.gtf (SHA-256 0123456789ab)`."""
    return f"{facts['file']} (SHA-256 {facts['sha256'][:_DIGITS]})"


def left_out(record: dict) -> str:
    """What a step dropped and why, as the end of a sentence.

    >>> left_out({"dropped": {"promoters with a TATA box": 99, "without a gene": 0}})
    '; excluded: 99 promoters with a TATA box'
    """
    parts = [f"{number:,} {reason}" for reason, number in record.get("dropped", {}).items() if number]
    return f"; excluded: {', '.join(parts)}" if parts else ""
