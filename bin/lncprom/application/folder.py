"""The files of a model's folder: sizes and digests, recorded in a released one and checked when it is loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from lncprom import provenance


def listing(folder: Path, without: Sequence[str] = ()) -> dict[str, dict]:
    """Name -> bytes and SHA-256 of each file, sorted by name."""
    paths = sorted(path for path in folder.iterdir() if path.is_file() and path.name not in without)
    found = {path.name: provenance.digest(path) for path in paths}
    return {name: {key: facts[key] for key in ("bytes", "sha256")} for name, facts in found.items()}


def digests(folders: Sequence[Path], names: Sequence[str]) -> dict[str, dict]:
    """For a card: each model with one digest over all its files."""
    found = {}
    for path, name in zip(folders, names, strict=True):
        facts = listing(path)
        lines = "".join(f"{of['sha256']}  {file}\n" for file, of in facts.items())
        total = sum(of["bytes"] for of in facts.values())
        found[f"model {name}"] = {"file": name, "bytes": total, "sha256": hashlib.sha256(lines.encode()).hexdigest()}
    return found
