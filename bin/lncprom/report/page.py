"""Compute the report and lay it out with templates/page.html."""

from __future__ import annotations

from lncprom import study
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
    training_section,
)
from lncprom.report.results import Results


def render(given: inputs.Inputs, title: str) -> str:
    """The page as text. It depends only on the inputs, not on when or where it is made."""
    results = Results(given.metrics, given.cards, given.seeds)
    confidence = _confidence(given.cards)
    environment = layout.environment()
    environment.globals |= {"results": results, "given": given, "confidence": confidence, "published": study}
    modules = (comparisons_section, composition_section, datasets_section, figures, headline, importance_section)
    for module in (*modules, motifs_section, results_tables, training_section):
        environment.globals[module.__name__.rpartition(".")[2].removesuffix("_section")] = module
    context = _findings(given, results, confidence) | _explanations(given, results)
    dag = given.dag and svg.embed(given.dag, "dag", "Graph of the steps", "An arrow: data passed to the next step.")
    return environment.get_template("page.html").render(title=title, dag=dag, **context)


def _findings(given: inputs.Inputs, results: Results, confidence: str) -> dict:
    """What stands at the top of the page: sentences, one finding per data set, warnings; and what they are about."""
    views = datasets_section.views(results, given.cards)
    trained = training_section.trained(results, given.cards)
    findings = [finding for dataset in results.leading if (finding := results.finding(dataset))]
    compared = comparisons_section.view(results, given.comparisons, given.cards)
    asked = [dataset for dataset in results.leading if dataset.study] or results.leading
    sentences = headline.sentences(results, findings, confidence)
    sentences += comparisons_section.sentences(compared, results, given.cards, asked)
    warnings = datasets_section.warnings(results, views, given.metrics, given.cards, given.parameters)
    warnings += training_section.warnings(trained)
    return {
        "views": views,
        "trained": trained,
        "findings": findings,
        "sentences": sentences,
        "warnings": sorted(warnings, key=lambda warning: warning[0] != "bad"),
        "compared": compared,
    }


def _explanations(given: inputs.Inputs, results: Results) -> dict:
    """Models on data sets in the order of the page; those without scores last."""
    datasets = {dataset.name: at for at, dataset in enumerate(results.datasets)}
    models = {model: at for at, model in enumerate(results.models)}

    def place(item: dict) -> tuple[int, int]:
        return datasets.get(item["dataset"], len(datasets)), models.get(item["model"], len(models))

    return {
        "importance_views": sorted(importance_section.view(given.importance), key=place),
        "motifs_views": sorted(motifs_section.view(given.motifs), key=place),
    }


def _confidence(cards: dict[str, dict]) -> str:
    """`95%`, by the cards of evaluate."""
    found = {card["parameters"].get("confidence") for card in cards.values() if card["step"] == "evaluate"} - {None}
    return " or ".join(f"{100 * level:g}%" for level in sorted(found)) or "stated"
