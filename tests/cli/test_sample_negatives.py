"""sample_negatives.py from the shell, on a small genome where every rule can be checked base by base."""

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
from lncprom.genome.reader import Genome
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
    """30 positives on two chromosomes of 50 kb with a run of N each, and 40 TSSs to avoid, named `1` and `2`."""
    random = np.random.default_rng(1)
    text = ["".join(random.choice(list("ACGTacgt"), 50_000)) for _ in range(2)]
    text = [sequence[:9000] + "N" * 5000 + sequence[14000:] for sequence in text]
    for folder in ("in", "work"):
        (tmp_path / folder).mkdir()
    given = tmp_path / "in"
    genome = write_fasta(given / "g.fa", chr1=text[0], chr2=text[1], chr3="ACGT" * 100)
    starts = [(1 + n % 2, 30_000 + n * 400, "-+"[n % 2]) for n in range(40)]
    lines = [f"{chrom}\t{tss}\t{tss + 1}\tT{tss}\t0\t{strand}\n" for chrom, tss, strand in starts]
    (given / "all_tss.bed").write_text("".join([*lines, "HG2334_PATCH\t5\t6\tpatch\t0\t+\n"]))
    sites.write(sites_table(*LOCI), given / "p.parquet")
    return Case(given / "p.parquet", genome, given / "all_tss.bed", tmp_path / "work")


def call(step, case: Case, kind: str, *more, avoid: bool = True):
    arguments = ["--sites", case.sites, "--genome", case.genome, "--kind", kind]
    arguments += ["--window", WINDOW, "--min-distance", DISTANCE, *(["--avoid", case.avoid] if avoid else [])]
    return step(
        "sample_negatives", *arguments, *more, "--out", case.work / "out.parquet", "--card", case.work / "card.json"
    )


def negatives_of(case: Case) -> pl.DataFrame:
    return sites.read(case.work / "out.parquet").filter(pl.col("label") == 0)


def check_windows(case: Case) -> pl.DataFrame:
    """Every rule for genomic negatives, against the BED and the FASTA themselves."""
    rows = negatives_of(case)
    starts = {(f"chr{line.split()[0]}", int(line.split()[1])) for line in case.avoid.read_text().splitlines()}
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
    assert (
        rows["sample_id"].to_list()
        == rows.select(pl.format("{}:{}:{}", "chrom", "tss", "strand")).to_series().to_list()
    )
    assert rows["negative_kind"].to_list() == ["genomic"] * 30
    assert rows["transform"].to_list() == ["none"] * 30
    positives = sites.read(case.work / "out.parquet").filter(pl.col("label") == 1)
    assert positives.equals(sites.read(case.sites).sort("sample_id"))
    card = json.loads((case.work / "card.json").read_text())
    assert card["parameters"] == {"kind": "genomic", "window": 200, "min_distance": 300, "seed": 42}
    assert card["counts"]["label"] == {"positive": 30, "negative": 30}
    assert card["counts"]["tss_read_to_avoid"] == 41
    assert card["counts"]["tss_kept_off"] == 70
    assert list(card["inputs"]) == ["sites", "genome", "avoid_1"]


def test_rows_and_lines_in_another_order__the_same_bytes_and_another_seed_others(step, case, tmp_path):
    call(step, case, "genomic")
    first = (case.work / "out.parquet").read_bytes()
    sites.write(sites.read(case.sites).reverse(), case.sites)
    case.avoid.write_text("".join(reversed(case.avoid.read_text().splitlines(keepends=True))))
    call(step, case, "genomic")
    assert (case.work / "out.parquet").read_bytes() == first
    call(step, case, "genomic", "--seed", 43)
    assert (case.work / "out.parquet").read_bytes() != first


@pytest.mark.parametrize("kind", ["substitute", "shuffle", "dinucleotide_shuffle"])
def test_made_kinds__the_positives_again_at_the_same_place(step, case, kind):
    sites.write(sites.read(case.sites).with_columns(gene_id=pl.lit("G1"), biotype=pl.lit("lncRNA")), case.sites)
    result = call(step, case, kind)
    assert result.exit_code == 0, result.output
    rows = negatives_of(case).sort("tss")
    positives = sites.read(case.sites).sort("tss")
    assert rows["sample_id"].to_list() == [f"{name}~{kind}" for name in positives["sample_id"]]
    assert rows.select("chrom", "tss", "strand").equals(positives.select("chrom", "tss", "strand"))
    assert set(rows["transform"]) == set(rows["negative_kind"]) == {kind}
    assert rows["biotype"].null_count() == rows["gene_id"].null_count() == 30
    assert json.loads((case.work / "card.json").read_text())["parameters"] == {"kind": kind}


def test_matched_on_two_chromosomes__each_on_its_positives_own_and_by_every_rule(step, case):
    result = call(step, case, "matched", "--tolerance", 0.4)
    assert result.exit_code == 0, result.output
    assert Counter(check_windows(case)["chrom"]) == {"chr1": 18, "chr2": 9}
    dropped = json.loads((case.work / "card.json").read_text())["dropped"]
    assert dropped == {"positives whose window is N throughout": 3}  # those at 11,000, of 9,000 to 14,000


def islands(case: Case, number: int) -> Case:
    """Positives on CpG islands of 400 bp, and as many islands elsewhere on chr1 as `number` says."""
    random = np.random.default_rng(2)
    text = random.choice(list("AAAATTTTCG"), 80_000)
    spots = [*range(2000, 22_000, 2000), *range(40_000, 40_000 + 3000 * number, 3000)]
    for spot in spots:
        text[spot : spot + 400] = random.choice(list("ACGT"), 400, p=[0.15, 0.35, 0.35, 0.15])
    write_fasta(case.genome, chr1="".join(text))
    (case.genome.parent / "g.fa.fai").unlink(missing_ok=True)
    sites.write(sites_table(*(f"i{spot} 1 chr1 {spot + 250} +" for spot in spots[:10])), case.sites)
    case.avoid.write_text("1\t100\t101\tT\t0\t+\n")
    return case


def gc(text: str) -> float:
    return sum(text.count(letter) for letter in "CG") / len(text)


def test_matched_with_islands_to_find__each_within_tolerance_of_its_positive(step, case):
    result = call(step, islands(case, 13), "matched", "--tolerance", 0.2)
    assert result.exit_code == 0, result.output
    rows = negatives_of(case)
    genome = Genome.open(case.genome)
    windows = {}
    for (label,), part in sites.read(case.work / "out.parquet").group_by("label"):
        codes = genome.windows(part["chrom"], part["tss"].to_numpy(), part["strand"].to_numpy(), WINDOW)
        windows[label] = [bytes(row).decode() for row in codes]
    assert rows.height == 10
    assert (rows["tss"] > 39_000).all()
    ours, theirs = sorted(map(gc, windows[1])), sorted(map(gc, windows[0]))
    assert np.abs(np.array(ours) - theirs).max() <= 0.2
    match = json.loads((case.work / "card.json").read_text())["counts"]["match"]["gc"]
    assert match["mean_of_positives"] == pytest.approx(np.mean(ours), abs=1e-6)
    assert match["mean_of_negatives"] == pytest.approx(np.mean(theirs), abs=1e-6)
    assert match["mean_of_random_windows"] < 0.3 < match["mean_of_negatives"]
    assert match["mean_difference"] <= match["greatest_difference"] <= 0.2


def test_matched_with_too_few_islands__refused_with_how_many_could_be_had(step, case, refused):
    result = call(step, islands(case, 4), "matched", "--tolerance", 0.2)
    refused(result, "p.parquet", "negatives could be had", "(limit 0%)", "--max-unmatched", nothing_in=case.work)
    *progress, _ = result.stderr.splitlines()
    assert progress  # how far the search was, then the one line that says what is wrong
    assert all("windows looked at" in line for line in progress)


def test_matched_with_leave_to_drop__both_classes_equal_and_the_rest_counted(step, case):
    result = call(step, islands(case, 4), "matched", "--tolerance", 0.2, "--max-unmatched", 0.9)
    assert result.exit_code == 0, result.output
    labels = Counter(sites.read(case.work / "out.parquet")["label"])
    dropped = json.loads((case.work / "card.json").read_text())["dropped"]
    assert 1 <= labels[1] == labels[0] <= 8  # two windows of 200 an island at most
    assert dropped == {"positives without a window like them in GC and CpG": 10 - labels[0]}


def test_matched_positive_past_the_end__left_out_and_counted(step, case):
    islands(case, 13)
    rows = sites.read(case.sites)
    sites.write(pl.concat([rows, sites_table("end 1 chr1 30 +")]), case.sites)
    result = call(step, case, "matched", "--tolerance", 0.2)
    assert result.exit_code == 0, result.output
    dropped = json.loads((case.work / "card.json").read_text())["dropped"]
    assert dropped == {"positives whose window runs past their chromosome's end": 1}


def test_more_than_the_genome_has__refused_with_how_many_on_which_chromosome(step, case, refused):
    result = call(step, case, "genomic", "--window", 2500)
    refused(result, "p.parquet: 30 negatives of 2,500 bp", "could be had", "chr1 ", " of 20", nothing_in=case.work)
    assert "--min-distance" in result.stderr


def test_window_of_51_or_longer_than_every_chromosome__refused(step, case, refused):
    refused(call(step, case, "genomic", "--window", 51), "--window", nothing_in=case.work)
    result = call(step, case, "genomic", "--window", 50_001)
    refused(result, "--window 50001", "chr1, has 50,000", nothing_in=case.work)


def test_unknown_kind_and_odd_numbers__refused(step, case, refused):
    refused(call(step, case, "random"), "--kind", nothing_in=case.work)
    refused(call(step, case, "genomic", "--min-distance", -1), "--min-distance", nothing_in=case.work)
    refused(call(step, case, "matched", "--tolerance", 0), "--tolerance", nothing_in=case.work)
    refused(call(step, case, "matched", "--max-unmatched", 1.5), "--max-unmatched", nothing_in=case.work)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1\t5\t6\n", ("all_tss.bed, line 1", "3 columns")),
        ("1\t5\t6\tA\t0\t.\n", ("all_tss.bed, line 1", "strand")),
        ("7\t5\t6\tA\t0\t+\n", ("all_tss.bed: no chromosome in common with g.fa", "(7 against chr1")),
        ("", ("all_tss.bed", "empty")),
        ("\n", ("all_tss.bed", "no promoter")),
    ],
)
def test_a_bed_that_cannot_be_used__refused_by_file_and_line(step, case, refused, text, words):
    case.avoid.write_text(text)
    refused(call(step, case, "genomic"), *words, nothing_in=case.work)


def test_no_bed_at_all__said_in_the_card(step, case):
    assert call(step, case, "genomic", avoid=False).exit_code == 0
    assert "keep off the positives alone" in json.loads((case.work / "card.json").read_text())["notes"][0]


@pytest.mark.parametrize("kind", ["genomic", "shuffle"])
def test_sites_that_are_not_positives_with_a_locus__refused(step, case, refused, kind):
    good = sites_table(*LOCI)
    for odd, words in (
        (good.clear(), "p.parquet: no sites"),
        (pl.concat([good, sites_table("n1 0 chr1 900 +")]), "p.parquet, sample n1: one of 1 negatives"),
        (pl.concat([good, sites_table("x 1 chr1 900 +", task="task_b")]), "sites of 2 tasks (task_a, task_b)"),
        (good.with_columns(tss=pl.lit(None)), "p.parquet, sample p0: no chromosome"),
    ):
        sites.write(odd, case.sites)
        refused(call(step, case, kind), words, nothing_in=case.work)


def test_sites_of_another_genome__refused(step, case, refused):
    sites.write(sites_table("p0 1 chr9 900 +"), case.sites)
    refused(call(step, case, "genomic"), "p.parquet: chr9 not in g.fa", nothing_in=case.work)
    sites.write(sites_table("p0 1 chr1 50000 +"), case.sites)
    refused(call(step, case, "genomic"), "p.parquet, sample p0", "past its end (50,000 bases", nothing_in=case.work)


def test_a_fasta_that_cannot_be_read__refused(step, case, refused):
    packed = case.genome.with_name("g.fa.gz")
    packed.write_bytes(gzip.compress(case.genome.read_bytes()))
    refused(call(step, case, "genomic", "--genome", packed), "g.fa.gz", "bgzip", nothing_in=case.work)
    refused(call(step, case, "genomic", "--genome", case.work / "no.fa"), "no such file", nothing_in=case.work)
    case.genome.write_text(">chr1\nMKLVFFPE*QW\n")
    case.genome.with_name("g.fa.fai").unlink(missing_ok=True)
    refused(call(step, case, "genomic"), "g.fa", nothing_in=case.work)


def test_a_bed_with_byte_order_mark_and_crlf__the_same_windows(step, case):
    call(step, case, "genomic")
    first = (case.work / "out.parquet").read_bytes()
    case.avoid.write_bytes(b"\xef\xbb\xbf" + case.avoid.read_bytes().replace(b"\n", b"\r\n"))
    assert call(step, case, "genomic").exit_code == 0
    assert (case.work / "out.parquet").read_bytes() == first


def test_a_bed_that_is_cut_short_or_not_utf8__refused(step, case, refused):
    packed = gzip.compress(case.avoid.read_bytes())
    case.avoid.write_bytes(packed[: len(packed) // 2])
    refused(call(step, case, "genomic"), "all_tss.bed", "ends too early", nothing_in=case.work)
    case.avoid.write_bytes(b"1\t5\t6\tcaf\xe9\t0\t+\n")
    refused(call(step, case, "genomic"), "all_tss.bed, line 1", "not UTF-8", nothing_in=case.work)


def test_a_folder_that_is_not_writable__refused(step, case, refused, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: str(path) != str(case.work))
    refused(call(step, case, "genomic"), "not writable", nothing_in=case.work)
