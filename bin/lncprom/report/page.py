"""Compute the report and lay it out with templates/page.html."""

from __future__ import annotations

from lncprom import study
from lncprom.report import (
    comparisons_section,
    datasets_section,
    figures,
    headline,
    importance_section,
    inflation_section,
    inputs,
    layout,
    leaks_section,
    learning_section,
    methods,
    motifs_section,
    regression_section,
    reliability_section,
    results_tables,
    strata_section,
    svg,
    training_section,
    transfer_section,
)
from lncprom.report.results import Results
from lncprom.sites import task_names


def render(given: inputs.Inputs, title: str) -> str:
    """The page as text. It depends only on the inputs, not on when or where it is made."""
    results = Results(given.metrics, given.cards, given.seeds)
    confidence = _confidence(given.cards)
    views = datasets_section.views(results, given.cards)
    trained = training_section.trained(results, given.cards)
    windows = training_section.windows(results, trained, given.cards)
    findings = [finding for dataset in results.leading if (finding := results.finding(dataset))]
    compared = comparisons_section.view(results, given.comparisons, given.claims, given.cards)
    warnings = datasets_section.warnings(results, views, given.metrics, given.cards, given.parameters)
    warnings += training_section.warnings(windows)
    environment = layout.environment(classes=task_names.classes)
    environment.globals |= {"results": results, "given": given, "confidence": confidence, "published": study}
    environment.globals |= {"figures": figures, "headline": headline, "results_tables": results_tables}
    environment.globals |= {"comparisons": comparisons_section, "datasets": datasets_section}
    environment.globals |= {"leaks": leaks_section, "learning": learning_section}
    environment.globals |= {"inflation": inflation_section, "reliability": reliability_section}
    environment.globals |= {"regression": regression_section}
    environment.globals |= {"strata": strata_section}
    environment.globals |= {"importance": importance_section, "motifs": motifs_section, "training": training_section}
    environment.globals |= {"transfer": transfer_section}
    return environment.get_template("page.html").render(
        title=title,
        views=views,
        trained=trained,
        windows=windows,
        findings=findings,
        warnings=sorted(warnings, key=lambda warning: warning[0] != "bad"),
        compared=compared,
        leaked=leaks_section.view(given.leaks, given.cards, results),
        described=methods.paragraphs(given, results),
        importance_views=_in_order(importance_section.view(given.importance), results),
        motifs_views=_in_order(motifs_section.view(given.motifs), results),
        dag=given.dag and svg.embed(given.dag, "dag", "Graph of the steps", "An arrow: data passed to the next step."),
    )


def _in_order(views: list[dict], results: Results) -> list[dict]:
    """Models on data sets in the order of the page; those without scores last."""
    datasets = {dataset.name: at for at, dataset in enumerate(results.datasets)}
    return sorted(views, key=lambda of: (datasets.get(of["dataset"], len(datasets)), results.rank(of["model"])))


def _confidence(cards: dict[str, dict]) -> str:
    """`95%`, by the cards of evaluate."""
    found = {card["parameters"].get("confidence") for card in cards.values() if card["step"] == "evaluate"} - {None}
    return " or ".join(f"{100 * level:g}%" for level in sorted(found)) or "stated"
