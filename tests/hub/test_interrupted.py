"""download_checkpoint after kills, cuts and damage, several at once, and from a cache that nobody may write."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import threading

import numpy as np
import pytest

import tiny_checkpoints
from helpers_hub import COMMIT, MODEL, Hub, call, changed, cut_after, folder_content, page, stall_after
from lncprom.hub import client

MIB = 1 << 20
LARGE = np.random.default_rng(3).bytes(3 * MIB + 5)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return folder_content(tiny_checkpoints.dnabert(tmp_path_factory.mktemp("hub") / "published"))


@pytest.fixture
def hub(published, monkeypatch):
    monkeypatch.setattr(client, "WAITS", (0, 0))
    monkeypatch.setattr(client, "CHUNK", 1000)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    with Hub() as server:
        server.add(dict(published))
        yield server


@pytest.fixture
def large(hub):
    """The hub, its weights of three megabytes."""
    hub.models[MODEL][COMMIT]["model.safetensors"] = LARGE
    return hub


@pytest.fixture
def command(root):
    """The arguments of a shell that would run this call."""
    return lambda made: [sys.executable, str(root / "bin" / "download_checkpoint.py"), *made.arguments]


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


def test_connection_that_ends_early__resumed_from_there(step, hub, tmp_path):
    hub.fault("/content/", cut_after(50_500), times=2)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert content_requests(hub) == [None, "bytes=50000-", "bytes=100000-"]
    assert whole(hub, made)


def test_connection_that_always_ends_early__refused_and_complete_files_are_kept(step, hub, tmp_path, refused):
    hub.fault("/content/", cut_after(0), times=30)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 104
    result.exit_code = 2
    words = ("model.safetensors: no complete answer", "Complete files are kept.")
    refused(result, *words, nothing_in=tmp_path, but=("cache",))
    hub.faults.clear()
    before = len(hub.asked)
    assert step("download_checkpoint", *made.arguments).exit_code == 0
    assert whole(hub, made)
    assert not any("vocab.txt" in path for _, path, _ in hub.asked[before:])


def test_server_that_cannot_resume__from_the_start_again(step, hub, tmp_path):
    hub.fault("/content/", without_ranges(hub, 60_000))
    hub.fault("/content/", without_ranges(hub))
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert content_requests(hub) == [None, "bytes=60000-"]
    assert whole(hub, made)


def test_server_that_cannot_resume_and_always_cuts__given_up_after_some_restarts(step, hub, tmp_path):
    hub.fault("/content/", without_ranges(hub, 60_000), times=100)
    result = step("download_checkpoint", *call(hub, tmp_path).arguments)
    assert result.exit_code == 104
    assert "since the server cannot resume" in result.stderr.splitlines()[-1]
    assert len(content_requests(hub)) == 3 * (client.RESTARTS + 2)


def test_run_that_was_killed__nothing_half_is_used_and_the_next_ends_well(step, large, tmp_path, command):
    large.fault("/content/", stall_after(2 * MIB, seconds=30))
    made = call(large, tmp_path)
    with subprocess.Popen(command(made), stderr=subprocess.DEVNULL) as running:
        for _ in range(600):
            if any(path.stat().st_size for path in made.cache.rglob("*.incomplete")):
                break
            threading.Event().wait(0.05)
        running.kill()
    assert not (made.kept / "model.safetensors").exists()
    assert step("download_checkpoint", *made.arguments).exit_code == 0
    assert (made.out / "model.safetensors").read_bytes() == LARGE


@pytest.mark.parametrize("path", ["/content/", "/api/models/.*/revision", "/api/models/.*/tree"])
def test_hub_that_falls_silent__asked_again(path, step, hub, tmp_path, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT", 0.4)
    hub.fault(path, stall_after(10, seconds=3))
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert whole(hub, made)


@pytest.mark.parametrize("name", ["vocab.txt", "model.safetensors"])
def test_bytes_that_were_changed_on_the_way_once__downloaded_again(name, step, hub, tmp_path):
    hub.fault("/content/" if name.startswith("model") else name, changed)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert f"{name}: what arrived has another digest than the hub lists" in result.stderr
    assert whole(hub, made)


def test_bytes_that_are_always_changed_on_the_way__refused(step, hub, tmp_path, refused):
    hub.fault("/content/", changed, times=2)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    refused(result, "model.safetensors: arrived twice with another digest", nothing_in=tmp_path, but=("cache",))
    assert not (made.kept / "lncprom-snapshot.json").exists()


def test_a_log_in_page_in_place_of_a_file__refused_not_kept(step, hub, tmp_path):
    hub.fault("/vocab.txt", page, times=30)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 104
    assert "vocab.txt: no complete answer" in result.stderr
    hub.faults.clear()
    assert step("download_checkpoint", *made.arguments).exit_code == 0
    assert whole(hub, made)


@pytest.mark.parametrize("digests", [True, False])
@pytest.mark.parametrize("damage", ["a bit", "its end", "all of it"])
def test_cached_file_that_is_damaged__named_and_downloaded_again(digests, damage, step, hub, tmp_path, refused):
    hub.digests = digests
    made = call(hub, tmp_path)
    assert step("download_checkpoint", *made.arguments).exit_code == 0
    record = (made.kept / "lncprom-snapshot.json").read_bytes()
    path = made.kept / "model.safetensors"
    right = path.read_bytes()
    wrong = {"a bit": right[:500] + bytes([right[500] ^ 1]) + right[501:], "its end": right[:-100]}.get(damage)
    path.write_bytes(wrong) if wrong else path.unlink()
    offline = step("download_checkpoint", *made.arguments, "--offline")
    refused(offline, str(path), "is damaged", "run: download_checkpoint.py")
    before = len(content_requests(hub))
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert f"{path}: missing or damaged, its SHA-256 is not the recorded one" in result.stderr
    assert len(content_requests(hub)) == before + (damage != "all of it")  # a removed link leaves the blob
    assert whole(hub, made)
    assert (made.kept / "lncprom-snapshot.json").read_bytes() == record


@pytest.mark.parametrize("text", ["", "{", "[]", '{"revision": "x", "licence": null, "files": {}}', '{"files": 3}'])
def test_record_that_is_damaged__written_again_without_a_download(text, step, hub, tmp_path):
    made = call(hub, tmp_path)
    assert step("download_checkpoint", *made.arguments).exit_code == 0
    record = made.kept / "lncprom-snapshot.json"
    right = record.read_bytes()
    record.write_text(text)
    before = len(content_requests(hub))
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert record.read_bytes() == right
    assert len(content_requests(hub)) == before


def test_two_runs_at_once_on_one_cache__downloaded_once_and_both_end_well(large, tmp_path, command):
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
    first = subprocess.Popen(command(calls[0]), stderr=subprocess.PIPE, text=True)
    assert started.wait(60)
    second = subprocess.Popen(command(calls[1]), stderr=subprocess.PIPE, text=True)
    ends = [run.communicate()[1] for run in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], ends
    assert content_requests(large) == [None]
    assert all(whole(large, made) for made in calls)


def without_power_over_files() -> None:
    """Permissions hold for root too, in what is run after this."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_cache_that_nobody_may_write__used_when_whole_and_one_line_when_not(step, hub, tmp_path, command):
    made = call(hub, tmp_path)
    assert step("download_checkpoint", *made.arguments).exit_code == 0
    folders = [made.cache, *(path for path in made.cache.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)

    def run():
        return subprocess.run(command(made), stderr=subprocess.PIPE, text=True, preexec_fn=without_power_over_files)

    try:
        asked = len(hub.asked)
        complete = run()
        assert complete.returncode == 0, complete.stderr
        assert len(hub.asked) == asked
        made.kept.chmod(0o755)
        (made.kept / "vocab.txt").unlink()
        made.kept.chmod(0o555)
        lacking = run()
    finally:
        for folder in folders:
            folder.chmod(0o755)
    if lacking.returncode == 0:
        pytest.skip("permissions do not hold here")
    assert lacking.returncode == 2, lacking.stderr
    last = lacking.stderr.splitlines()[-1]
    assert last.startswith(f"Error: {made.cache}/")
    assert f"Permission denied, and {made.cache} has no complete copy" in last
    assert last.endswith("as a user who may write there")
    assert "Traceback" not in lacking.stderr
