"""Modules are complete, and each meta.yml lists the inputs and outputs of its main.nf."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

MODULES = sorted(path.parent for path in (Path(__file__).parents[2] / "modules" / "local").glob("*/main.nf"))
ITEM = re.compile(r"""\b(?:val|path|eval)\b[( ]\s*(?:"([^"]+)"|'([^']+)'|([\w.]+))""")
# Where something lies or runs. It decides nothing about a result: -resume does not look at task.ext.
PLACES = {"cache", "endpoint", "numba_cache", "offline", "require_gpu", "save_seconds", "state_dir"}
EACH = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)


def declared(module: Path, section: str) -> list[str]:
    """Lines of `input:` or `output:` in main.nf, one for each channel."""
    text = (module / "main.nf").read_text()
    body = re.search(rf"^    {section}:\n(.*?)^    (?:output|script):", text, re.DOTALL | re.MULTILINE)[1]
    return [line.strip() for line in body.splitlines() if line.strip()]


def parts(line: str) -> list[str]:
    """Names in one channel, for example meta and gtf in `tuple val(meta), path(gtf, stageAs: 'input/*')`."""
    return [next(filter(None, groups)) for groups in ITEM.findall(line)]


def documented(channels: list) -> list[list[str]]:
    """Names in each channel of meta.yml: a channel is one element or a list of them."""
    return [
        [next(iter(part)) for part in (channel if isinstance(channel, list) else [channel])] for channel in channels
    ]


@EACH
def test_module__has_its_files_and_takes_what_can_change_a_number_as_input(module):
    assert not {"meta.yml", "environment.yml", "tests"} - {path.name for path in module.iterdir()}
    text = (module / "main.nf").read_text()
    assert re.findall(r"^process (\w+)", text, re.MULTILINE) == [module.name.upper()]
    assert f"\n    {module.name}.py \\\\\n" in text
    assert not re.search(r"params\.|when:", text)
    assert not re.search(r"task\.ext\.", text), "the default parser hashes it; use def place = task.ext"
    assert set(re.findall(r"place\.(\w+)", text)) <= PLACES


@EACH
def test_meta_yml__lists_the_channels_of_main_nf(module):
    meta = yaml.safe_load((module / "meta.yml").read_text())
    assert meta["name"] == module.name
    assert documented(meta["input"]) == [parts(line) for line in declared(module, "input")]
    outputs, topics = {}, []
    for line in declared(module, "output"):
        if "topic: versions" in line:
            topics.append(["${task.process}", *parts(line)[1:]])
        else:
            outputs[re.search(r"emit: (\w+)$", line)[1]] = [parts(line)]
    assert {name: documented(channels) for name, channels in meta["output"].items()} == outputs
    assert documented(meta.get("topics", {}).get("versions", [])) == topics
