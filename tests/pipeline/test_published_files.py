"""What a run publishes is what docs/reference/outputs.md lists, file by file."""

from __future__ import annotations

import re

import pytest

from helpers_docs import imported_make_docs
from pipeline.conftest import tiny_inputs

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module")
def documented():
    with imported_make_docs() as make_docs:
        yield make_docs.published()


@pytest.fixture(scope="module")
def found(nextflow, tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    run = nextflow(folder, "-stub-run", *tiny_inputs(folder), "--lengths", "100")
    assert run.status == 0, run.output
    return {str(path.relative_to(run.outdir)) for path in run.outdir.rglob("*") if path.is_file()}


def test_published_files__each_in_the_docs(documented, found):
    assert sorted(path for path in found if not any(file.matches(path) for file in documented)) == []


def test_files_in_the_docs__each_published(documented, found):
    folder = re.compile(r"(models/.*\.model|(importance|motifs)/<dataset>\.<model>)/")  # empty in a stub run
    missing = {file.path for file in documented if not any(file.matches(path) for path in found)}
    assert missing == {file.path for file in documented if folder.match(file.path)}
