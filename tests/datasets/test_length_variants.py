"""Sites to sequences: what is kept, what is left out and under which reason."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from helpers_genome import make_sites, naive_window, write_fasta
from lncprom.datasets.length_variants import build
from lncprom.errors import InputError
from lncprom.genome.reader import Genome
from lncprom.genome.soft_mask import SoftMask

CHR1 = "".join(np.random.default_rng(7).choice(list("ACGTacgt"), 600))
CHR2 = "A" * 100 + "N" * 40 + "C" * 160
STRICT = (0, 1)  # largest fractions of N, and of lost sites


@pytest.fixture
def genome(tmp_path):
    return Genome.open(write_fasta(tmp_path / "g.fa", {"chr1": CHR1, "chr2": CHR2}))


def test_two_genes_on_two_strands__windows_of_the_definition_with_bounds(genome):
    sites = make_sites([("b", 1, "chr1", 300, "+"), ("a", 0, "chr1", 200, "-")])
    built = build(sites, genome, 100, *STRICT, 1, "s.parquet")
    assert built.rows.select("sample_id", "start", "end", "tss_index", "sequence").rows() == [
        ("a", 150, 250, 49, naive_window(CHR1, 200, "-", 100)),
        ("b", 251, 351, 49, naive_window(CHR1, 300, "+", 100)),
    ]
    assert [row.tobytes().decode() for row in built.codes] == built.rows["sequence"].to_list()
    assert built.dropped == {}


def test_soft_mask_of_another_genome__refused_by_its_chromosome(genome, tmp_path):
    (tmp_path / "m.bed").write_text("chr1\t0\t9\nchrZ\t0\t9\n")
    mask, sites = (
        SoftMask.read(tmp_path / "m.bed"),
        make_sites([("b", 1, "chr1", 300, "+"), ("a", 0, "chr1", 200, "-")]),
    )
    with pytest.raises(InputError, match=r"--soft-mask: chrZ is not in g\.fa\. Give the BED of this genome"):
        build(sites, genome, 100, *STRICT, 1, "s.parquet", mask)


def test_windows_that_do_not_fit__dropped_and_counted_by_reason(genome):
    sites = make_sites(
        [
            ("kept", 1, "chr1", 300, "+"),
            ("kept2", 0, "chr1", 301, "+"),
            ("first", 1, "chr1", 49, "+"),  # fits from the first base on
            ("too_early", 1, "chr1", 48, "+"),
            ("last", 1, "chr1", 549, "+"),
            ("too_late", 0, "chr1", 550, "+"),
            ("reverse_too_early", 0, "chr1", 49, "-"),
            ("beyond", 0, "chr1", 600, "-"),
            ("negative", 0, "chr1", -1, "-"),
            ("n", 0, "chr2", 90, "+"),
        ]
    )
    built = build(sites, genome, 100, *STRICT, 1, "s.parquet")
    assert built.rows["sample_id"].to_list() == ["first", "kept", "kept2", "last"]
    assert built.dropped == {
        "TSSs past a chromosome's end": 2,
        "windows past a chromosome's end": 3,
        "windows with N": 1,
    }


def test_share_of_n__at_the_limit_kept_above_it_dropped(genome):
    # the window of 100 at TSS 90, forward strand, is 41..141: all 40 N; at TSS 80 it is 31..131: 31 N
    sites = make_sites([("a", 1, "chr2", 90, "+"), ("b", 0, "chr2", 80, "+"), ("c", 1, "chr1", 300, "+")])
    built = build(sites, genome, 100, 0.31, 1, 1, "s.parquet")
    assert built.rows["sample_id"].to_list() == ["b", "c"]
    assert built.rows["sequence"][0].count("N") == 31
    assert built.dropped == {"windows with a fraction of N above 0.31": 1}
    assert build(sites, genome, 100, 0.4, 1, 1, "s").rows.height == 3


def test_made_negatives__their_windows_bases_in_another_order_under_the_seed(genome):
    rows = [("a", 1, "chr1", 300, "+"), ("a~shuffle", 0, "chr1", 300, "+"), ("b", 1, "chr1", 400, "-")]
    sites = make_sites(rows, transform=["none", "shuffle", "none"])
    built = build(sites, genome, 100, *STRICT, 1, "s.parquet")
    positive, negative, _ = built.rows["sequence"]
    assert positive == naive_window(CHR1, 300, "+", 100)
    assert negative != positive
    assert sorted(negative) == sorted(positive)
    assert build(sites, genome, 100, *STRICT, 1, "s").rows.equals(built.rows)
    assert build(sites, genome, 100, *STRICT, 2, "s").rows["sequence"][1] != negative


def test_rows_in_another_order__the_same_data_set(genome):
    sites = make_sites(
        [(f"s{i}", i % 2, "chr1", 100 + 9 * i, "+-"[i % 2]) for i in range(40)],
        transform=["none", "dinucleotide_shuffle"] * 20,
    )
    built = build(sites, genome, 100, *STRICT, 1, "s.parquet")
    other = build(sites.sample(fraction=1, shuffle=True, seed=3), genome, 100, *STRICT, 1, "s.parquet")
    assert other.rows.equals(built.rows)
    assert (other.codes == built.codes).all()


GOOD = [("a", 1, "chr1", 300, "+"), ("b", 0, "chr1", 200, "-")]


@pytest.mark.parametrize(
    ("rows", "length", "words"),
    [
        (GOOD, 51, ["--length 51", "more than 51"]),
        (GOOD, -5, ["--length -5"]),
        (GOOD, 601, ["--length 601", "longer than every chromosome of g.fa", "chr1, has 600 bases"]),
        ([("a", 1, "scaffold_7", 300, "+")], 100, ["s.parquet: chromosomes scaffold_7 not in g.fa (chr1, chr2)"]),
        ([*GOOD, ("c", 0, None, 5, "+")], 100, ["s.parquet, sample c: no chromosome, TSS or strand"]),
        ([*GOOD, ("c", 0, "chr1", 5, None)], 100, ["s.parquet, sample c: no chromosome, TSS or strand"]),
        ([("a", 1, "chr1", 300, "+")], 100, ["s.parquet: only samples of label 1"]),
        ([("a", 1, "chr1", 300, "+"), ("b", 0, "chr1", 10, "+")], 100, ["s.parquet: only samples of label 1"]),
    ],
)
def test_sites_or_length_that_give_no_data_set__one_line_says_why(genome, rows, length, words):
    with pytest.raises(InputError) as caught:
        build(make_sites(rows), genome, length, *STRICT, 1, "s.parquet")
    assert all(word in caught.value.message for word in words), caught.value.message


def test_all_sites_lost__an_error_even_where_losses_are_allowed(genome):
    with pytest.raises(InputError, match=r"s\.parquet: no site has a usable window \(.*2 windows past"):
        build(make_sites([("a", 1, "chr1", 3, "+"), ("b", 0, "chr1", 4, "+")]), genome, 100, *STRICT, 1, "s.parquet")


def test_sites_of_two_tasks__an_error(genome):
    two = pl.concat([make_sites(GOOD), make_sites(GOOD, task="other")])
    with pytest.raises(InputError, match=r"sites of 2 tasks \(demo, other\)"):
        build(two, genome, 100, *STRICT, 1, "s.parquet")


def test_losses_above_the_limit__an_error_with_the_number(genome):
    sites = make_sites([*GOOD, ("c", 1, "chr1", 10, "+")])
    assert build(sites, genome, 100, 0, 0.34, 1, "s").rows.height == 2
    with pytest.raises(InputError, match=r"1 of 3 \(33\.3%\) sites of s\.parquet have no usable window \(limit 33%\)"):
        build(sites, genome, 100, 0, 0.33, 1, "s.parquet")
