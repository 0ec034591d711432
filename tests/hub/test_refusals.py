"""download_checkpoint where it cannot go on: one line of fact and remedy, exit 2, and no output; or exit 104, on which
a task is tried again, where the hub is at fault.
"""

from __future__ import annotations

import errno
import re
import shutil
from collections import namedtuple

import pytest

import tiny_checkpoints
from helpers_hub import COMMIT, MODEL, OLDER, Hub, call, folder_content, page
from lncprom.hub import client

BUSY = 104
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def hub(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(client, "WAITS", (0, 0))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with Hub() as server:
        server.add(folder_content(tiny_checkpoints.dnabert(tmp_path_factory.mktemp("hub") / "published")))
        yield server


@pytest.fixture
def refuse(step, tmp_path, hub, refused):
    """Assert that the call ends with these words in one line, and that no output is left."""

    def check(*words, more=(), code=2, **how):
        result = step("download_checkpoint", *call(hub, tmp_path, *more, **how).arguments)
        if code != 2:
            assert result.exit_code == code, result.output
            result.exit_code = 2
        refused(result, *words, nothing_in=tmp_path, but=("cache",))
        assert not list(tmp_path.glob("cache/*/*/lncprom-snapshot.json"))

    return check


def test_a_hub_out_of_reach__the_command_for_a_login_node(refuse, hub, tmp_path):
    hub.stop()
    refuse(
        f"{MODEL} at {COMMIT}: not in {tmp_path / 'cache'}, and {hub.url} cannot be reached (",
        "On a machine with a network, such as a login node, run: download_checkpoint.py "
        f"--checkpoint {MODEL} --revision {COMMIT} --family dnabert --cache {tmp_path / 'cache'} --endpoint {hub.url}",
    )


def test_the_command_for_a_login_node__fills_the_cache_that_the_node_without_network_then_uses(
    refuse, hub, tmp_path, step
):
    refuse("--offline forbids the download", more=["--offline"])
    result = step("download_checkpoint", *call(hub, tmp_path, "--offline").arguments)
    command = re.search(r"run: download_checkpoint\.py (.+)$", result.stderr.strip())[1].split()
    assert step("download_checkpoint", *command).exit_code == 0
    hub.stop()
    assert step("download_checkpoint", *call(hub, tmp_path, "--offline").arguments).exit_code == 0


def test_an_endpoint_in_the_environment__taken_where_none_is_given(step, hub, tmp_path, monkeypatch):
    arguments = call(hub, tmp_path).arguments
    at = arguments.index("--endpoint")
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    assert step("download_checkpoint", *arguments[:at], *arguments[at + 2 :]).exit_code == 0
    assert hub.asked


def test_offline_and_a_branch__it_cannot_be_known_which_commit_that_is(refuse, hub):
    refuse(f"{MODEL} at main:", "only the hub knows its commit", more=["--offline"], revision="main")
    assert hub.asked == []


def test_an_id_that_is_not_there__check_it_or_the_token(refuse, hub):
    hub.models["lab/other"] = hub.models.pop(MODEL)
    refuse(f"{MODEL} at {COMMIT}:", "no such model, or it is private (401)", "Check owner/name, and HF_TOKEN (none")


@pytest.mark.parametrize(
    ("path", "fault", "method", "words"),
    [
        ("vocab.txt", 403, "HEAD", "vocab.txt: {url} refuses it (403). Check the token in HF_TOKEN"),
        ("vocab.txt", 404, "HEAD", "vocab.txt: listed, but not there (404)"),
        ("/api/", page, "GET", "answers, but not as a hub of models does"),
        ("/api/", 418, "GET", "answers with 418"),
    ],
)
def test_an_answer_that_is_no_use__named(refuse, hub, monkeypatch, path, fault, method, words):
    monkeypatch.setenv("HF_TOKEN", "hf_old")
    hub.fault(path, fault, method=method)
    refuse(words.format(url=hub.url))


def test_a_revision_that_is_not_there__how_to_name_one(refuse):
    refuse(f"{MODEL} at {OLDER}:", "but no such revision. Give a commit, or main", revision=OLDER)


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("hf_mine", 403)])
def test_gated__where_to_accept_the_terms(refuse, hub, token, status, monkeypatch):
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    hub.gated.add(MODEL)
    refuse(f"config.json: gated ({status}). Accept its terms at {hub.url}/{MODEL}", "into HF_TOKEN")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content.pop("vocab.txt"), "no vocab.txt, which dnabert needs. Check --family"),
        (lambda content: content.pop("config.json"), "no config.json, which dnabert needs"),
        (lambda content: content.pop("model.safetensors"), "no model.safetensors or pytorch_model.bin, so no weights"),
    ],
)
def test_a_model_that_lacks_a_file__the_file_and_what_there_is(refuse, hub, change, words):
    change(hub.models[MODEL][COMMIT])
    refuse(f"{MODEL} at {COMMIT}:", words, "README.md")


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (
            b'{"weight_map": {"a": "model-00001-of-00002.safetensors"}}',
            "names 'model-00001-of-00002.safetensors', which",
        ),
        (b'{"weight_map": {"a": "../../etc/passwd"}}', "names '../../etc/passwd', which the hub does not list"),
        (b"{}", "not an index of weights"),
    ],
)
def test_an_index_of_weights_that_is_wrong__named(refuse, hub, index, words):
    del hub.models[MODEL][COMMIT]["model.safetensors"]
    hub.models[MODEL][COMMIT]["model.safetensors.index.json"] = index
    refuse("model.safetensors.index.json:", words)


def test_an_answer_of_another_commit__refused(refuse, hub):
    hub.branches[OLDER] = COMMIT
    refuse(f"{MODEL} at {OLDER}: the hub answers with {COMMIT}", revision=OLDER)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_hub_that_is_broken_or_busy__asked_three_times_then_the_code_on_which_tasks_are_retried(
    refuse, hub, status, root
):
    hub.fault("/api/", status, times=3)
    refuse("no complete answer from", "in 3 tries (", str(status), code=BUSY)
    assert len(hub.asked) == 3
    assert re.search(rf"errorStrategy .*\b{BUSY}\b.*'retry'", (root / "conf" / "base.config").read_text())


def test_a_hub_that_is_busy_twice__all_is_brought(step, hub, tmp_path):
    hub.fault("/api/", 503, times=2)
    hub.fault("config.json", 502, times=2, method="HEAD")
    hub.fault("vocab.txt", 504, times=2)
    made = call(hub, tmp_path)
    result = step("download_checkpoint", *made.arguments)
    assert result.exit_code == 0, result.output
    assert result.stderr.count(": no complete answer from the hub (") >= 3
    assert (made.out / "vocab.txt").is_file()


def test_a_hub_that_asks_to_be_left_alone__waited_for(step, hub, tmp_path, monkeypatch):
    def later(handler, content, headers):
        handler.begin(429, {"Retry-After": "7", "Content-Length": 0})

    slept = []
    monkeypatch.setattr("lncprom.hub.client.time.sleep", slept.append)
    hub.fault("/api/", later)
    assert step("download_checkpoint", *call(hub, tmp_path).arguments).exit_code == 0
    assert slept == [7.0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"checkpoint": "somewhere/models/bert"}, "--checkpoint somewhere/models/bert: not an id on a hub"),
        ({"checkpoint": "../bert"}, "--checkpoint ../bert: not an id on a hub. Give owner/name"),
        ({"revision": "newest one"}, "--revision newest one: not a revision. Give a commit of 40 hexadecimal digits"),
        ({"revision": "../main"}, "--revision ../main: not a revision"),
        ({"family": "cnn"}, "--family cnn: has no checkpoints on a hub. Choose one of dnabert, dnabert2, nucleo"),
        ({"endpoint": "hub.example"}, "--endpoint hub.example: not an address. Give one that begins with https://"),
    ],
)
def test_an_option_that_cannot_be__named_before_anything_is_asked(step, hub, tmp_path, refused, changes, words):
    arguments = call(hub, tmp_path).arguments
    for option, value in changes.items():
        arguments[arguments.index(f"--{option}") + 1] = value
    refused(step("download_checkpoint", *arguments), words, nothing_in=tmp_path)
    assert hub.asked == []


def test_too_little_room__said_before_the_file_is_fetched(refuse, hub, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(10**6, 10**6 - 10**4, 10**4))
    refuse("0.1 MB to download, 0.0 MB free. Make room.")
    assert not any(path.startswith("/content/") for path in hub.paths())


def test_a_disk_that_fills_up__said(refuse, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huggingface_hub.file_download.http_get", full)
    refuse("No space left on device. Make room and run again")


def test_an_out_dir_with_other_files__left_alone(step, hub, tmp_path, refused):
    made = call(hub, tmp_path)
    made.out.mkdir()
    (made.out / "thesis.txt").write_text("mine")
    result = step("download_checkpoint", *made.arguments)
    refused(result, "holds other files", nothing_in=tmp_path, but=("out",))
    assert (made.out / "thesis.txt").read_text() == "mine"
    assert hub.asked == []
