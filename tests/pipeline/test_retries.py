"""What a task is given: more of what lacked at another attempt, its state from before, switches as they were meant."""

from __future__ import annotations

import re

import pytest

from pipeline.conftest import ROOT

pytestmark = pytest.mark.pipeline

MAIN = """
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
    channel.fromList([
        [137, 0], [140, 0], [143, 143, 143, 143, 143, 0], [137, 143, 137, 0],
        [143, 143, 143, 143, 140, 140, 0],
    ]) | FINETUNE
}
"""
CONFIG = f"""
params {{
    max_cpus = 2
    max_memory = '40.GB'
    max_time = '240.h'
    gpus = 0
    require_gpu = false
    hub_endpoint = null
    offline = false
}}
includeConfig '{ROOT}/conf/base.config'
includeConfig '{ROOT}/conf/labels.config'
"""


def attempts(folder) -> dict[str, list[tuple[int, int]]]:
    """Codes -> (MB, hours) of each attempt, in order."""
    found: dict[str, list[tuple[int, int, int]]] = {}
    for line in (folder / "attempts").read_text().splitlines():
        codes, *numbers = re.fullmatch(r"([\d,]+) attempt (\d+): (\d+) MB (\d+) h", line).groups()
        found.setdefault(codes, []).append(tuple(map(int, numbers)))
    return {codes: [row[1:] for row in sorted(rows)] for codes, rows in found.items()}


@pytest.mark.parametrize("parser", ["v1", "v2"])
def test_a_task_that_ends_with_a_code__the_next_attempt_has_more_of_what_lacked(nextflow, tmp_path, parser):
    (tmp_path / "main.nf").write_text(MAIN)
    (tmp_path / "nextflow.config").write_text(CONFIG)
    run = nextflow(tmp_path, of=tmp_path, parser=parser)
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
    # a training goes on where it was, however often it was stopped
    assert found["143,143,143,143,140,140,0"] == [first] * 5 + [(memory, 2 * hours), (memory, 4 * hours)]


SLOW = """
process SLOW {
    output:
    stdout
    script:
    \"\"\"
    echo ${task.time.toSeconds()} >> ${launchDir}/given
    sleep ${task.attempt == 1 ? 120 : 0}
    \"\"\"
}
workflow {
    SLOW()
}
"""


def test_a_local_task_over_its_time__tried_again_with_more_of_it(nextflow, tmp_path):
    (tmp_path / "main.nf").write_text(SLOW)
    short = (ROOT / "conf" / "base.config").read_text().replace("task.attempt == 1 ? 4.h", "task.attempt == 1 ? 4.s")
    (tmp_path / "base.config").write_text(short)
    (tmp_path / "nextflow.config").write_text(CONFIG.replace(f"{ROOT}/conf/base.config", "base.config"))
    run = nextflow(tmp_path, of=tmp_path)
    assert run.status == 0, run.output
    assert (tmp_path / "given").read_text().split() == ["4", "8"]


PLACES = """
process WHERE {
    label 'language_models'
    output:
    stdout
    script:
    def place = task.ext
    \"\"\"
    echo "${place.require_gpu ? 'stop' : 'go on'}, ${place.offline ? 'offline' : 'online'}" >> ${launchDir}/places
    \"\"\"
}
workflow {
    WHERE()
}
"""


@pytest.mark.parametrize(("given", "told"), [("'false'", "go on, online"), ("'true'", "stop, offline")])
def test_a_switch_given_as_text__read_as_the_word_says(nextflow, tmp_path, given, told):
    (tmp_path / "main.nf").write_text(PLACES)
    switches = CONFIG.replace("require_gpu = false", f"require_gpu = {given}").replace("gpus = 0", "gpus = 1")
    (tmp_path / "nextflow.config").write_text(switches.replace("offline = false", f"offline = {given}"))
    run = nextflow(tmp_path, of=tmp_path)
    assert run.status == 0, run.output
    assert (tmp_path / "places").read_text().strip() == told
