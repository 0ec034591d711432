"""Fixtures that every test shares: where the project is, where real data lies, how a step is called."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
settings.register_profile("any speed", deadline=None)
settings.load_profile("any speed")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data is not beside this checkout (../shared/data)")
    return folder


def pytest_collection_modifyitems(items) -> None:
    """Begin with the folders of the longest files, so that no worker waits for another at the end (see Makefile)."""
    longest = ("pipeline", "training", "cli")
    items.sort(key=lambda item: (*longest, item.path.parent.name).index(item.path.parent.name))


@pytest.fixture
def step():
    """Call a script of bin/ by name with arguments, as a shell would: `step("extract_tss", "--gtf", path)`."""

    def call(name: str, *arguments):
        script = importlib.import_module(name)
        return CliRunner().invoke(script.main, [str(argument) for argument in arguments])

    return call


@pytest.fixture
def refused():
    """Assert that a call ended as a user's mistake: exit 2, one line with these words, no file left behind."""

    def check(result, *words: str, nothing_in: Path | None = None, but: tuple[str, ...] = ()) -> None:
        assert result.exit_code == 2, result.output
        assert result.exception is None or isinstance(result.exception, SystemExit)
        lines = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
        assert len(lines) == 1, result.output
        assert result.stderr.rstrip().splitlines()[-1] == lines[0], result.output
        for word in words:
            assert word in lines[0], lines[0]
        if nothing_in is not None:
            left = sorted(path.name for path in nothing_in.iterdir() if path.name not in but)
            assert left == [], left

    return check


@pytest.fixture(autouse=True)
def one_thread():
    """Sums depend on how many threads share them: no test may hand its own number on to the next."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


@pytest.fixture
def work(tmp_path) -> Path:
    """An empty folder for what a step writes, beside its inputs."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def tiny(tmp_path):
    """Write a small checkpoint of a family, as published; its folder."""
    import tiny_checkpoints

    return lambda family, **how: tiny_checkpoints.write(tmp_path / family, family, **how)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Tiny trained models that all tests share: `trained("dnabert") / "model"`; see helpers_trained."""
    from helpers_trained import Trained

    return Trained(tmp_path_factory.mktemp("trained"))


@pytest.fixture(scope="session")
def nextflow_command() -> str:
    import helpers_nextflow

    return helpers_nextflow.command()


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Path:
    """A copy of the pipeline; see helpers_nextflow."""
    import helpers_nextflow

    return helpers_nextflow.copy_pipeline(tmp_path_factory.mktemp("project"))
