"""Write what the docs print of the code: parameters, columns, published files, steps, the graph.

python tools/make_docs.py                      put it into README.md and docs/, between its marks
python tools/make_docs.py --check              say what differs and exit with 1, change nothing

Runs in .venv. Every part has one source: nextflow_schema.json, the tables of bin/lncprom/tables, the modules, the
publish table conf/publish.config, and assets/dag.mmd, which the engine drew.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bin"))

from lncprom.report import dag  # noqa: E402
from lncprom.tables import dataset, genes, predictions, sites  # noqa: E402

PAGES = ("README.md", "docs/usage.md", "docs/output.md")
MARK = re.compile(r"(<!-- made by tools/make_docs\.py: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

# Step -> what goes in, what comes out. What it does is the first line of its module
STEPS = {
    "prepare_genome": ("FASTA: plain, gzip or bgzip", "plain FASTA with `.fai`; card"),
    "extract_tss": ("GTF", "genes; BED of every annotated TSS; card"),
    "label_expression": ("genes, expression table", "genes with labels; TPM by biotype; card"),
    "define_task": ("genes, promoters, genome", "sites; card"),
    "sample_negatives": ("sites (positives), genome, TSSs to keep away from", "sites (both classes); card"),
    "assign_folds": ("sites of all tasks", "the same with group and fold; card"),
    "build_length_variants": ("sites, genome, a length", "data set; composition by position; card"),
    "import_dataset": ("CSV, TSV or pairs of FASTA", "data set; composition by position; card"),
    "train_baseline": ("data set", "predictions; model; k-mer weights; card"),
    "evaluate": ("data set, its predictions", "metrics; curves; card"),
    "report": ("all cards, metrics and curves", "one HTML file"),
}

# Step -> what stands for ${meta.id} in its files, and what each file is; of a folder also what it holds
FILES = {
    "prepare_genome": ("genome", {"genome.json": "card of the genome"}),
    "extract_tss": (
        "annotation",
        {
            "<id>.genes.json": "card of the annotation: genes kept, left out and why",
            "<id>.all_tss.bed": "every annotated TSS, any biotype and chromosome (BED6)",
        },
    ),
    "label_expression": (
        "labelled",
        {
            "<id>.genes.parquet": "genes with expression labels ([genes](#genes))",
            "<id>.expression.json": "card of the labels: how many are high and low, percentiles, losses",
            "<id>.tpm.tsv": "TPM by biotype ([tpm.tsv](#tpmtsv))",
        },
    ),
    "define_task": ("<task>", {"<id>.task.json": "card of a task: who is in it, who was left out and why"}),
    "sample_negatives": (
        "<task>",
        {"<id>.negatives.json": "card of the negatives of task 1 or 2: how they were come by"},
    ),
    "assign_folds": (
        "folds",
        {
            "folded/<task>.sites.parquet": "samples of a task with group and fold ([sites](#sites))",
            "folds.json": "card of the folds: groups, samples and shares by task, class and fold",
        },
    ),
    "build_length_variants": (
        "<task>_<length>",
        {
            "<id>.parquet": "data set with sequences ([dataset](#dataset))",
            "<id>.dataset.json": "its card: counts, losses, digests, and the cards of all steps before",
            "<id>.composition.tsv": "bases by position ([composition.tsv](#compositiontsv))",
        },
    ),
    "import_dataset": (
        "<name>",
        {
            "<id>.parquet": "a ready-made set in the same form ([dataset](#dataset))",
            "<id>.dataset.json": "its card: counts, and what its folds share",
            "<id>.composition.tsv": "bases by position",
        },
    ),
    "train_baseline": (
        "<dataset>.<model>",
        {
            "<id>.predictions.parquet": "probabilities of every sample ([predictions](#predictions))",
            "<id>.model/model.json": "the fitted model ([model.json](#modeljson))",
            "<id>.kmers.tsv": "weights of all k-mers ([kmers.tsv](#kmerstsv))",
            "<id>.kmers.svg": "the 20 strongest k-mers for each class",
            "<id>.baseline.json": "card of the fit: penalties tried, the one chosen, floors",
        },
    ),
    "evaluate": (
        "<dataset>",
        {
            "<id>.metrics.tsv": "metrics with intervals ([metrics.tsv](#metricstsv))",
            "<id>.curves.tsv": "ROC and precision-recall of the test fold ([curves.tsv](#curvestsv))",
            "<id>.metrics.json": "card of the evaluation",
        },
    ),
    "report": ("report", {"report.html": "everything above in one page that loads nothing from elsewhere"}),
}
FOLDERS = {"folded": "folded/<task>.sites.parquet", "<id>.model": "<id>.model/model.json"}
# What Nextflow and the workflow itself write into pipeline_info/
RUN = {
    "trace.txt": "a row per task: status, time, memory",
    "timeline.html": "when each task ran",
    "execution.html": "Nextflow's own report of resources",
    "dag.mmd": "the graph of this run (Mermaid)",
    "versions.yml": "process, tool, version",
    "params.json": "parameters that the numbers depend on",
}


class Published(NamedTuple):
    """A published file: its place under --outdir, the step that writes it, what it is."""

    path: str
    step: str
    meaning: str

    def matches(self, path: str) -> bool:
        pattern = re.sub(r"<\w+>", "[^/]+", re.escape(self.path).replace(r"\<", "<").replace(r"\>", ">"))
        return re.fullmatch(pattern, path) is not None


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def parameters() -> str:
    """Every parameter of the schema by group: type, default, meaning."""
    groups = json.loads((ROOT / "nextflow_schema.json").read_text(encoding="utf-8"))["$defs"].values()
    parts = []
    for group in groups:
        needed = group.get("required", [])
        rows = [
            (f"`--{name}`", _type(facts), "**needed**" if name in needed else _default(facts), _meaning(facts))
            for name, facts in group["properties"].items()
            if not facts.get("hidden")
        ]
        parts.append(f"### {group['title']}\n\n{table(('parameter', 'type', 'default', 'meaning'), rows)}")
    return "\n".join(parts)


def _type(facts: dict) -> str:
    kind = {"file-path": "file", "directory-path": "folder"}.get(facts.get("format"), facts["type"])
    kind = {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(kind, kind)
    if "items" in facts:
        return {"integer": "whole numbers, by commas", "string": "names, by commas"}[facts["items"]["type"]]
    return kind


def _default(facts: dict) -> str:
    value = facts.get("default", "")
    values = [str(value).lower()] if isinstance(value, bool) else str(value).split(",")
    return ", ".join(f"`{value}`" for value in values if value)


def _meaning(facts: dict) -> str:
    """The description, the choices, the range."""
    text = facts["description"]
    if "enum" in facts:
        text += f" One of {', '.join(f'`{value}`' for value in facts['enum'])}."
    limits = facts.get("items", facts)
    words = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    told = ", ".join(f"{word} {limits[key]}" for key, word in words.items() if key in limits)
    told = f"each {told}" if told and "items" in facts else told
    return f"{text} {told.capitalize()}." if told else text


def columns(which) -> str:
    """A Parquet table's columns: name, type, meaning, and which may be missing."""
    rows = []
    for name, column in which.TABLE.columns.items():
        may = "no" if not column.nullable else "the whole column too" if column.optional else "yes"
        rows.append((f"`{name}`", column.dtype().__class__.__name__, may, column.meaning))
    return table(("column", "type", "may be missing", "meaning"), rows)


def published() -> list[Published]:
    """Every file that a run publishes, from the publish table and the outputs that the modules declare."""
    found = []
    for process, body in re.findall(r"withName: '(\w+)'\s*\{(.*)\}", (ROOT / "conf/publish.config").read_text()):
        step = process.lower()
        stands_for, meanings = FILES[step]
        outputs = [FOLDERS.get(name, name) for name in declared(step)]
        places = re.findall(r'\$\{params\.outdir\}/([^"]+)" \}([^\]]*)', body)
        for folder, rest in places:
            pattern = re.search(r"pattern: '([^']+)'", rest)
            kept = [name for name in outputs if pattern is None or _globbed(name.split("/")[0], pattern[1])]
            for name in kept:
                if name not in meanings:
                    raise LookupError(f"{step} publishes {name}; say in FILES of tools/make_docs.py what it is")
                path = f"{folder}/{name.replace('<id>', stands_for)}"
                found.append(Published(path, step, meanings[name]))
    return found + [Published(f"pipeline_info/{name}", "the run", meaning) for name, meaning in RUN.items()]


def declared(step: str) -> list[str]:
    """File names in the output section of a module, `<id>` for the meta's id."""
    module = (ROOT / "modules/local" / step / "main.nf").read_text(encoding="utf-8")
    section = re.search(r"\n    output:\n(.*?)\n    (?:script|shell|exec):", module, re.DOTALL)[1]
    return [name.replace("${meta.id}", "<id>") for name in re.findall(r"path\(?\s*[\"']([^\"']+)[\"']", section)]


def _globbed(name: str, pattern: str) -> bool:
    """Whether a glob with braces, as Nextflow has them, takes a name."""
    braces = re.search(r"\{([^}]*)\}", pattern)
    choices = [pattern.replace(braces[0], choice) for choice in braces[1].split(",")] if braces else [pattern]
    return any(fnmatchcase(name, choice) for choice in choices)


def files() -> str:
    rows = [
        (f"`{file.path}`", f"`{file.step}`" if file.step in FILES else file.step, file.meaning) for file in published()
    ]
    return table(("file", "written by", "what it is"), rows)


def steps() -> str:
    """A row per module, in the order of the data."""
    rows = []
    for step, (takes, gives) in STEPS.items():
        about = (ROOT / "modules/local" / step / "main.nf").read_text(encoding="utf-8").splitlines()[0].lstrip("/ ")
        rows.append((f"[`{step}`](modules/local/{step}/main.nf)", about, takes, gives))
    return table(("step", "what it gives", "goes in", "comes out"), rows)


def graph() -> str:
    """The engine's graph without its channels and operators: processes, and how data pass between them."""
    found = dag.parse((ROOT / "assets/dag.mmd").read_text(encoding="utf-8"))
    number = {name: f"p{at}" for at, name in enumerate(name.upper() for name in STEPS)}
    lines = ["```mermaid", "flowchart TB"]
    lines += [f'    {number[name]}(["{name}"])' for name in number if name in found.edges]
    edges = sorted((number[a], number[b]) for a, b in found.edges.edges)
    lines += [f"    {a} --> {b}" for a, b in sorted(edges, key=lambda edge: [int(end[1:]) for end in edge])]
    return "\n".join([*lines, "```", ""])


def blocks() -> dict[str, str]:
    """Every part by the name in its mark."""
    return {
        "steps": steps(),
        "graph": graph(),
        "parameters": parameters(),
        "files": files(),
        "genes": columns(genes),
        "sites": columns(sites),
        "dataset": columns(dataset),
        "predictions": columns(predictions),
    }


def renewed(text: str, parts: dict[str, str]) -> str:
    """A page with every part between its marks replaced."""
    return MARK.sub(lambda found: f"{found[1]}\n{parts[found[2]]}\n{found[3]}", text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    parts, stale = blocks(), []
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        if (new := renewed(text, parts)) != text:
            stale.append(page)
            if not given.check:
                (ROOT / page).write_text(new, encoding="utf-8", newline="\n")
    for page in stale:
        print(f"{page}: {'differs from the code; run python tools/make_docs.py' if given.check else 'renewed'}")
    sys.exit(1 if given.check and stale else 0)


if __name__ == "__main__":
    main()
