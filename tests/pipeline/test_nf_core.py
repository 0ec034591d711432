"""nf-core's own lint, but for the exceptions in .nf-core.yml. It is not in the locks: where it is on PATH, it runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from pipeline.conftest import ROOT

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def nf_core() -> str:
    found = shutil.which("nf-core")
    if not found:
        pytest.skip("nf-core is not on PATH, its lint did NOT run: pip install nf-core==4.2.1")
    return found


def test_pipelines_lint__nothing_fails(nf_core, nextflow_on_path, tmp_path):
    words = [nf_core, "pipelines", "lint", "-d", ROOT, "--plain-text", "--json", tmp_path / "lint.json"]
    done = subprocess.run(words, env=nextflow_on_path, capture_output=True, text=True, check=False)
    lint = json.loads((tmp_path / "lint.json").read_text())
    assert lint["tests_failed"] == [], done.stdout
    assert len(lint["tests_pass"]) > 40


def test_schema_lint__valid(nf_core):
    words = [nf_core, "pipelines", "schema", "lint", ROOT / "nextflow_schema.json"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def nextflow_on_path(nextflow_command) -> dict[str, str]:
    return os.environ | {"PATH": f"{os.path.dirname(nextflow_command)}:{os.environ['PATH']}"}
