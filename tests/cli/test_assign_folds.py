"""assign_folds.py from the shell: tables out under the names they came in with, or one line and nothing."""

import json

import polars as pl
import pytest

from helpers_sites import sites_table
from lncprom.tables import sites

LINES = [f"s{n} {n % 2} chr{n % 4} {7000 * n + 3000} {'+-'[n % 2]}" for n in range(120)]


@pytest.fixture
def two_tasks(tmp_path):
    """Sites of two tasks in a folder of their own, and an empty folder for what is written."""
    (tmp_path / "in").mkdir()
    (tmp_path / "work").mkdir()
    paths = []
    for task, lines in (("task_a", LINES), ("task_b", LINES[:60])):
        paths.append(tmp_path / "in" / f"{task}.sites.parquet")
        sites.write(sites_table(*lines, task=task), paths[-1])
    return paths


def call(step, paths, work, *more):
    given = [argument for path in paths for argument in ("--sites", path)]
    return step("assign_folds", *given, "--out-dir", work / "folds", "--card", work / "card.json", *more)


def test_two_tasks__tables_of_the_same_names_and_a_card_with_what_was_reached(step, two_tasks, tmp_path):
    result = call(step, two_tasks, tmp_path / "work", "--window", 300)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "work" / "folds").iterdir()) == [path.name for path in two_tasks]
    a, b = (sites.read(tmp_path / "work" / "folds" / path.name) for path in two_tasks)
    same = b.join(a, on="sample_id", suffix="_a")
    assert same.height == 60
    assert (same["fold"] == same["fold_a"]).all()
    card = json.loads((tmp_path / "work" / "card.json").read_text())
    assert card["step"] == "assign_folds"
    assert card["parameters"] == {"window": 300, "by": "group", "fractions": [0.8, 0.1, 0.1], "seed": 42}
    assert card["counts"]["groups"] == 120
    assert card["counts"]["largest_group"] == {"group": "chr0:114751-115051", "samples": 2}
    assert sum(card["counts"]["samples"]["task_a"]["1"].values()) == 60
    assert card["counts"]["fractions"]["task_a"]["1"] == {"train": 0.8, "dev": 0.1, "test": 0.1}
    assert set(card["inputs"]) == {path.name for path in two_tasks}


def test_files_in_another_order__the_same_bytes(step, two_tasks, tmp_path):
    (tmp_path / "again").mkdir()
    for paths, work in ((two_tasks, tmp_path / "work"), (two_tasks[::-1], tmp_path / "again")):
        assert call(step, paths, work).exit_code == 0
    for name in ("card.json", *(f"folds/{path.name}" for path in two_tasks)):
        assert (tmp_path / "work" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


@pytest.mark.parametrize("by", ["chromosome", "sample"])
def test_other_ways__folds_for_all(step, two_tasks, tmp_path, by):
    result = call(step, two_tasks, tmp_path / "work", "--by", by)
    assert result.exit_code == 0, result.output
    assert set(sites.read(tmp_path / "work" / "folds" / two_tasks[0].name)["fold"]) == {"train", "dev", "test"}


def test_two_files_of_one_name__refused(step, two_tasks, tmp_path, refused):
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / two_tasks[0].name
    twin.write_bytes(two_tasks[0].read_bytes())
    result = call(step, [*two_tasks, twin], tmp_path / "work")
    refused(result, "a second --sites file of the name task_a.sites.parquet", nothing_in=tmp_path / "work")


def test_out_dir_that_holds_the_inputs__refused(step, two_tasks, tmp_path, refused):
    before = two_tasks[0].read_bytes()
    result = call(step, two_tasks, tmp_path / "work", "--out-dir", tmp_path / "in")
    refused(result, "task_a.sites.parquet", "would be overwritten", nothing_in=tmp_path / "work")
    assert two_tasks[0].read_bytes() == before


def test_card_in_the_place_of_a_table__refused(step, two_tasks, tmp_path, refused):
    (tmp_path / "work" / "folds").mkdir()
    card = tmp_path / "work" / "folds" / two_tasks[0].name
    result = call(step, two_tasks, tmp_path / "work", "--out-dir", card.parent, "--card", card)
    refused(result, "task_a.sites.parquet: two outputs", nothing_in=card.parent)


@pytest.mark.parametrize("fractions", ["0.8,0.2", "0.8,0.1,0.2", "0.9,0.1,0", "nan,0.1,0.1", "0.8,0.1,-0.1,0.2"])
def test_fractions_that_are_not_three_or_not_one__refused(step, two_tasks, tmp_path, refused, fractions):
    result = call(step, two_tasks, tmp_path / "work", "--fractions", fractions)
    refused(result, "--fractions", "add up to 1", nothing_in=tmp_path / "work")


@pytest.mark.parametrize("fractions", ["0.8,,0.1", "most,few,few"])
def test_fractions_that_are_no_numbers__refused(step, two_tasks, tmp_path, refused, fractions):
    refused(call(step, two_tasks, tmp_path / "work", "--fractions", fractions), nothing_in=tmp_path / "work")


def test_window_of_51__refused(step, two_tasks, tmp_path, refused):
    result = call(step, two_tasks, tmp_path / "work", "--window", 51)
    refused(result, "--window", "51", nothing_in=tmp_path / "work")


def test_sites_without_locus__refused_by_file_and_sample(step, two_tasks, tmp_path, refused):
    sites.write(sites_table(*LINES).with_columns(chrom=pl.lit(None)), two_tasks[1])
    result = call(step, two_tasks, tmp_path / "work")
    refused(result, "task_b.sites.parquet, sample s1", "import_dataset", nothing_in=tmp_path / "work")


def test_sites_without_rows__refused(step, two_tasks, tmp_path, refused):
    sites.write(sites_table(*LINES).clear(), two_tasks[1])
    refused(call(step, two_tasks, tmp_path / "work"), "task_b.sites.parquet: no sites", nothing_in=tmp_path / "work")


def test_one_chromosome_by_chromosome__refused(step, two_tasks, tmp_path, refused):
    sites.write(sites_table(*(line for line in LINES if "chr1" in line)), two_tasks[0])
    result = call(step, two_tasks[:1], tmp_path / "work", "--by", "chromosome")
    refused(result, "1 chromosome(s) (chr1)", "--by group", nothing_in=tmp_path / "work")


def test_missing_empty_and_foreign_files__refused(step, two_tasks, tmp_path, refused):
    odd = tmp_path / "in" / "odd.parquet"
    refused(call(step, [*two_tasks, odd], tmp_path / "work"), "no such file", nothing_in=tmp_path / "work")
    odd.touch()
    refused(call(step, [*two_tasks, odd], tmp_path / "work"), "empty", nothing_in=tmp_path / "work")
    odd.write_text("sample_id,label\n")
    refused(call(step, [*two_tasks, odd], tmp_path / "work"), "not a Parquet table", nothing_in=tmp_path / "work")
    pl.DataFrame({"sample_id": ["a"]}).write_parquet(odd)
    refused(call(step, [*two_tasks, odd], tmp_path / "work"), "lacks the column", nothing_in=tmp_path / "work")


def test_out_dir_that_cannot_be_made__refused(step, two_tasks, tmp_path, refused):
    result = call(step, two_tasks, tmp_path / "work", "--out-dir", tmp_path / "no" / "where")
    refused(result, "there is no folder", nothing_in=tmp_path / "work")
    result = call(step, two_tasks, tmp_path / "work", "--out-dir", two_tasks[0])
    refused(result, "a file, --out-dir takes a folder", nothing_in=tmp_path / "work")


def test_out_dir_that_is_not_writable__refused(step, two_tasks, tmp_path, refused, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: str(path) != str(tmp_path / "work"))
    refused(call(step, two_tasks, tmp_path / "work"), "not writable", nothing_in=tmp_path / "work")


def test_a_fault_while_writing__no_table_no_card_no_folder(step, two_tasks, tmp_path, monkeypatch):
    from lncprom import provenance

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(provenance, "write", fail)
    assert isinstance(call(step, two_tasks, tmp_path / "work").exception, OSError)
    assert list((tmp_path / "work").iterdir()) == []
