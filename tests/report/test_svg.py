"""Figures inside a page: no clashing ids, the page's colours, the same bytes each time."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import matplotlib

from lncprom.report import svg


def drawn(name: str, label: str = "model", colour: str = svg.SERIES[1]) -> str:
    with svg.style():
        figure = svg.figure(3, 2, left=0.5, bottom=0.5)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1.23456789], marker="o", color=colour, label=label)
        figure.legend()
        return svg.inline(figure, name, "A title", "What is seen")


def test_ids__of_two_figures_differ_and_every_reference_has_its_own():
    first, second = (set(re.findall(r' id="([^"]+)"', drawn(name))) for name in ("one.a", "one-a"))
    used = set(re.findall(r"url\(#([^)]+)\)", drawn("one.a"))) | set(re.findall(r'href="#([^"]+)"', drawn("one.a")))
    assert used
    assert used <= first
    assert not first & second


def test_figure__announced_by_title_and_description():
    root = ElementTree.fromstring(drawn("x"))
    assert root.attrib["role"] == "img"
    named = [element.text for element in root if element.attrib.get("id") in root.attrib["aria-labelledby"].split()]
    assert named == ["A title", "What is seen"]


def test_look__colours_and_font_of_the_page_text_as_it_is_and_two_digits():
    text = drawn("x", label="$a_b$ <b>")
    assert "var(--vermillion)" in text
    assert "var(--ink)" in text
    assert not re.search(r"#[0-9a-f]{6}\b", text), "a colour of its own is illegible in light or in dark"
    assert ">$a_b$ &lt;b&gt;</text>" in text
    assert "font-family" not in text
    assert re.search(r"\d\.\d\d\b", text)
    assert not re.search(r"\d\.\d{3}", text)


def test_same_figure__same_bytes_no_date_and_matplotlibs_own_settings_come_back():
    before = dict(matplotlib.rcParams)
    text = drawn("x")
    assert drawn("x") == text
    assert "metadata" not in text
    assert not re.search(r"20\d\d-\d\d-\d\d", text)
    assert dict(matplotlib.rcParams) == before
