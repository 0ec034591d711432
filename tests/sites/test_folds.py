"""Groups of overlapping loci and their folds, over several tasks at once."""

import shutil
import subprocess

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_sites import complete, sites_table
from lncprom.errors import InputError
from lncprom.genome.coordinates import window_bounds
from lncprom.sites import folds

USUAL = (0.8, 0.1, 0.1)


def random_sites(n: int, seed: int, task: str, genome: int = 3_000_000) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    return complete(
        pl.DataFrame(
            {
                "sample_id": [f"{task}_{number}" for number in range(n)],
                "label": random.integers(0, 2, n),
                "chrom": random.choice(["chr1", "chr2", "chr10", "chrX", "chr5"], n),
                "tss": random.integers(0, genome, n),
                "strand": random.choice(["+", "-"], n),
            }
        ),
        task,
    )


def test_two_genes_back_to_back__one_group_where_their_windows_share_a_base():
    # at 300 bp: chr1 + at 1000 is [751, 1051); - at 1100 is [1050, 1350); - at 1101 would only touch
    overlapping = sites_table("a 1 chr1 1000 +", "b 0 chr1 1100 -")
    assert folds.loci(overlapping, 300).to_list() == ["chr1:751-1350"] * 2
    touching = sites_table("a 1 chr1 1000 +", "b 0 chr1 1101 -")
    assert folds.loci(touching, 300).to_list() == ["chr1:751-1051", "chr1:1051-1351"]


def test_a_window_before_the_first_base__a_group_that_begins_at_zero():
    assert folds.loci(sites_table("a 1 chr1 20 -"), 300).to_list() == ["chr1:0-270"]


def test_a_negative_and_the_positive_it_was_made_of__one_group_one_fold():
    positives = [f"p{n} 1 chr1 {5000 * n + 1000} +" for n in range(50)]
    made = [f"p{n}~shuffle 0 chr1 {5000 * n + 1000} +" for n in range(50)]
    done = folds.assign({"a": sites_table(*positives, *made)}, 300, "group", USUAL, 1).tables["a"]
    assert done["group"].n_unique() == 50
    pairs = done.group_by("group").agg(pl.col("fold").n_unique(), pl.col("label").n_unique())
    assert pairs["fold"].to_list() == [1] * 50
    assert pairs["label"].to_list() == [2] * 50


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=3),
    st.sampled_from(["group", "chromosome"]),
    st.integers(0, 1000),
    st.sampled_from([52, 300, 2000]),
)
def test_random_sites_of_several_tasks__no_group_in_two_folds_and_overlaps_in_one_group(sizes, by, seed, window):
    tables = {f"{n}.parquet": random_sites(size, seed + n, f"task_{n}", 60_000) for n, size in enumerate(sizes)}
    try:
        done = folds.assign(tables, window, by, USUAL, seed)
    except InputError:
        assert by == "chromosome"
        assert pl.concat(tables.values())["chrom"].n_unique() < 3
        return
    rows = pl.concat(done.tables.values())
    assert rows.group_by("group").agg(pl.col("fold").n_unique())["fold"].max() == 1
    start, end = window_bounds(rows["tss"].to_numpy(), rows["strand"].to_numpy(), window)
    chrom, group = rows["chrom"].to_numpy(), rows["group"].to_numpy()
    overlap = (start[:, None] < end) & (start < end[:, None]) & (chrom[:, None] == chrom)
    assert (group[:, None] == group)[overlap].all()
    for file, table in done.tables.items():
        assert table.height == tables[file].height
        assert set(table["sample_id"]) == set(tables[file]["sample_id"])


def test_rows_and_files_in_another_order__the_same_tables_and_counts():
    tables = {f"{n}.parquet": random_sites(500, n, f"task_{n}") for n in range(3)}
    mixed = {file: tables[file].sample(fraction=1, shuffle=True, seed=3) for file in reversed(tables)}
    for by in folds_ways():
        one, other = folds.assign(tables, 500, by, USUAL, 1), folds.assign(mixed, 500, by, USUAL, 1)
        assert one.counts == other.counts
        assert one.notes == other.notes
        assert all(one.tables[file].equals(other.tables[file]) for file in tables)


def folds_ways():
    return ("group", "chromosome", "sample")


def test_four_tasks_that_share_loci__shares_within_a_few_samples_and_one_fold_for_a_gene():
    shared = random_sites(3000, 5, "task_2", 100_000_000)
    tables = {
        "1": random_sites(4000, 1, "task_1", 100_000_000),
        "2": shared,
        "3": shared.with_columns(task=pl.lit("task_3")).sample(2000, seed=1),
    }
    done = folds.assign(tables, 2000, "group", USUAL, 1)
    for task, classes in done.counts["samples"].items():
        for label, number in classes.items():
            n = tables[task[-1]].filter(pl.col("label") == int(label)).height
            assert [number[fold] for fold in ("train", "dev", "test")] == pytest.approx([n * f for f in USUAL], abs=4)
    both = done.tables["3"].join(done.tables["2"], on="sample_id", suffix="_there")
    assert both.height == 2000
    assert (both["fold"] == both["fold_there"]).all()


def test_by_chromosome__whole_ones_and_the_card_says_which():
    tables = {"a": random_sites(2000, 1, "task_a")}
    done = folds.assign(tables, 300, "chromosome", USUAL, 1)
    where = dict(done.tables["a"].select("chrom", "fold").unique().rows())
    assert len(where) == 5
    assert where == done.counts["chromosomes"]
    assert set(where.values()) == {"train", "dev", "test"}


def test_two_chromosomes_for_three_folds__refused():
    with pytest.raises(InputError, match=r"all sites lie on 2 chromosome\(s\) \(chr1, chr2\).*Give --by group"):
        folds.assign({"a": sites_table("a 1 chr1 900 +", "b 0 chr2 900 +")}, 300, "chromosome", USUAL, 1)


def test_by_sample__exact_shares_and_a_note_on_the_groups_that_are_split():
    lines = [f"p{n} 1 chr1 {5000 * n + 1000} +\np{n}~s 0 chr1 {5000 * n + 1000} +" for n in range(100)]
    done = folds.assign({"a": sites_table(*"\n".join(lines).split("\n"))}, 300, "sample", USUAL, 1)
    assert done.counts["samples"]["task_a"] == {label: {"train": 80, "dev": 10, "test": 10} for label in "10"}
    split = done.tables["a"].group_by("group").agg(pl.col("fold").n_unique()).filter(pl.col("fold") > 1).height
    assert split > 10
    assert f"{split} of 100 groups ({2 * split} samples) lie in several splits" in done.notes[0]


def test_a_class_of_two_groups__a_note_that_names_the_empty_fold():
    lines = [f"p{n} 1 chr1 {5000 * n + 1000} +" for n in range(20)]
    done = folds.assign({"a": sites_table(*lines, "n0 0 chr2 900 +", "n1 0 chr2 9000 +")}, 300, "group", USUAL, 1)
    assert len(done.notes) == 1
    assert done.notes[0].startswith("task_a: class 0 (2 samples in 2 groups) has no sample in ")


def test_one_task_in_two_files__counted_apart_and_the_shared_positives_in_one_fold():
    tables = {"x": random_sites(300, 1, "task_a"), "y": random_sites(300, 1, "task_a")}
    done = folds.assign(tables, 300, "group", USUAL, 1)
    assert list(done.counts["samples"]) == ["task_a (x)", "task_a (y)"]
    assert done.tables["x"].equals(done.tables["y"])


@pytest.mark.skipif(shutil.which("bedtools") is None, reason="bedtools is not on PATH")
@pytest.mark.parametrize("window", [300, 2000])
def test_random_sites__the_groups_of_bedtools_merge(window, tmp_path):
    rows = random_sites(5000, 7, "task_a")
    start, end = window_bounds(rows["tss"].to_numpy(), rows["strand"].to_numpy(), window)
    windows = pl.DataFrame({"chrom": rows["chrom"], "start": np.maximum(start, 0), "end": end})
    bed = tmp_path / "windows.bed"
    windows.sort("chrom", "start").write_csv(bed, separator="\t", include_header=False)
    # -d -1: a base must be shared; by default bedtools merges what only touches
    merged = subprocess.run(
        ["bedtools", "merge", "-d", "-1", "-i", bed], check=True, capture_output=True, text=True
    ).stdout
    theirs = {"{}:{}-{}".format(*line.split("\t")) for line in merged.splitlines()}
    assert set(folds.loci(rows, window)) == theirs


@pytest.mark.parametrize("by", ["group", "chromosome"])
def test_several_splits__each_whole_by_group_all_different_and_the_first_as_alone(by):
    tables = {"a": random_sites(600, 1, "a"), "b": random_sites(300, 2, "b")}
    alone = folds.assign(tables, 2000, by, USUAL, 7).tables
    assigned = folds.assign(tables, 2000, by, USUAL, 7, splits=3)
    done = assigned.tables
    assert all(done[name].drop("folds").equals(alone[name].drop("folds", strict=False)) for name in tables)
    rows = pl.concat(done.values())
    assert rows["fold"].equals(rows["folds"].list.first())
    for split in range(3):
        of_split = rows.with_columns(fold=pl.col("folds").list.get(split))
        assert (of_split.group_by("group").agg(pl.col("fold").n_unique())["fold"] == 1).all()
        if by == "group":
            assert of_split["fold"].value_counts(normalize=True).filter(fold="test")["proportion"][0] == pytest.approx(
                0.1, abs=0.02
            )
    same = [(rows["folds"].list.get(a) == rows["folds"].list.get(b)).mean() for a, b in ((0, 1), (0, 2), (1, 2))]
    if by == "group":
        assert max(same) < 0.75  # .8 x .8 + .1 x .1 + .1 x .1 = .66 by chance
    else:  # five chromosomes
        assert "only 2 of 3 splits differ: there are 5 units (chromosome) to assign" in assigned.notes
