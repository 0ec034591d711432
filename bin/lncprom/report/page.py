"""The report: everything computed here, laid out in page.html."""

from __future__ import annotations

import math
from pathlib import Path

import jinja2

from lncprom import __version__, files, published
from lncprom.report import (
    comparisons,
    composition,
    dag,
    datasets,
    figures,
    headline,
    importance,
    inputs,
    motifs,
    tables,
    templates,
    training,
    words,
)
from lncprom.report.results import Results


def write(given: inputs.Inputs, title: str, out: Path) -> None:
    files.write_text(render(given, title), out)


def render(given: inputs.Inputs, title: str) -> str:
    """The page as text; it depends on what is given alone, not on when or where it is made."""
    results = Results(given.metrics, given.cards, given.seeds)
    views = [shown for dataset in results.datasets if (shown := datasets.view(dataset, given.cards))]
    findings = [finding for dataset in results.leading if (finding := results.finding(dataset))]
    confidence = _confidence(given.cards)
    lengths, by_length = tables.by_length(results)
    expression, expression_reason = tables.expression(given.tpm, given.cards)
    compared = comparisons.view(results, given.comparisons, given.cards)
    asked = [dataset for dataset in results.leading if dataset.study] or results.leading
    template = _environment().get_template("page.html")
    return template.render(
        title=title,
        version=__version__,
        results=results,
        leading={dataset.name for dataset in results.leading},
        findings=findings,
        sentences=headline.sentences(results, findings, confidence)
        + comparisons.sentences(compared, results, given.cards, asked),
        comparisons=compared,
        training=training.view(results, given.training, given.cards),
        comparison_verdicts=comparisons.VERDICTS,
        false_discoveries=comparisons.FALSE_DISCOVERIES,
        scale=headline.scale(findings),
        verdicts=headline.VERDICTS,
        confidence=confidence,
        warnings=sorted(
            datasets.warnings(results, views, given.metrics, given.cards, given.parameters)
            + training.warnings(results, given.cards),
            key=lambda warning: warning.level != "bad",
        ),
        published=published,
        by_task=tables.by_task(results),
        by_kmer=tables.by_kmer(results),
        expression=expression,
        expression_reason=expression_reason,
        lengths=lengths,
        by_length=by_length,
        ready_made=tables.ready_made(results),
        test=tables.metrics(results, given.metrics, ("test",)),
        others=tables.metrics(results, given.metrics, ("dev", "train")),
        over_seeds=tables.over_seeds(results, ("test",)),
        others_over_seeds=tables.over_seeds(results, ("dev", "train")),
        floors=headline.floors(results),
        length_figures=figures.mcc_by_length(results) + figures.ready_made(results),
        curves={d.name: figures.curves(results, given.curves, d) for d in results.datasets},
        kmers=tables.kmers(given.kmers),
        composition={d.name: composition.panels(given.composition, d) for d in _greatest(results)},
        importance=importance.view(given.importance),
        motifs=motifs.view(given.motifs),
        views=views,
        inputs=datasets.inputs(given.cards),
        versions=datasets.versions(given.cards, given.versions),
        parameters=[(name, words.scalar(value)) for name, value in sorted(given.parameters.items())],
        dag=dag.draw(given.dag),
        dag_groups=dag.groups(given.dag),
        words=words,
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
    environment = templates.environment()
    environment.filters |= {"number": words.number, "hundred": words.hundred, "size": words.size}
    environment.filters |= {"signed": words.signed, "millions": words.millions}
    environment.tests["finite"] = lambda value: value is not None and math.isfinite(value)
    return environment
