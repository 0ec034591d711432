"""Costs of a run: every number that Nextflow prints is read, tasks go where they belong, suggestions have room."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lncprom.report.costs import advice, page, tally, trace
from lncprom.report.costs.tally import Cell, Gpus
from lncprom.report.costs.trace import Task

NO_GPUS = Gpus(0, frozenset())


def task(step="evaluate", tag="mine", status="COMPLETED", seconds=60.0, busy=1.0, peak=None, cpus=1.0, **rest) -> Task:
    return Task(step, tag, status, seconds, busy, peak, cpus, rest.get("memory"), rest.get("time"))


def test_a_trace_that_is_being_written__its_last_line_left_out_and_told(root, tmp_path):
    whole = (root / "tests/data/trace.txt").read_bytes()
    for length in range(whole.index(b"\n") + 1, len(whole)):
        (tmp_path / "trace.txt").write_bytes(whole[:length])
        found = trace.read(tmp_path / "trace.txt")
        assert len(found.tasks) == whole[:length].count(b"\n") - 1
        assert found.cut is not whole[:length].endswith(b"\n")


def test_optional_columns_missing__tasks_without_these_figures(tmp_path):
    (tmp_path / "trace.txt").write_text(
        "status\trealtime\tname\nCOMPLETED\t3600000\tA:B:EVALUATE (mine)\nCOMPLETED\t-\tREPORT\n"
    )
    found = trace.read(tmp_path / "trace.txt").tasks
    none = {"busy": None, "peak": None, "cpus": None, "memory": None, "time": None}
    assert found[0]._asdict() == {"step": "evaluate", "tag": "mine", "status": "COMPLETED", "seconds": 3600, **none}
    assert found[1][:4] == ("report", "", "COMPLETED", None)
    costs = page.summed(trace.Trace(found, False), ("mine",), ("lr",), NO_GPUS)
    assert costs.total.reserved == 1  # a CPU where the trace does not say how many
    assert "does not report the CPU use of 2 tasks" in page.render(costs, "x")


def test_no_task_at_all__a_page_nevertheless():
    costs = page.summed(trace.Trace([], True), (), (), NO_GPUS)
    assert "The trace has no finished task." in page.render(costs, "x")
    assert "last line of the trace was incomplete" in page.render(costs, "x")


def test_sums__by_hand():
    tasks = [
        task(seconds=3600, busy=1.5, cpus=2, peak=100, memory=400, time=7200),
        task(seconds=1800, busy=None, cpus=4, peak=None, status="FAILED"),
        task(seconds=1, busy=1.0, cpus=1, peak=999, status="CACHED"),
    ]
    found = tally.add(tasks, Gpus(2, frozenset({"evaluate"})))
    assert (found.tasks, found.failed, found.cached, found.unknown) == (3, 1, 1, 1)
    assert found.used == pytest.approx(1.5 + 1 / 3600)
    assert found.reserved == pytest.approx(2 + 2 + 1 / 3600)
    assert found.gpu == pytest.approx(2 * (1.5 + 1 / 3600))
    assert found.longest is found.largest is tasks[0]  # of a second nothing was seen


def test_names_with_dots__each_tag_in_the_cell_that_it_is_of():
    datasets, models = ("a", "a.b"), ("c", "b.c", "lr.seed1")
    tags = {
        "a.b.c": Cell("a.b", "c"),  # main.nf refuses sheets in which two pairs come to one name, as a + b.c would
        "a.c.seed1": Cell("a", "c"),
        "a.c.seed12.shuffled": Cell("a", "c"),
        "a.b.b.c.seed3": Cell("a.b", "b.c"),
        "a.lr.seed1": Cell("a", "lr.seed1"),
        "a": None,
        "a.c.seedling": None,
        "genome": None,
    }
    for tag, cell in tags.items():
        found, others = tally.by_cell([task(tag=tag)], datasets, models[:1] if tag == "a.b.c" else models)
        assert list(found) == ([cell] if cell else [])
        assert len(others) == (0 if cell else 1)


@pytest.mark.parametrize(
    ("peak", "wanted"),
    [(1, 0.5), (0.4, 0.5), (0.41, 1), (0.8, 1), (0.81, 2), (1.6, 2), (20.5, 26)],
)
def test_memory_to_ask_for__a_quarter_more_in_512_mb_or_whole_gb(peak, wanted):
    peak = peak if peak == 1 else peak * advice.GIB
    assert advice.suggest([task(peak=peak)]).memory == wanted * advice.GIB


@pytest.mark.parametrize(
    ("busy", "cpus"), [([0.05], 1), ([1.05], 1), ([1.11], 2), ([1.0] * 19 + [8.0], 1), ([3.5, 1], 4)]
)
def test_cpus_to_ask_for__what_nearly_all_tasks_kept_busy(busy, cpus):
    assert advice.suggest([task(busy=share) for share in busy]).cpus == cpus


@pytest.mark.parametrize(("seconds", "hours"), [(0.1, 1), (1800, 1), (1801, 2), (86400, 48)])
def test_time_to_ask_for__twice_the_longest_in_whole_hours(seconds, hours):
    assert advice.suggest([task(tag="a", seconds=seconds), task(tag="b", seconds=0.05)]).hours == hours


def test_time_to_ask_for__of_all_attempts_together_as_a_training_goes_on_where_it_was():
    hours = 3600.0
    stopped = [task("finetune", "a", "FAILED", 3 * hours) for _ in range(3)]
    found = advice.suggest([*stopped, task("finetune", "a", seconds=300), task("finetune", "b", seconds=4 * hours)])
    assert found.hours == math.ceil(2 * (9 + 300 / hours))


def test_tasks_too_short_to_be_seen__memory_and_cpus_stay():
    assert advice.suggest([task(seconds=4.9, peak=10**12, busy=9.0)]) == advice.Ask(None, None, 1)
    assert advice.suggest([task(seconds=None)]) == advice.Ask(None, None, None)


@given(
    st.lists(
        st.tuples(st.floats(tally.MEASURED, 10**6), st.floats(0, 64), st.floats(1, 2**44)), min_size=1, max_size=30
    )
)
def test_any_tasks__all_would_have_had_their_memory_and_time(found):
    ask = advice.suggest([task(seconds=seconds, busy=busy, peak=peak) for seconds, busy, peak in found])
    assert all(
        peak * advice.ROOM <= ask.memory and seconds * advice.LONGER <= ask.hours * 3600 for seconds, _, peak in found
    )
    assert ask.memory % (512 * advice.MIB) == 0
    assert sum(busy - 0.1 <= ask.cpus for _, busy, _ in found) >= 0.95 * len(found)


def test_what_lacked_memory__the_exit_codes_of_the_pipelines_own_configuration(root):
    base = (root / "conf/base.config").read_text()
    retried = re.search(r"in \[([\d, ]+)\] \|\| \(task.exitStatus in \[([^\]]+)\]", base)
    same = re.search(r"memory += \{.*?in \[([\d, ]+)\] \?", base)[1].split(", ")
    codes = [code for group in retried.groups() for code in group.split(", ")]
    assert sorted(set(codes) - set(same)) == sorted(advice._LACKED.split(", "))


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
    found = tally.by_step([task("report"), task("another"), task("finetune"), task("prepare_genome")])
    assert list(found) == ["prepare_genome", "finetune", "report", "another"]
