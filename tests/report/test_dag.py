"""The graph of processes from Nextflow's Mermaid."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

import helpers_report
from lncprom.report import dag

# as nextflow run -preview -with-dag writes it
SMALL = """flowchart TB
    subgraph " "
    v0["Channel.of"]
    end
    v1(["A"])
    subgraph "SUB [SUB]"
    v3(["C"])
    v5(["D"])
    v4(( ))
    end
    v8(["B"])
    subgraph " "
    v9[" "]
    end
    v2(( ))
    v6(( ))
    v0 --> v1
    v1 --> v2
    v1 --> v6
    v2 --> v3
    v3 --> v4
    v4 --> v5
    v5 --> v6
    v6 --> v8
    v8 --> v9
"""


def test_operators_between_processes__passed_through():
    assert set(dag.parse(SMALL).edges.edges) == {("A", "C"), ("A", "B"), ("C", "D"), ("D", "B")}


def test_subworkflows__each_process_in_its_own():
    assert dag.parse(SMALL).groups == {"A": "", "C": "SUB", "D": "SUB", "B": ""}


def test_arrow_that_a_longer_way_implies__not_drawn():
    root = ElementTree.fromstring(dag.draw(SMALL))
    assert root.find("desc").text == "a to c; c to d; d to b"
    assert len([path for path in root.findall("path") if path.attrib.get("marker-end")]) == 3


def test_layers__every_step_below_those_that_feed_it():
    edges = dag.parse(helpers_report.DAG).edges
    place = dag._layout(edges, list(edges))
    assert set(place) == set(edges)
    assert all(place[a][1] < place[b][1] for a, b in edges.edges)
    assert len(set(place.values())) == len(place), "two steps in one place"


def test_whole_pipeline__every_process_by_name_with_what_it_does():
    """The graph that the repository holds, as the engine drew it."""
    words = "".join(ElementTree.fromstring(dag.draw(helpers_report.DAG)).itertext())
    assert {"EXTRACT_TSS", "ASSIGN_FOLDS", "REPORT"} <= set(dag.parse(helpers_report.DAG).edges)
    for name in dag.parse(helpers_report.DAG).edges:
        assert name.lower() in words
        assert dag.PURPOSES[name] in words


def test_the_same_process_twice__one_box():
    text = 'flowchart TB\nv1(["W:A"])\nv2(["X:A"])\nv3(["B"])\nv1 --> v3\nv2 --> v3\n'
    assert list(dag.parse(text).edges.edges) == [("A", "B")]


def test_operators_drawn_as_one__no_way_back_to_an_earlier_process():
    knot = 'v1(["A"])\nv5(["B"])\nv9(["C"])\nv3(( ))\nv1 --> v3\nv3 --> v5\nv5 --> v3\nv3 --> v9\n'
    assert set(dag.parse(knot).edges.edges) == {("A", "B"), ("A", "C"), ("B", "C")}


@pytest.mark.parametrize("text", ["", "flowchart TB\n", "not mermaid at all"])
def test_no_process__no_graph(text):
    assert dag.draw(text) is None


def test_no_file__no_graph():
    assert dag.draw(None) is None
    assert dag.groups(None) == []
