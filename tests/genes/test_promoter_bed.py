"""Promoters from BED: which base is the TSS, and names of their own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lncprom.errors import InputError
from lncprom.genes import promoter_bed


def read(folder, *lines):
    path = folder / "p.bed"
    path.write_text("".join("\t".join(map(str, line)) + "\n" for line in lines))
    return promoter_bed.read(path)


def test_epds_file__the_tss_is_the_thick_parts_five_prime_end_on_both_strands(root):
    found = promoter_bed.read(root / "tests/data/epd.bed")
    # as EPD has them: 60 bases from -49 to +10, thick from the TSS on
    assert found.rows.rows() == [
        ("FWD_1", "chr1", "+", 1000),
        ("REV_1", "chr1", "-", 2000),
        ("REV_2", "chr1", "-", 3000),
    ]
    assert "thick" in found.layout


def test_six_columns__the_tss_is_the_intervals_five_prime_end(root):
    found = promoter_bed.read(root / "tests/data/promoters.bed")
    assert found.rows.rows() == [("FWD_1", "chr1", "+", 1000), ("REV_1", "chr1", "-", 2000)]
    assert found.layout == "interval, 5' end (BED6)"


@settings(max_examples=40)
@given(st.integers(100, 10**8), st.sampled_from("+-"), st.integers(1, 11), st.integers(0, 49))
def test_any_promoter__both_layouts_give_its_tss(tmp_path_factory, tss, strand, thick, upstream):
    folder = tmp_path_factory.mktemp("bed")
    inner = (tss, tss + thick) if strand == "+" else (tss - thick + 1, tss + 1)
    outer = (inner[0] - upstream, inner[1] + 3) if strand == "+" else (inner[0] - 3, inner[1] + upstream)
    eight = read(folder, ("chr1", *outer, "A", 0, strand, *inner))
    six = read(folder, ("chr1", *inner, "A", 0, strand))
    assert eight.rows.rows() == six.rows.rows() == [("A", "chr1", strand, tss)]


@settings(max_examples=40)
@given(st.integers(100, 10**6), st.sampled_from("+-"), st.integers(9, 12), st.integers(0, 20), st.integers(1, 20))
def test_a_thick_part_of_one_base__is_the_tss_from_nine_columns_on(tmp_path_factory, tss, strand, width, before, after):
    folder = tmp_path_factory.mktemp("bed")
    line = ("chr1", tss - before, tss + after, "A", 0, strand, tss, tss + 1, *["0"] * (width - 8))
    found = read(folder, line)
    assert found.rows.rows() == [("A", "chr1", strand, tss)]
    assert found.layout == f"thick part of one base in 1 of 1 rows (BED{width})"


@pytest.mark.parametrize("thick", [(5, 5), (5, 7), (9, 10), (4, 5), ("x", 6)])
def test_nine_columns_and_another_thick_part__the_interval_counts(tmp_path, thick):
    found = read(tmp_path, ("chr1", 5, 9, "A", 0, "-", *thick, "0"), ("chr1", 50, 60, "B", 0, "+", 53, 54, "0"))
    assert found.rows["tss"].to_list() == [8, 53]
    assert found.layout == "thick part of one base in 1 of 2 rows (BED9); in the others interval, 5' end"


def test_names_that_stand_for_several_loci__get_the_locus_and_repeats_are_one(tmp_path):
    found = read(
        tmp_path,
        ("chr1", 10, 20, "A", 0, "+"),
        ("chr1", 10, 20, "A", 0, "+"),
        ("chr1", 50, 60, "A", 0, "-"),
        ("chr2", 10, 20, ".", 0, "+"),
        ("chr2", 10, 20, "B", 0, "+"),
    )
    assert found.rows["name"].to_list() == ["A@chr1:10:+", "A@chr1:59:-", "B", "chr2:10:+"]
    assert found.repeated == 1


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["A", ".", "A@c:1:+", "c:1:+"]), st.integers(1, 3)), min_size=1))
def test_any_names__each_locus_is_kept_and_lines_are_rows_and_repeats(tmp_path_factory, lines):
    found = read(tmp_path_factory.mktemp("bed"), *(("c", tss, tss + 1, name, 0, "+") for name, tss in lines))
    assert set(found.rows["tss"]) == {tss for _, tss in lines}
    assert found.rows["name"].is_unique().all()
    assert found.rows.height + found.repeated == len(lines)


def test_track_lines_comments_and_blank_lines__are_passed_over(tmp_path):
    found = read(tmp_path, ("track name=x",), ("# x",), ("browser position chr1",), ("",), ("chr1", 0, 1, "A", 0, "+"))
    assert found.rows.rows() == [("A", "chr1", "+", 0)]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([("chr1", 1, 2)], "p.bed, line 1: 3 columns. Give BED6"),
        ([("chr1", 1, 2, "A", 0)], "p.bed, line 1: 5 columns"),
        ([("chr1 1 2 A 0 +",)], "p.bed, line 1: one column, not separated by tabs. Give BED6"),
        ([("chr1", 1, 2, "A", 0, ".")], "p.bed, line 1: promoter A has strand '.'"),
        ([("chr1", 1, 2, "A", 0, "+"), ("chr1", 1, 2, "A", 0, "")], "p.bed, line 2: promoter A has strand ''"),
        ([("chr1", 2, 2, "A", 0, "+")], "p.bed, line 1: start 2 does not lie before end 2"),
        ([("chr1", -1, 2, "A", 0, "+")], "p.bed, line 1: start '-1' is not a position"),
        ([("chr1", 1, "9" * 5000, "A", 0, "+")], "p.bed, line 1: end has 5000 digits, longer than any chromosome"),
        ([("chr1", 1, 10**12, "A", 0, "+")], "p.bed, line 1: end has 13 digits"),
        ([("chr1", 1, "x", "A", 0, "+")], "p.bed, line 1: end 'x' is not a position"),
        ([("chr1", 1, 2, "A", 0, "+"), ("chr1", 1, 2, "A", 0, "+", 1, 2)], "p.bed, line 2: 8 columns, the lines"),
        ([("chr1", 5, 9, "A", 0, "+", 5, 5)], "p.bed, line 1: thickStart 5 does not lie before thickEnd 5"),
        ([("chr1", 5, 9, "A", 0, "+", 8, 11)], "p.bed, line 1: the thick part lies outside 5-9"),
        ([("# nothing",)], "p.bed: no promoter. Give BED6"),
    ],
)
def test_a_broken_bed__is_refused_by_line(tmp_path, lines, words):
    with pytest.raises(InputError) as fault:
        read(tmp_path, *lines)
    assert words in fault.value.message
