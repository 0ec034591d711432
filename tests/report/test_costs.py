"""Costs of a run: every number that Nextflow prints is read, tasks go where they belong, suggestions have room."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lncprom.report.costs import page, tally, trace
from lncprom.report.costs.trace import Task


def task(step="evaluate", tag="mine", status="COMPLETED", seconds=60.0, busy=1.0, peak=None, cpus=1.0, **rest) -> Task:
    return Task(step, tag, status, seconds, busy, peak, cpus, rest.get("memory"), rest.get("time"))


def test_a_trace_that_is_being_written__its_last_line_left_out_and_told(root, tmp_path):
    whole = (root / "tests/data/trace.txt").read_bytes()
    for length in range(whole.index(b"\n") + 1, len(whole)):
        (tmp_path / "trace.txt").write_bytes(whole[:length])
        tasks, cut = trace.read(tmp_path / "trace.txt")
        assert len(tasks) == whole[:length].count(b"\n") - 1
        assert cut is not whole[:length].endswith(b"\n")


def test_optional_columns_missing__tasks_without_these_figures(tmp_path):
    (tmp_path / "trace.txt").write_text(
        "status\trealtime\tname\nCOMPLETED\t3600000\tA:B:EVALUATE (mine)\nCOMPLETED\t-\tREPORT\n"
    )
    tasks, _ = trace.read(tmp_path / "trace.txt")
    assert tasks == [
        ("evaluate", "mine", "COMPLETED", 3600, *[None] * 5),
        ("report", "", "COMPLETED", None, *[None] * 5),
    ]
    rows = tally.rows(tasks, ("mine",), ("lr",), 0, ())
    assert rows[-1]["reserved"] == 1  # a CPU where the trace does not say how many
    assert "does not report the CPU use of 2 tasks" in page.render(rows, "x")


def test_no_task_at_all__a_page_nevertheless():
    text = page.render(tally.rows([], (), (), 0, ()), "x", cut=True)
    assert "The trace has no finished task." in text
    assert "last line of the trace was incomplete" in text


def test_sums__by_hand():
    tasks = [
        task(seconds=3600, busy=1.5, cpus=2, peak=100, memory=400, time=7200),
        task(seconds=1800, busy=None, cpus=4, peak=None, status="FAILED"),
        task(seconds=1, busy=1.0, cpus=1, peak=999, status="CACHED"),
    ]
    found = tally.add(tasks, 2, {"evaluate"})
    assert found.pop("longest") is found.pop("largest") is tasks[0]  # of a second nothing was seen
    hours = {"used": 1.5 + 1 / 3600, "reserved": 2 + 2 + 1 / 3600, "gpu": 2 * (1.5 + 1 / 3600)}
    assert found == pytest.approx({"tasks": 3, "failed": 1, "cached": 1, "unknown": 1} | hours)


def test_names_with_dots__each_tag_in_the_cell_that_it_is_of():
    datasets, models = ("a", "a.b"), ("c", "b.c", "lr.seed1")
    tags = {
        "a.b.c": ("a.b", "c"),  # main.nf refuses sheets in which two pairs come to one name, as a + b.c would
        "a.c.seed1": ("a", "c"),
        "a.c.seed12.shuffled": ("a", "c"),
        "a.b.b.c.seed3": ("a.b", "b.c"),
        "a.lr.seed1": ("a", "lr.seed1"),
        "a": None,
        "a.c.seedling": None,
        "genome": None,
    }
    for tag, cell in tags.items():
        rows = tally.rows([task(tag=tag)], datasets, models[:1] if tag == "a.b.c" else models, 0, ())
        found = [(row["dataset"], row["model"]) for row in rows if row["level"] == "model"]
        assert found == ([cell] if cell else [])
        assert next(row["tasks"] for row in rows if row["level"] == "no_model") == (0 if cell else 1)


GIB, HOUR = tally.GIB, 3600.0
STOPPED = [task("finetune", "a", "FAILED", 3 * HOUR)] * 3  # a training goes on where it was


@pytest.mark.parametrize(
    ("tasks", "field", "wanted"),
    [
        # a quarter more memory, in 512 MB or whole GB
        *(
            ([task(peak=peak)], "memory", gib * GIB)
            for peak, gib in [
                (1, 0.5),
                (0.4 * GIB, 0.5),
                (0.41 * GIB, 1),
                (0.8 * GIB, 1),
                (0.81 * GIB, 2),
                (20.5 * GIB, 26),
            ]
        ),
        # CPUs that nearly all tasks kept busy
        *(
            ([task(busy=share) for share in busy], "cpus", cpus)
            for busy, cpus in [([0.05], 1), ([1.05], 1), ([1.11], 2), ([1.0] * 19 + [8.0], 1), ([3.5, 1], 4)]
        ),
        # twice the longest time in whole hours
        *(
            ([task(tag="a", seconds=seconds), task(tag="b", seconds=0.05)], "hours", hours)
            for seconds, hours in [(0.1, 1), (1800, 1), (1801, 2), (86400, 48)]
        ),
        ([*STOPPED, task("finetune", "a", seconds=300), task("finetune", "b", seconds=4 * HOUR)], "hours", 19),
        ([task(seconds=4.9, peak=10**12, busy=9.0)], "memory", None),  # too short to be seen
        ([task(seconds=4.9, peak=10**12, busy=9.0)], "cpus", None),
        ([task(seconds=None)], "hours", None),
    ],
)
def test_what_to_ask_for__from_what_the_tasks_of_a_step_used(tasks, field, wanted):
    assert getattr(tally.suggest(tasks), field) == wanted


@given(
    st.lists(
        st.tuples(st.floats(tally.MEASURED, 10**6), st.floats(0, 64), st.floats(1, 2**44)), min_size=1, max_size=30
    )
)
def test_any_tasks__all_would_have_had_their_memory_and_time(found):
    ask = tally.suggest([task(seconds=seconds, busy=busy, peak=peak) for seconds, busy, peak in found])
    for seconds, _, peak in found:
        assert peak * tally.ROOM <= ask.memory
        assert seconds * tally.LONGER <= ask.hours * 3600
    assert ask.memory % (512 * tally.MIB) == 0
    assert sum(busy - 0.1 <= ask.cpus for _, busy, _ in found) >= 0.95 * len(found)


def test_what_lacked_memory__the_exit_codes_of_the_pipelines_own_configuration(root):
    base = (root / "conf/base.config").read_text()
    retried = re.search(r"in \[([\d, ]+)\] \|\| \(task.exitStatus in \[([^\]]+)\]", base)
    same = re.search(r"memory += \{.*?in \[([\d, ]+)\] \?", base)[1].split(", ")
    codes = [code for group in retried.groups() for code in group.split(", ")]
    assert sorted(set(codes) - set(same)) == sorted(page._LACKED.split(", "))


def test_steps_with_a_gpu__those_of_the_modules(root):
    modules = {path.parent.name: path.read_text() for path in (root / "modules/local").glob("*/main.nf")}
    labelled = {step.upper() for step, text in modules.items() if "label 'process_gpu'" in text}
    summarise = (root / "subworkflows/local/summarise/main.nf").read_text()
    told = re.search(r"def gpuSteps\(\) \{\s*return \[(.*?)\]", summarise)[1]
    assert set(re.findall(r"'(\w+)'", told)) == labelled


def test_columns_that_the_workflow_looks_for__those_that_are_needed(root):
    summarise = (root / "subworkflows/local/summarise/main.nf").read_text()
    assert tuple(re.findall(r"'(\w+)'", re.search(r"def missing = \[(.*?)\]", summarise)[1])) == trace.NEEDED
    assert tuple(re.findall(r"'(\w+)'", re.search(r"intersect\(\[(.*?)\]\)", summarise)[1])) == trace.SEVERAL_LINES
    fields = re.search(r"fields += '(.*)'", (root / "nextflow.config").read_text())[1].split(",")
    assert {*trace.NEEDED, *(column for column, _ in trace.COLUMNS.values())} <= set(fields)
    assert not set(trace.SEVERAL_LINES) & set(fields)


def test_steps__in_the_order_of_the_data_whenever_they_ended():
    tasks = [task("report"), task("another"), task("finetune"), task("prepare_genome")]
    steps = [row["step"] for row in tally.rows(tasks, (), (), 0, ()) if row["level"] == "step"]
    assert steps == ["prepare_genome", "finetune", "report", "another"]
