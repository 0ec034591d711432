"""Write what the docs print of the code: parameters, columns, published files, steps.

python tools/make_docs.py                      put it into README.md and docs/, between its marks
python tools/make_docs.py --check              say what differs and exit with 1, change nothing

Runs in .venv. Every part has one source: nextflow_schema.json, the tables of bin/lncprom/tables, the modules, and the
publish table conf/publish.config; words about steps and files stand in tools/docs_words.py.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "tools")]

from docs_words import FILES, FOLDERS, RUN, STEPS  # noqa: E402
from lncprom.tables import attribution, dataset, genes, importance, metrics, predictions, profiles, sites  # noqa: E402
from lncprom.tables import motifs as motif_tables  # noqa: E402
from lncprom.tables.base import Column  # noqa: E402
from lncprom.tables.comparisons import COMPARISONS  # noqa: E402
from lncprom.tables.composition import COMPOSITION  # noqa: E402
from lncprom.tables.kmers import KMERS  # noqa: E402
from lncprom.tables.tpm import TPM  # noqa: E402
from lncprom.tables.training_log import TRAINING  # noqa: E402

PAGES = (
    "README.md",
    "docs/reference/outputs.md",
    "docs/reference/parameters.md",
    "docs/reference/tables_data.md",
    "docs/reference/tables_importance.md",
    "docs/reference/tables_models.md",
    "docs/reference/tables_motifs.md",
)
PARQUET = (genes, sites, dataset, predictions, importance)
TSV = (metrics.METRICS, metrics.SEEDS, metrics.CURVES, COMPARISONS, TRAINING, COMPOSITION, KMERS, TPM)
TSV += (attribution.DELETION, attribution.HEADS, profiles.PROFILE, profiles.SHARES, profiles.AUDIT)
MARK = re.compile(r"(<!-- made by tools/make_docs\.py: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


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


def columns(of: Mapping[str, Column]) -> str:
    """A table's columns: name, type, which may be missing, meaning."""
    rows = []
    for name, column in of.items():
        may = "no" if not column.nullable else "the whole column too" if column.optional else "yes"
        rows.append((f"`{name}`", column.dtype().__class__.__name__, may, column.meaning))
    return table(("column", "type", "may be missing", "meaning"), rows)


def published() -> list[Published]:
    """Every file that a run publishes, from the publish table and the outputs that the modules declare."""
    found = []
    for process, body in re.findall(r"withName: '(\w+)'\s*\{(.*)\}", (ROOT / "conf/publish.config").read_text()):
        step = process.lower()
        stands_for, meanings = FILES[step]
        outputs = [name for output in declared(step) for name in within(step, output)]
        places = re.findall(r'\$\{params\.outdir\}/([^"]+)" \}([^\]]*)', body)
        for folder, rest in places:
            pattern = re.search(r"pattern: '([^']+)'", rest)
            kept = [name for name in outputs if pattern is None or _globbed(name.split("/")[0], pattern[1])]
            for name in kept:
                if name not in meanings:
                    raise LookupError(f"{step} publishes {name}; say in FILES of tools/docs_words.py what it is")
                path = f"{folder}/{name.replace('<id>', stands_for)}"
                found.append(Published(path, step, meanings[name]))
    return found + [Published(f"pipeline_info/{name}", "the run", meaning) for name, meaning in RUN.items()]


def within(step: str, output: str) -> list[str]:
    """The output itself, or what FILES tells of the folder that it is."""
    if output != FOLDERS.get(step):
        return [output]
    return [name for name in FILES[step][1] if name.startswith(f"{output}/")]


def declared(step: str) -> list[str]:
    """File names in the output section of a module, `<id>` for the meta's id."""
    module = (ROOT / "modules/local" / step / "main.nf").read_text(encoding="utf-8")
    section = re.search(r"\n    output:\n(.*?)\n    (?:script|shell|exec):", module, re.DOTALL)[1]
    names = re.findall(r"path\(?\s*[\"']([^\"']+)[\"']", section)
    return [name.replace("${meta.id}", "<id>") for name in dict.fromkeys(names)]


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


def blocks() -> dict[str, str]:
    """Every part by the name in its mark."""
    return {
        "steps": steps(),
        "parameters": parameters(),
        "files": files(),
        **{which.TABLE.name: columns(which.TABLE.columns) for which in PARQUET},
        **{table.name: columns(table.columns) for table in TSV},
        **{name: columns(of) for name, of in motif_tables.TABLES.items()},
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
