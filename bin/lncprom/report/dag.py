"""The pipeline's graph, read from the Mermaid that Nextflow writes, as SVG: its processes, layer under layer."""

from __future__ import annotations

import re
from typing import NamedTuple

import networkx as nx
from markupsafe import Markup, escape

_SUBGRAPH = re.compile(r'subgraph\s+"?([^"\[]*?)"?\s*(?:\[.*)?$')
_PROCESS = re.compile(r'(\w+)\(\["?([^"\]]+)"?\]\)')
_NODE = re.compile(r"(\w+)\s*[\[({]")
_EDGE = re.compile(r"(\w+)\s*--.*?>\s*(\w+)$")

# What a step does, in the words of someone who has not read the code
PURPOSES = {
    "PREPARE_GENOME": "check and index the FASTA",
    "EXTRACT_TSS": "one TSS a gene",
    "LABEL_EXPRESSION": "high, low or neither",
    "DEFINE_TASK": "who is in a task",
    "SAMPLE_NEGATIVES": "draw or make negatives",
    "ASSIGN_FOLDS": "overlapping loci together",
    "BUILD_LENGTH_VARIANTS": "cut windows, each length",
    "IMPORT_DATASET": "read a ready-made set",
    "TRAIN_BASELINE": "k-mer LR and floors",
    "DOWNLOAD_CHECKPOINT": "fetch a model once",
    "FINETUNE": "train a language model",
    "EVALUATE": "metrics with intervals",
    "COMPARE_MODELS": "paired tests",
    "MAKE_CHECKPOINT": "small models to show it",
    "SCORE_ATTENTION": "importance per base",
    "PROFILE_IMPORTANCE": "profiles and their audit",
    "COMPARE_MOTIFS": "known motifs",
    "REPORT": "this page",
    "SUMMARISE_COST": "what it took",
}
_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _PAD = 178, 46, 20, 34, 8
_TINTS = ("blue", "green", "orange", "purple", "sky", "vermillion")


class Graph(NamedTuple):
    """Processes with the subworkflow of each; an edge where data pass, through whatever operators lie between."""

    edges: nx.DiGraph
    groups: dict[str, str]


def parse(text: str) -> Graph:
    """Processes and how data pass between them; channels and operators are passed through.

    >>> parse('flowchart TB\\nv1(["A"])\\nv2(( ))\\nv3(["B"])\\nv1 --> v2\\nv2 --> v3').edges.edges
    OutEdgeView([('A', 'B')])
    """
    names: dict[str, str] = {}
    groups: dict[str, str] = {}
    whole = nx.DiGraph()
    inside: list[str] = []
    for line in map(str.strip, text.splitlines()):
        if found := _SUBGRAPH.match(line):
            inside.append(found[1].strip())
        elif line == "end" and inside:
            inside.pop()
        elif found := _EDGE.match(line):
            whole.add_edge(found[1], found[2])
        elif found := _PROCESS.match(line):
            names[found[1]] = found[2].split(":")[-1]
            groups.setdefault(names[found[1]], inside[-1] if inside else "")
        elif found := _NODE.match(line):
            whole.add_node(found[1])
    edges = nx.DiGraph()
    edges.add_nodes_from(dict.fromkeys(names.values()))
    for node, name in names.items():
        for reached in _next_processes(whole, node, names):
            # Nextflow numbers processes as they are called, and draws neighbouring operators as one: a way through
            # such a knot that leads back to an earlier process is of the drawing, not of the data
            if _number(node) < _number(reached) and names[reached] != name:
                edges.add_edge(name, names[reached])
    return Graph(edges, groups)


def _number(node: str) -> int:
    return int(re.sub(r"\D", "", node) or 0)


def _next_processes(whole: nx.DiGraph, start: str, names: dict[str, str]) -> list[str]:
    found, seen, ahead = [], set(), [start]
    while ahead:
        node = ahead.pop()
        for reached in whole.successors(node) if node in whole else ():
            if reached in names:
                found.append(reached)
            elif reached not in seen:
                seen.add(reached)
                ahead.append(reached)
    return found


def draw(text: str | None) -> Markup | None:
    """The graph as SVG; None where the file holds no process or a cycle."""
    graph = parse(text or "")
    if not graph.edges or not nx.is_directed_acyclic_graph(graph.edges):
        return None
    reduced = nx.transitive_reduction(graph.edges)
    order = list(graph.edges)
    edges = nx.DiGraph()  # in the file's order: the library's comes from sets, which differ from run to run
    edges.add_nodes_from(order)
    edges.add_edges_from(sorted(reduced.edges, key=lambda edge: (order.index(edge[0]), order.index(edge[1]))))
    place = _layout(edges, list(graph.edges))
    columns = max(x for x, _ in place.values()) + 1
    rows = max(y for _, y in place.values()) + 1
    width = columns * (_WIDTH + _GAP_X) - _GAP_X + 2 * _PAD
    height = rows * (_HEIGHT + _GAP_Y) - _GAP_Y + 2 * _PAD
    tints = {group: _TINTS[at % 6] for at, group in enumerate(dict.fromkeys(graph.groups.values()))}
    said = "; ".join(f"{a.lower()} to {b.lower()}" for a, b in edges.edges)
    parts = [
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="dag-title dag-desc" class="dag" '
        f'style="max-width:{width * 1.25:.0f}px"><title id="dag-title">The pipeline\'s graph</title>'
        f'<desc id="dag-desc">{escape(said)}</desc><defs><marker id="dag-arrow" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="var(--muted)"/></marker></defs>'
    ]
    parts += [_edge(place[a], place[b]) for a, b in edges.edges]
    parts += [_box(name, place[name], tints[graph.groups[name]]) for name in graph.edges]
    return Markup("".join(parts) + "</svg>")


def groups(text: str | None) -> list[tuple[str, str]]:
    """Subworkflow and its tint, in the order of the file."""
    names = dict.fromkeys(parse(text or "").groups.values())
    return [(name.split(":")[-1].replace("_", " ").lower(), _TINTS[at % 6]) for at, name in enumerate(names) if name]


def _layout(edges: nx.DiGraph, order: list[str]) -> dict[str, tuple[float, int]]:
    """Name -> (column, layer). A layer is the longest way from the top; within it, near one's parents."""
    layer: dict[str, int] = {}
    for name in nx.lexicographical_topological_sort(edges, key=order.index):
        layer[name] = max((layer[parent] + 1 for parent in edges.predecessors(name)), default=0)
    # a source stands just above the first step that needs it
    for name in order:
        if not list(edges.predecessors(name)) and (after := [layer[child] for child in edges.successors(name)]):
            layer[name] = min(after) - 1
    by_layer: dict[int, list[str]] = {}
    for name in order:
        by_layer.setdefault(layer[name], []).append(name)
    widest = max(len(names) for names in by_layer.values())
    place: dict[str, tuple[float, int]] = {}
    for level in sorted(by_layer):

        def centre(name: str) -> tuple[float, int]:
            above = [place[parent][0] for parent in edges.predecessors(name)]
            return (sum(above) / len(above) if above else widest, order.index(name))

        names = sorted(by_layer[level], key=centre)
        for at, name in enumerate(names):
            place[name] = (at + (widest - len(names)) / 2, level)
    return place


def _corner(at: tuple[float, int]) -> tuple[float, float]:
    return _PAD + at[0] * (_WIDTH + _GAP_X), _PAD + at[1] * (_HEIGHT + _GAP_Y)


def _edge(start: tuple[float, int], end: tuple[float, int]) -> str:
    (x0, y0), (x1, y1) = _corner(start), _corner(end)
    x0, y0, x1 = x0 + _WIDTH / 2, y0 + _HEIGHT, x1 + _WIDTH / 2
    middle = (y0 + y1) / 2
    return (
        f'<path d="M{x0:g} {y0:g}C{x0:g} {middle:g} {x1:g} {middle:g} {x1:g} {y1 - 1:g}" fill="none" '
        'stroke="var(--muted)" stroke-width="1.4" marker-end="url(#dag-arrow)"/>'
    )


def _box(name: str, at: tuple[float, int], tint: str) -> str:
    x, y = _corner(at)
    purpose = PURPOSES.get(name, "")
    middle = x + _WIDTH / 2
    lines = [f'<text x="{middle:g}" y="{y + (20 if purpose else 28):g}" class="step">{escape(name.lower())}</text>']
    if purpose:
        lines.append(f'<text x="{middle:g}" y="{y + 36:g}" class="why">{escape(purpose)}</text>')
    return (
        f'<g><rect x="{x:g}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" fill="var(--panel)" '
        f'stroke="var(--{tint})" stroke-width="1.8"/>{"".join(lines)}</g>'
    )
