"""GTF lines and their attributes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lncprom.errors import InputError
from lncprom.genes import gtf

KEY = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
VALUE = st.text(
    st.characters(codec="utf-8", exclude_characters='"\t\r\n', exclude_categories=("Cs", "Cc")), max_size=12
)


def one(tmp_path_factory, *columns):
    path = tmp_path_factory.mktemp("gtf") / "a.gtf"
    path.write_text("\t".join(map(str, columns)) + "\n", encoding="utf-8")
    return list(gtf.features(path, ("gene",)))


@given(st.lists(st.tuples(KEY, VALUE), max_size=6))
def test_any_quoted_attributes__come_back_as_they_were(pairs):
    text = " ".join(f'{key} "{value}";' for key, value in pairs)
    expected: dict[str, list[str]] = {}
    for key, value in pairs:
        expected.setdefault(key, []).append(value)
    assert gtf.attributes(text) == expected


@given(st.integers(1, 10**9), st.integers(0, 10**6), st.sampled_from("+-"))
def test_any_interval__tss_is_its_first_base_in_the_genes_direction(tmp_path_factory, first, more, strand):
    (gene,) = one(tmp_path_factory, "1", "e", "gene", first, first + more, ".", strand, ".", 'gene_id "A";')
    assert gene.end - gene.start == more + 1  # GTF counts both ends
    assert gene.tss + 1 == (first if strand == "+" else first + more)
    assert gene.start <= gene.tss < gene.end


def test_comments_blank_lines_and_other_kinds__are_passed_over(tmp_path):
    line = 'g\te\t{}\t1\t2\t.\t+\t.\tgene_id "A";\n'
    path = tmp_path / "a.gtf"
    path.write_text("#!x\n\n" + line.format("exon") + line.format("gene") + "###\n")
    assert [feature.line for feature in gtf.features(path, ("gene",))] == [4]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (("1", "e", "gene", 1, 2, ".", "+", "x"), "line 1: 8 columns, GTF needs 9. Re-download the file"),
        (("1", "e", "gene", "1e3", 2, ".", "+", ".", "x"), "line 1: 1e3-2 are not positions"),
        (("1", "e", "gene", -1, 2, ".", "+", ".", "x"), "line 1: -1-2 are not positions"),
        (("1", "e", "gene", 0, 2, ".", "+", ".", "x"), "line 1: starts at 0. Positions of a GTF count from 1"),
        (("1", "e", "gene", 1, 10**12, ".", "+", ".", "x"), "line 1: a position of 13 digits, longer than any"),
        (("1", "e", "gene", "9" * 5000, 2, ".", "+", ".", "x"), "line 1: a position of 5000 digits"),
        (("1", "e", "gene", 9, 2, ".", "+", ".", "x"), "line 1: start 9 lies after end 2"),
        (("1", "e", "gene", 1, 2, ".", "x", ".", "x"), "line 1: strand 'x'"),
        (("", "e", "gene", 1, 2, ".", "+", ".", "x"), "line 1: no chromosome"),
    ],
)
def test_broken_line__is_refused_by_number(tmp_path_factory, columns, words):
    with pytest.raises(InputError) as fault:
        one(tmp_path_factory, *columns)
    assert words in fault.value.message


def test_start_and_end_alike__is_a_gene_of_one_base(tmp_path_factory):
    (gene,) = one(tmp_path_factory, "1", "e", "gene", 5, 5, ".", "-", ".", "")
    assert (gene.start, gene.end, gene.tss) == (4, 5, 4)
