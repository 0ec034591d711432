"""A page read back: its tables, its text, what it would load, and how Chromium shows it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Cell(NamedTuple):
    """A cell's text, and the machine's values in it by class."""

    text: str
    data: dict[str, str]


class Page(HTMLParser):
    """The source, rows of every table by its id, ids, addresses to load, and whether every tag was closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = text
        self.tables: dict[str, list[tuple[dict, list[Cell]]]] = {}
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self._table: str | None = None
        self._cell: Cell | None = None
        self._parts: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], self._open

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self._open.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("src", "href", "xlink:href", "data", "poster", "action", "srcset"):
            if name in given and tag != "a":
                self.loads.append(given[name])
        if tag == "table":
            self._table = given.get("id", f"table {len(self.tables)}")
            self.tables[self._table] = []
        elif tag == "tr":
            self.tables[self._table].append((given, []))
        elif tag in ("td", "th"):
            self._cell, self._parts = Cell("", {}), []
        elif tag == "data" and self._cell is not None:
            self._cell.data.setdefault(given.get("class", ""), given["value"])

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self._open, tag
        assert self._open.pop() == tag, tag
        if tag in ("td", "th"):
            text = " ".join("".join(self._parts).split())
            self.tables[self._table][-1][1].append(self._cell._replace(text=text))
            self._cell = None

    def handle_data(self, data):
        if self._open and self._open[-1] not in ("style", "script"):
            self.text += data
        if self._cell is not None:
            self._parts.append(data)

    def body(self, table: str) -> list[tuple[dict, list[Cell]]]:
        """Rows below the head."""
        return self.tables[table][1:]

    def by_model(self, table: str) -> dict[str, list[Cell]]:
        return {cells[0].text: cells[1:] for _, cells in self.body(table)}


# Chromium prints the page once it is loaded: an image that never arrives delays that until every frame has reported.
TELL = """<pre id="told"></pre><img id="hold" src="http://127.0.0.1:PORT/"><script>
const told = {};
function tell(name, value) {
  told[name] = value;
  if (Object.keys(told).length < FRAMES) return;
  document.getElementById("told").textContent = JSON.stringify(told);
  document.getElementById("hold").src = "data:,";
}
</script>"""


class Frame(NamedTuple):
    """A page, an expression (or promise) to evaluate at its end, and the width of its window."""

    page: str
    script: str
    width: int = 1280


def show(frames: dict[str, Frame], beside: dict[str, str], flags: tuple[str, ...] = ()) -> tuple[dict, list[str]]:
    """Open pages in one headless Chromium: the JSON value of each frame's script, and the lines of the console.

    Pages are shown in frames because a window of Chromium is never narrower than 500 pixels. `beside` holds files in
    the same folder.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on PATH")
    parts = ['<!DOCTYPE html><meta charset="utf-8"><style>iframe { border: 0; position: absolute; top: 0 }</style>']
    quiet = "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as silent:
        parts.append(TELL.replace("PORT", str(silent.getsockname()[1])).replace("FRAMES", str(len(frames))))
        for name, (page, script, width) in frames.items():
            tell = f'<script>Promise.resolve({script}).then((value) => parent.tell("{name}", value))</script></body>'
            source = escape(page.replace("</body>", tell))
            parts.append(f'<iframe srcdoc="{source}" style="width:{width}px;height:900px"></iframe>')
        path = Path(folder, "page.html")
        for name, content in (beside | {path.name: "".join(parts)}).items():
            Path(folder, name).write_text(content, encoding="utf-8")
        done = subprocess.run(
            [
                *(chromium, "--headless", "--no-sandbox", "--disable-sync", *quiet.split(), *flags),
                *(f"--user-data-dir={folder}/profile", "--window-size=1400,1000", "--hide-scrollbars"),
                *("--enable-logging=stderr", "--v=0", "--dump-dom", path.as_uri()),
            ],
            capture_output=True,
            text=True,
            timeout=180,
            check=True,
        )
    found = unescape(done.stdout.split('<pre id="told">')[1].split("</pre>")[0])
    return json.loads(found), [line for line in done.stderr.splitlines() if "CONSOLE" in line]
