"""Compute the report and lay it out with templates/page.html."""

from __future__ import annotations

from pathlib import Path

import jinja2

from lncprom import __version__, files, study
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
    views = [shown for dataset in results.datasets if (shown := datasets_section.view(dataset, given.cards))]
    confidence = _confidence(given.cards)
    lengths, by_length = results_tables.by_length(results)
    expression, expression_reason = results_tables.expression(given.tpm, given.cards)
    return (
        _environment()
        .get_template("page.html")
        .render(
            **_findings(given, results, views, confidence),
            title=title,
            version=__version__,
            results=results,
            leading={dataset.name for dataset in results.leading},
            training=training_section.view(results, given.training, given.cards),
            confidence=confidence,
            published=study,
            by_task=results_tables.by_task(results),
            by_kmer=results_tables.by_kmer(results),
            expression=expression,
            expression_reason=expression_reason,
            lengths=lengths,
            by_length=by_length,
            ready_made=results_tables.ready_made(results),
            metrics=lambda splits, over_seeds=False: results_tables.metrics(results, splits, over_seeds),
            beside_trivial=headline.beside_trivial(results),
            length_figures=figures.mcc_by_length(results) + figures.ready_made(results),
            curves={d.name: shown for d in results.datasets if (shown := figures.curves(results, given.curves, d))},
            kmers=results_tables.kmers(given.kmers),
            composition=[
                (d.title, shown)
                for d in _longest(results)
                if (shown := composition_section.panels(given.composition, d))
            ],
            importance=_ordered(importance_section.view(given.importance), results),
            about_importance=importance_section,
            motifs=_ordered(motifs_section.view(given.motifs), results),
            about_motifs=motifs_section,
            views=views,
            inputs=datasets_section.inputs(given.cards),
            versions=datasets_section.versions(given.cards, given.versions),
            parameters=[(name, titles.scalar(value)) for name, value in sorted(given.parameters.items())],
            dag=given.dag
            and svg.embed(given.dag, "dag", "Graph of the steps", "An arrow: data passed to the next step."),
            words=titles,
        )
    )


def _findings(given: inputs.Inputs, results: Results, views: list, confidence: str) -> dict:
    """What stands at the top of the page: sentences, one finding per data set, warnings."""
    findings = [finding for dataset in results.leading if (finding := results.finding(dataset))]
    compared = comparisons_section.view(results, given.comparisons, given.cards)
    asked = [dataset for dataset in results.leading if dataset.study] or results.leading
    warnings = datasets_section.warnings(results, views, given.metrics, given.cards, given.parameters)
    warnings += training_section.warnings(results, given.cards)
    return {
        "findings": findings,
        "sentences": headline.sentences(results, findings, confidence)
        + comparisons_section.sentences(compared, results, given.cards, asked),
        "scale": headline.scale(findings),
        "verdicts": headline.VERDICTS,
        "warnings": sorted(warnings, key=lambda warning: warning.level != "bad"),
        "comparisons": compared,
        "about_comparisons": comparisons_section,
    }


def _longest(results: Results) -> list:
    """The longest window of each task, since it contains the shorter ones; and every ready-made set."""
    return [*{dataset.task: dataset for dataset in results.built}.values(), *results.imported]


def _ordered(items: list, results: Results) -> list:
    """Models on data sets in the order of the page; those without scores last."""

    def place(name: str, names: list[str]) -> int:
        return names.index(name) if name in names else len(names)

    datasets = [dataset.name for dataset in results.datasets]
    return sorted(items, key=lambda item: (place(item.dataset, datasets), place(item.model, results.models)))


def _confidence(cards: dict[str, dict]) -> str:
    """`95%`, by the cards of evaluate."""
    found = {card["parameters"].get("confidence") for card in cards.values() if card["step"] == "evaluate"} - {None}
    return " or ".join(f"{100 * level:g}%" for level in sorted(found)) or "stated"


def _environment() -> jinja2.Environment:
    environment = layout.environment()
    environment.filters |= {"number": titles.number, "hundred": titles.hundred, "size": titles.size}
    environment.filters |= {"signed": titles.signed, "counted": titles.counted}
    return environment
