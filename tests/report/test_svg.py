"""Figures inside a page: no clashing ids, the page's colours, the same bytes each time."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from lncprom.report import svg


def drawn(name: str, label: str = "model", colour: str = svg.SERIES[0]) -> str:
    with svg.style():
        figure = svg.figure(3, 2, left=0.5, bottom=0.5)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1.23456789], marker="o", color=colour, label=label)
        figure.legend()
        return svg.inline(figure, name, "A title", "What is seen")


def test_two_figures_in_one_page__no_id_in_common():
    first, second = (set(re.findall(r' id="([^"]+)"', drawn(name))) for name in ("one.a", "one-a"))
    assert first
    assert not first & second


def test_every_reference__to_an_id_of_the_same_figure():
    text = drawn("curves")
    ids = set(re.findall(r' id="([^"]+)"', text))
    used = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    assert used
    assert used <= ids


def test_figure__announced_by_title_and_description():
    root = ElementTree.fromstring(drawn("x"))
    assert root.attrib["role"] == "img"
    named = [element.text for element in root if element.attrib.get("id") in root.attrib["aria-labelledby"].split()]
    assert named == ["A title", "What is seen"]


def test_colours__those_of_the_page_in_light_and_dark():
    text = drawn("x", colour=svg.SERIES[1])
    assert "var(--vermillion)" in text
    assert "var(--ink)" in text
    assert not re.search(r"#[0-9a-f]{6}\b", text), "a colour of its own is illegible in light or in dark"


def test_letters__text_that_can_be_searched_and_no_font_of_its_own():
    text = drawn("x", label="logistic regression")
    assert ">logistic regression</text>" in text
    assert "font-family" not in text
    assert "DejaVu" not in text


def test_label_with_dollars_and_markup__as_it_is():
    assert ">$a_b$ &lt;b&gt;</text>" in drawn("x", label="$a_b$ <b>")


def test_same_figure__same_bytes_and_no_date():
    assert drawn("x") == drawn("x")
    assert "metadata" not in drawn("x")
    assert not re.search(r"20\d\d-\d\d-\d\d", drawn("x"))


def test_coordinates__two_digits_are_enough():
    assert not re.search(r"\d\.\d{3}", drawn("x"))
    # a figure keeps its place to a hundredth of a point
    assert re.search(r"\d\.\d\d", drawn("x"))


def test_style__matplotlibs_own_settings_come_back():
    import matplotlib

    before = dict(matplotlib.rcParams)
    drawn("x")
    assert dict(matplotlib.rcParams) == before
