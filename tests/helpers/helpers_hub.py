"""A small hub of models on loopback: what huggingface_hub asks of one, and the faults that a real one has.

Large files are redirected to another origin, as the real hub does: `localhost` stands for its content network, while
the hub itself is 127.0.0.1.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

COMMIT = "1234567890abcdef1234567890abcdef12345678"
OLDER = "abcdef1234567890abcdef1234567890abcdef12"
MODEL = "lab/promoter-bert"
LARGE = (".bin", ".safetensors", ".h5", ".msgpack")  # kept by LFS
REST = {
    "README.md": b"---\nlicense: mit\n---\n# A model\n",
    "bert_layers.py": b"raise SystemExit('remote code was run')\n",
    "tf_model.h5": b"\x00" * 64,
    "training_args.bin": b"\x80\x02cos\nsystem\n",
    "flax_model.msgpack": b"\x81",
    "optimizer.bin": b"\x00" * 16,
}


class Call(NamedTuple):
    """The arguments of one call of download_checkpoint."""

    arguments: list[str]
    cache: Path
    out: Path
    card: Path

    @property
    def kept(self) -> Path:
        """The folder of the cache for the commit."""
        return self.cache / f"models--{MODEL.replace('/', '--')}" / "snapshots" / COMMIT


def call(
    hub: Hub, folder: Path, *more: str, revision: str = COMMIT, family: str = "dnabert", name: str = "out"
) -> Call:
    """A call that brings MODEL from the hub into `folder`/cache and `folder`/`name`."""
    made = Call([], folder / "cache", folder / name, folder / f"{name}.json")
    made.arguments.extend(["--checkpoint", MODEL, "--revision", revision, "--family", family, "--endpoint", hub.url])
    made.arguments.extend(["--cache", str(made.cache), "--out-dir", str(made.out), "--card", str(made.card), *more])
    return made


def folder_content(folder: Path, extra: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """Name -> bytes of all files of a folder, among others that no download should bring."""
    return REST | {path.name: path.read_bytes() for path in sorted(folder.iterdir())} | (extra or {})


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def git_sha1(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class Hub:
    """A hub with models by id and commit; `asked` keeps every request, `faults` are taken off one a request.

    A fault is (method, pattern of the path, what to do), where what to do is a status, or a function of the handler.
    """

    def __init__(self) -> None:
        self.models: dict[str, dict[str, dict[str, bytes]]] = {}
        self.branches: dict[str, str] = {"main": COMMIT}
        self.gated: set[str] = set()
        self.tokens: set[str] = set()
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.faults: list[tuple[str, str, int | Callable]] = []
        self.digests = True
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.content_url = f"http://localhost:{self._server.server_port}"

    def __enter__(self) -> Hub:
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def add(self, content: dict[str, bytes], model: str = MODEL, commit: str = COMMIT) -> None:
        self.models.setdefault(model, {})[commit] = content

    def content(self, digest: str) -> bytes:
        files = [file for model in self.models.values() for names in model.values() for file in names.values()]
        return next(file for file in files if sha256(file) == digest)

    def paths(self, method: str = "") -> list[str]:
        return [path for verb, path, _ in self.asked if verb.startswith(method)]

    def fault(self, path: str, what: int | Callable, times: int = 1, method: str = "GET") -> None:
        self.faults += [(method, path, what)] * times

    def take_fault(self, method: str, path: str) -> int | Callable | None:
        for number, (verb, pattern, what) in enumerate(self.faults):
            if verb == method and re.search(pattern, path):
                del self.faults[number]
                return what
        return None


def cut_after(number: int, seconds: float = 0) -> Callable:
    """The connection ends after so many bytes of what was promised, and so long a silence."""

    def cut(handler, content: bytes, headers: dict) -> None:
        handler.begin(200 if "Content-Range" not in headers else 206, headers | {"Content-Length": len(content)})
        handler.wfile.write(content[:number])
        handler.wfile.flush()
        threading.Event().wait(seconds)  # not time.sleep, which tests replace
        handler.close_connection = True

    return cut


def changed(handler, content: bytes, headers: dict) -> None:
    """The right length, the wrong bytes."""
    handler.begin(200, headers | {"Content-Length": len(content)})
    handler.wfile.write(bytes([content[0] ^ 1]) + content[1:])


def page(handler, content: bytes, headers: dict) -> None:
    """What a proxy says that wants a log-in first."""
    text = b"<html>Please log in</html>"
    handler.begin(200, {"Content-Type": "text/html", "Content-Length": len(text)})
    handler.wfile.write(text)


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_) -> None:
            return None

        def begin(self, status: int, headers: dict) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, str(value))
            self.end_headers()

        def refuse(self, status: int, code: str, message: str) -> None:
            text = json.dumps({"error": message}).encode()
            self.begin(status, {"X-Error-Code": code, "X-Error-Message": message, "Content-Length": len(text)})
            if self.command != "HEAD":
                self.wfile.write(text)

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.asked.append((self.command, path, {name.lower(): value for name, value in self.headers.items()}))
            what = hub.take_fault(self.command, path)
            if isinstance(what, int):
                return self.refuse(what, "", f"status {what}")
            if match := re.fullmatch(r"/content/(\w+)", path):
                return self.body(hub.content(match[1]), {}, what)
            if match := re.fullmatch(r"/api/models/(.+?)/(revision|tree)/([^/]+)", path):
                return self.listing(*match.groups(), what)
            match = re.fullmatch(r"/(.+?)/resolve/([^/]+)/(.+)", path)
            return self.file(*match.groups(), what) if match else self.refuse(404, "", "no such page")

        def commit_of(self, model: str, revision: str) -> str | None:
            """The commit, or None after the refusal was sent."""
            if model not in hub.models:
                return self.refuse(401, "RepoNotFound", "Repository not found")
            commit = hub.branches.get(revision, revision)
            if commit not in hub.models[model]:
                return self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return commit

        def listing(self, model: str, kind: str, revision: str, what: Callable | None) -> None:
            commit = self.commit_of(model, revision)
            if commit is None:
                return None
            content = hub.models[model][commit]
            answer: dict | list = {
                "id": model,
                "sha": commit,
                "siblings": [
                    {"rfilename": name} | self.facts(name, file, "blobId", "sha256") for name, file in content.items()
                ],
                "cardData": {"license": "cc-by-nc-sa-4.0"},
            }
            if kind == "tree":
                answer = [
                    {"type": "file", "path": name} | self.facts(name, file, "oid", "oid")
                    for name, file in content.items()
                ]
            return self.body(json.dumps(answer).encode(), {"Content-Type": "application/json"}, what)

        def facts(self, name: str, file: bytes, git: str, large: str) -> dict:
            """Size and digests of a file in a listing, where this hub knows them."""
            facts: dict = {"size": len(file), git: git_sha1(file)}
            if not hub.digests:
                return {} if git == "blobId" else facts
            if name.endswith(LARGE):
                facts["lfs"] = {large: sha256(file), "size": len(file), "pointerSize": 134}
            return facts

        def file(self, model: str, revision: str, name: str, what: Callable | None) -> None:
            commit = self.commit_of(model, revision)
            if commit is None:
                return None
            if model in hub.gated and self.headers.get("authorization", "") not in hub.tokens:
                return self.refuse(403 if "authorization" in self.headers else 401, "GatedRepo", "Access is restricted")
            content = hub.models[model][commit].get(name)
            if content is None:
                return self.refuse(404, "EntryNotFound", "Entry not found")
            headers = {"X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
            if not name.endswith(LARGE):
                headers["ETag"] = f'"{git_sha1(content)}"' if hub.digests else f'W/"{name}"'
                return self.body(content, headers, what)
            headers |= {"X-Linked-Size": len(content), "Location": f"{hub.content_url}/content/{sha256(content)}"}
            headers["X-Linked-ETag"] = f'"{sha256(content)}"' if hub.digests else f'"{name}"'
            return self.begin(302, headers | {"Content-Length": 0})

        def body(self, content: bytes, headers: dict, what: Callable | None) -> None:
            if self.command == "HEAD":
                return self.begin(200, headers | {"Content-Length": len(content)})
            first = int(match[1]) if (match := re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))) else 0
            if first:
                headers = headers | {"Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"}
            if what is not None:
                return what(self, content[first:], headers)
            self.begin(206 if first else 200, headers | {"Content-Length": len(content) - first})
            return self.wfile.write(content[first:]) and None

    return Handler
