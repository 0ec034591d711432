"""CAGE peaks at TSSs: by eye, and against the distance to every base of every peak."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lncprom.errors import InputError
from lncprom.genes import tss_support

COLUMNS = ("gene_id", "biotype", "chrom", "strand", "tss")
PEAKS = [("chr1", 100, 150, "+"), ("chr1", 90, 300, "+"), ("chr1", 400, 410, "+"), ("chr1", 1000, 1001, "-")]


def genes(*loci):
    rows = [(f"G{number}", "lncRNA", *locus) for number, locus in enumerate(loci)]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def bed(path, peaks):
    path.write_text("".join(f"{chrom}\t{a}\t{b}\tp{a}\t0\t{strand}\n" for chrom, a, b, strand in peaks))
    return path


def test_six_genes__the_nearest_peak_of_the_strand_under_either_name_of_the_chromosome(tmp_path):
    on = genes(("1", "+", 299), ("1", "+", 300), ("1", "+", 390), ("1", "-", 990), ("2", "+", 5), ("1", "+", 10))
    path = bed(tmp_path / "cage.bed", PEAKS)
    found, counts, note = tss_support.add(on, path, 10)
    assert found["cage_distance"].to_list() == [0, 1, 10, 10, None, 80]
    assert found["tss_support"].to_list() == [True, True, True, True, False, False]
    assert counts == {"peaks": 4, "peaks_elsewhere": 0, "tss_supported": {"lncRNA": 4}}
    assert note == "4 of 6 TSSs have a peak of cage.bed within 10 bp"
    path.write_text(path.read_text().replace("\n", "\t0\t0\t255,0,0\n"))  # BED9 of FANTOM5
    assert tss_support.add(on, path, 10)[0].equals(found)


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20), st.sampled_from("+-")), min_size=1, max_size=8),
    st.lists(st.tuples(st.sampled_from("+-"), st.integers(0, 90)), min_size=1, max_size=6),
)
def test_any_peaks__the_distance_to_the_nearest_of_their_bases(tmp_path_factory, peaks, starts):
    given_peaks = [("1", a, a + size, strand) for a, size, strand in peaks]
    path = bed(tmp_path_factory.mktemp("cage") / "cage.bed", given_peaks)
    found, _, _ = tss_support.add(genes(*(("1", *start) for start in starts)), path, 3)
    for (strand, tss), distance in zip(starts, found["cage_distance"], strict=True):
        bases = [base for _, a, b, of in given_peaks if of == strand for base in range(a, b)]
        assert distance == min((abs(base - tss) for base in bases), default=None)


def test_peaks_on_other_names__refused(tmp_path):
    path = bed(tmp_path / "cage.bed", [("NC_000001.11", 1, 2, "+")])
    with pytest.raises(
        InputError, match=r"cage\.bed: no chromosome in common with the annotation: NC_000001\.11 against 1"
    ):
        tss_support.add(genes(("1", "+", 5)), path, 50)
