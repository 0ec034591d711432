"""nf-core's own lint, with the exceptions in .nf-core.yml, from .venv-lint, which `make test-all` installs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from helpers_nextflow import ROOT

pytestmark = [pytest.mark.pipeline, pytest.mark.full]


@pytest.fixture(scope="module")
def nf_core() -> Path:
    path = ROOT / ".venv-lint" / "bin" / "nf-core"
    if not path.exists():
        pytest.skip("nf-core is not installed: make venv-lint")
    return path


def test_pipelines_lint__nothing_fails(nf_core, surroundings, tmp_path):
    words = [nf_core, "pipelines", "lint", "-d", ROOT, "--plain-text", "--json", tmp_path / "lint.json"]
    done = subprocess.run(words, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lint = json.loads((tmp_path / "lint.json").read_text())
    assert lint["tests_failed"] == []
    # far fewer pass if a whole group of rules is switched off
    assert len(lint["tests_pass"]) > 110


def test_schema_lint__valid(nf_core, surroundings):
    words = [nf_core, "pipelines", "schema", "lint", ROOT / "nextflow_schema.json"]
    done = subprocess.run(words, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def surroundings(nextflow_command, tmp_path) -> dict[str, str]:
    """Nextflow on PATH, and an empty home folder, since nf-core caches resolved configurations there."""
    path = f"{os.path.dirname(nextflow_command)}:{os.environ['PATH']}"
    return os.environ | {"PATH": path, "HOME": str(tmp_path), "NXF_HOME": str(tmp_path / "nxf")}
