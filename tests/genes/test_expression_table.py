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
    table = read(tmp_path, '# by R\n"gene_id"\t"gene_name"\t"Liver"\n"G1"\t"A"\t"1"\n"G2"\t"B"\t2\n')
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


def rows_of(cells, number=25, separator="\t", first=1):
    """A table's rows: ENSG00000000001 with these cells, and so on."""
    return "".join(f"ENSG{n:011d}{separator}{cells}\n" for n in range(first, first + number))


SAMPLES = [f"GTEX-{donor}-{site}-SM-5GZZ{site[-1]}" for donor in ("1117F", "111FC") for site in ("0226", "0426")]
ONE_TISSUE = "\t".join(SAMPLES[::2])


@pytest.mark.parametrize(
    "text",
    [
        f"#1.2\n2\t2\nid\tName\tDescription\t{ONE_TISSUE}\n0\tENSG00000000001.5\tA\t1.5\t2\n1\tENSG00000000002.5\tB\t0\t1\n",
        f"id\tName\tDescription\t{ONE_TISSUE}\n0\tENSG00000000001.5\tA\t1.5\t2\n1\tENSG00000000002.5\tB\t0\t1\n",
        f"#1.2\n2\t2\nName\tDescription\t{ONE_TISSUE}\nENSG00000000001.5\tA\t1.5\t2\nENSG00000000002.5\tB\t0\t1\n",
        f"\tgene_id\t{ONE_TISSUE}\n0\tENSG00000000001.5\t1.5\t2\n1\tENSG00000000002.5\t0\t1\n",
    ],
)
def test_one_tissue_of_gtex__read_beside_the_numbers_of_rows_with_a_note_on_samples(tmp_path, text):
    table = read(tmp_path, text)
    assert table.gene_ids.to_list() == ["ENSG00000000001", "ENSG00000000002"]
    assert table.tpm.tolist() == [[1.5, 2], [0, 1]]
    assert table.notes[0].startswith("2 columns are samples by their names (GTEX-1117F-0226-SM-5GZZ6, GTEX-111FC")


def test_blanks_of_expression_atlas__are_0_and_counted_elsewhere_refused(tmp_path):
    plain = "Gene ID\tGene Name\tliver\tlung\nG1\tA\t\t2\nG2\tB\t3\t \n"
    for text in (plain, "# Expression Atlas\n# cutoff: 0.5 TPM\n" + plain):
        table = read(tmp_path, text)
        assert table.tpm.tolist() == [[0, 2], [3, 0]]
        assert table.notes == ("2 blank cells are read as 0: Expression Atlas leaves out values below its cutoff",)
    assert read(tmp_path, "# Expression Atlas, FPKM\n" + plain).notes[0] == "the file's first lines say FPKM, not TPM"
    with pytest.raises(InputError, match=r"'' is not a TPM\. Write 0 where it means not expressed, or leave out"):
        read(tmp_path, plain.replace("Gene ID", "gene"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"Liver"\t"Lung"\n"G1"\t1\t2\n', "t.gct, line 2: 3 columns, the header has 2. R leaves out the first"),
        ('"Liver"\n"G1"\t1\n', "line 2: 2 columns, the header has 1. R leaves out the first column's name"),
        ("gene\tLiver\nG1\t1\t\n", "line 2: 3 columns, the header has 2. Remove the last tabs."),
        ("gene\tLiver\tLung\nG1\t0.1,0.2,0.3,0.4,0.5\t1\n", "such as the median (the third of the five"),
        ("gene\tLiver\tLung\nG1\t0,1\t1\n", "Write decimals with a point."),
        ("gene\tLiver\tLung\nG1\t-9.97\t1\n", "Give TPM, no logarithms or z-scores."),
        ("gene\tLiver\tLung\nG1\tNA\t1\n", "Write 0 where it means not expressed"),
        (
            "Gene\tGene name\tTissue\tTPM\tnTPM\nENSG00000000001\tA\tliver\t1\t2\n",
            "line 1: a long table, its tissues are in column Tissue. Pivot it, in Python: polars.read_csv('t.gct', "
            "separator='\\t').pivot('Tissue', index='Gene', values='nTPM')",
        ),
        ("t\tgene\tx\nliver\tENSG00000000001\t1\nliver\tENSG00000000002\t1\n", "its tissues are in column t. Pivot"),
        ("a\tb\tc\nG1\tliver\t1\nG1\tlung\t2\n", "line 2: a long table, its tissues are in column b"),
        ("Name\tLength\tTPM\nENST1\t90\t1\n", "line 1: Length is no tissue but a column of a table of one quantifier"),
        ("# Program:featureCounts\nGeneid\tChr\tStart\ta.bam\nG1\tchr1\t5\t9\n", "line 2: Chr is no tissue"),
        ("N_unmapped\t1\t2\nG1\t1\t2\n", "line 1: a gene in place of the header"),
        (rows_of("1\t2"), "line 1: a gene in place of the header"),
        (
            "tissue_name\t" + "\t".join(f"ENSG{n:011d}.1" for n in range(2000)) + "\nliver\t1\n",
            "line 1: genes as columns",
        ),
        ("#1.2\n9\t4\nName\tDescription\t" + "\t".join(SAMPLES) + "\n", "Give one column a tissue: GTEx's medians"),
        ("gene\t" + "\t".join(f"S{n}" for n in range(1001)) + "\n", "line 1: 1,001 columns of samples or cells"),
        ("gene\tLiver\tLung\n" + rows_of("0\t100000"), "column Lung: a sum of 2,500,000, TPM add up to 1,000,000 (raw"),
        ("gene\tLiver\n" + rows_of("90000.5"), "column Liver: a sum of 2,250,012, TPM add up to 1,000,000 (of another"),
    ],
)
def test_other_layouts_and_units__recognised_and_named_with_the_remedy(tmp_path, text, words):
    with pytest.raises(InputError) as fault:
        read(tmp_path, text)
    assert words in fault.value.message
    assert "\n" not in fault.value.message


@pytest.mark.parametrize(
    ("header", "cells", "words"),
    [
        ("Liver\tLung", "0\t900", "all values are whole numbers: if they are raw read counts"),
        ("Liver\tLung", "0\t12.5", "no value exceeds 12.5: if these are logarithms such as log2(TPM + 1)"),
        ("SRR100\tSRR101", "0\t90.5", "2 columns are samples by their names (SRR100, SRR101)"),
        ("Lung\tLiver_rep1\tLiver_rep2", "0\t9.5\t90", "2 columns are samples by their names (Liver_rep1, Liver_rep2)"),
        ("Liver\tLung", "0\t90.5", None),
    ],
)
def test_signs_of_samples_counts_and_logarithms__are_noted(tmp_path, header, cells, words):
    found = read(tmp_path, f"gene\t{header}\n{rows_of(cells)}").notes
    assert (words is None and found == ()) or (len(found) == 1 and words in found[0])


def test_a_table_of_several_batches__is_read_in_its_order_and_faults_keep_their_line(tmp_path, monkeypatch):
    monkeypatch.setattr(expression_table, "_BATCH", 2)
    text = "gene\tLiver\n" + "".join(f"G{n}\t{n}.5\n" for n in range(5))
    assert read(tmp_path, text).tpm.ravel().tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
    with pytest.raises(InputError, match=r"line 5 \(G3\), column Liver: 'x'"):
        read(tmp_path, text.replace("3.5", "x"))
