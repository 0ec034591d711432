"""Expression tables: three formats, one content, and every fault named by row and column."""

import pytest

from lncprom.errors import InputError
from lncprom.genes import expression_table

IDS = [f"ENSG0000000010{n}" for n in range(1, 7)] + ["ENSG00000000999"]
GCT = "#1.2\n2\t2\nName\tDescription\tLiver\tLung\nG1\tA\t1\t2.5\nG2\tB\t0\t1e-3\n"


def read(tmp_path, text, name="t.gct"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return expression_table.read(tmp_path / name)


@pytest.mark.parametrize("name", ["labels.gct", "labels_1.3.gct", "labels.tsv"])
def test_three_formats__are_one_table(root, name):
    table = expression_table.read(root / "tests/data" / name)
    assert table.gene_ids.to_list() == IDS
    assert table.tissues == ("Liver", "Lung", "Bladder")
    assert table.tpm.tolist()[:3] == [[100, 100, 0], [50, 50, 0], [10, 10, 9]]
    assert table.par_rows == 1


def test_plain_table_as_r_writes_it__quotes_and_descriptions_are_no_data(tmp_path):
    table = read(tmp_path, '# by R\n"gene_id"\t"gene_name"\t"Liver"\n"G1"\t"A"\t1\n"G2"\t"B"\t2\n')
    assert table.gene_ids.to_list() == ["G1", "G2"]
    assert table.tissues == ("Liver",)
    assert table.tpm.tolist() == [[1], [2]]


def test_numbers_in_any_notation__are_read_to_the_last_digit(tmp_path):
    table = read(tmp_path, "gene\tA\nG1\t0.1\nG2\t1.0000000000000002\nG3\t5e-324\nG4\t-0\nG5\t123456789.123456789\n")
    assert table.tpm.ravel().tolist() == [0.1, 1.0000000000000002, 5e-324, 0.0, 123456789.123456789]
    assert str(table.tpm[3, 0]) == "0.0"


def test_versions_are_dropped_from_ensembl_ids_alone(tmp_path):
    table = read(tmp_path, "gene\tA\nENSG00000000001.12\t1\nENSMUSG00000000002.3\t1\nAC093323.1\t1\nFBgn0000001\t1\n")
    assert table.gene_ids.to_list() == ["ENSG00000000001", "ENSMUSG00000000002", "AC093323.1", "FBgn0000001"]


def test_copies_on_y__are_left_out_and_counted_in_both_spellings(tmp_path):
    table = read(tmp_path, "gene\tA\nENSG00000000001.1_PAR_Y\t2\nENSG00000000001.1\t1\nENSGR0000000001.1\t3\n")
    assert table.tpm.tolist() == [[1]]
    assert table.par_rows == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("2.5", "x"), "t.gct, line 4 (G1), column Lung: 'x' is not a TPM"),
        (("2.5", ""), "t.gct, line 4 (G1), column Lung: '' is not a TPM"),
        (("2.5", "2,5"), "column Lung: '2,5' is not a TPM"),
        (("1e-3", "-1e-3"), "t.gct, line 5 (G2), column Lung: '-1e-3' is not a TPM"),
        (("1e-3", "NaN"), "t.gct, line 5 (G2), column Lung: 'NaN' is not a TPM"),
        (("1e-3", "NA"), "'NA' is not a TPM"),
        (("1e-3", "inf"), "'inf' is not a TPM"),
        (("G2", "G1"), "t.gct, lines 4 and 5: gene G1 is repeated"),
        (("\nG2", "\n"), "t.gct, line 5: no gene id in the first column"),
        (("Lung", "Liver"), "t.gct, line 3: tissue 'Liver' is repeated"),
        (("\tLung", "\t"), "t.gct, line 3: column 4 has no name"),
        (("2\t2\n", "3\t2\n"), "t.gct: 2 genes, but line 2 says 3"),
        (("2\t2\n", "2\t3\n"), "t.gct, line 3: 2 tissues, but line 2 says 3"),
        (("2\t2\n", "two\t2\n"), "t.gct, line 2: 'two\\t2' is not the table's size"),
        (("2\t2\n", "\u00b2\t2\n"), "t.gct, line 2: '\u00b2\\t2' is not the table's size"),
        (("2\t2\n", "9" * 5000 + "\t2\n"), "t.gct, line 2: '" + "9" * 40 + "' is not the table's size"),
        (("#1.2", "#1.1"), "t.gct, line 1: GCT 1.1 is not supported"),
        (("\t2.5", ""), "t.gct, line 4: 3 columns, the header has 4"),
    ],
)
def test_a_broken_table__is_refused_by_row_and_column(tmp_path, change, words):
    with pytest.raises(InputError) as fault:
        read(tmp_path, GCT.replace(*change))
    assert words in fault.value.message


def test_blank_lines__are_passed_over_and_line_numbers_stay_true(tmp_path):
    with pytest.raises(InputError, match=r"line 7 \(G2\), column Liver: 'x'"):
        read(tmp_path, "#1.2\n2\t1\n\nName\tDescription\tLiver\nG1\tA\t1\n\nG2\tB\tx\n\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("#1.2\n", "the file ends before its size"),
        ("#1.2\n0\t1\nName\tDescription\tLiver\n", "no gene below the header"),
        ("gene,Liver\nG1,1\n", "line 1: one column. Separate genes and tissues by tabs"),
        ("gene\tdescription\nG1\tA\n", "line 1: no tissue after the gene's columns"),
        ("#1.3\n1\t1\nid\tLiver\nG1\t1\n", "line 2: '1\\t1' is not the table's size"),
    ],
)
def test_a_table_without_a_part__is_refused(tmp_path, text, words):
    with pytest.raises(InputError) as fault:
        read(tmp_path, text)
    assert words in fault.value.message


def test_cells_with_blanks_around_them__numbers_all_the_same(tmp_path):
    plain = read(tmp_path, GCT)
    assert read(tmp_path, GCT.replace("\t1\t2.5", "\t 1\t2.5 ")).tpm.tolist() == plain.tpm.tolist()
    with pytest.raises(InputError, match="' ' is not a TPM"):
        read(tmp_path, GCT.replace("\t2.5", "\t "))
