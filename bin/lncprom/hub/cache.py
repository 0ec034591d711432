"""Checkpoints of a model hub as they lie in the cache: a folder per commit, and in it a record of every file's digest.

    CACHE/<owner>--<name>/<commit>/{config.json, vocabulary, weights, lncprom-snapshot.json}

Files are renamed in when they are whole and the record is written last, so that a folder with a record is complete.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from lncprom import files
from lncprom.errors import InputError

RECORD = "lncprom-snapshot.json"
CONFIG = "config.json"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
_FAMILIES = json.loads((Path(__file__).parents[1] / "models" / "families.json").read_text(encoding="utf-8"))
VOCABULARIES = {name: entry["vocabulary"] for name, entry in _FAMILIES.items() if "vocabulary" in entry}
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"\w[\w.-]*")
_BLOCK = 1 << 20


class Request(NamedTuple):
    """Which checkpoint, of which family, and the folder that keeps it; the endpoint is the hub's address.

    No cache: nothing is to be brought, only something asked.
    """

    checkpoint: str
    revision: str
    family: str
    cache: Path | None
    endpoint: str | None = None
    offline: bool = False

    @property
    def vocabulary(self) -> str:
        return VOCABULARIES[self.family]

    @property
    def pinned(self) -> bool:
        """Is the revision a commit, which never changes, and no branch or tag?"""
        return bool(_COMMIT.fullmatch(self.revision))

    @property
    def named(self) -> str:
        return f"{self.checkpoint} at {self.revision}"

    @property
    def mend(self) -> str:
        """What to do where there is no network."""
        if self.cache is None:
            return "run this on a machine with a network"
        words = ["download_checkpoint.py", "--checkpoint", self.checkpoint, "--revision", self.revision]
        words += ["--family", self.family, "--cache", str(self.cache.resolve())]
        words += ["--endpoint", self.endpoint] if self.endpoint else []
        return f"on a machine with a network, a login node say, run: {shlex.join(words)}"

    def folder(self, commit: str) -> Path:
        return self.cache / self.checkpoint.replace("/", "--") / commit


class Snapshot(NamedTuple):
    """A complete checkpoint in the cache; `files`: name -> its `bytes` and `sha256`."""

    checkpoint: str
    folder: Path
    commit: str
    licence: str | None
    files: dict[str, dict]


def checked(request: Request) -> Request:
    """The request, its commit in lower case.

    Raises
    ------
    InputError
        where the family needs no checkpoint, or an id or revision cannot be one.
    """
    if request.family not in VOCABULARIES:
        raise InputError(f"--family {request.family}: has no checkpoints on a hub; those are {', '.join(VOCABULARIES)}")
    parts = request.checkpoint.split("/")
    if len(parts) > 2 or not all(_NAME.fullmatch(part) for part in parts) or "--" in request.checkpoint:
        raise InputError(f"--checkpoint {request.checkpoint}: no id of a hub, which is owner/name; a folder needs none")
    revision = request.revision
    if re.fullmatch(r"[0-9a-fA-F]{40}", revision):
        revision = revision.lower()
    elif not re.fullmatch(r"\w[\w./-]*", revision) or ".." in revision:
        raise InputError(f"--revision {revision}: neither a commit, of 40 hexadecimal digits, nor a branch or tag")
    if request.endpoint and not re.match(r"https?://[^/]", request.endpoint):
        raise InputError(f"--endpoint {request.endpoint}: no address, which begins with https://")
    return request._replace(revision=revision)


def recorded(request: Request, commit: str) -> Snapshot | None:
    """The snapshot that the cache's record tells of; None where there is none with all that the family needs."""
    listed, licence = _listed(request, commit)
    others = set(VOCABULARIES.values()) - {request.vocabulary}
    listed = {name: facts for name, facts in listed.items() if name not in others}
    if not {CONFIG, request.vocabulary} <= set(listed) or not set(WEIGHTS) & set(listed):
        return None
    return Snapshot(request.checkpoint, request.folder(commit), commit, licence, listed)


def _listed(request: Request, commit: str) -> tuple[dict[str, dict], str | None]:
    """Files and licence in the record of a folder; a record that cannot be read is of no use, and is written anew."""
    folder = request.folder(commit)
    try:
        content = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        listed = {
            str(name): {"bytes": int(facts["bytes"]), "sha256": str(facts["sha256"])}
            for name, facts in content["files"].items()
        }
        licence = content["licence"]
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}, None
    if content.get("revision") != commit or any(Path(name).name != name for name in listed):
        return {}, None
    return listed, licence


def damaged(snapshot: Snapshot) -> list[str]:
    """Names of the files that are missing or whose digest is not the recorded one."""
    return [
        name
        for name, facts in snapshot.files.items()
        if not (path := snapshot.folder / name).is_file()
        or path.stat().st_size != facts["bytes"]
        or files.sha256(path) != facts["sha256"]
    ]


def record(request: Request, commit: str, names: Iterable[str], licence: str | None) -> None:
    """Write down the digests of these files of the folder, beside what an earlier record of the folder lists."""
    folder = request.folder(commit)
    listed, _ = _listed(request, commit)
    for name in names:
        path = folder / name
        listed[name] = {"bytes": path.stat().st_size, "sha256": files.sha256(path)}
    _write(Snapshot(request.checkpoint, folder, commit, licence, listed), folder)


def _write(snapshot: Snapshot, folder: Path) -> None:
    listed = {name: snapshot.files[name] for name in sorted(snapshot.files)}
    content = {"checkpoint": snapshot.checkpoint, "revision": snapshot.commit, "licence": snapshot.licence}
    files.write_text(json.dumps(content | {"files": listed}, indent=2) + "\n", folder / RECORD)


def chosen(request: Request, names: Sequence[str]) -> tuple[list[str], str]:
    """What to bring of all that the hub lists: config and vocabulary, and the file that has or names the weights."""
    there = ", ".join(sorted(names)) or "nothing"
    for name in (CONFIG, request.vocabulary):
        if name not in names:
            raise InputError(
                f"{request.named}: has no {name}, {request.family} needs one; is it another family's? There: {there}"
            )
    weights = next((name for name in WEIGHTS if name in names), None)
    if weights is None:
        raise InputError(f"{request.named}: no {WEIGHTS[0]} or {WEIGHTS[2]}, so no weights to load; there: {there}")
    return [CONFIG, request.vocabulary], weights


def parts(request: Request, index: Path, names: Sequence[str]) -> list[str]:
    """The files that an index of weights names, each of which the hub must list."""
    try:
        found = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{request.named}, {index.name}: not an index of weights; tell its authors") from None
    for name in found:
        if not isinstance(name, str) or Path(name).name != name or name not in names:
            raise InputError(f"{request.named}, {index.name}: names {name!r}, which is not there; tell its authors")
    return found


def is_as_listed(path: Path, size: int | None, digest: str | None, known: str | None = None) -> bool:
    """Has the file the size and the digest that the hub tells: SHA-256 of a large file, git's SHA-1 of a small one?

    Where it tells none of these, the SHA-256 that was recorded before decides, and without that the size alone.
    """
    if not path.is_file() or (size is not None and path.stat().st_size != size):
        return False
    if digest and re.fullmatch(r"[0-9a-f]{64}", digest):
        return files.sha256(path) == digest
    if digest and _COMMIT.fullmatch(digest):
        return _git_sha1(path) == digest
    return known is None or files.sha256(path) == known


def copy(snapshot: Snapshot, folder: Path) -> None:
    """Copy a snapshot with its record; copies, since what lies in a task's folder may be changed there."""
    _write(snapshot, folder)
    for name, facts in snapshot.files.items():
        whole = hashlib.sha256()
        with open(snapshot.folder / name, "rb") as source, open(folder / name, "wb") as target:
            while block := source.read(_BLOCK):
                whole.update(block)
                target.write(block)
        if whole.hexdigest() != facts["sha256"]:
            raise InputError(f"{snapshot.folder / name}: changed while it was copied; run again")


def _git_sha1(path: Path) -> str:
    whole = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with open(path, "rb") as handle:
        while block := handle.read(_BLOCK):
            whole.update(block)
    return whole.hexdigest()
