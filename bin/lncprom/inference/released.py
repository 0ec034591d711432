"""A released model's folder: sizes and digests of its files in lncprom.json, checked before it is used."""

from __future__ import annotations

import json
from pathlib import Path

from lncprom import provenance
from lncprom.errors import InputError
from lncprom.provenance import MODEL_RECORD as RECORD

LISTED = "files"


def listing(folder: Path, without: tuple[str, ...] = (RECORD,)) -> dict[str, dict]:
    """Name -> bytes and SHA-256 of each file, sorted by name."""
    paths = sorted(path for path in folder.iterdir() if path.is_file() and path.name not in without)
    found = {path.name: provenance.digest(path) for path in paths}
    return {name: {key: facts[key] for key in ("bytes", "sha256")} for name, facts in found.items()}


def check(folder: Path) -> None:
    """Refuse a released folder with a file missing or changed; one without a list of files is as it was trained."""
    try:
        listed = json.loads((folder / RECORD).read_text(encoding="utf-8")).get(LISTED, {})
    except (OSError, ValueError, AttributeError):
        return  # whoever opens the folder says what is wrong with it
    for name, facts in listed.items():
        path = folder / name
        if not path.is_file():
            raise InputError(f"{folder.name}: {name} is missing. Download or copy the folder again.")
        found = provenance.digest(path)
        for key, what in (("bytes", "size"), ("sha256", "digest")):
            if found[key] != facts[key]:
                raise InputError(
                    f"{folder.name}: {name} has another {what} than {RECORD} says ({found[key]}, not {facts[key]}). "
                    "Download or copy the folder again."
                )
