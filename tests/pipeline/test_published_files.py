"""What a run publishes is what docs/output.md lists, file by file."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from pipeline.conftest import ROOT, tiny_inputs

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def documented():
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "tools" / "make_docs.py")
    make_docs = importlib.util.module_from_spec(spec)
    sys.modules["make_docs"] = make_docs  # its NamedTuple looks its own module up
    spec.loader.exec_module(make_docs)
    yield make_docs.published()
    del sys.modules["make_docs"]


@pytest.fixture(scope="module")
def found(nextflow, tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    run = nextflow(folder, "-stub-run", *tiny_inputs(folder), "--lengths", "100")
    assert run.status == 0, run.output
    return {str(path.relative_to(run.outdir)) for path in run.outdir.rglob("*") if path.is_file()}


def test_published_files__each_in_the_docs(documented, found):
    assert sorted(path for path in found if not any(file.matches(path) for file in documented)) == []


def test_files_in_the_docs__each_published(documented, found):
    empty_in_stubs = {"models/<dataset>.<model>.model/model.json"}
    missing = {file.path for file in documented if not any(file.matches(path) for path in found)}
    assert missing == empty_in_stubs
