"""A model hub over the network, by huggingface_hub's own functions: list a revision, bring its files, check each.

A download that was cut short is gone on with, in the same run or a later one: huggingface_hub's cache, which throws
away what a process had when it ended, is not used.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple, TypeVar

from huggingface_hub import HfApi, constants, get_hf_file_metadata, get_token, hf_hub_url
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers
from huggingface_hub.utils import logging as hub_logging

from lncprom import files
from lncprom.errors import InputError
from lncprom.hub import errors
from lncprom.hub.cache import Request, is_as_listed

WAITS = (1.0, 4.0, 10.0)  # seconds before the second try and so on
TIMEOUT = 20.0  # seconds without a byte
CHUNK = 1 << 20  # bytes of a download that a sudden end costs at most
_TOLD_EVERY = 15.0  # seconds
_FORGOTTEN = 24 * 3600.0  # seconds without a byte
_T = TypeVar("_T")


class Listing(NamedTuple):
    """What a revision is and has; `licence` as its authors state it."""

    commit: str
    names: list[str]
    licence: str | None


@contextmanager
def online() -> Iterator[None]:
    """Let huggingface_hub use the network, although HF_HUB_OFFLINE may be set for all tasks; nothing is told of us."""
    chosen = {
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_TELEMETRY": True,
        "HF_HUB_DOWNLOAD_TIMEOUT": TIMEOUT,
        "DOWNLOAD_CHUNK_SIZE": CHUNK,
    }
    before = {name: getattr(constants, name) for name in chosen}
    verbosity = hub_logging.get_verbosity()
    for name, value in chosen.items():
        setattr(constants, name, value)
    hub_logging.set_verbosity_error()
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(constants, name, value)
        hub_logging.set_verbosity(verbosity)


class Hub:
    """One hub and the checkpoint that is asked of it; use it within `online()`."""

    def __init__(self, request: Request, tell: Callable[[str], None]) -> None:
        self.request, self._tell = request, tell
        self._endpoint = request.endpoint.rstrip("/") if request.endpoint else None
        self._token = get_token() or False  # that of HF_TOKEN, or of a log-in

    def listing(self) -> Listing:
        api = HfApi(endpoint=self._endpoint, token=self._token)

        def ask() -> Listing:
            found = api.model_info(self.request.checkpoint, revision=self.request.revision, timeout=TIMEOUT)
            licence = getattr(found.card_data, "license", None)
            return Listing(str(found.sha), [file.rfilename for file in found.siblings], licence and str(licence))

        listing = self._tried(ask, None)
        if self.request.pinned and listing.commit != self.request.revision:
            raise InputError(f"{self.request.named}: the hub answers with {listing.commit}; check --endpoint")
        return listing

    def bring(self, commit: str, name: str, folder: Path, known: str | None = None) -> bool:
        """Have a file of the commit whole in the folder; False where it was there already.

        `known`: its SHA-256 as recorded before, which decides where the hub tells no digest.
        """
        url = hf_hub_url(self.request.checkpoint, name, revision=commit, endpoint=self._endpoint)
        facts = self._tried(
            lambda: get_hf_file_metadata(url, token=self._token, timeout=TIMEOUT, endpoint=self._endpoint), name
        )
        where = f"{self.request.named}, {name}"
        if facts.commit_hash not in (None, commit):
            raise InputError(f"{where}: the hub answers with commit {facts.commit_hash}; check --endpoint")
        target = folder / name
        if is_as_listed(target, facts.size, facts.etag, known):
            return False
        for shared in (True, False):
            with _unfinished(target, shared) as (path, handle):
                _refuse_too_large(facts.size, handle, folder)
                self._tried(partial(self._stream, url, name, handle, facts.size), name)
                handle.flush()
                os.fsync(handle.fileno())
                if is_as_listed(path, facts.size, facts.etag, known):
                    _put(path, target)
                    return True
                path.unlink(missing_ok=True)
            if shared:
                self._tell(f"{name}: what arrived is not what the hub lists; it is fetched once more")
        raise InputError(f"{where}: twice not what the hub lists ({facts.etag}); does a proxy change what passes it?")

    def _stream(self, url: str, name: str, handle: IO[bytes], size: int | None) -> None:
        have = handle.seek(0, os.SEEK_END)
        if size is None or have > size:
            have = handle.seek(0)
            handle.truncate()
        if have:
            self._tell(f"{name}: {have:,} of {size:,} bytes are there from an earlier try")

        def meter(total: int | None = None, initial: int = 0, **_) -> _Meter:
            return _Meter(name, total, initial, self._tell)

        headers = build_hf_headers(token=self._token) | {"Accept-Encoding": "identity"}
        http_get(url, handle, resume_size=have, headers=headers, expected_size=size, tqdm_class=meter)

    def _tried(self, ask: Callable[[], _T], name: str | None) -> _T:
        """The answer, asked for again where the fault may pass."""
        tries = 0
        while True:
            tries += 1
            try:
                return ask()
            except InputError:
                raise
            except Exception as fault:
                if tries > len(WAITS) or not errors.passes(fault):
                    told = errors.explained(fault, self.request, name, tries)
                    if told is None:
                        raise
                    raise told from None
                wait, why = max(WAITS[tries - 1], errors.wait_asked_for(fault)), errors.reason(fault)
            self._tell(f"{name or 'list of files'}: no whole answer from the hub ({why}); once more in {wait:g} s")
            time.sleep(wait)


class _Meter:
    """Tells now and then how far a download is, in the shape that huggingface_hub gives its progress bars."""

    def __init__(self, name: str, total: int | None, initial: int, tell: Callable[[str], None]) -> None:
        self._name, self._total, self._tell = name, total, tell
        self._done = self._first = initial
        self._begun = self._told = time.monotonic()

    def __enter__(self) -> _Meter:
        return self

    def __exit__(self, *fault: object) -> None:
        return None

    def update(self, number: int) -> None:
        self._done += number
        now = time.monotonic()
        if now - self._told < _TOLD_EVERY:
            return
        self._told = now
        rate = max(1.0, (self._done - self._first) / (now - self._begun))
        told = f"{self._name}: {self._done / 1e6:,.0f} MB"
        if self._total:
            told += f" of {self._total / 1e6:,.0f}, {(self._total - self._done) / rate:,.0f} s left"
        self._tell(f"{told}, {rate / 1e6:,.1f} MB/s")


@contextmanager
def _unfinished(target: Path, shared: bool) -> Iterator[tuple[Path, IO[bytes]]]:
    """A file beside `target` to append to: what an earlier run left of it, where nobody else is at it; else a new one.

    Where a file system has no locks, two runs may write to one file: its digest tells, and then each takes its own.
    """
    path = target.with_name(f".{target.name}.partial")
    with ExitStack() as stack:
        handle = stack.enter_context(open(path, "ab")) if shared else None
        if handle is None or not _locked(handle, path):
            number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".partial")
            path = Path(name)
            stack.callback(path.unlink, missing_ok=True)
            handle = stack.enter_context(open(number, "ab"))
            files.open_up(path, 0o666)
        yield path, handle


def _locked(handle: IO[bytes], path: Path) -> bool:
    """Is the file now ours alone, and still the one of that name?"""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False
    except OSError:  # no locks here, so nobody uses a file of this name
        path.unlink(missing_ok=True)
        return False


def _put(path: Path, target: Path) -> None:
    """Rename a file that is whole to its name, and clear away what runs that were killed long ago left of it."""
    path.replace(target)
    for left in target.parent.glob(f".{target.name}.????????.partial"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _FORGOTTEN:
                left.unlink()


def _refuse_too_large(size: int | None, handle: IO[bytes], folder: Path) -> None:
    needed = (size or 0) - handle.seek(0, os.SEEK_END)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise InputError(f"{folder}: {needed / 1e6:,.0f} MB are missing and {free / 1e6:,.0f} MB are free; make room")
