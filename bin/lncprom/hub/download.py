"""A published checkpoint as a folder: from the cache, or from a hub over the network; the one step that needs one."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lncprom import files, provenance
from lncprom.errors import InputError
from lncprom.hub.cache import RECORD, Request, Snapshot, checked, chosen, copy, damaged, parts, record, recorded

_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def bring(request: Request, tell: Callable[[str], None]) -> Snapshot:
    """The checkpoint, whole in the cache: each file has its recorded digest.

    Where it is there already nothing is asked of a network, and nothing is written. Files that are missing or damaged
    are named and fetched.

    Raises
    ------
    InputError
        in one line that says what mends it: offline, no such model or revision, gated, folder not writable and so on.
    NotAnswered
        where the hub is busy or broken; its exit code is one on which a task is retried.
    """
    request = checked(request)
    with _local_faults(request):
        found = recorded(request, request.revision) if request.pinned else None
        bad = damaged(found) if found else []
        if found and not bad:
            tell(f"{request.named}: in {found.folder}, {len(found.files)} files with the recorded digests")
            return found
        for name in bad:
            tell(f"{found.folder / name}: missing or damaged, its SHA-256 is not the recorded one; fetched again")
        if request.offline and not request.pinned:
            raise InputError(
                f"{request.named}: only the hub knows which commit that is; give the commit, or no --offline"
            )
        if request.offline:
            what = f"{found.folder / bad[0]} is damaged" if bad else f"{request.cache} holds no whole copy of it"
            raise InputError(f"{request.named}: {what}, and --offline forbids to fetch it; {request.mend}")
        return _fetched(request, tell)


def commit_of(request: Request, tell: Callable[[str], None]) -> str:
    """The commit that the revision is now, as the hub says; faults as in `bring`."""
    from lncprom.hub import client

    with client.online():
        return client.Hub(checked(request), tell).listing().commit


def deliver(snapshot: Snapshot, folder: Path) -> None:
    """Put a copy of the snapshot in place of `folder`."""
    with files.writing_folder(folder, RECORD) as beside:
        copy(snapshot, beside)


def card(request: Request, snapshot: Snapshot) -> dict:
    """What was brought. Nothing in it depends on where from: cache, hub or mirror."""
    notes = []
    if not checked(request).pinned:
        notes.append(f"revision {request.revision} is commit {snapshot.commit} today; give the commit to keep it so")
    if snapshot.licence:
        notes.append(f"licence of the weights, as their authors state it: {snapshot.licence}")
    return provenance.make(
        "download_checkpoint",
        inputs={name: {"file": name} | facts for name, facts in snapshot.files.items()},
        parameters={"checkpoint": request.checkpoint, "revision": snapshot.commit, "family": request.family},
        counts={"files": len(snapshot.files), "bytes": sum(facts["bytes"] for facts in snapshot.files.values())},
        notes=notes,
    )


def _fetched(request: Request, tell: Callable[[str], None]) -> Snapshot:
    """The snapshot, after everything that the cache lacks was fetched."""
    from lncprom.hub import client

    with client.online():
        hub = client.Hub(request, tell)
        listing = hub.listing()
        commit = listing.commit
        if not request.pinned:
            tell(f"{request.named}: commit {commit}")
        before = recorded(request, commit)
        known = {name: facts["sha256"] for name, facts in before.files.items()} if before else {}
        names, weights = chosen(request, listing.names)
        folder = request.folder(commit)
        folder.mkdir(parents=True, exist_ok=True)
        for name in [*names, weights]:
            _one(hub, commit, name, folder, known.get(name), tell)
        names.append(weights)
        if weights.endswith(".json"):
            more = parts(request, folder / weights, listing.names)
            for name in more:
                _one(hub, commit, name, folder, known.get(name), tell)
            names += more
    record(request, commit, names, listing.licence)
    return recorded(request, commit)


def _one(hub, commit: str, name: str, folder: Path, known: str | None, tell: Callable[[str], None]) -> None:
    fetched = hub.bring(commit, name, folder, known)
    size = (folder / name).stat().st_size
    tell(f"{name}: {size:,} bytes, {'fetched' if fetched else 'already there'}, as the hub lists it")


@contextmanager
def _local_faults(request: Request) -> Iterator[None]:
    """Faults of the cache's file system, in one line."""
    try:
        yield
    except OSError as fault:
        where = f"{fault.filename or request.cache}: {fault.strerror}"
        if fault.errno in files.FULL:
            raise InputError(f"{where}; make room and run again, what has arrived is kept") from None
        if fault.errno in _FORBIDDEN:
            raise InputError(
                f"{where}, and {request.cache} holds no whole copy of {request.named}; as one who may write there, "
                f"{request.mend}"
            ) from None
        raise
