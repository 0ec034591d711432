"""The pages in Chromium, started twice: silent console, no sideways scrolling on a phone, sorting, costs, dark mode."""

from __future__ import annotations

import re

import pytest

import helpers_importance
import helpers_report
import helpers_report_models
from helpers_page import Frame, show
from lncprom.report.costs import page as page_of_costs
from lncprom.report.costs import tally, trace

# widths in the page, and what sticks out of it but does not scroll in a box of its own
MEASURE = """(() => {
  const wide = [...document.querySelectorAll("body *")].filter(
    (e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".wide, .heat, nav ul, svg"));
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
    pictures: document.querySelectorAll("#importance image").length,
    loaded: performance.getEntriesByType("resource").map((entry) => entry.name),
  };
})()"""

# height of the costs inside the report, and whether the text that replaces them is visible
COSTS = """new Promise((done) => {
  const beside = document.querySelector("object.beside");
  const measure = (whole) => setTimeout(() => done({
    whole, high: beside.offsetHeight, words: beside.querySelector("p").offsetHeight > 0,
    wide: document.documentElement.scrollWidth }));
  addEventListener("message", ({ data }) => "whole" in data && measure(data.whole));
  beside.addEventListener("error", () => measure(false));
})"""
# sent by the page of costs: no part of it has to be scrolled to
WHOLE = """<script>addEventListener("resize", () => {
  parent.postMessage({ whole: document.documentElement.scrollHeight <= innerHeight }, "*");
})</script></body>"""
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def text(tmp_path_factory, importance_folder) -> str:
    folder = tmp_path_factory.mktemp("browser")
    models = {"dnabert_3": (1, 2), "nt_500m_human_ref": (1,)}
    imported = ("a" * 40, helpers_importance.NAME)
    given = helpers_report.make(folder, ("high_vs_low_expression",), (300, 2000), imported, seed_models=models)
    given = helpers_report_models.compare(helpers_report_models.finetune(given, "right"), {})
    return helpers_report.rendered(given | {"--importance": importance_folder}, "A run of " + "x" * 60)


@pytest.fixture(scope="module")
def shown(text, root) -> tuple[dict, list[str]]:
    tasks, _ = trace.read(root / "tests" / "data" / "trace.txt")
    costs = page_of_costs.render(tally.rows(tasks, ("mine",), ("lr", "bert.v2"), 0, ()), "A run")
    bad = '<img src="http://127.0.0.1:9/x.png" alt=""></main>'
    frames = {
        "phone": Frame(text.replace("<details", "<details open"), MEASURE, 390),
        "desktop": Frame(text, MEASURE),
        "costs 390": Frame(text, COSTS, 390),
        "costs 1280": Frame(text, COSTS),
        "sent alone": Frame(text.replace('data="cost.html"', 'data="nothing.html"'), COSTS),
        "costs' own page": Frame(costs, WIDTH, 390),
        "loads an image": Frame(costs.replace("</main>", bad), WIDTH),
    }
    return show(frames, {"cost.html": costs.replace("</body>", WHOLE)})


def test_console__silent_except_for_the_page_that_loads_an_image(shown):
    _, console = shown
    assert [line for line in console if "x.png" not in line] == []
    assert [line for line in console if "Content Security Policy" in line]


def test_network__only_the_costs_are_loaded(shown):
    values, _ = shown
    for name in ("phone", "desktop"):
        assert {address.rpartition("/")[2] for address in values[name]["loaded"]} <= {"cost.html"}


@pytest.mark.parametrize("width", [390, 1280])
def test_costs_beside_the_report__shown_in_full(shown, width):
    found = shown[0][f"costs {width}"]
    assert found["whole"] is True
    assert found["words"] is False
    assert found["high"] > 1000
    assert found["wide"] == width


def test_report_without_the_costs__says_where_they_are(shown):
    found = shown[0]["sent alone"]
    assert found["words"] is True
    assert found["high"] < 200


def test_phone__no_sideways_scrolling(shown):
    found = shown[0]["phone"]
    assert found["window"] == 390
    assert found["page"] == 390, found["wide"]
    assert found["wide"] == []
    assert found["pictures"] >= 8
    assert shown[0]["costs' own page"] == 390


def test_click_on_a_column_title__rows_sorted_by_its_numbers(shown):
    found = shown[0]["desktop"]
    assert found["down"] == sorted(found["before"], reverse=True)
    assert found["up"] == sorted(found["before"])
    assert found["before"] not in (found["down"], found["up"])
    assert found["sorted"] == "ascending"


def test_dark__page_and_figures_change(text, shown):
    flags = ("--blink-settings=preferredColorScheme=0",)
    dark = show({"dark": Frame(text, MEASURE)}, {}, flags)[0]["dark"]

    def lightness(colour: str) -> float:
        return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3

    light = shown[0]["desktop"]
    assert lightness(light["paper"]) > 200 > 100 > lightness(light["ink"])
    assert lightness(dark["paper"]) < 60 < 200 < lightness(dark["ink"])
