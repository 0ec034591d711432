"""The report: everything computed here, laid out in page.html."""

from __future__ import annotations

import math
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
    """The page as text; it depends on what is given alone, not on when or where it is made."""
    results = Results(given.metrics, given.cards, given.seeds)
    views = [shown for dataset in results.datasets if (shown := datasets_section.view(dataset, given.cards))]
    findings = [finding for dataset in results.leading if (finding := results.finding(dataset))]
    confidence = _confidence(given.cards)
    lengths, by_length = results_tables.by_length(results)
    expression, expression_reason = results_tables.expression(given.tpm, given.cards)
    compared = comparisons_section.view(results, given.comparisons, given.cards)
    asked = [dataset for dataset in results.leading if dataset.study] or results.leading
    template = _environment().get_template("page.html")
    return template.render(
        title=title,
        version=__version__,
        results=results,
        leading={dataset.name for dataset in results.leading},
        findings=findings,
        sentences=headline.sentences(results, findings, confidence)
        + comparisons_section.sentences(compared, results, given.cards, asked),
        comparisons=compared,
        training=training_section.view(results, given.training, given.cards),
        comparison_verdicts=comparisons_section.VERDICTS,
        false_discoveries=comparisons_section.FALSE_DISCOVERIES,
        scale=headline.scale(findings),
        verdicts=headline.VERDICTS,
        confidence=confidence,
        warnings=sorted(
            datasets_section.warnings(results, views, given.metrics, given.cards, given.parameters)
            + training_section.warnings(results, given.cards),
            key=lambda warning: warning.level != "bad",
        ),
        published=study,
        by_task=results_tables.by_task(results),
        by_kmer=results_tables.by_kmer(results),
        expression=expression,
        expression_reason=expression_reason,
        lengths=lengths,
        by_length=by_length,
        ready_made=results_tables.ready_made(results),
        test=results_tables.metrics(results, given.metrics, ("test",)),
        others=results_tables.metrics(results, given.metrics, ("dev", "train")),
        over_seeds=results_tables.over_seeds(results, ("test",)),
        others_over_seeds=results_tables.over_seeds(results, ("dev", "train")),
        floors=headline.floors(results),
        length_figures=figures.mcc_by_length(results) + figures.ready_made(results),
        curves={d.name: figures.curves(results, given.curves, d) for d in results.datasets},
        kmers=results_tables.kmers(given.kmers),
        composition={d.name: composition_section.panels(given.composition, d) for d in _greatest(results)},
        importance=importance_section.view(given.importance),
        motifs=motifs_section.view(given.motifs),
        views=views,
        inputs=datasets_section.inputs(given.cards),
        versions=datasets_section.versions(given.cards, given.versions),
        parameters=[(name, titles.scalar(value)) for name, value in sorted(given.parameters.items())],
        dag=given.dag and svg.embed(given.dag, "dag", "Graph of the steps", "An arrow: data passed to the next step."),
        words=titles,
    )


def _greatest(results: Results) -> list:
    """The longest window of each task, since the shorter ones lie within it; and every ready-made set."""
    longest = {dataset.task: dataset for dataset in results.built}
    return [*longest.values(), *results.imported]


def _confidence(cards: dict[str, dict]) -> str:
    """`95%`, as the evaluating steps were told."""
    found = {card["parameters"].get("confidence") for card in cards.values() if card["step"] == "evaluate"} - {None}
    return " or ".join(f"{100 * level:g}%" for level in sorted(found)) or "stated"


def _environment() -> jinja2.Environment:
    environment = layout.environment()
    environment.filters |= {"number": titles.number, "hundred": titles.hundred, "size": titles.size}
    environment.filters |= {"signed": titles.signed, "millions": titles.millions}
    environment.tests["finite"] = lambda value: value is not None and math.isfinite(value)
    return environment
