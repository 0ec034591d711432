"""A hub on loopback that holds one tiny checkpoint, and calls of download_checkpoint that must succeed or must not."""

import pytest

import tiny_checkpoints
from helpers_hub import Hub, call, folder_content
from lncprom.hub import client


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    return folder_content(tiny_checkpoints.dnabert(tmp_path_factory.mktemp("hub") / "published"))


@pytest.fixture
def hub(published, monkeypatch):
    monkeypatch.setattr(client, "WAITS", (0, 0))
    monkeypatch.setattr(client, "CHUNK", 1000)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with Hub() as server:
        server.add(dict(published))
        yield server


@pytest.fixture
def bring(step, tmp_path, hub):
    """The call, which must succeed, and what it said."""

    def check(*more, **how):
        made = call(hub, tmp_path, *more, **how)
        result = step("download_checkpoint", *made.arguments)
        assert result.exit_code == 0, result.output
        assert result.stdout == ""
        return made, result.stderr

    return check


@pytest.fixture
def refuse(step, tmp_path, hub, refused):
    """Assert that the call ends with these words in one line, and that no output is left."""

    def check(*words, more=(), code=2, **how):
        result = step("download_checkpoint", *call(hub, tmp_path, *more, **how).arguments)
        assert result.exit_code == code, result.output
        result.exit_code = 2
        refused(result, *words, nothing_in=tmp_path, but=("cache", "out", "out.json"))

    return check
