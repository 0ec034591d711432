"""The files that nf-core has at fixed places: exceptions to its lint, the workflow, reports for Seqera Platform."""

from __future__ import annotations

import re

from helpers_docs import imported_make_docs


def test_exceptions_to_the_lint__each_below_a_reason_and_none_stale(root):
    lines = (root / ".nf-core.yml").read_text().splitlines()
    rules = [at for at, line in enumerate(lines) if re.match(r"  \w+:", line)]
    assert len(rules) < 12
    reasoned = False
    for line in lines[lines.index("lint:") + 1 :]:
        reasoned = reasoned or line.startswith("  # ")
        assert reasoned, line
    files = [line.split()[1] for line in lines if line.startswith("    - ")]
    assert sorted(set(files)) == sorted(files)
    assert [name for name in files if (root / name).exists()] == []
    instead = {name for line in lines if line.startswith("    - ") for name in re.findall(r"# (\S+)", line)}
    places = [root / ".github" / "workflows" if name == "ci.yml" else root for name in sorted(instead)]
    assert [name for name, place in zip(sorted(instead), places, strict=True) if not list(place.glob(name))] == []


def test_versions_of_nf_core_and_nf_test__one_everywhere(root):
    told = {
        name: re.findall(r"nf[-_]core(?:==|_version: )([\d.]+)", (root / name).read_text())
        for name in (".nf-core.yml", "containers/lint/requirements.in", "containers/lint/requirements.lock")
    }
    assert set(map(tuple, told.values())) == {("4.2.1",)}
    workflow = (root / ".github" / "workflows" / "ci.yml").read_text()
    asked = re.search(r'setup-nf-test@v1\n +with:\n +version: "([\d.]+)"', workflow)[1]
    assert f"// nf-test {asked} or later" in (root / "nf-test.config").read_text()


def test_githubs_workflow__runs_what_ci_run_runs_and_nothing_beside_it(root):
    text = (root / ".github" / "workflows" / "ci.yml").read_text()
    jobs = dict(re.findall(r"^  (\w+):\n    name: (.+?)$(?=\n    )", text, re.MULTILINE))
    assert jobs == {"test": "make test", "hpc": "make test-hpc"}
    first, second = re.split(r"^  hpc:$", text, flags=re.MULTILINE)
    assert re.findall(r"^ +(?:- )?run: (?!sudo apt-get|>-)(.+)$", first, re.MULTILINE) == [".ci/run"]
    assert re.findall(r"run: (make .+)$", second, re.MULTILINE) == ["make test-hpc"]
    # a command of make in either is a target, and .ci/run calls both
    targets = re.findall(r"^([\w-]+):.*## ", (root / "Makefile").read_text(), re.MULTILINE)
    assert {"test", "test-hpc"} <= set(targets)
    called = re.findall(r"^ *(make .+) </dev/null$", (root / ".ci" / "run").read_text(), re.MULTILINE)
    assert called == ["make test", "make test-hpc"]


def test_reports_for_seqera_platform__each_a_file_that_a_run_publishes(root):
    text = (root / "tower.yml").read_text()
    shown = re.findall(r'^  "\*\*/(.+)":\n    display: "(.+)"$', text, re.MULTILINE)
    assert len(shown) == len(re.findall(r"^  \S", text, re.MULTILINE)) > 5
    assert len({title for _, title in shown}) == len(shown)
    with imported_make_docs() as make_docs:
        published = make_docs.published()
    for pattern, _ in shown:
        # a name in angle brackets is any text, as `*` is; what belongs to each file of the pattern is documented
        example = re.compile(re.escape(pattern).replace(r"\*", r"[\w<>.]+"))
        assert any(example.fullmatch(file.path) for file in published), pattern
    assert shown[0][0] == "report/report.html"
