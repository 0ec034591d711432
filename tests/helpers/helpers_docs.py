"""The docs as tests read them: pages, code blocks, sections, tables; and tools/make_docs.py as a module."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    *sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md") if page.parent.name != "benchmarks"),
)


def read_pages() -> dict[str, str]:
    return {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}


@contextmanager
def imported_make_docs() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "tools" / "make_docs.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_docs"] = module  # its NamedTuple looks its own module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules["make_docs"]


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def section(text: str, title: str) -> str:
    """What stands below a heading, down to the next one of its rank."""
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)[1]


def cells(text: str) -> list[list[str]]:
    """The rows of all tables in a text without their headers."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    ruled = [at for at, line in enumerate(lines) if line[0] == "---"]
    return [line for at, line in enumerate(lines) if at not in ruled and at + 1 not in ruled]


def anchors(text: str) -> set[str]:
    """What GitHub makes of headings: `## model.json` -> `modeljson`."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
