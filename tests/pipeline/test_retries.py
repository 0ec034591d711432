"""A failed task is tried again with more of the resource that it lacked; a stopped training with the same."""

from __future__ import annotations

import re

import pytest

from helpers_nextflow import PARSERS, ROOT

pytestmark = pytest.mark.pipeline

MAIN = """
process WHERE {
    label 'process_gpu'
    label 'language_models'
    output:
    stdout
    script:
    def place = task.ext
    \"\"\"
    echo "${place.require_gpu ? 'stop' : 'go on'}, ${place.offline ? 'offline' : 'online'}" >> ${launchDir}/places
    \"\"\"
}
process FINETUNE {
    label 'process_gpu'
    label 'language_models'
    input:
    val codes
    output:
    stdout
    script:
    def code = codes[task.attempt - 1]
    def given = "${task.memory.toMega()} MB ${task.time.toHours()} h"
    \"\"\"
    echo "${codes.join(',')} attempt ${task.attempt}: ${given}" >> ${launchDir}/attempts
    exit ${code}
    \"\"\"
}
workflow {
    WHERE()
    channel.fromList([
        [137, 0], [140, 0], [143, 143, 143, 143, 143, 0], [137, 143, 137, 0],
        [143, 143, 143, 143, 140, 140, 0],
    ]) | FINETUNE
}
"""
CONFIG = """
params {
    max_cpus = 2
    max_memory = '40.GB'
    max_time = '240.h'
    gpus = 1
    require_gpu = 'false'
    hub_endpoint = null
    offline = 'true'
}
includeConfig 'base.config'
includeConfig 'labels.config'
"""


def attempts(folder) -> dict[str, list[tuple[int, int]]]:
    """Memory in MB and time in hours of each attempt, in order, by the exit codes of all attempts."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for line in (folder / "attempts").read_text().splitlines():
        codes, *numbers = re.fullmatch(r"([\d,]+) attempt (\d+): (\d+) MB (\d+) h", line).groups()
        found.setdefault(codes, []).append(tuple(map(int, numbers)))
    return {codes: [row[1:] for row in sorted(rows)] for codes, rows in found.items()}


@pytest.mark.parametrize("parser", PARSERS)
def test_a_task_that_fails__the_next_attempt_has_more_of_the_resource_that_lacked(nextflow, tmp_path, parser):
    (tmp_path / "main.nf").write_text(MAIN)
    (tmp_path / "nextflow.config").write_text(CONFIG)
    for name in ("base.config", "labels.config"):
        # these tasks run here, where no time limit holds, and show the limits that a scheduler would get
        shown = (ROOT / "conf" / name).read_text()
        (tmp_path / name).write_text(shown.replace("{ task.executor in [null, 'local'] ? null : ", "{ "))
    run = nextflow(tmp_path, of=tmp_path, **parser)
    assert run.status == 0, run.output
    found = attempts(tmp_path)
    first = found["137,0"][0]
    memory, hours = first
    more = found["137,0"][1][0]
    assert more > memory  # twice as much, or all that this machine has
    assert found["137,0"] == [first, (more, hours)]
    assert found["140,0"] == [first, (memory, 2 * hours)]
    assert found["143,143,143,143,143,0"] == [first] * 6
    assert found["137,143,137,0"][:3] == [first, (more, hours), (more, hours)]
    assert found["137,143,137,0"][3][0] >= more
    # a training resumes from its checkpoint, however often it was stopped
    assert found["143,143,143,143,140,140,0"] == [first] * 5 + [(memory, 2 * hours), (memory, 4 * hours)]
    # switches given as text mean what the word says
    assert (tmp_path / "places").read_text().strip() == "go on, offline"
