"""No route out: a network namespace without an interface; caches that are filled, and one that lacks a checkpoint."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from helpers_hub import Hub, cut_after
from hpc.conftest import MODELS, ROOT, digests, tasks
from hpc.test_engines import images  # noqa: F401  fixture

READY = ("--input", ROOT / "assets" / "demo" / "datasets.csv", "--explain", "none", "--bootstrap", "20")
# it sees 16 bases at once
BERT = "bert,dnabert,lab/promoter-bert,{revision},right,1,16,3e-3,10,0\n"
HELD = "1234567890abcdef1234567890abcdef12345678"


@pytest.fixture(scope="module")
def alone() -> tuple[str, ...]:
    """What to put before a command so that no address can be reached, not even this machine's own."""
    words = ("unshare", "--net")
    if not shutil.which("unshare") or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("unshare --net is not allowed here")
    probe = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    done = subprocess.run([*words, "python3", "-c", probe], capture_output=True, text=True, check=False)
    assert "unreachable" in done.stderr
    return words


@pytest.fixture
def sheet(tmp_path):
    def of(revision: str):
        path = tmp_path / "models.csv"
        header = "name,family,checkpoint,revision,truncation,epochs,batch,learning_rate,warmup_steps,restarts\n"
        path.write_text(header + BERT.format(revision=revision))
        return path

    return of


def new_folder(cache):
    """Where a download of today puts the commit."""
    return cache / "models--lab--promoter-bert" / "snapshots" / HELD


def content(cache) -> dict[str, bytes]:
    """The files of the checkpoint in a cache that an earlier version filled."""
    held = cache / "lab--promoter-bert" / HELD
    return {path.name: path.read_bytes() for path in held.iterdir() if path.name != "lncprom-snapshot.json"}


@pytest.fixture
def cache(tmp_path):
    """A cache of checkpoints as an earlier run on another machine left it."""
    return shutil.copytree(ROOT / "tests" / "data" / "checkpoints", tmp_path / "checkpoints")


def test_no_network_and_all_caches_filled__the_whole_run_passes(start, alone, images, sheet, cache, tmp_path):  # noqa: F811
    words = [*READY, "--models", sheet(HELD), "--checkpoint_cache", cache, "--offline", *images("apptainer")]
    run = start(tmp_path, "apptainer", *words, prefix=alone, NXF_OFFLINE="true")
    assert run.finish() == 0, run.output
    assert [row["status"] for row in run.trace()] == ["COMPLETED"] * 9
    assert (run.outdir / "report" / "report.html").exists()


def test_no_network__every_step_in_containers_and_the_bytes_of_a_local_run(start, alone, images, tmp_path, expected):  # noqa: F811
    words = [*MODELS, "--offline", *images("apptainer")]
    run = start(tmp_path, "test,apptainer", *words, prefix=alone, NXF_OFFLINE="true")
    assert run.finish() == 0, run.output
    assert digests(run.outdir) == expected


@pytest.mark.parametrize("offline", [["--offline"], []], ids=["said so", "found out"])
def test_no_network_and_the_checkpoint_not_there__what_to_run_elsewhere_is_said(
    start, alone, sheet, cache, tmp_path, offline
):
    absent = HELD[::-1]
    run = start(
        tmp_path, "venv", *READY, "--models", sheet(absent), "--checkpoint_cache", cache, *offline, prefix=alone
    )
    assert run.finish() != 0
    assert f"download_checkpoint.py --checkpoint lab/promoter-bert --revision {absent}" in run.output
    assert "Traceback" not in run.output


def test_a_corrupt_file_in_the_cache__named_and_nothing_is_trained(start, alone, sheet, cache, tmp_path):
    weights = cache / "lab--promoter-bert" / HELD / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    words = [*READY, "--models", sheet(HELD), "--checkpoint_cache", cache, "--offline"]
    run = start(tmp_path, "venv", *words, prefix=alone)
    assert run.finish() != 0
    assert "model.safetensors" in run.output
    assert not list((run.outdir / "predictions").glob("*"))


def test_a_corrupt_file_in_the_cache_and_a_download_cut_short__fetched_whole_and_the_bytes_of_an_undisturbed_run(
    start, sheet, cache, tmp_path
):
    files = content(cache)
    (tmp_path / "undisturbed").mkdir()
    words = [*READY, "--models", sheet(HELD), "--checkpoint_cache", cache]
    undisturbed = start(tmp_path / "undisturbed", "venv", *words)
    assert undisturbed.finish() == 0, undisturbed.output
    damaged = cache / "lab--promoter-bert" / HELD / "model.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    with Hub() as hub:
        hub.add(files, model="lab/promoter-bert", commit=HELD)
        hub.fault("/content/", cut_after(10_000))
        (tmp_path / "disturbed").mkdir()
        run = start(tmp_path / "disturbed", "venv", *words, "--hub_endpoint", hub.url)
        assert run.finish() == 0, run.output
    (task,) = tasks(tmp_path / "disturbed" / "work", "DOWNLOAD_CHECKPOINT")
    told = (task.folder / ".command.err").read_text()
    assert "model.safetensors: missing or damaged" in told
    assert len([path for path in hub.paths("GET") if path.startswith("/content/")]) == 2  # the second for the rest
    assert new_folder(cache).joinpath("model.safetensors").read_bytes() == files["model.safetensors"]
    assert digests(run.outdir) == digests(undisturbed.outdir)


def test_two_runs_at_once_that_fill_one_cache__fetched_once_and_the_same_bytes_in_both(start, sheet, cache, tmp_path):
    files, empty, runs = content(cache), tmp_path / "empty", []
    with Hub() as hub:
        hub.add(files, model="lab/promoter-bert", commit=HELD)
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            words = [*READY, "--models", sheet(HELD), "--checkpoint_cache", empty, "--hub_endpoint", hub.url]
            runs.append(start(tmp_path / name, "venv", *words))
        assert [run.finish() for run in runs] == [0, 0], runs[0].output + runs[1].output
        fetched = [path for path in hub.paths("GET") if path.startswith("/content/")]
    found = [digests(run.outdir) for run in runs]
    assert found[0] == found[1]
    assert len(found[0]) > 5
    assert len(fetched) == 1
    assert {name: new_folder(empty).joinpath(name).read_bytes() for name in files} == files
