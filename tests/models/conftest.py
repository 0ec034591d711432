"""Tests of the language models: they need .venv-gpu (`make test-models`) and are left out where torch is not."""

from importlib.util import find_spec

import pytest

collect_ignore_glob = [] if find_spec("torch") else ["test_*.py"]


def pytest_report_header() -> list[str]:
    return ["tests/models: left out, no torch here; run make test-models"] if collect_ignore_glob else []


@pytest.fixture(autouse=True)
def one_thread():
    """Sums depend on how many threads share them: no test may hand its own number on to the next."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture
def tiny(tmp_path):
    """Write a small checkpoint of a family, as published; its folder."""
    import tiny_checkpoints

    return lambda family, **how: tiny_checkpoints.write(tmp_path / family, family, **how)
