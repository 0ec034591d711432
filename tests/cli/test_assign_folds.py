"""assign_folds.py on files: tables under the names of the inputs, or one line and no file."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from helpers_sites import sites_table, write_fasta
from lncprom.genome.bases import reverse_complement
from lncprom.tables import sites

LINES = [f"s{n} {n % 2} chr{n % 4} {7000 * n + 3000} {'+-'[n % 2]}" for n in range(120)]


@pytest.fixture
def two_tasks(tmp_path):
    """Sites of two tasks in a folder of their own, and an empty folder for the outputs."""
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


def test_two_tasks__tables_of_the_same_names_and_a_card(step, two_tasks, tmp_path):
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
    assert card["counts"]["fractions"]["task_a"]["1"] == {"train": 0.8, "dev": 0.1, "test": 0.1}
    assert set(card["inputs"]) == {path.name for path in two_tasks}


def test_files_in_another_order__the_same_bytes(step, two_tasks, tmp_path):
    (tmp_path / "again").mkdir()
    for paths, work in ((two_tasks, tmp_path / "work"), (two_tasks[::-1], tmp_path / "again")):
        assert call(step, paths, work).exit_code == 0
    for name in ("card.json", *(f"folds/{path.name}" for path in two_tasks)):
        assert (tmp_path / "work" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_inputs_or_outputs_of_one_path__refused_and_the_input_kept(step, two_tasks, tmp_path, refused):
    work, before = tmp_path / "work", two_tasks[0].read_bytes()
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / two_tasks[0].name
    twin.write_bytes(before)
    result = call(step, [*two_tasks, twin], work)
    refused(result, "a second --sites file named task_a.sites.parquet", nothing_in=work)
    result = call(step, two_tasks, work, "--out-dir", tmp_path / "in")
    refused(result, "task_a.sites.parquet", "would be overwritten", nothing_in=work)
    assert two_tasks[0].read_bytes() == before
    result = call(step, two_tasks, work, "--out-dir", work, "--card", work / two_tasks[0].name)
    refused(result, "task_a.sites.parquet: two outputs", nothing_in=work)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--fractions", "0.8,0.2", "not three fractions above 0 that sum to 1"),
        ("--fractions", "0.8,0.1,0.2", "not three fractions"),
        ("--fractions", "0.9,0.1,0", "not three fractions"),
        ("--fractions", "nan,0.1,0.1", "not three fractions"),
        ("--fractions", "most,few,few", "--fractions"),
        ("--window", "51", "--window"),
    ],
)
def test_bad_option__refused_in_one_line(step, two_tasks, tmp_path, refused, option, value, words):
    refused(call(step, two_tasks, tmp_path / "work", option, value), words, nothing_in=tmp_path / "work")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.with_columns(chrom=pl.lit(None)), "task_b.sites.parquet, sample s0: no chromosome"),
        (lambda rows: rows.clear(), "task_b.sites.parquet: no sites"),
    ],
)
def test_sites_without_locus_or_rows__refused_by_file(step, two_tasks, tmp_path, refused, change, words):
    sites.write(change(sites_table(*LINES)), two_tasks[1])
    refused(call(step, two_tasks, tmp_path / "work"), words, nothing_in=tmp_path / "work")


def test_an_error_while_writing__no_table_no_card_no_folder(step, two_tasks, tmp_path, monkeypatch):
    from lncprom import provenance

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(provenance, "write", fail)
    assert isinstance(call(step, two_tasks, tmp_path / "work").exception, OSError)
    assert list((tmp_path / "work").iterdir()) == []


@pytest.fixture
def repeated(tmp_path):
    """120 loci on a random chromosome; the windows of s0 to s29 stand again, on the other strand, at s30 to s59."""
    (tmp_path / "work").mkdir()
    bases = np.random.default_rng(3).choice(np.frombuffer(b"ACGT", np.uint8), 121_000)
    for locus in range(30):
        first, again = 1000 * locus, 1000 * (locus + 30)
        bases[again + 450 : again + 750] = reverse_complement(bases[first + 251 : first + 551])
    lines = [f"s{n} {n % 2} chr1 {1000 * n + 500} {'-' if 30 <= n < 60 else '+'}" for n in range(120)]
    sites.write(sites_table(*lines), tmp_path / "t.sites.parquet")
    return tmp_path / "t.sites.parquet", write_fasta(tmp_path / "g.fa", chr1=bases.tobytes().decode())


def test_by_homology__copies_in_one_group_and_split_which_groups_of_loci_divide(step, repeated, tmp_path):
    divided = {}
    for by in ("group", "homology"):
        options = ("--window", 300, "--by", by, "--fractions", "0.5,0.25,0.25", "--genome", repeated[1])
        result = call(step, repeated[:1], tmp_path / "work", *options)
        assert result.exit_code == 0, result.output
        rows = sites.read(tmp_path / "work" / "folds" / repeated[0].name).with_columns(
            n=pl.col("sample_id").str.slice(1).cast(int)
        )
        pairs = rows.filter(pl.col("n") < 60).group_by(pl.col("n") % 30).agg(pl.col("group", "fold").n_unique())
        divided[by] = pairs.filter(pl.col("fold") > 1).height
        assert rows["group"].n_unique() == (120 if by == "group" else 90)
    assert divided["homology"] == 0 < divided["group"]
    card = json.loads((tmp_path / "work" / "card.json").read_text())
    assert card["inputs"]["genome"]["file"] == "g.fa"
    assert card["counts"]["largest_group"]["samples"] == 2


def test_lengths__sites_that_share_300_bases_and_no_flanks_stay_together_at_every_built_length(
    step, repeated, tmp_path
):
    groups = {}
    for lengths in ("800", "300,800"):
        options = ("--window", 800, "--lengths", lengths, "--by", "homology", "--genome", repeated[1])
        assert call(step, repeated[:1], tmp_path / "work", *options).exit_code == 0
        groups[lengths] = sites.read(tmp_path / "work" / "folds" / repeated[0].name)["group"].n_unique()
        card = json.loads((tmp_path / "work" / "card.json").read_text())
        assert card["parameters"]["lengths"] == [int(length) for length in lengths.split(",")]
    assert groups == {"800": 119, "300,800": 89}  # s59 and s60 overlap


def test_by_homology__no_genome_or_a_group_beyond_half_a_split__one_line(step, repeated, tmp_path, refused):
    work = tmp_path / "work"
    given = ("--window", 300, "--by", "homology")
    refused(call(step, repeated[:1], work, *given), "--by homology", "Give --genome", nothing_in=work)
    longer = ("--lengths", "300,600", "--genome", repeated[1])
    refused(call(step, repeated[:1], work, *given, *longer), "--lengths", "300 (--window)", nothing_in=work)
    few = ("--genome", repeated[1], "--fractions", "0.98,0.01,0.01")
    refused(call(step, repeated[:1], work, *given, *few), "2 of 120 samples", "Give --by group", nothing_in=work)
