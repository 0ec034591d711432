"""The page in Chromium: silent console, only costs loaded, no sideways scrolling on a phone, tables that sort."""

from __future__ import annotations

import re

import pytest

import helpers_report
import helpers_report_models
from helpers_page import Shown, show
from lncprom.report import inputs, page
from lncprom.report.costs import page as page_of_costs
from lncprom.report.costs import trace
from lncprom.report.costs.tally import Gpus

# widths in the page, and what sticks out of it but does not scroll in a box of its own
MEASURE = """(() => {
  const wide = [...document.querySelectorAll("body *")].filter(
    (e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".wide, nav ul, svg"));
  const table = document.getElementById("metrics-test");
  const head = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent.trim() === "MCC");
  const button = table.tHead.rows[0].cells[head].querySelector("button");
  const column = () => [...table.tBodies[0].rows].map((row) => Number(row.cells[head].querySelector("data").value));
  const before = column();
  button.click();
  const down = column();
  button.click();
  return {
    window: innerWidth,
    page: document.documentElement.scrollWidth,
    wide: wide.slice(0, 5).map((e) => e.tagName + "." + e.className + " " + e.textContent.slice(0, 40)),
    before, down, up: column(),
    sorted: table.tHead.rows[0].cells[head].getAttribute("aria-sort"),
    paper: getComputedStyle(document.body).backgroundColor,
    ink: getComputedStyle(document.querySelector("figure svg text")).fill,
    loaded: performance.getEntriesByType("resource").map((entry) => entry.name),
  };
})()"""

# how high the costs are once they stand in the report, and whether words stand in their place
COSTS = """new Promise((done) => {
  const beside = document.querySelector("object.beside");
  const measure = (whole) => setTimeout(() => done({
    whole, high: beside.offsetHeight, words: beside.querySelector("p").offsetHeight > 0,
    wide: document.documentElement.scrollWidth }));
  addEventListener("message", ({ data }) => "whole" in data && measure(data.whole));
  beside.addEventListener("error", () => measure(false));
})"""
# said by the page of costs itself: no part of it has to be scrolled to
WHOLE = """<script>addEventListener("resize", () => {
  parent.postMessage({ whole: document.documentElement.scrollHeight <= innerHeight }, "*");
})</script></body>"""


@pytest.fixture(scope="module")
def text(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("browser")
    models = {"dnabert_3": (1, 2), "nt_500m_human_ref": (1,)}
    sets = {"tasks": ("high_vs_low_expression",), "lengths": (300, 2000), "imported": ("a" * 40,)}
    given = helpers_report.make(folder, **sets, seed_models=models)
    given = helpers_report_models.compare(helpers_report_models.finetune(given, "right"), {})
    names = {option: option[2:] for option in given} | {"--cards": "cards_folder"}
    return page.render(inputs.read(**{names[option]: path for option, path in given.items()}), "A run of " + "x" * 60)


@pytest.fixture(scope="module")
def phone(text) -> Shown:
    # every fold opened, so that what is inside is measured too
    return show(text.replace("<details", "<details open"), MEASURE, width=390)


@pytest.fixture(scope="module")
def desktop(text) -> Shown:
    return show(text, MEASURE, width=1280)


def test_console__silent(phone, desktop):
    assert phone.console == []
    assert desktop.console == []


def test_network__nothing_asked_for(phone, desktop):
    assert phone.value["loaded"] == desktop.value["loaded"] == []


def test_policy__a_page_that_tried_to_load_something_would_be_heard_of(text):
    """The two tests above could not fail without this."""
    bad = text.replace("</main>", '<img src="http://127.0.0.1:9/x.png" alt=""></main>')
    assert [line for line in show(bad, "1").console if "Content Security Policy" in line]


@pytest.mark.parametrize("width", [390, 1280])
def test_costs__shown_whole_where_their_page_lies_beside_the_report(text, root, width):
    read = trace.read(root / "tests" / "data" / "trace.txt")
    costs = page_of_costs.render(page_of_costs.summed(read, ("mine",), ("lr", "bert.v2"), Gpus(0, ())), "A run")
    shown = show(text, COSTS, width=width, beside={"cost.html": costs.replace("</body>", WHOLE)})
    assert shown.console == []
    assert shown.value["whole"] is True
    assert shown.value["words"] is False
    assert shown.value["high"] > 1000
    assert shown.value["wide"] == width


def test_costs__a_report_that_was_sent_alone_says_where_they_are(text):
    shown = show(text, COSTS)
    assert shown.console == []
    assert shown.value["words"] is True
    assert shown.value["high"] < 200


def test_phone__no_sideways_scrolling_of_the_page(phone):
    assert phone.value["window"] == 390
    assert phone.value["page"] == 390, phone.value["wide"]
    assert phone.value["wide"] == []


def test_head_of_a_column_clicked__rows_sorted_by_its_numbers(desktop):
    found = desktop.value
    assert found["down"] == sorted(found["before"], reverse=True)
    assert found["up"] == sorted(found["before"])
    assert found["before"] not in (found["down"], found["up"])
    assert found["sorted"] == "ascending"


def test_dark__page_and_figures_turn(text, desktop):
    dark = show(text, MEASURE, flags=("--blink-settings=preferredColorScheme=0",)).value

    def lightness(colour: str) -> float:
        return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3

    assert lightness(desktop.value["paper"]) > 200 > 100 > lightness(desktop.value["ink"])
    assert lightness(dark["paper"]) < 60 < 200 < lightness(dark["ink"])
