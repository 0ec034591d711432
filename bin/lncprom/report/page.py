"""Compute the report and lay it out with templates/page.html."""

from __future__ import annotations

from pathlib import Path

from lncprom import files, study
from lncprom.report import (
    comparisons_section,
    composition_section,
    datasets_section,
    figures,
    headline,
    importance_section,
    inputs,
    layout,
    motifs_section,
    results_tables,
    svg,
    titles,
    training_section,
)
from lncprom.report.results import Results


def write(given: inputs.Inputs, title: str, out: Path) -> None:
    files.write_text(render(given, title), out)


def render(given: inputs.Inputs, title: str) -> str:
    """The page as text. It depends only on the inputs, not on when or where it is made."""
    results = Results(given.metrics, given.cards, given.seeds)
    environment = layout.environment()
    environment.globals |= {
        "confidence": _confidence(given.cards),
        "published": study,
        "about_comparisons": comparisons_section,
        "about_importance": importance_section,
        "about_motifs": motifs_section,
        "about_training": training_section,
    }
    context = _findings(given, results) | _scores(given, results) | _explanations(given, results) | _methods(given)
    return environment.get_template("page.html").render(title=title, results=results, **context)


def _findings(given: inputs.Inputs, results: Results) -> dict:
    """What stands at the top of the page: sentences, one finding per data set, warnings; and what they are about."""
    views = datasets_section.views(results, given.cards)
    trained = training_section.trained(results, given.cards)
    findings = [finding for dataset in results.leading if (finding := results.finding(dataset))]
    compared = comparisons_section.view(results, given.comparisons, given.cards)
    asked = [dataset for dataset in results.leading if dataset.study] or results.leading
    warnings = datasets_section.warnings(results, views, given.metrics, given.cards, given.parameters)
    warnings += training_section.warnings(trained)
    return {
        "views": views,
        "trained": trained,
        "findings": findings,
        "sentences": headline.sentences(results, findings, _confidence(given.cards))
        + comparisons_section.sentences(compared, results, given.cards, asked),
        "scale": headline.scale(findings),
        "verdicts": headline.VERDICTS,
        "warnings": sorted(warnings, key=lambda warning: warning[0] != "bad"),
        "comparisons": compared,
    }


def _scores(given: inputs.Inputs, results: Results) -> dict:
    """Tables and figures of scores, losses, k-mers and composition."""
    curves = {d.name: figures.curves(results, given.curves, d) for d in results.datasets}
    losses = {d.name: training_section.curves(results, given.training, d) for d in results.datasets}
    # the longest window of each task, since it contains the shorter ones
    longest = [*{dataset.task: dataset for dataset in results.built}.values(), *results.imported]
    composition = [(d.title, composition_section.panels(given.composition, d)) for d in longest]
    return {
        "by_task": results_tables.by_task(results),
        "by_kmer": results_tables.by_kmer(results),
        "by_length": results_tables.by_length(results),
        "expression": results_tables.expression(given.tpm, given.cards),
        "ready_made": results_tables.ready_made(results),
        "metrics": results_tables.metrics,
        "beside_trivial": headline.beside_trivial(results),
        "length_figures": [figures.mcc_by_length(results, task) for task in results.tasks]
        + figures.ready_made(results),
        "curves": {name: shown for name, shown in curves.items() if shown},
        "losses": {name: shown for name, shown in losses.items() if shown},
        "kmers": results_tables.kmers(given.kmers),
        "composition": [(title, shown) for title, shown in composition if shown],
    }


def _explanations(given: inputs.Inputs, results: Results) -> dict:
    """Models on data sets in the order of the page; those without scores last."""

    def place(name: str, names: list[str]) -> int:
        return names.index(name) if name in names else len(names)

    datasets = [dataset.name for dataset in results.datasets]
    views = {"importance": importance_section.view(given.importance), "motifs": motifs_section.view(given.motifs)}
    return {
        name: sorted(items, key=lambda item: (place(item["dataset"], datasets), place(item["model"], results.models)))
        for name, items in views.items()
    }


def _methods(given: inputs.Inputs) -> dict:
    dag = given.dag and svg.embed(given.dag, "dag", "Graph of the steps", "An arrow: data passed to the next step.")
    return {
        "inputs": datasets_section.inputs(given.cards),
        "versions": datasets_section.versions(given.cards, given.versions),
        "parameters": [(name, titles.scalar(value)) for name, value in sorted(given.parameters.items())],
        "dag": dag,
    }


def _confidence(cards: dict[str, dict]) -> str:
    """`95%`, by the cards of evaluate."""
    found = {card["parameters"].get("confidence") for card in cards.values() if card["step"] == "evaluate"} - {None}
    return " or ".join(f"{100 * level:g}%" for level in sorted(found)) or "stated"
