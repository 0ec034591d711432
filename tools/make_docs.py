"""Write the generated tables of the docs: parameters, columns, published files, steps.

python tools/make_docs.py            replace the tables between the marks in README.md and docs/
python tools/make_docs.py --check    list the pages that are out of date and exit with 1; change nothing

Runs in .venv. The sources are nextflow_schema.json, the tables of bin/lncprom/tables, the modules and
conf/publish.config. tools/docs_words.py describes the inputs and outputs of each step.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "tools")]

from docs_words import APPLIED, FILES, FOLDERS, RUN, STEPS  # noqa: E402, F401
from lncprom import tables  # noqa: E402
from lncprom.tables.base import Column  # noqa: E402

MARK = re.compile(r"(<!-- made by tools/make_docs\.py: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
TYPES = {
    "list(string)": "list of text",
    "list(float16)": "list of numbers",
    "list(float64)": "list of numbers",
    "string": "text",
}
TYPES |= {"integer": "whole number", "boolean": "true or false"}
LISTS = {"integer": "whole numbers", "number": "numbers", "string": "names"}
LIMITS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}


class Published(NamedTuple):
    """A published file: its path below --outdir, the step that writes it, what it is."""

    path: str
    step: str
    meaning: str

    def matches(self, path: str) -> bool:
        pattern = re.sub(r"<\w+>", "[^/]+", re.escape(self.path).replace(r"\<", "<").replace(r"\>", ">"))
        return re.fullmatch(pattern, path) is not None


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def pages() -> list[Path]:
    """README.md and the pages of docs/ that have a mark."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in found if MARK.search(_read(page))]


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def parameters() -> str:
    """Every parameter of the schema by group: type, default, meaning."""
    groups = json.loads(_read(ROOT / "nextflow_schema.json"))["$defs"].values()
    parts = []
    for group in groups:
        required = group.get("required", [])
        rows = [
            (f"`--{name}`", _type(facts), "**required**" if name in required else _default(facts), _meaning(facts))
            for name, facts in group["properties"].items()
            if not facts.get("hidden")
        ]
        parts.append(f"### {group['title']}\n\n{table(('parameter', 'type', 'default', 'meaning'), rows)}")
    return "\n".join(parts)


def _type(facts: dict) -> str:
    if "items" in facts:
        return f"{LISTS[facts['items']['type']]}, comma-separated"
    kind = {"file-path": "file", "directory-path": "folder"}.get(facts.get("format"), facts["type"])
    return TYPES.get(kind, kind)


def _default(facts: dict) -> str:
    value = facts.get("default", "")
    values = [str(value).lower()] if isinstance(value, bool) else str(value).split(",")
    return ", ".join(f"`{value}`" for value in values if value)


def _meaning(facts: dict) -> str:
    """The description, the choices, the range."""
    text = facts["description"]
    if "enum" in facts:
        text += f" One of {', '.join(f'`{value}`' for value in facts['enum'])}."
    bounds = facts.get("items", facts)
    limits = ", ".join(f"{words} {bounds[key]}" for key, words in LIMITS.items() if key in bounds)
    limits = f"each {limits}" if limits and "items" in facts else limits
    return f"{text} {limits.capitalize()}." if limits else text


def columns(of: Mapping[str, Column]) -> str:
    """The columns of a table: name, type, whether cells may be empty, meaning."""
    rows = []
    for name, column in of.items():
        dtype = column.dtype
        dtype = dtype() if isinstance(dtype, type) else dtype
        kind = "number" if dtype.is_float() else "whole number" if dtype.is_integer() else TYPES[f"{dtype}".lower()]
        empty = "no" if not column.nullable else "the whole column may be missing" if column.optional else "yes"
        rows.append((f"`{name}`", kind, empty, column.meaning))
    return table(("column", "type", "may be empty", "meaning"), rows)


def schemas() -> dict[str, Mapping[str, Column]]:
    """The columns of every table of bin/lncprom/tables, by the table's name."""
    found = {}
    for module in pkgutil.iter_modules(tables.__path__):
        contents = vars(importlib.import_module(f"lncprom.tables.{module.name}"))
        declared_tables = [value for value in contents.values() if isinstance(getattr(value, "columns", None), dict)]
        found |= {value.name: value.columns for value in declared_tables} | contents.get("TABLES", {})
    return found


def published() -> list[Published]:
    """Every file that a run publishes, from conf/publish.config and the outputs that the modules declare."""
    found = []
    for process, body in re.findall(r"withName: '(\w+)'\s*\{(.*)\}", _read(ROOT / "conf/publish.config")):
        step = process.lower()
        stands_for, meanings = FILES[step]
        outputs = [name for output in declared(step) for name in within(step, output)]
        for folder, rest in re.findall(r'\$\{params\.outdir\}/([^"]+)" \}([^\]]*)', body):
            pattern = re.search(r"pattern: '([^']+)'", rest)
            for name in outputs:
                if pattern is not None and not _globbed(name.split("/")[0], pattern[1]):
                    continue
                if name not in meanings:
                    raise LookupError(f"{step} publishes {name}. Describe it in FILES of tools/docs_words.py.")
                found.append(Published(f"{folder}/{name.replace('<id>', stands_for)}", step, meanings[name]))
    return found + [Published(f"pipeline_info/{name}", "Nextflow", meaning) for name, meaning in RUN.items()]


def within(step: str, output: str) -> list[str]:
    """The output itself, or the files in it if it is a folder."""
    if output != FOLDERS.get(step):
        return [output]
    return [name for name in FILES[step][1] if name.startswith(f"{output}/")]


def declared(step: str) -> list[str]:
    """File names in the output section of a module; `<id>` stands for the id of the meta map."""
    module = _read(ROOT / "modules/local" / step / "main.nf")
    section = re.search(r"\n    output:\n(.*?)\n    (?:script|shell|exec):", module, re.DOTALL)[1]
    names = re.findall(r"path\(?\s*[\"']([^\"']+)[\"']", section)
    return [name.replace("${meta.id}", "<id>") for name in dict.fromkeys(names)]


def _globbed(name: str, pattern: str) -> bool:
    """Whether a Nextflow glob with braces matches a name."""
    braces = re.search(r"\{([^}]*)\}", pattern)
    choices = [pattern.replace(braces[0], choice) for choice in braces[1].split(",")] if braces else [pattern]
    return any(fnmatchcase(name, choice) for choice in choices)


def files() -> str:
    """Every published file; `@name` in a description becomes a link to the section of that name."""
    sections = {
        name: page.name
        for page in sorted(REFERENCE.glob("*.md"))
        for name in re.findall(r"^## (.+)$", _read(page), re.MULTILINE)
    }

    def linked(meaning: str) -> str:
        return re.sub(r"@(\S+)", lambda of: f"([{of[1]}]({sections[of[1]]}#{of[1].replace('.', '')}))", meaning)

    rows = [
        (f"`{file.path}`", f"`{file.step}`" if file.step in FILES else file.step, linked(file.meaning))
        for file in published()
    ]
    return table(("file", "written by", "content"), rows)


def steps() -> str:
    """One row per module, in the order of the data."""
    rows = []
    for step, (reads, writes) in STEPS.items():
        about = _read(ROOT / "modules/local" / step / "main.nf").splitlines()[0].lstrip("/ ")
        rows.append((f"[`{step}`](../../modules/local/{step}/main.nf)", about, reads, writes))
    return table(("step", "purpose", "reads", "writes"), rows)


def blocks() -> dict[str, str]:
    """Every generated table by the name in its mark."""
    of_columns = {name: columns(of) for name, of in schemas().items()}
    return {"steps": steps(), "parameters": parameters(), "files": files(), **of_columns}


def renewed(text: str, parts: dict[str, str]) -> str:
    """A page with the table between each pair of marks replaced."""
    return MARK.sub(lambda found: f"{found[1]}\n{parts[found[2]]}\n{found[3]}", text)


def main() -> None:
    check, parts, stale = "--check" in sys.argv[1:], blocks(), 0
    for page in pages():
        text = _read(page)
        if (new := renewed(text, parts)) == text:
            continue
        stale += 1
        print(f"{page.relative_to(ROOT)}: {'out of date. Run python tools/make_docs.py.' if check else 'renewed'}")
        if not check:
            page.write_text(new, encoding="utf-8", newline="\n")
    sys.exit(1 if check and stale else 0)


if __name__ == "__main__":
    main()
