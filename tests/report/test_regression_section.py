import polars as pl
import pytest

import helpers_report
from lncprom.report.results import Results
from lncprom.tables.metrics import METRICS

NAME = "promoter_vs_nonpromoter_300"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A report in which one data set also has the metrics of a regression, where the model ranks below the baseline."""
    given = helpers_report.make(tmp_path_factory.mktemp("regression"), ("promoter_vs_nonpromoter",), (300,), ())
    path = given["--metrics"] / f"{NAME}.metrics.tsv"
    rows = METRICS.read(path).drop("file")
    parts = [rows]
    for metric, value in {
        "spearman": 0.4,
        "pearson": 0.5,
        "r2": -0.1,
        "spearman:lncRNA": 0.2,
        "spearman:tissue:Lung": 0.35,
        "r2:tissue:Lung": 0.05,
        "pearson:specific": 0.15,
    }.items():
        of = pl.when(pl.col("model") == "gc_cpg").then(value + 0.3).otherwise(value)
        parts.append(
            rows.filter(pl.col("metric") == "mcc").with_columns(
                metric=pl.lit(metric), value=of, ci_low=of - 0.1, ci_high=of + 0.1
            )
        )
    METRICS.write(pl.concat(parts), path)
    return given, helpers_report.rendered(given)


def test_a_regression__one_row_a_model_with_correlations_within_biotypes(page):
    _, html = page
    section = html[html.index('<section id="regression">') :].split("</section>")[0]
    for text in (
        "0.400 [0.300, 0.500]",
        "0.200 [0.100, 0.300]",
        "\u22120.100 [\u22120.200, 0.000]",
        "lncRNA",
        "Lung",
        "0.350 [0.250, 0.450]",
        "0.150 [0.050, 0.250]",
    ):
        assert text in section
    assert section.count("<tr data-dataset") + section.count('<tr class="trivial"') == 4


def test_scores_without_a_metric__those_of_the_correlation(page):
    found = helpers_report.read(page[0])
    results = Results(found.metrics, found.cards, found.seeds)
    assert results.score(NAME, "gc_cpg").value == pytest.approx(0.7)
    assert results.rung(results.datasets[0]) == "gc_cpg"
