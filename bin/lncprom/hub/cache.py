"""Checkpoints of a model hub in the cache folder, and a record of the digest of every file.

    CACHE/models--<owner>--<name>/snapshots/<commit>/{config.json, vocabulary, weights, lncprom-snapshot.json}

The folders and their locks are those of huggingface_hub. lncprom-snapshot.json is written last, so a folder that has it
is complete. CACHE/<owner>--<name>/<commit>/, the folder of earlier versions, is still read.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from lncprom import files
from lncprom.errors import InputError

RECORD = "lncprom-snapshot.json"
CONFIG = "config.json"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
_FAMILIES = json.loads((Path(__file__).parents[1] / "models" / "families.json").read_text(encoding="utf-8"))
TOKENIZER = "tokenizer.json"
VOCABULARIES = {name: entry["vocabulary"] for name, entry in _FAMILIES.items() if "vocabulary" in entry}
_OTHERS = {name: entry.get("other_vocabulary", TOKENIZER) for name, entry in _FAMILIES.items()}
_OPTIONAL = {name: entry["optional"] for name, entry in _FAMILIES.items() if "optional" in entry}
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"\w[\w.-]*")


class Request(NamedTuple):
    """A checkpoint, the family that it is of, and the cache folder; `endpoint` is the hub's address.

    `cache` is None where nothing is downloaded and the hub is only asked for a commit.
    """

    checkpoint: str
    revision: str
    family: str
    cache: Path | None
    endpoint: str | None = None
    offline: bool = False

    @property
    def vocabulary(self) -> str | None:
        return VOCABULARIES[self.family]

    @property
    def pinned(self) -> bool:
        """Whether the revision is a commit, which never changes, rather than a branch or tag."""
        return bool(_COMMIT.fullmatch(self.revision))

    @property
    def named(self) -> str:
        return f"{self.checkpoint} at {self.revision}"

    @property
    def remedy(self) -> str:
        """What to do on a machine without a network."""
        if self.cache is None:
            return "Run this on a machine with a network"
        words = ["download_checkpoint.py", "--checkpoint", self.checkpoint, "--revision", self.revision]
        words += ["--family", self.family, "--cache", str(self.cache.resolve())]
        words += ["--endpoint", self.endpoint] if self.endpoint else []
        return f"On a machine with a network, such as a login node, run: {shlex.join(words)}"

    def folder(self, commit: str) -> Path:
        return self.cache / f"models--{self.checkpoint.replace('/', '--')}" / "snapshots" / commit

    def earlier_folder(self, commit: str) -> Path:
        return self.cache / self.checkpoint.replace("/", "--") / commit


class Snapshot(NamedTuple):
    """A complete checkpoint in the cache; `files`: name -> its `bytes` and `sha256`."""

    checkpoint: str
    folder: Path
    commit: str
    licence: str | None
    files: dict[str, dict]

    def damaged(self) -> list[str]:
        """Names of the files that are missing or whose digest is not the recorded one."""
        return [
            name
            for name, facts in self.files.items()
            if not (path := self.folder / name).is_file()
            or path.stat().st_size != facts["bytes"]
            or files.sha256(path) != facts["sha256"]
        ]

    def deliver(self, folder: Path) -> None:
        """Replace `folder` by a copy with its record: not by links, since a task may change what lies in its folder."""
        with files.writing_folder(folder, RECORD) as beside:
            _write(self, beside)
            for name in self.files:
                shutil.copyfile(self.folder / name, beside / name)
            if damaged := self._replace(folder=beside).damaged():
                raise InputError(f"{self.folder / damaged[0]}: changed while it was copied. Run again.")


def checked(request: Request) -> Request:
    """The request, its commit in lower case.

    Raises
    ------
    InputError
        if the family has no checkpoints on a hub, or the id, revision or endpoint cannot be one.
    """
    if request.family not in VOCABULARIES:
        raise InputError(
            f"--family {request.family}: has no checkpoints on a hub. Choose one of {', '.join(VOCABULARIES)}."
        )
    parts = request.checkpoint.split("/")
    if len(parts) > 2 or not all(_NAME.fullmatch(part) for part in parts) or "--" in request.checkpoint:
        raise InputError(
            f"--checkpoint {request.checkpoint}: not an id on a hub. Give owner/name; a local folder needs no download."
        )
    revision = request.revision
    if re.fullmatch(r"[0-9a-fA-F]{40}", revision):
        revision = revision.lower()
    elif not re.fullmatch(r"\w[\w./-]*", revision) or ".." in revision:
        raise InputError(f"--revision {revision}: not a revision. Give a commit of 40 hexadecimal digits, or a branch.")
    if request.endpoint and not re.match(r"https?://[^/]", request.endpoint):
        raise InputError(f"--endpoint {request.endpoint}: not an address. Give one that begins with https://.")
    return request._replace(revision=revision)


def recorded(request: Request, commit: str) -> Snapshot | None:
    """The snapshot that a record in the cache describes; None if no record has all files that the family needs."""
    for folder in (request.folder(commit), request.earlier_folder(commit)):
        listed, licence = _listed(folder, commit)
        needed = _needed(request, listed)
        others = {*VOCABULARIES.values()} - {*needed}
        listed = {name: facts for name, facts in listed.items() if name not in others}
        if {*needed} <= set(listed) and set(WEIGHTS) & set(listed):
            return Snapshot(request.checkpoint, folder, commit, licence, listed)
    return None


def _listed(folder: Path, commit: str) -> tuple[dict[str, dict], str | None]:
    """Files and licence in the record of a folder; none where the record cannot be read, and is written again."""
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


def record(request: Request, commit: str, names: Iterable[str], licence: str | None) -> None:
    """Write the digests of these files of the folder, beside those that an earlier record of the folder lists."""
    folder = request.folder(commit)
    listed, _ = _listed(folder, commit)
    for name in names:
        path = folder / name
        listed[name] = {"bytes": path.stat().st_size, "sha256": files.sha256(path)}
    _write(Snapshot(request.checkpoint, folder, commit, licence, listed), folder)


def _write(snapshot: Snapshot, folder: Path) -> None:
    listed = {name: snapshot.files[name] for name in sorted(snapshot.files)}
    content = {"checkpoint": snapshot.checkpoint, "revision": snapshot.commit, "licence": snapshot.licence}
    files.write_text(json.dumps(content | {"files": listed}, indent=2) + "\n", folder / RECORD)


def chosen(request: Request, names: Sequence[str]) -> tuple[list[str], str]:
    """What to download of all that the hub lists: config and vocabulary; the weights, or the index of their parts."""
    there = ", ".join(sorted(names)) or "nothing"
    needed = _needed(request, names)
    for name in needed:
        if name not in names:
            raise InputError(
                f"{request.named}: no {name}, which {request.family} needs. Check --family; the hub lists {there}."
            )
    weights = next((name for name in WEIGHTS if name in names), None)
    if weights is None:
        raise InputError(
            f"{request.named}: no {WEIGHTS[0]} or {WEIGHTS[2]}, so no weights. "
            f"Choose another checkpoint; the hub lists {there}."
        )
    return needed, weights


def _needed(request: Request, names: Iterable[str]) -> list[str]:
    """Config and the vocabulary, if a file has it, or the other file that may hold it; and one that may be missing."""
    words, other, optional = request.vocabulary, _OTHERS[request.family], _OPTIONAL.get(request.family)
    if words is None:
        return [CONFIG]
    found = [CONFIG, other if words not in names and other in names else words]
    return [*found, optional] if optional in names else found


def parts(request: Request, index: Path, names: Sequence[str]) -> list[str]:
    """The files that an index of weights names, each of which the hub must list."""
    report = "Report it to the authors of the checkpoint."
    try:
        found = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{request.named}, {index.name}: not an index of weights. {report}") from None
    for name in found:
        if not isinstance(name, str) or Path(name).name != name or name not in names:
            raise InputError(f"{request.named}, {index.name}: names {name!r}, which the hub does not list. {report}")
    return found


def is_as_listed(path: Path, size: int | None, digest: str | None) -> bool:
    """Whether a file has the size and digest that the hub lists: SHA-256, or git's SHA-1 of a small file."""
    if not path.is_file() or (size is not None and path.stat().st_size != size):
        return False
    if digest and _COMMIT.fullmatch(digest):  # git's SHA-1, of a small file
        content = path.read_bytes()
        return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() == digest
    return digest is None or files.sha256(path) == digest


def discard(path: Path) -> None:
    """Remove a file of a snapshot together with the blob that it may be a link to."""
    if path.exists():
        path.resolve().unlink()
    path.unlink(missing_ok=True)
