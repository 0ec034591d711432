"""A model hub over the network, by huggingface_hub: what a revision holds, and its files into the cache.

huggingface_hub transfers the files, keeps the cache and its locks, and resumes a download whose connection was cut.
Added here is what it lacks: a time limit for every request, an end to downloads that only start again, a comparison
of every file with the digest that the hub lists, and one line for each fault (errors.py).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple, TypeVar

from huggingface_hub import HfApi, constants, get_token, set_client_factory, snapshot_download
from huggingface_hub.utils import _http as hub_http
from huggingface_hub.utils import logging as hub_logging
from huggingface_hub.utils import tqdm as hub_tqdm

from lncprom.errors import InputError
from lncprom.hub import errors
from lncprom.hub.cache import Request, discard, is_as_listed

WAITS = (1.0, 4.0, 10.0)  # seconds before the second try and so on
TIMEOUT = 20.0  # seconds without a byte
CHUNK = 1 << 20  # bytes of a download that a cut connection costs at most
RESTARTS = 5  # of one download, from a server that cannot resume
_REPORT_EVERY = 15.0  # seconds
_T = TypeVar("_T")


class Listing(NamedTuple):
    """A revision's commit, size and digest of each file (None: not listed), and the licence as its authors state it."""

    commit: str
    files: dict[str, tuple[int | None, str | None]]
    licence: str | None


@contextmanager
def online() -> Iterator[None]:
    """Let huggingface_hub use the network, even if HF_HUB_OFFLINE is set for all tasks, with a limit for each request.

    Plain HTTP only: it passes mirrors and proxies, and the limit holds for it.
    """
    chosen = {
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_TELEMETRY": True,
        "HF_HUB_DISABLE_XET": True,
        "DOWNLOAD_CHUNK_SIZE": CHUNK,
    }
    before = {name: getattr(constants, name) for name in chosen}
    verbosity = hub_logging.get_verbosity()
    for name, value in chosen.items():
        setattr(constants, name, value)
    hub_logging.set_verbosity_error()
    set_client_factory(_client)
    try:
        yield
    finally:
        set_client_factory(hub_http.default_client_factory)
        hub_logging.set_verbosity(verbosity)
        for name, value in before.items():
            setattr(constants, name, value)


def _client():
    def limit(request) -> None:
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)

    client = hub_http.default_client_factory()
    client.event_hooks["request"].append(limit)
    return client


class Hub:
    """One hub and the checkpoint that is downloaded from it; use it within `online()`."""

    def __init__(self, request: Request, log: Callable[[str], None]) -> None:
        self.request, self._log = request, log
        self._endpoint = request.endpoint.rstrip("/") if request.endpoint else None
        self._token = get_token() or False  # of HF_TOKEN, or of a log-in

    def listing(self) -> Listing:
        api = HfApi(endpoint=self._endpoint, token=self._token)

        def ask() -> Listing:
            found = api.model_info(self.request.checkpoint, revision=self.request.revision, files_metadata=True)
            licence = getattr(found.card_data, "license", None)
            listed = {
                file.rfilename: (file.size, file.lfs.sha256 if file.lfs else file.blob_id) for file in found.siblings
            }
            return Listing(str(found.sha), listed, licence and str(licence))

        listing = self._tried(ask, "list of files")
        if self.request.pinned and listing.commit != self.request.revision:
            raise InputError(f"{self.request.named}: the hub answers with {listing.commit}. Check --endpoint.")
        return listing

    def download(self, listing: Listing, names: Sequence[str]) -> None:
        """Have these files whole in the cache, each with the digest that the hub lists.

        Raises
        ------
        InputError
            if there is too little room, the hub refuses a file, or a file arrives twice with another digest.
        """
        folder = self.request.folder(listing.commit)
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (size, digest), path, tries = listing.files[name], folder / name, 0
            while not is_as_listed(path, size, digest):
                if tries:
                    self._log(f"{name}: what arrived has another digest than the hub lists")
                if tries == 2:
                    raise InputError(
                        f"{self.request.named}, {name}: arrived twice with another digest than the hub lists "
                        f"({digest}). Check whether a proxy changes files."
                    )
                tries += 1
                discard(path)
                free = shutil.disk_usage(self.request.cache).free
                if size and size > free:
                    raise InputError(
                        f"{self.request.cache}: {size / 1e6:,.1f} MB to download, {free / 1e6:,.1f} MB free. Make room."
                    )
                self._log(f"{self.request.named}: {name} from the hub")
                self._tried(partial(self._snapshot, listing.commit, name), name)

    def _snapshot(self, commit: str, name: str) -> None:
        snapshot_download(
            self.request.checkpoint,
            revision=commit,
            allow_patterns=name,
            cache_dir=self.request.cache,
            endpoint=self._endpoint,
            token=self._token,
            max_workers=1,
            tqdm_class=_progress(self._log),
        )

    def _tried(self, ask: Callable[[], _T], what: str) -> _T:
        """The answer, asked for again where the fault may pass."""
        for number, wait in enumerate((*WAITS, None), start=1):
            try:
                return ask()
            except InputError:
                raise
            except Exception as raised:
                fault = errors.original(raised)
                if wait is None or not errors.passes(fault):
                    raise (errors.explained(fault, self.request, what, number) or raised) from None
                wait, why = max(wait, errors.wait_asked_for(fault)), errors.reason(fault)
            self._log(f"{what}: no complete answer from the hub ({why}); trying again in {wait:g} s")
            time.sleep(wait)
        raise AssertionError


def _progress(log: Callable[[str], None]) -> type:
    """A progress bar, as huggingface_hub uses one, that logs a line now and then.

    It also stops a download that starts again and again.
    """

    class Progress(hub_tqdm):
        def __init__(self, *given, **how) -> None:
            super().__init__(*given, **how | {"disable": True})
            self._logs, self._restarts = how.get("desc") == "Downloading bytes", 0
            self._begun = self._logged = time.monotonic()

        def update(self, number: float = 1) -> None:
            self.n += number
            self._restarts += number < 0
            if self._restarts > RESTARTS:
                raise errors.Restarted(f"it started again {RESTARTS} times, since the server cannot resume")
            now = time.monotonic()
            if self._logs and now - self._logged >= _REPORT_EVERY:
                self._logged = now
                rate = self.n / (now - self._begun)
                log(f"{self.n / 1e6:,.0f} of {(self.total or 0) / 1e6:,.0f} MB, {rate / 1e6:,.1f} MB/s")

    return Progress
