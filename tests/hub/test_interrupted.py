"""download_checkpoint after kills, cuts and damage, several at once, and from a cache that nobody may write."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import tiny_checkpoints
from helpers_hub import MODEL, Hub, call, changed, cut_after, folder_content, page, stall_after
from lncprom.hub import client

MIB = 1 << 20
LARGE = np.random.default_rng(3).bytes(3 * MIB + 5)


@pytest.fixture
def hub(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(client, "WAITS", (0, 0))
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    with Hub() as server:
        server.add(folder_content(tiny_checkpoints.dnabert(tmp_path_factory.mktemp("hub") / "published")))
        yield server


@pytest.fixture
def command(root):
    """The arguments of a shell that would run this call."""
    return lambda made: [sys.executable, str(root / "bin" / "download_checkpoint.py"), *made.arguments]


def content_requests(hub):
    return [headers.get("range") for _, path, headers in hub.asked if path.startswith("/content/")]


def partials(made):
    return sorted(path.name for path in made.kept.iterdir() if path.name.endswith(".partial"))


def test_connection_that_ends_early__gone_on_with_from_there(step, hub, tmp_path, monkeypatch):
    monkeypatch.setattr(client, "CHUNK", 1000)
    hub.fault("/content/", cut_after(50_500), times=2)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert content_requests(hub) == [None, "bytes=50000-", "bytes=100000-"]
    assert (made.out / "model.safetensors").read_bytes() == hub.models[MODEL][made.kept.name]["model.safetensors"]


def test_connection_that_always_ends_early__refused_and_what_came_is_kept_for_the_next_run(
    step, hub, tmp_path, refused, monkeypatch
):
    monkeypatch.setattr(client, "CHUNK", 1000)
    hub.fault("/content/", cut_after(70_000))
    hub.fault("/content/", cut_after(0), times=30)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 104
    result.exit_code = 2
    refused(
        result,
        "model.safetensors: no whole answer",
        "what has arrived is kept; run again",
        nothing_in=tmp_path,
        but=("cache",),
    )
    assert partials(made) == [".model.safetensors.partial"]
    hub.faults.clear()
    before = len(content_requests(hub))
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert content_requests(hub)[before:] == ["bytes=70000-"]
    assert "70,000 of 109,408 bytes are there from an earlier try" in result.stderr
    assert partials(made) == []


def test_run_that_was_killed__the_next_goes_on_where_it_was(step, hub, tmp_path, command):
    hub.models[MODEL] = {commit: files | {"model.safetensors": LARGE} for commit, files in hub.models[MODEL].items()}
    hub.fault("/content/", stall_after(2 * MIB + MIB // 2, seconds=30))
    made = call(hub, tmp_path)
    partial = made.kept / ".model.safetensors.partial"
    with subprocess.Popen(command(made), stderr=subprocess.DEVNULL) as running:
        for _ in range(600):
            if partial.is_file() and partial.stat().st_size >= 2 * MIB:
                break
            threading.Event().wait(0.1)
        running.kill()
    assert partial.stat().st_size == 2 * MIB
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert content_requests(hub) == [None, f"bytes={2 * MIB}-"]
    assert (made.out / "model.safetensors").read_bytes() == LARGE


def test_hub_that_knows_no_ranges__from_the_start_again(step, hub, tmp_path, monkeypatch):
    monkeypatch.setattr(client, "CHUNK", 1000)

    def whole(handler, content, headers):
        file = hub.content(handler.path.rpartition("/")[2])
        handler.begin(200, {"Content-Length": len(file)})
        handler.wfile.write(file)

    hub.fault("/content/", cut_after(60_000))
    hub.fault("/content/", whole)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert content_requests(hub) == [None, "bytes=60000-"]


def test_hub_that_falls_silent__asked_again(step, hub, tmp_path, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT", 0.4)
    hub.fault("/content/", stall_after(1000, seconds=3))
    result = step("download_checkpoint", *call(hub, tmp_path).arguments)
    assert result.exit_code == 0, result.output
    assert len(content_requests(hub)) == 2


@pytest.mark.parametrize("name", ["vocab.txt", "model.safetensors"])
def test_bytes_that_were_changed_on_the_way_once__fetched_again(name, step, hub, tmp_path):
    hub.fault("/content/" if name.startswith("model") else name, changed)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert f"{name}: what arrived is not what the hub lists" in result.stderr
    assert (made.out / name).read_bytes() == hub.models[MODEL][made.kept.name][name]


def test_bytes_that_are_always_changed_on_the_way__refused(step, hub, tmp_path, refused):
    hub.fault("/content/", changed, times=2)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    refused(result, "model.safetensors: twice not what the hub lists", nothing_in=tmp_path, but=("cache",))
    assert sorted(path.name for path in made.kept.iterdir()) == ["config.json", "vocab.txt"]


def test_a_log_in_page_in_place_of_a_file__refused_not_kept(step, hub, tmp_path):
    hub.fault("/vocab.txt", page, times=30)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 104
    assert "vocab.txt: no whole answer" in result.stderr
    hub.faults.clear()
    assert step("download_checkpoint", *made.arguments).exit_code == 0
    assert (made.out / "vocab.txt").read_bytes() == hub.models[MODEL][made.kept.name]["vocab.txt"]


@pytest.mark.parametrize("digests", [True, False])
@pytest.mark.parametrize("damage", ["a bit", "its end", "all of it"])
def test_cached_file_that_is_damaged__named_and_fetched_again(digests, damage, step, hub, tmp_path, refused):
    hub.digests = digests
    made = call(hub, tmp_path)
    assert step("download_checkpoint", *made.arguments).exit_code == 0
    record = (made.kept / "lncprom-snapshot.json").read_bytes()
    path = made.kept / "model.safetensors"
    right = path.read_bytes()
    wrong = {"a bit": right[:500] + bytes([right[500] ^ 1]) + right[501:], "its end": right[:-100]}.get(damage)
    path.write_bytes(wrong) if wrong else path.unlink()
    refused(
        step("download_checkpoint", *made.arguments, "--offline"),
        str(path),
        "is damaged",
        "run: download_checkpoint.py",
    )
    before = len(content_requests(hub))
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert f"{path}: missing or damaged, its SHA-256 is not the recorded one; fetched again" in result.stderr
    assert result.stderr.count("already there") == 2
    assert len(content_requests(hub)) == before + 1
    assert path.read_bytes() == (made.out / path.name).read_bytes() == right
    assert (made.kept / "lncprom-snapshot.json").read_bytes() == record


@pytest.mark.parametrize("text", ["", "{", "[]", '{"revision": "x", "licence": null, "files": {}}', '{"files": 3}'])
def test_record_that_is_damaged__written_anew_without_a_download(text, step, hub, tmp_path):
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


def test_two_runs_at_once_on_one_cache__both_end_well(hub, tmp_path, command):
    hub.models[MODEL] = {commit: files | {"model.safetensors": LARGE} for commit, files in hub.models[MODEL].items()}
    both = threading.Barrier(2, timeout=60)

    def together(handler, content, headers):
        handler.begin(200, headers | {"Content-Length": len(content)})
        handler.wfile.write(content[: 2 * MIB])
        both.wait()
        handler.wfile.write(content[2 * MIB :])

    hub.fault("/content/", together, times=2)
    calls = [call(hub, tmp_path, name=name) for name in ("one", "two")]
    runs = [subprocess.Popen(command(made), stderr=subprocess.PIPE, text=True) for made in calls]
    told = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], told
    assert content_requests(hub) == [None, None]
    for made in calls:
        assert (made.out / "model.safetensors").read_bytes() == LARGE
    assert sorted(path.name for path in calls[0].kept.iterdir()) == [
        "config.json",
        "lncprom-snapshot.json",
        "model.safetensors",
        "vocab.txt",
    ]


def without_power_over_files() -> None:
    """Permissions hold for root too, in what is run after this."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def test_cache_that_nobody_may_write__used_when_whole_and_one_line_when_not(step, hub, tmp_path, command):
    made = call(hub, tmp_path)
    assert step("download_checkpoint", *made.arguments).exit_code == 0
    folders = [made.cache, made.kept.parent, made.kept]
    for folder in folders:
        folder.chmod(0o555)

    def run():
        return subprocess.run(command(made), stderr=subprocess.PIPE, text=True, preexec_fn=without_power_over_files)

    try:
        asked = len(hub.asked)
        whole = run()
        assert whole.returncode == 0, whole.stderr
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
    assert last.startswith(
        f"Error: {made.kept}/.vocab.txt.partial: Permission denied, and {made.cache} holds no whole copy"
    )
    assert "as one who may write there, on a machine with a network" in last
    assert "Traceback" not in lacking.stderr


def test_what_killed_runs_left_long_ago__cleared_away_and_a_run_of_today_left_alone(step, hub, tmp_path):
    made = call(hub, tmp_path)
    made.kept.mkdir(parents=True)
    for name in (".vocab.txt.abcd1234.partial", ".vocab.txt.today567.partial"):
        (made.kept / name).write_bytes(b"[PAD]")
    os.utime(made.kept / ".vocab.txt.abcd1234.partial", (10**9, 10**9))
    assert step("download_checkpoint", *made.arguments).exit_code == 0
    assert partials(made) == [".vocab.txt.today567.partial"]


def test_cache_on_a_file_system_without_locks__each_run_takes_a_file_of_its_own(step, hub, tmp_path, monkeypatch):
    def none(*_):
        raise OSError(38, os.strerror(38))

    monkeypatch.setattr("lncprom.hub.client.fcntl.flock", none)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert partials(made) == []
    assert (made.out / "vocab.txt").is_file()
