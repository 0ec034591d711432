"""define_task.py on files: good runs, and one line for every kind of bad input; rules: tests/sites/test_define.py."""

from __future__ import annotations

import gzip
import json

import polars as pl
import pytest

BED = "{}\t{}\t{}\t{}\t0\t{}\n"
REPORT = (
    "# Sequence-Name\tSequence-Role\tAssigned-Molecule\tGenBank-Accn\tRefSeq-Accn\tUCSC-style-name\n"
    "1\tassembled-molecule\t1\tCM000663.2\tNC_000001.11\tchr1\n"
)


@pytest.fixture
def define(step, root, tmp_path):
    """Call the step on the genes of tests/data/labels.gtf, at 0, 1000, ... 6500 of chromosome 1."""
    (tmp_path / "out").mkdir()
    (tmp_path / "g.fa").write_text(">chr1\n" + "C" * 8000 + "\n")
    genes = ("--out", tmp_path / "genes.parquet", "--all-tss", tmp_path / "all.bed", "--card", tmp_path / "genes.json")
    step("extract_tss", "--gtf", root / "tests/data/labels.gtf", *genes)
    out = tmp_path / "out"

    def call(task, *arguments, fasta="g.fa", bed=None):
        if bed is not None:
            (tmp_path / "p.bed").write_bytes(bed if isinstance(bed, bytes) else bed.encode())
            arguments = ("--promoters", tmp_path / "p.bed", *arguments)
        inputs = ("--genes", tmp_path / "genes.parquet", "--genome", tmp_path / fasta)
        outputs = ("--out", out / "s.parquet", "--card", out / "c.json")
        return step("define_task", "--task", task, *inputs, *arguments, *outputs), out

    return call


def test_genes_of_two_classes__sites_under_the_fastas_names_and_a_card(define, tmp_path):
    result, out = define("coding_vs_lncrna", "--upstream", tmp_path / "genes.json")
    assert result.exit_code == 0, result.output
    sites = pl.read_parquet(out / "s.parquet")
    assert sites["label"].to_list() == [1, 1, 1, 0, 0, 0]
    assert set(sites["chrom"]) == {"chr1"}
    card = json.loads((out / "c.json").read_text())
    assert (card["step"], [record["step"] for record in card["upstream"]]) == ("define_task", ["extract_tss"])
    given = {"task": "coding_vs_lncrna", "tata": None, "balance": True, "max_unplaced": 0.1, "seed": 42}
    assert card["parameters"] == given
    assert card["counts"]["label"] == {"positive": 3, "negative": 3}


def test_promoters_in_any_order_and_compression__the_same_bytes_and_the_bed_in_the_card(define, root):
    lines = (root / "tests/data/epd.bed").read_bytes().splitlines(keepends=True)
    spellings = [lines, lines[::-1], [line.replace(b"\n", b"\r\n") for line in lines], [b"\xef\xbb\xbf", *lines]]
    found = set()
    for bed in (*map(b"".join, spellings), gzip.compress(b"".join(lines))):
        result, out = define("biological_vs_artificial", bed=bed)
        assert result.exit_code == 0, result.output
        found.add((out / "s.parquet").read_bytes())
    assert len(found) == 1
    assert pl.read_parquet(out / "s.parquet")["sample_id"].to_list() == ["FWD_1", "REV_1", "REV_2"]
    assert json.loads((out / "c.json").read_text())["inputs"]["promoters"]["file"] == "p.bed"
    assert "TSS of each promoter: thick part, 5' end (BED8 of EPD)" in result.stderr


def test_tss_to_avoid__written_once_each_under_the_fastas_names(define, tmp_path):
    (tmp_path / "r.txt").write_text(REPORT)
    (tmp_path / "a.bed").write_text(BED.format("1", 5, 6, "A", "+") + BED.format("HG2334_PATCH", 5, 6, "P", "+"))
    (tmp_path / "b.bed").write_text(
        BED.format("NC_000001.11", 5, 6, "B", "+") + BED.format("NC_000001.11", 8, 9, "C", "-")
    )
    more = ("--all-tss", tmp_path / "a.bed", "--all-tss", tmp_path / "b.bed", "--assembly-report", tmp_path / "r.txt")
    result, out = define("promoter_vs_nonpromoter", "--tata", "any", *more, "--out-tss", tmp_path / "out" / "tss.bed")
    assert result.exit_code == 0, result.output
    assert (out / "tss.bed").read_text() == "chr1\t5\t6\tA\t0\t+\nchr1\t8\t9\tC\t0\t-\n"


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (["coding_vs_lncRNAs"], {}, "--task coding_vs_lncRNAs: no such task. Did you mean coding_vs_lncrna or "),
        (["high_vs_low_expression"], {}, "no column expression. Run label_expression with a TPM table."),
        (["biological_vs_artificial"], {"bed": "chr1\t1\t2\n"}, "p.bed, line 1: 3 columns. Give BED6"),
        (
            ["biological_vs_artificial"],
            {"bed": gzip.compress(BED.format("chr1", 1, 2, "A", "+").encode() * 9000)[:-20]},
            "p.bed: the compressed file ends too early",
        ),
    ],
)
def test_bad_input__refused_in_one_line_and_nothing_written(define, refused, tmp_path, arguments, options, words):
    (tmp_path / "other.fa").write_text(">scaffold_1\nACGT\n")
    (tmp_path / "short.fa").write_text(">1\n" + "C" * 6000 + "\n")
    result, out = define(*arguments, **options)
    refused(result, words, nothing_in=out)
