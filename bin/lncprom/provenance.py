"""The card beside each table: inputs, parameters, counts, losses by reason, and versions."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from lncprom import __version__, files
from lncprom.errors import InputError

_VERSION = re.compile(r"^Version: *(\S+)", re.MULTILINE)
MODEL_RECORD = "lncprom.json"  # beside a model's weights: what they are and, in a release, the digest of each file
_RECORDED = ("numpy", "polars", "scipy", "torch", "tokenizers", "transformers")


def make(
    step: str,
    *,
    inputs: Mapping[str, Path | dict | None] | None = None,
    parameters: Mapping[str, object] | None = None,
    counts: Mapping[str, object] | None = None,
    dropped: Mapping[str, int] | None = None,
    notes: Sequence[str] = (),
    upstream: Sequence[Path] = (),
) -> dict:
    """The record of one step, with those of earlier steps in `upstream`.

    Parameters
    ----------
    inputs
        Name of the input -> its path, or the result of `digest` (None: not given). Each is recorded by file name, size
        and SHA-256; a file among the `outputs` of an upstream card keeps the digest of that card.
    dropped
        Reason -> number of records dropped for it.
    upstream
        Paths of earlier cards. Their records are listed in order, each once.
    """
    before = records(upstream)
    known = {name: facts for record in before for name, facts in record.get("outputs", {}).items()}
    return {
        "step": step,
        "inputs": {
            name: given if isinstance(given, dict) else known.get(given.name) or digest(given)
            for name, given in (inputs or {}).items()
            if given is not None
        },
        "parameters": dict(parameters or {}),
        "counts": dict(counts or {}),
        "dropped": {reason: int(number) for reason, number in (dropped or {}).items()},
        "notes": list(notes),
        "versions": versions(),
        "upstream": before,
    }


def of(done, step: str, inputs: Mapping, parameters: Mapping, upstream: Sequence[Path] = ()) -> dict:
    """The record of a step whose result has `counts` and `notes`, and `dropped` where records were left out."""
    told = {"counts": done.counts, "dropped": getattr(done, "dropped", None), "notes": done.notes}
    return make(step, inputs=inputs, parameters=parameters, upstream=upstream, **told)


def records(paths: Sequence[Path]) -> list[dict]:
    """The records of these cards and of the steps before them, in order, each once."""
    found: list[dict] = []
    for path in paths:
        card = read(path)
        for record in [*card.pop("upstream", []), card]:
            if record not in found:
                found.append(record)
    return found


def digest(path: Path) -> dict:
    """File name, size in bytes and SHA-256 of a file."""
    return {"file": path.name, "bytes": path.stat().st_size, "sha256": files.sha256(path)}


def versions() -> dict[str, str]:
    """Versions of Python, this package and the installed numeric libraries."""
    found = {"python": platform.python_version(), "lncprom": __version__}
    for name in _RECORDED:
        with suppress(metadata.PackageNotFoundError):
            # metadata.version parses the whole file as an e-mail: 0.02 s a package
            found[name] = _VERSION.search(metadata.distribution(name).read_text("METADATA"))[1]
    return found


def write(card: Mapping, path: Path) -> None:
    """Write a card as JSON; NaN is refused."""
    files.write_text(json.dumps(card, indent=2, ensure_ascii=False, allow_nan=False) + "\n", path)


def read(path: Path) -> dict:
    """Read a card; another JSON is refused."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise InputError(f"{path.name}: not a card ({fault}). Give the JSON of a step of lncprom.") from None
    if not isinstance(card, dict) or "step" not in card:
        raise InputError(f"{path.name}: JSON, but not a card of lncprom. Give the JSON of a step.")
    upstream = card.get("upstream", [])
    outputs = [record.get("outputs", {}) for record in (card, *upstream)] if _all_dicts(upstream, list) else [None]
    if not all(_all_dicts(files_, dict) for files_ in outputs):
        raise InputError(f"{path.name}: the upstream or outputs of this card are damaged. Give the JSON of a step.")
    return card


def _all_dicts(found: object, kind: type) -> bool:
    """Whether this is a list of dictionaries, or a dictionary of them."""
    return isinstance(found, kind) and all(
        isinstance(each, dict) for each in (found.values() if kind is dict else found)
    )


def refuse_losses(lost: int, total: int, limit: float, what: str, remedy: str) -> None:
    """Refuse a loss of more than `limit` (a fraction, 0..1) of `total` records.

    >>> refuse_losses(98, 100, 0.1, "genes lie on chromosomes that g.fa lacks", "Give the whole genome.")
    Traceback (most recent call last):
    lncprom.errors.InputError: 98 of 100 (98.0%) genes lie on ... (limit 10%). Give the whole genome.
    """
    if total and lost / total > limit:
        raise InputError(f"{lost:,} of {total:,} ({lost / total:.1%}) {what} (limit {limit:.0%}). {remedy}")
