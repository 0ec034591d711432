"""A published checkpoint as a folder: from the cache, or from a hub; the only step that may use a network."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lncprom import files, provenance
from lncprom.errors import InputError
from lncprom.hub.cache import Request, Snapshot, checked, chosen, discard, parts, record, recorded

_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def bring(request: Request, log: Callable[[str], None]) -> Snapshot:
    """The checkpoint, complete in the cache: each file has its recorded digest.

    A complete checkpoint is used without a network, and nothing is written. Files that are missing or damaged are named
    and downloaded.

    Raises
    ------
    InputError
        if offline without a complete copy, no such model or revision, gated, folder not writable and so on.
    NotAnswered
        if the hub is busy or broken; its exit code is one on which a task is retried.
    """
    request = checked(request)
    with _local_faults(request):
        found = recorded(request, request.revision) if request.pinned else None
        bad = found.damaged() if found else []
        if found and not bad:
            log(f"{request.named}: in {found.folder}, {len(found.files)} files with the recorded digests")
            return found
        for name in bad:
            log(f"{found.folder / name}: missing or damaged, its SHA-256 is not the recorded one; downloading it again")
        if request.offline and not request.pinned:
            raise InputError(f"{request.named}: only the hub knows its commit. Give the commit, or omit --offline.")
        if request.offline:
            fact = f"{found.folder / bad[0]} is damaged" if bad else f"{request.cache} has no complete copy of it"
            raise InputError(f"{request.named}: {fact}, and --offline forbids the download. {request.remedy}")
        for name in bad:
            discard(found.folder / name)
        return _downloaded(request, log)


def commit_of(request: Request, log: Callable[[str], None]) -> str:
    """The commit that the revision is now, as the hub says; faults as in `bring`."""
    from lncprom.hub import client

    with client.online():
        return client.Hub(checked(request), log).listing().commit


def card(request: Request, snapshot: Snapshot, self_check: str) -> dict:
    """What was downloaded, and the result of its self-check. Nothing depends on the source: cache, hub or mirror."""
    notes = []
    if not checked(request).pinned:
        notes.append(f"revision {request.revision} is commit {snapshot.commit} today; give the commit to keep it")
    if snapshot.licence:
        notes.append(f"licence of the weights, as their authors state it: {snapshot.licence}")
    notes.append(self_check)
    return provenance.make(
        "download_checkpoint",
        inputs={name: {"file": name} | facts for name, facts in snapshot.files.items()},
        parameters={"checkpoint": request.checkpoint, "revision": snapshot.commit, "family": request.family},
        counts={"files": len(snapshot.files), "bytes": sum(facts["bytes"] for facts in snapshot.files.values())},
        notes=notes,
    )


def _downloaded(request: Request, log: Callable[[str], None]) -> Snapshot:
    """The snapshot, after the download of everything that the cache lacks."""
    from lncprom.hub import client

    with client.online():
        hub = client.Hub(request, log)
        listing = hub.listing()
        if not request.pinned:
            log(f"{request.named}: commit {listing.commit}")
        names, weights = chosen(request, list(listing.files))
        names.append(weights)
        hub.download(listing, names)
        if weights.endswith(".json"):
            more = parts(request, request.folder(listing.commit) / weights, list(listing.files))
            hub.download(listing, more)
            names += more
    record(request, listing.commit, names, listing.licence)
    return recorded(request, listing.commit)


@contextmanager
def _local_faults(request: Request) -> Iterator[None]:
    """Faults of the cache's file system, in one line."""
    try:
        yield
    except OSError as fault:
        where = f"{fault.filename or request.cache}: {fault.strerror}"
        if fault.errno in files.FULL:
            raise InputError(f"{where}. Make room and run again; complete files are kept.") from None
        if fault.errno in _FORBIDDEN:
            raise InputError(
                f"{where}, and {request.cache} has no complete copy of {request.named}. "
                f"{request.remedy}, as a user who may write there"
            ) from None
        raise
