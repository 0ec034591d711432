"""download_checkpoint where it cannot go on: one line of fact and remedy, exit 2, and no output; or exit 104, on which
a task is tried again, where the hub is at fault.
"""

from __future__ import annotations

import errno
import re
import shutil

import pytest

from helpers_hub import COMMIT, MODEL, OLDER, call, page

BUSY = 104


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
    done = step("download_checkpoint", *command)
    assert done.exit_code == 0, done.stderr
    hub.stop()
    assert step("download_checkpoint", *call(hub, tmp_path, "--offline").arguments).exit_code == 0


def test_offline_and_a_cached_file_that_is_damaged__named(refuse, bring):
    path = bring()[0].kept / "vocab.txt"
    path.write_text("damaged")
    refuse(f"{path} is damaged, and --offline forbids the download", "run: download_", more=["--offline"], name="again")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"revision": "main", "more": ["--offline"]}, "at main: only the hub knows its commit"),
        ({"revision": OLDER}, f"at {OLDER}: {{url}} has the model, but no such revision. Give a commit, or main"),
    ],
)
def test_a_revision_that_cannot_be_known__how_to_name_one(refuse, hub, asked, words):
    refuse(words.format(url=hub.url), **asked)


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


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("hf_mine", 403)])
def test_gated__where_to_accept_the_terms(refuse, hub, token, status, monkeypatch):
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    hub.gated.add(MODEL)
    refuse(f"config.json: gated ({status}). Accept its terms at {hub.url}/{MODEL}", "into HF_TOKEN")


@pytest.mark.parametrize("name", ["vocab.txt", "config.json", "model.safetensors"])
def test_a_model_that_lacks_a_file__the_file_and_what_there_is(refuse, hub, name):
    del hub.models[MODEL][COMMIT][name]
    refuse(f"{MODEL} at {COMMIT}: no {name}", "README.md")


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (b'{"weight_map": {"a": "model-1.safetensors"}}', "names 'model-1.safetensors', which the hub does not list"),
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


def test_a_hub_that_is_busy_twice_or_asks_to_be_left_alone__waited_for(bring, hub, monkeypatch):
    def later(handler, content, headers):
        handler.begin(429, {"Retry-After": "7", "Content-Length": 0})

    slept = []
    monkeypatch.setattr("lncprom.hub.client.time.sleep", slept.append)
    hub.fault("/api/", later)
    hub.fault("/api/", 503)
    hub.fault("config.json", 502, times=2, method="HEAD")
    hub.fault("vocab.txt", 504, times=2)
    made, said = bring()
    assert said.count(": no complete answer from the hub (") >= 3
    assert (made.out / "vocab.txt").is_file()
    assert slept[0] == 7


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
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=10**4))
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
