"""download_checkpoint after kills, cuts and damage, several at once, and from a cache that nobody may write."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading

import numpy as np
import pytest

from helpers_hub import COMMIT, MODEL, call, changed, cut_after, page
from lncprom.hub import client

MIB = 1 << 20
LARGE = np.random.default_rng(3).bytes(3 * MIB + 5)


@pytest.fixture
def large(hub):
    """The hub, its weights of three megabytes."""
    hub.models[MODEL][COMMIT]["model.safetensors"] = LARGE
    return hub


@pytest.fixture
def start(root):
    """Start a process of its own that runs a call."""

    def begin(made, **how):
        command = [sys.executable, str(root / "bin" / "download_checkpoint.py"), *made.arguments]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **how)

    return begin


def content_requests(hub):
    return [headers.get("range") for _, path, headers in hub.asked if path.startswith("/content/")]


def whole(hub, made) -> bool:
    """Are all files of the output those of the hub, and is nothing incomplete left in the cache?"""
    content = hub.models[MODEL][COMMIT]
    names = ("config.json", "model.safetensors", "vocab.txt")
    assert not list(made.cache.rglob("*.incomplete"))
    return all((made.out / name).read_bytes() == content[name] for name in names)


def without_ranges(hub, number=None):
    """The file from its first byte, up to `number` bytes, whatever was asked for."""

    def answer(handler, content, headers):
        file = hub.content(handler.path.rpartition("/")[2])
        handler.begin(200, {"Content-Length": len(file)})
        handler.wfile.write(file[:number])
        handler.close_connection = True

    return answer


def test_connection_that_ends_early__resumed_from_there_or_from_the_start(bring, hub, tmp_path):
    hub.fault("/content/", cut_after(50_500), times=2)
    hub.fault("/content/", without_ranges(hub, 60_000))  # a server that cannot resume
    hub.fault("/content/", without_ranges(hub))
    made, _ = bring()
    assert content_requests(hub) == [None, "bytes=50000-", "bytes=100000-", "bytes=60000-"]
    assert whole(hub, made)


@pytest.mark.parametrize(
    ("path", "fault", "words"),
    [
        ("/content/", cut_after(0), ("model.safetensors: no complete answer", "Complete files are kept.")),
        ("/content/", None, ("model.safetensors: ", "since the server cannot resume")),
        ("/vocab.txt", page, ("vocab.txt: no complete answer",)),  # a log-in page in place of the file
    ],
)
def test_download_that_never_ends_well__given_up_and_complete_files_are_kept(refuse, bring, hub, path, fault, words):
    hub.fault(path, fault or without_ranges(hub, 60_000), times=100)
    refuse(*words, code=104)
    if fault is None:
        assert len(content_requests(hub)) == 3 * (client.RESTARTS + 2)
    hub.faults.clear()
    before = len(hub.asked)
    made, _ = bring()
    assert whole(hub, made)
    assert not any("config.json" in asked for _, asked, _ in hub.asked[before:])


def test_run_that_was_killed__nothing_half_is_used_and_the_next_ends_well(bring, large, tmp_path, start):
    large.fault("/content/", cut_after(2 * MIB, seconds=30))
    made = call(large, tmp_path)
    with start(made) as running:
        for _ in range(600):
            if any(path.stat().st_size for path in made.cache.rglob("*.incomplete")):
                break
            threading.Event().wait(0.05)
        running.kill()
    assert not (made.kept / "model.safetensors").exists()
    bring()
    assert (made.out / "model.safetensors").read_bytes() == LARGE


@pytest.mark.parametrize("path", ["/content/", "/api/models/.*/revision", "/api/models/.*/tree"])
def test_hub_that_falls_silent__asked_again(path, bring, hub, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT", 0.4)
    hub.fault(path, cut_after(10, seconds=3))
    assert whole(hub, bring()[0])


def test_bytes_that_were_changed_on_the_way__downloaded_again_once_and_then_refused(bring, refuse, hub, tmp_path):
    for path in ("vocab.txt", "/content/"):
        hub.fault(path, changed)
    made, said = bring()
    for name in ("vocab.txt", "model.safetensors"):
        assert f"{name}: what arrived has another digest than the hub lists" in said
    assert whole(hub, made)
    (made.kept / "lncprom-snapshot.json").unlink()
    (made.kept / "vocab.txt").write_text("damaged")
    hub.fault("vocab.txt", changed, times=2)
    refuse("vocab.txt: arrived twice with another digest", name="again")
    assert not (made.kept / "lncprom-snapshot.json").exists()


@pytest.mark.parametrize("digests", [True, False])
@pytest.mark.parametrize("damage", ["a bit", "its end", "all of it"])
def test_cached_file_that_is_damaged__named_and_downloaded_again(digests, damage, bring, refuse, hub):
    hub.digests = digests
    made, _ = bring()
    record, path = (made.kept / "lncprom-snapshot.json").read_bytes(), made.kept / "model.safetensors"
    right = path.read_bytes()
    wrong = {"a bit": right[:500] + bytes([right[500] ^ 1]) + right[501:], "its end": right[:-100]}.get(damage)
    path.write_bytes(wrong) if wrong else path.unlink()
    before = len(content_requests(hub))
    made, said = bring(name="again")
    assert f"{path}: missing or damaged, its SHA-256 is not the recorded one" in said
    assert len(content_requests(hub)) == before + (damage != "all of it")  # a removed link leaves the blob
    assert whole(hub, made)
    assert (made.kept / "lncprom-snapshot.json").read_bytes() == record


@pytest.mark.parametrize("text", ["", "[]", '{"revision": "x", "licence": null, "files": {}}', '{"files": 3}'])
def test_record_that_is_damaged__written_again_without_a_download(text, bring, hub):
    made, _ = bring()
    record = made.kept / "lncprom-snapshot.json"
    right = record.read_bytes()
    record.write_text(text)
    before = len(content_requests(hub))
    bring()
    assert record.read_bytes() == right
    assert len(content_requests(hub)) == before


def test_two_runs_at_once_on_one_cache__downloaded_once_and_both_end_well(large, tmp_path, start):
    started = threading.Event()

    def slowly(handler, content, headers):
        handler.begin(200, headers | {"Content-Length": len(content)})
        handler.wfile.write(content[: 2 * MIB])
        started.set()
        for _ in range(600):
            if large.paths("HEAD").count(f"/{MODEL}/resolve/{COMMIT}/model.safetensors") == 2:  # the other run is there
                break
            threading.Event().wait(0.05)
        handler.wfile.write(content[2 * MIB :])

    large.fault("/content/", slowly)
    calls = [call(large, tmp_path, name=name) for name in ("one", "two")]
    first = start(calls[0])
    assert started.wait(60)
    second = start(calls[1])
    ends = [run.communicate()[1] for run in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], ends
    assert content_requests(large) == [None]
    assert all(whole(large, made) for made in calls)


def without_power_over_files() -> None:
    """Permissions hold for root too, in what is run after this."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_cache_that_nobody_may_write__used_when_whole_and_one_line_when_not(bring, hub, start):
    made, _ = bring()
    asked, folders = len(hub.asked), [made.cache, *(path for path in made.cache.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        complete = start(made, preexec_fn=without_power_over_files)
        said = complete.communicate()[1]
        assert (complete.returncode, len(hub.asked)) == (0, asked), said
        made.kept.chmod(0o755)
        (made.kept / "vocab.txt").unlink()
        made.kept.chmod(0o555)
        lacking = start(made, preexec_fn=without_power_over_files)
        said = lacking.communicate()[1]
    finally:
        for folder in folders:
            folder.chmod(0o755)
    if lacking.returncode == 0:
        pytest.skip("permissions do not hold here")
    assert lacking.returncode == 2, said
    last = said.splitlines()[-1]
    assert last.startswith(f"Error: {made.cache}/")
    assert f"Permission denied, and {made.cache} has no complete copy" in last
    assert last.endswith("as a user who may write there")
    assert "Traceback" not in said
