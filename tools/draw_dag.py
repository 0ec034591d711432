"""Draw the graph of the steps, assets/dag.svg, from the graph that Nextflow writes. Needs Graphviz (dot, tred).

nextflow run main.nf -preview -profile demo --outdir OUT -with-dag dag.dot
python tools/draw_dag.py dag.dot
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "assets" / "dag.svg"
PROCESS = re.compile(r'^(v\d+) \[label="([\w:]+)"\];', re.MULTILINE)
EDGE = re.compile(r"(v\d+) -> (v\d+)")
# What a step does, in words for readers who do not know the code
PURPOSES = {
    "PREPARE_GENOME": "check and index the FASTA",
    "EXTRACT_TSS": "one TSS per gene",
    "LABEL_EXPRESSION": "high or low expression",
    "DEFINE_TASK": "choose classes and samples",
    "SAMPLE_NEGATIVES": "sample or build negatives",
    "ASSIGN_FOLDS": "split by overlapping loci",
    "BUILD_LENGTH_VARIANTS": "extract sequences",
    "IMPORT_DATASET": "read a ready-made set",
    "AUDIT_LEAKS": "relatives in train",
    "TRAIN_BASELINE": "k-mers and trivial baselines",
    "DOWNLOAD_CHECKPOINT": "pretrained model",
    "MAKE_CHECKPOINT": "tiny model for the demo",
    "FINETUNE": "train a language model",
    "EMBED": "data sets as vectors",
    "TRAIN_PROBE": "logistic regression on them",
    "TRY_SETTINGS": "trials (--tune)",
    "CHOOSE_SETTINGS": "best on dev (--tune)",
    "EVALUATE": "metrics with intervals",
    "SCORE_TRANSFER": "other sets (--external)",
    "EVALUATE_TRANSFER": "metrics on them",
    "COMPARE_MODELS": "paired tests",
    "MAKE_CLAIMS": "verdicts on contrasts",
    "SCORE_ATTENTION": "importance of each base",
    "PROFILE_IMPORTANCE": "mean profiles and checks",
    "COMPARE_MOTIFS": "known motifs",
    "REPORT": "one HTML page",
    "SUMMARISE_COST": "CPU time and memory",
}
STYLE = """  bgcolor="white" nodesep=0.25 ranksep=0.35
  node [shape=box style=rounded width=2 height=0.55 fontname="Helvetica" fontsize=12 penwidth=1.4 color="#0072b2"]
  edge [color="#7a8793" arrowsize=0.7]
"""


def steps(text: str) -> dict[str, set[str]]:
    """Each step with the steps that its outputs reach; channels and operators between them are left out.

    Nextflow numbers processes in the order in which they are called and merges neighbouring operators into one node.
    A path through such a node that leads back to an earlier process is no flow of data, so it is left out.
    """
    names = {node: name.split(":")[-1] for node, name in PROCESS.findall(text)}
    after: dict[str, set[str]] = {}
    for start, end in EDGE.findall(text):
        after.setdefault(start, set()).add(end)
    return {name: {names[end] for end in _reached(node, after, names)} - {name} for node, name in names.items()}


def _reached(start: str, after: dict[str, set[str]], names: dict[str, str]) -> set[str]:
    found, seen, ahead = set(), set(), [start]
    while ahead:
        for node in after.get(ahead.pop(), ()):
            if node in names and int(node[1:]) > int(start[1:]):
                found.add(node)
            elif node not in names and node not in seen:
                seen.add(node)
                ahead.append(node)
    return found


def dot(edges: dict[str, set[str]]) -> str:
    """The steps as a graph for Graphviz."""
    lines = [
        f'  {name} [label=<<b>{name.lower()}</b><br/><font point-size="11">{PURPOSES[name]}</font>>]' for name in edges
    ]
    lines += [f"  {name} -> {end}" for name, ends in edges.items() for end in sorted(ends)]
    return "\n".join(["digraph steps {", STYLE, *lines, "}"])


def main(source: Path) -> None:
    reduced = subprocess.run(
        ["tred"], input=dot(steps(source.read_text(encoding="utf-8"))), capture_output=True, text=True, check=True
    )
    drawn = subprocess.run(["dot", "-Tsvg"], input=reduced.stdout, capture_output=True, text=True, check=True).stdout
    drawn = re.sub(r"<!--.*?-->\n?", "", drawn, flags=re.DOTALL)
    OUT.write_text(drawn[drawn.index("<svg") :], encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
