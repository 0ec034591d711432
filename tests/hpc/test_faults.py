"""Faults of clusters in the middle of a training: each run ends with the bytes of an undisturbed one."""

from __future__ import annotations

import functools
import hashlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

from hpc.conftest import HERE, QUICK, ROOT, Running, digests
from hpc.test_engines import images  # noqa: F401  fixture
from hpc.trainings import (
    attempts,
    back,
    daemon,
    done,
    jobs,
    requested,
    resumed,
    said,
    saved,
    slurm_command,
    training,
    trainings,
    until,
)

# Trainings of ten seconds and of more than half a minute: as long as Slurm takes to warn of a time limit of one minute,
# or a second Nextflow to start
SHORT, LONG = HERE / "faults.csv", HERE / "faults_long.csv"
WORDS = ("--input", ROOT / "assets" / "demo" / "datasets.csv", "--explain", "none", "--bootstrap", "20")
WORDS += ("--max_cpus", "1", "--max_memory", "3.GB")


@pytest.fixture(scope="module")
def undisturbed(start, tmp_path_factory):
    """Digests of an undisturbed run of a sheet, made once: `undisturbed(SHORT)`."""

    @functools.cache
    def of(sheet: Path) -> dict[str, str]:
        run = start(tmp_path_factory.mktemp("undisturbed"), "venv", *WORDS, "--models", sheet)
        assert run.finish() == 0, run.output
        return digests(run.outdir)

    return of


@pytest.fixture
def submitted(start, slurm, tmp_path, images):  # noqa: F811
    """Start a run of one training on Slurm; call again to resume it."""

    def go(*words: object, engine: str = "venv", sheet: Path = SHORT) -> Running:
        more = images(engine) if engine != "venv" else []
        return start(tmp_path, f"slurm,{engine}", *WORDS, "--models", sheet, *QUICK, *more, *words, **slurm)

    return go


@pytest.fixture
def often(tmp_path) -> list[object]:
    """Save a checkpoint every second instead of every minute, when the trainings of tests have finished."""
    path = tmp_path / "often.config"
    path.write_text("process { withName: FINETUNE { ext.save_seconds = 1 } }\n")
    return ["-c", path]


@pytest.mark.parametrize("engine", ["venv", "apptainer"])
def test_time_limit_in_a_training__resumed_with_twice_the_time(submitted, slurm, undisturbed, engine):
    run = submitted(engine=engine, sheet=LONG)
    said(run, "epoch 3/")
    (job,) = jobs(slurm)
    # Slurm warns before a limit of one minute as before one of a day
    slurm_command(slurm, "scontrol", "update", f"JobId={job}", "TimeLimit=1")
    assert run.finish() == 0, run.output
    assert attempts(run) == [("FAILED", "140"), ("COMPLETED", "0")]
    assert requested(run, "-t ") == ["-t 24:00:00", "-t 48:00:00"]
    assert resumed(run)
    # not needed after the run has succeeded
    assert not [path for path in (run.folder / "work" / "training").rglob("*") if path.is_file()]
    assert digests(run.outdir) == undisturbed(LONG)


@pytest.mark.parametrize("engine", [pytest.param("venv", marks=pytest.mark.ci), "apptainer"])
def test_scancel_of_a_training__resumed_from_its_checkpoint(submitted, slurm, undisturbed, engine):
    run = submitted(engine=engine)
    said(run, "epoch 3/")
    (job,) = jobs(slurm)
    slurm_command(slurm, "scancel", job)
    assert run.finish() == 0, run.output
    assert attempts(run) == [("FAILED", "143"), ("COMPLETED", "0")]
    assert resumed(run)
    assert digests(run.outdir) == undisturbed(SHORT)


def test_training_killed_for_memory__resumed_from_its_checkpoint_with_twice_the_memory(
    submitted, tmp_path, undisturbed, often
):
    run = submitted("--max_memory", "8.GB", "-c", memory(tmp_path, "2.GB"), *often)
    (folder,) = said(run, "epoch 3/")
    saved(run)
    os.kill(training(folder), signal.SIGKILL)
    assert run.finish() == 0, run.output
    assert attempts(run) == [("FAILED", "137"), ("COMPLETED", "0")]
    assert requested(run, "--mem ") == ["--mem 2048M", "--mem 4096M"]
    assert resumed(run)
    assert digests(run.outdir) == undisturbed(SHORT)


def test_job_over_its_memory__killed_by_slurm_and_repeated_with_twice_the_memory(submitted, tmp_path, undisturbed):
    # less than torch needs to load
    run = submitted("--max_memory", "8.GB", "-c", memory(tmp_path, "256.MB"))
    assert run.finish() == 0, run.output
    *lacking, last = attempts(run)
    assert lacking
    assert {status for status, _ in lacking} == {"FAILED"}
    assert {code for _, code in lacking} <= {"-", "137"}
    assert last == ("COMPLETED", "0")
    assert "--mem 256M" in requested(run, "--mem ")
    assert len(requested(run, "--mem ")) == len(lacking) + 1
    assert digests(run.outdir) == undisturbed(SHORT)


def memory(folder: Path, first: str) -> Path:
    path = folder / "memory.config"
    asked_for = f"{{ task.attempt == 1 ? {first} : task.previousTrace.memory * 2 }}"
    path.write_text(f"process {{ withName: FINETUNE {{ memory = {asked_for} }} }}\n")
    return path


def test_node_lost_in_a_training__resumed_from_its_checkpoint(submitted, slurm, tmp_path, undisturbed, often):
    run = submitted(*often)
    (folder,) = said(run, "epoch 3/")
    saved(run)
    (job,) = jobs(slurm)
    # like a power failure: no process on the node can write anything, then the scheduler misses the node
    session = os.getsid(training(folder))
    os.kill(daemon(job), signal.SIGKILL)
    subprocess.run(["pkill", "-KILL", "--session", str(session)], check=True)
    node = os.uname().nodename.split(".")[0]
    try:
        slurm_command(slurm, "scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=lost")
        assert job not in jobs(slurm)
    finally:
        back(slurm, node)
    assert run.finish() == 0, run.output
    assert attempts(run) == [("FAILED", "-"), ("COMPLETED", "0")]
    assert resumed(run)
    assert digests(run.outdir) == undisturbed(SHORT)


def test_nextflow_killed_and_resumed__two_trainings_share_a_checkpoint_and_both_are_correct(
    submitted, slurm, undisturbed, often
):
    run = submitted(*often, sheet=LONG)
    (orphan,) = said(run, "epoch 3/")
    run.kill(signal.SIGKILL)
    assert list(jobs(slurm).values()) == ["RUNNING"]
    again = submitted("-resume", *often, sheet=LONG)
    said(again, "weights to train", times=2)
    assert list(jobs(slurm).values()) == ["RUNNING", "RUNNING"]
    assert again.finish() == 0, again.output
    assert digests(again.outdir) == undisturbed(LONG)
    done(orphan)
    (predictions,) = orphan.glob("*.predictions.parquet")
    assert hashlib.sha256(predictions.read_bytes()).hexdigest() == undisturbed(LONG)[f"predictions/{predictions.name}"]


@pytest.mark.ci
def test_nextflow_killed_and_resumed_after_the_orphan_finished__its_result_is_used(submitted, undisturbed):
    run = submitted()
    (orphan,) = said(run, "epoch 3/")
    run.kill(signal.SIGKILL)
    done(orphan)
    again = submitted("-resume")
    assert again.finish() == 0, again.output
    (second,) = {task.folder for task in trainings(run)} - {orphan}
    told = (second / ".command.err").read_text()
    assert "resuming from step" in told
    assert "epoch 120/" not in told  # nothing is trained again
    assert digests(again.outdir) == undisturbed(SHORT)


def test_nextflow_terminated_and_resumed__no_job_left_and_the_training_resumes(submitted, slurm, undisturbed):
    run = submitted()
    said(run, "epoch 3/")
    run.kill(signal.SIGTERM)
    until(lambda: not jobs(slurm))
    again = submitted("-resume")
    assert again.finish() == 0, again.output
    statuses = {row["name"].split(":")[-1].split(" ")[0]: row["status"] for row in again.trace()}
    assert {statuses.pop(name) for name in ("IMPORT_DATASET", "AUDIT_LEAKS")} == {"CACHED"}
    assert statuses == dict.fromkeys(
        ("FINETUNE", "EVALUATE", "COMPARE_MODELS", "MAKE_CLAIMS", "REPORT", "SUMMARISE_COST"), "COMPLETED"
    )
    assert resumed(again)
    assert digests(again.outdir) == undisturbed(SHORT)


def test_disk_full__the_step_fails_and_the_resumed_run_has_the_same_bytes(start, tmp_path, undisturbed):
    work = tmp_path / "disk"
    work.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=24m", "lncprom-test", work]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not allow mounting a tmpfs")
    try:
        # space for the data set but not for the trained model
        free = os.statvfs(work)
        (work / "ballast").write_bytes(bytes(free.f_bavail * free.f_frsize - (320 << 10)))
        full = start(tmp_path, "venv", *WORDS, "--models", SHORT, "-w", work)
        assert full.finish() != 0
        assert "Error: " in full.output
        assert "Make room" in full.output
        assert not list((full.outdir / "predictions").glob("*"))
        (work / "ballast").unlink()
        again = start(tmp_path, "venv", *WORDS, "--models", SHORT, "-w", work, "-resume")
        assert again.finish() == 0, again.output
        assert digests(again.outdir) == undisturbed(SHORT)
    finally:
        subprocess.run(["umount", work], check=True)


def test_a_home_folder_that_is_not_writable__same_bytes(start, tmp_path, undisturbed):
    # not even root can create a file there
    run = start(tmp_path, "venv", *WORDS, "--models", SHORT, HOME="/proc/sys", NXF_HOME=str(tmp_path / "nxf"))
    assert run.finish() == 0, run.output
    assert digests(run.outdir) == undisturbed(SHORT)
