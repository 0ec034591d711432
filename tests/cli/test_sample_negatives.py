"""sample_negatives.py on files: good runs by every rule, and one line for every kind of bad input."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest

from helpers_sites import sites_table, write_fasta
from lncprom.genome.coordinates import window_bounds
from lncprom.tables import sites

WINDOW, DISTANCE = 200, 300
LOCI = [f"p{n} 1 chr{1 + n % 3 // 2} {4000 + n // 3 * 3500 + n % 3 * 60} {'+-'[n % 2]}" for n in range(30)]


class Case(NamedTuple):
    sites: Path
    genome: Path
    avoid: Path
    work: Path


@pytest.fixture
def case(tmp_path) -> Case:
    """30 positives on two chromosomes of 50 kb with a run of N each, and 40 TSSs to avoid."""
    random = np.random.default_rng(1)
    text = ["".join(random.choice(list("ACGTacgt"), 50_000)) for _ in range(2)]
    text = [sequence[:9000] + "N" * 5000 + sequence[14000:] for sequence in text]
    for folder in ("in", "work"):
        (tmp_path / folder).mkdir()
    given = tmp_path / "in"
    genome = write_fasta(given / "g.fa", chr1=text[0], chr2=text[1], chr3="ACGT" * 100)
    starts = [(1 + n % 2, 30_000 + n * 400, "-+"[n % 2]) for n in range(40)]
    lines = [f"chr{chrom}\t{tss}\t{tss + 1}\tT{tss}\t0\t{strand}\n" for chrom, tss, strand in starts]
    (given / "tss.bed").write_text("".join([*lines, "chr3\t5\t6\tother\t0\t+\n"]))
    sites.write(sites_table(*LOCI), given / "p.parquet")
    return Case(given / "p.parquet", genome, given / "tss.bed", tmp_path / "work")


def call(step, case: Case, kind: str, *more, avoid: bool = True):
    arguments = ["--sites", case.sites, "--genome", case.genome, "--kind", kind]
    arguments += ["--window", WINDOW, "--min-distance", DISTANCE, *(["--avoid", case.avoid] if avoid else [])]
    return step(
        "sample_negatives", *arguments, *more, "--out", case.work / "out.parquet", "--card", case.work / "card.json"
    )


def check_windows(case: Case) -> pl.DataFrame:
    """Every rule for genomic negatives, against the BED and the FASTA themselves."""
    rows = sites.read(case.work / "out.parquet").filter(pl.col("label") == 0)
    starts = {(line.split()[0], int(line.split()[1])) for line in case.avoid.read_text().splitlines()}
    starts |= {(line.split()[2], int(line.split()[3])) for line in LOCI}
    text = dict(line.split("\n")[:2] for line in case.genome.read_text().split(">")[1:])
    taken = []
    for chrom, tss, strand in [*rows.select("chrom", "tss", "strand").rows(), *(line.split()[2:] for line in LOCI)]:
        start, end = window_bounds(int(tss), strand, WINDOW)
        taken.append((chrom, start, end))
    for chrom, start, end in taken[: rows.height]:
        assert 0 <= start < end <= len(text[chrom])
        assert "N" not in text[chrom][start:end].upper()
        between = [max(start - tss - 1, tss - end) for there, tss in starts if there == chrom]
        assert min(between) >= DISTANCE
        assert sum(there == chrom and start < until and since < end for there, since, until in taken) == 1
    return rows


def test_genomic__one_window_each_by_every_rule_and_in_the_positives_proportions(step, case):
    result = call(step, case, "genomic")
    assert result.exit_code == 0, result.output
    rows = check_windows(case)
    assert Counter(rows["chrom"]) == Counter(line.split()[2] for line in LOCI) == {"chr1": 20, "chr2": 10}
    assert set(rows["strand"]) == {"+", "-"}
    locus = rows.select(pl.format("{}:{}:{}", "chrom", "tss", "strand")).to_series()
    assert rows["sample_id"].to_list() == locus.to_list()
    assert rows["negative_kind"].to_list() == ["genomic"] * 30
    positives = sites.read(case.work / "out.parquet").filter(pl.col("label") == 1)
    assert positives.equals(sites.read(case.sites).sort("sample_id"))
    card = json.loads((case.work / "card.json").read_text())
    assert card["parameters"] == {"kind": "genomic", "window": 200, "min_distance": 300, "seed": 42}
    assert card["counts"]["label"] == {"positive": 30, "negative": 30}
    assert (card["counts"]["tss_read_to_avoid"], card["counts"]["tss_kept_off"]) == (41, 70)
    assert list(card["inputs"]) == ["sites", "genome", "avoid_1"]


def test_rows_and_lines_in_another_order__the_same_bytes_and_another_seed_others(step, case):
    call(step, case, "genomic")
    first = (case.work / "out.parquet").read_bytes()
    sites.write(sites.read(case.sites).reverse(), case.sites)
    case.avoid.write_text("".join(reversed(case.avoid.read_text().splitlines(keepends=True))))
    call(step, case, "genomic")
    assert (case.work / "out.parquet").read_bytes() == first
    call(step, case, "genomic", "--seed", 43)
    assert (case.work / "out.parquet").read_bytes() != first


def test_made_kind__the_positives_again_at_the_same_place(step, case):
    sites.write(sites.read(case.sites).with_columns(gene_id=pl.lit("G1"), biotype=pl.lit("lncRNA")), case.sites)
    result = call(step, case, "shuffle")
    assert result.exit_code == 0, result.output
    rows = sites.read(case.work / "out.parquet").filter(pl.col("label") == 0).sort("tss")
    positives = sites.read(case.sites).sort("tss")
    assert rows["sample_id"].to_list() == [f"{name}~shuffle" for name in positives["sample_id"]]
    assert rows.select("chrom", "tss", "strand").equals(positives.select("chrom", "tss", "strand"))
    assert set(rows["transform"]) == set(rows["negative_kind"]) == {"shuffle"}
    assert rows["biotype"].null_count() == rows["gene_id"].null_count() == 30
    assert json.loads((case.work / "card.json").read_text())["parameters"] == {"kind": "shuffle"}


def test_matched__each_on_its_positives_chromosome_and_by_every_rule(step, case):
    result = call(step, case, "matched", "--tolerance", 0.4)
    assert result.exit_code == 0, result.output
    assert Counter(check_windows(case)["chrom"]) == {"chr1": 18, "chr2": 9}
    dropped = json.loads((case.work / "card.json").read_text())["dropped"]
    assert dropped == {"positives whose window is N throughout": 3}  # those at 11,000, of 9,000 to 14,000
    assert all("windows looked at" in line for line in result.stderr.splitlines()[:-1])


GOOD = sites_table(*LOCI)


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        (["random"], None, ("--kind",)),
        (["genomic", "--window", 51], None, ("--window",)),
        (["genomic", "--window", 50_001], None, ("--window 50001", "chr1, has 50,000")),
        (["genomic", "--window", 2500], None, ("p.parquet: 30 negatives of 2,500 bp", "of 20", "--min-distance")),
        (["matched", "--tolerance", 0], None, ("--tolerance",)),
        (["genomic"], "", ("tss.bed: empty",)),
        (["genomic"], "chr1\t5\t6\n", ("tss.bed, line 1: 3 columns",)),
        (["genomic"], "7\t5\t6\tA\t0\t+\n", ("tss.bed: no chromosome in common with g.fa: 7 against", "--out-tss")),
        (["genomic"], GOOD.clear(), ("p.parquet: no sites",)),
        (["shuffle"], pl.concat([GOOD, sites_table("n1 0 chr1 900 +")]), ("p.parquet, sample n1: one of 1 negatives",)),
        (
            ["shuffle"],
            pl.concat([GOOD, sites_table("x 1 chr1 900 +", task="task_b")]),
            ("p.parquet: sites of 2 tasks (task_a, task_b)",),
        ),
        (["genomic"], GOOD.with_columns(tss=pl.lit(None)), ("p.parquet, sample p0: no chromosome",)),
        (["genomic"], sites_table("p0 1 chr9 900 +"), ("p.parquet: chromosomes chr9 not in g.fa",)),
        (["genomic"], sites_table("p0 1 chr1 50000 +"), ("p.parquet, sample p0", "past its end (50,000 bases")),
    ],
)
def test_bad_input__refused_in_one_line_and_nothing_written(step, case, refused, arguments, given, words):
    if isinstance(given, str):
        case.avoid.write_text(given)
    elif given is not None:
        sites.write(given, case.sites)
    refused(call(step, case, *arguments), *words, nothing_in=case.work)


def test_fasta_that_cannot_be_read__refused(step, case, refused):
    packed = case.genome.with_name("g.fa.gz")
    packed.write_bytes(gzip.compress(case.genome.read_bytes()))
    refused(call(step, case, "genomic", "--genome", packed), "g.fa.gz", "prepare_genome", nothing_in=case.work)
    case.genome.write_text(">chr1\nMKLVFFPE*QW\n")
    refused(call(step, case, "genomic"), "g.fa", nothing_in=case.work)
