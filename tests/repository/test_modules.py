"""Facts about the modules: each is whole, and its meta.yml names what its main.nf takes and gives."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

MODULES = sorted(path.parent for path in (Path(__file__).parents[2] / "modules" / "local").glob("*/main.nf"))
ITEM = re.compile(r"""\b(?:val|path|eval)\b[( ]\s*(?:"([^"]+)"|'([^']+)'|([\w.]+))""")
# Where something lies or runs, which decides nothing about a result: -resume does not look at task.ext.
PLACES = {"cache", "endpoint", "numba_cache", "offline", "require_gpu", "save_seconds", "state_dir"}
EACH = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)


def declared(module: Path, section: str) -> list[str]:
    """The lines of `input:` or `output:` in main.nf, one a channel."""
    text = (module / "main.nf").read_text()
    body = re.search(rf"^    {section}:\n(.*?)^    (?:output|script):", text, re.DOTALL | re.MULTILINE)[1]
    return [line.strip() for line in body.splitlines() if line.strip()]


def items(line: str) -> list[str]:
    """The parts of one channel: `tuple val(meta), path(gtf, stageAs: 'input/*')` -> meta, gtf."""
    return [next(filter(None, groups)) for groups in ITEM.findall(line)]


def channels(lines: list[str]) -> list[list[str]]:
    """The channels in lines of meta.yml: names after `- - ` and `  - ` belong together, one after `- ` is alone."""
    found: list[list[str]] = []
    edge = min(len(line) - len(line.lstrip()) for line in lines)
    for line in lines:
        if part := re.match(r'( *)(- - |- )"?([^":]+)"?:$', line):
            if len(part[1]) > edge:
                found[-1].append(part[3])
            else:
                found.append([part[3]])
    return found


def documented(module: Path) -> dict[str, list[str]]:
    """Section of meta.yml -> its lines."""
    sections: dict[str, list[str]] = {}
    for line in (module / "meta.yml").read_text().splitlines():
        if not line.startswith(" "):
            name, _, value = line.partition(":")
            current = sections.setdefault(name, [value.strip()] if value.strip() else [])
        else:
            current.append(line)
    return sections


def by_emit(lines: list[str]) -> dict[str, list[list[str]]]:
    """Output or topic -> its channels."""
    found: dict[str, list[str]] = {}
    for line in lines:
        if re.fullmatch(r"  \w+:", line):
            current = found.setdefault(line.strip(" :"), [])
        else:
            current.append(line)
    return {emit: channels(part) for emit, part in found.items()}


@EACH
def test_module__has_each_of_its_files_and_one_process_of_its_name(module):
    for name in ("main.nf", "meta.yml", "environment.yml", "tests/main.nf.test"):
        assert (module / name).is_file(), name
    text = (module / "main.nf").read_text()
    assert re.findall(r"^process (\w+)", text, re.MULTILINE) == [module.name.upper()]
    assert f"\n    {module.name}.py \\\\\n" in text
    for section in ("params.", "when:"):
        assert section not in text, "what can change a number is an input"
    assert not re.search(r"task\.ext\.", text), "the default parser hashes that; def place = task.ext"
    assert set(re.findall(r"place\.(\w+)", text)) <= PLACES, "what can change a number is an input"


@EACH
def test_its_nf_test__a_good_input_and_a_bad_one_that_ends_with_exit_2(module):
    text = (module / "tests" / "main.nf.test").read_text()
    assert f'process "{module.name.upper()}"' in text
    assert len(re.findall(r"^    test\(", text, re.MULTILINE)) >= 2
    assert "assert process.success" in text
    assert "assert process.failed" in text
    assert "error exit status (2)" in text
    assert "'Error: " in text or '"Error: ' in text


@EACH
def test_its_nf_test__tags_a_stub_and_snapshots_without_versions_and_places(module):
    path = module / "tests" / "main.nf.test"
    text = path.read_text()
    tags = [line for line in text.splitlines() if line.startswith("    tag ")]
    assert tags == ['    tag "modules"', f'    tag "{module.name}"']
    titles = re.findall(r'^    test\("(.*)"\) \{$', text, re.MULTILINE)
    cases = dict(zip(titles, re.split(r"^    test\(", text, flags=re.MULTILINE)[1:], strict=True))
    stubs = [title for title in titles if title.startswith("stub, ")]
    assert len(stubs) == 1
    assert 'options "-stub ' in cases[stubs[0]]
    snapshots = json.loads(Path(f"{path}.snap").read_text())
    assert snapshots.keys() == {title for title, case in cases.items() if ").match()" in case}, (
        "nf-test test --clean-snapshot"
    )
    assert {stubs[0], titles[0]} <= snapshots.keys()
    for facts in snapshots.values():
        held = json.dumps(facts["content"])
        assert not re.search(r'"versions"|"seconds|"[/~]|nf-test/|:md5,', held), held


@EACH
def test_meta_yml__names_the_module_and_says_what_it_is_for(module):
    sections = documented(module)
    assert list(sections)[:6] == ["name", "description", "keywords", "tools", "input", "output"]
    assert sections["name"] == [module.name]
    assert len(sections["description"][0]) > 30
    assert len(sections["keywords"]) >= 3
    lines = (module / "meta.yml").read_text().splitlines()
    named = [number for number, line in enumerate(lines) if re.match(r" +- .*:$", line)]
    tools = lines.index("tools:"), lines.index("input:")
    for number in named:
        if not tools[0] < number < tools[1]:
            assert re.match(r" +type: (map|list|file|directory|string|eval)$", lines[number + 1]), lines[number]
            assert re.match(r" +description: ....", lines[number + 2]), lines[number]


@EACH
def test_inputs_in_meta_yml__those_of_main_nf_in_their_order(module):
    assert channels(documented(module)["input"]) == [items(line) for line in declared(module, "input")]


@EACH
def test_outputs_in_meta_yml__those_of_main_nf_by_name(module):
    lines = [line for line in declared(module, "output") if "topic:" not in line]
    expected = {re.search(r"emit: (\w+)$", line)[1]: [items(line)] for line in lines}
    assert by_emit(documented(module)["output"]) == expected


@EACH
def test_versions_in_meta_yml__those_of_main_nf(module):
    lines = [line for line in declared(module, "output") if "topic: versions" in line]
    expected = [["${task.process}", *items(line)[1:]] for line in lines]
    assert by_emit(documented(module).get("topics", [])).get("versions", []) == expected
