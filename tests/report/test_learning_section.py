"""Learning curves in the report: a figure whose text has every score, the methods that say so; nothing without them."""

import pytest

import helpers_report
from lncprom.report import methods
from lncprom.report.learning_section import _apart
from lncprom.tables.metrics import LEARNING_CURVE

NAME, TASK = "promoter_vs_nonpromoter_300", "promoter_vs_nonpromoter"
VALUES = {0.01: (0.1, None, None, 8), 0.1: (0.412, 0.3, 0.5, 80), 1: (0.7, 0.65, 0.75, 800)}


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    """A report in which the logistic regression was also trained on two fractions of train."""
    folder = tmp_path_factory.mktemp("learning")
    found, curves = helpers_report.make(folder, (TASK,), (300,), ()), folder / "learning_curve"
    curves.mkdir()
    rows = [
        (NAME, TASK, 300, "logistic_regression", fraction, n, metric, 2, mean, 0.01, low, high, None, 100, 50, 90)
        for fraction, (mean, low, high, n) in VALUES.items()
        for metric in ("mcc", "auroc")
    ]
    LEARNING_CURVE.write(LEARNING_CURVE.frame(rows), curves / f"{NAME}.learning_curve.tsv")
    return found | {"--learning-curve": curves}


def test_learning_curve__scores_by_number_of_sequences_and_a_sentence_in_the_methods(given):
    html = helpers_report.rendered(given)
    section = html[html.index('<section id="learning">') :].split("</section>")[0]
    assert "41.2 [30.0, 50.0] with 80, 70.0 [65.0, 75.0] with 800" in section
    assert section.count("<svg") == 1
    assert 'href="#learning"' in html
    assert "Models were also trained on fractions of train (0.01 and 0.1), drawn by the seed" in methods.markdown(
        helpers_report.read(given)
    )


def test_no_fractions__no_section_and_no_sentence(given):
    without = {name: path for name, path in given.items() if name != "--learning-curve"}
    html = helpers_report.rendered(without)
    assert 'id="learning"' not in html
    assert "also trained on" not in methods.markdown(helpers_report.read(without))


def test_numbers_of_sequences__labels_apart():
    assert _apart([10, 14, 100, 149, 150]) == [10, 100, 150]
