"""Reduce a step's outputs to what is the same on every machine, as JSON for the snapshots of nf-test.

Leaves out versions and times in provenance records, the bytes of Parquet (which hold the writer's version) and of
weights, drawings, and the digits of fractions after the third, in which processors differ.
`tests/lib/Stable.groovy` passes the channels of a process on standard input.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable
from itertools import compress
from pathlib import Path

import pyarrow.parquet as pq

SHOWN = 12
TEXTS = (".bed", ".bedgraph", ".fa", ".fai", ".meme", ".txt")
WORD = re.compile(r"[^ \t]+")
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
# of a provenance record; its inputs are listed by name, its upstream by step
FIELDS = ("step", "dataset", "task", "model", "seed", "length", "parameters", "counts", "dropped", "notes")
UNSTABLE = re.compile(r"versions?$|_version$|^run$|seconds")


def stable(given: object, without: frozenset[str] = frozenset()) -> object:
    """Replace each path of a file or folder in a structure by its stable contents."""
    if isinstance(given, dict):
        return {name: stable(value, without) for name, value in given.items()}
    if isinstance(given, list):
        return [stable(value, without) for value in given]
    if isinstance(given, str) and given.startswith("/"):
        path = Path(given)
        return {path.name: folder(path, without) if path.is_dir() else file(path, without)}
    return rounded(given)


def folder(path: Path, without: frozenset[str]) -> dict:
    """Contents of each file below a folder, by its path in it, in alphabetical order."""
    below = sorted(found for found in path.rglob("*") if found.is_file())
    return {str(found.relative_to(path)): file(found, without) for found in below}


def file(path: Path, without: frozenset[str]) -> object:
    if path.stat().st_size == 0:
        return "empty"
    if path.suffix == ".parquet":
        read = pq.read_table(path)
        columns = [map(cell_text, read[name].to_pylist()) for name in read.column_names]
        return table(read.column_names, zip(*columns, strict=True), without)
    text = path.read_text(encoding="utf-8") if path.suffix in (*TEXTS, ".json", ".tsv") else ""
    if path.suffix == ".json":
        return card(json.loads(text), without)
    if path.suffix == ".tsv":
        header, *rows = [line.split("\t") for line in text.splitlines()]
        return table(header, [map(cell_text, row) for row in rows], without)
    if path.suffix in TEXTS:
        return few_or_digest([WORD.sub(lambda word: cell_text(word[0]), line) for line in text.splitlines()])
    return f"{path.suffix.lstrip('.') or 'a file'}, not read"


def table(header: list[str], rows: Iterable[Iterable[str]], without: frozenset[str]) -> dict:
    """Columns and rows of a table; of the columns in `without` the names only."""
    kept = [name not in without for name in header]
    return {"columns": " ".join(header)} | few_or_digest(["\t".join(compress(row, kept)) for row in rows])


def few_or_digest(lines: list[str]) -> dict:
    """The lines themselves; if there are many, their number, the first two and the digest of all."""
    if len(lines) <= SHOWN:
        return {"lines": lines}
    return {"number": len(lines), "first": lines[:2], "sha256": digest("\n".join(lines))}


def card(given: object, without: frozenset[str]) -> object:
    """A provenance record without facts about the machine; other JSON likewise, as its digest if it is long."""
    if isinstance(given, dict) and "step" in given:
        record = {name: given[name] for name in FIELDS if name in given}
        record = rounded(record, without) | {"parameters": given.get("parameters", {})}
        record["inputs"] = sorted(facts["file"] for facts in given.get("inputs", {}).values())
        record["upstream"] = [before["step"] for before in given.get("upstream", [])]
        return record
    plain = rounded(given, without)
    text = json.dumps(plain, sort_keys=True)
    return plain if len(text) < 1500 else {"sha256": digest(text)}


def rounded(given: object, without: frozenset[str] = frozenset()) -> object:
    if isinstance(given, dict):
        names = [name for name in given if name not in without and not UNSTABLE.search(name)]
        return {name: rounded(given[name], without) for name in names}
    if isinstance(given, list):
        return [rounded(value, without) for value in given]
    return three_digits(given) if isinstance(given, float) else given


def three_digits(number: float) -> float:
    """Round to three digits, first to nine, so that 0.0005 less its last bit is 0.0005. Never -0.0."""
    return round(round(number, 9), 3) + 0.0


def cell_text(value: object) -> str:
    """Text of a cell; a number with a point or an exponent has three digits.

    >>> [cell_text(value) for value in (0.12345, "-1e-07", "12", "chr1", None, [1.5, 2.0])]
    ['0.123', '0.000', '12', 'chr1', '', '1.500 2.000']
    """
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(map(cell_text, value))
    written = isinstance(value, str) and NUMBER.fullmatch(value) and not value.lstrip("-").isdigit()
    if isinstance(value, float) or written:
        return f"{three_digits(float(value)):.3f}"
    return str(value)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", action="append", default=[], help="column or key of a record to leave out")
    options = parser.parse_args()
    json.dump(stable(json.load(sys.stdin), frozenset(options.without)), sys.stdout)


if __name__ == "__main__":
    main()
