"""define_task.py on files: good input, and every bad one named in a line."""

import gzip
import json

import polars as pl
import pytest

BED = "chr1\t{}\t{}\t{}\t0\t{}\n"


@pytest.fixture
def genes(step, root, tmp_path):
    """Labelled genes of chromosome 1, at 0, 1000, ... 6500."""
    table, labelled = tmp_path / "genes.parquet", tmp_path / "labelled.parquet"
    outputs = ("--out", table, "--all-tss", tmp_path / "a.bed", "--card", tmp_path / "g.json")
    step("extract_tss", "--gtf", root / "tests/data/labels.gtf", *outputs)
    outputs = ("--out", labelled, "--tpm-table", tmp_path / "t.tsv", "--card", tmp_path / "l.json")
    gct = root / "tests/data/labels.gct"
    result = step(
        "label_expression", "--genes", table, "--expression", gct, "--upstream", tmp_path / "g.json", *outputs
    )
    assert result.exit_code == 0, result.output
    return labelled


@pytest.fixture
def define(step, tmp_path, genes):
    (tmp_path / "out").mkdir()
    (tmp_path / "g.fa").write_text(">chr1\n" + "C" * 8000 + "\n")

    def call(task, *arguments, fasta="g.fa", bed=None):
        if bed is not None:
            (tmp_path / "p.bed").write_bytes(bed)
            arguments = ("--promoters", tmp_path / "p.bed", *arguments)
        inputs = ("--genes", genes, "--genome", tmp_path / fasta, "--upstream", tmp_path / "l.json")
        out = tmp_path / "out"
        return step(
            "define_task", "--task", task, *inputs, *arguments, "--out", out / "s.parquet", "--card", out / "c.json"
        ), out

    return call


def test_coding_against_lncrna__sites_and_card(define):
    result, out = define("coding_vs_lncrna")
    assert result.exit_code == 0, result.output
    sites = pl.read_parquet(out / "s.parquet")
    assert sites["label"].to_list() == [1, 1, 1, 0, 0, 0]
    assert set(sites["chrom"]) == {"chr1"}
    card = json.loads((out / "c.json").read_text())
    assert card["step"] == "define_task"
    assert [record["step"] for record in card["upstream"]] == ["extract_tss", "label_expression"]
    assert card["parameters"] == {
        "task": "coding_vs_lncrna",
        "tata": None,
        "balance": True,
        "max_unplaced": 0.1,
        "seed": 42,
    }
    assert card["counts"]["label"] == {"positive": 3, "negative": 3}


def test_high_against_low__balanced_or_not(define):
    result, out = define("high_vs_low_expression")
    assert result.exit_code == 0, result.output
    assert pl.read_parquet(out / "s.parquet")["label"].to_list() == [1, 0]
    result, out = define("high_vs_low_expression", "--no-balance")
    assert pl.read_parquet(out / "s.parquet")["label"].to_list() == [1, 0, 0]


def test_promoters__their_tss_is_told_and_the_bed_is_in_the_card(define, root):
    bed = (root / "tests/data/epd.bed").read_bytes()
    result, out = define("biological_vs_artificial", bed=bed)
    assert result.exit_code == 0, result.output
    sites = pl.read_parquet(out / "s.parquet")
    assert sites.select("sample_id", "tss", "strand").rows() == [
        ("FWD_1", 1000, "+"),
        ("REV_1", 2000, "-"),
        ("REV_2", 3000, "-"),
    ]
    assert json.loads((out / "c.json").read_text())["inputs"]["promoters"]["file"] == "p.bed"
    assert "TSS of each promoter: thick part, 5' end (BED8 of EPD)" in result.stderr


def test_a_promoter_on_two_lines__is_one_and_the_other_is_counted(define):
    lines = [BED.format(1000, 1001, "A", "+"), BED.format(2000, 2001, "B", "+")]
    result, out = define("promoter_vs_nonpromoter", "--tata", "any", bed="".join([*lines, lines[0]]).encode())
    assert result.exit_code == 0, result.output
    card = json.loads((out / "c.json").read_text())
    assert card["dropped"] == {"the same promoter twice in the BED file": 1}
    assert [card["counts"][name] for name in ("candidates", "sites")] == [3, 2]


def test_without_promoters__coding_genes_stand_in_and_it_is_said(define):
    result, out = define("promoter_vs_nonpromoter", "--tata", "any")
    assert result.exit_code == 0, result.output
    note = "no promoters were given: annotated TSSs of protein-coding genes stand in for them"
    assert note in result.stderr
    assert note in json.loads((out / "c.json").read_text())["notes"]


def test_the_same_call_twice_and_a_bed_in_another_order__the_same_bytes(define, root):
    lines = (root / "tests/data/epd.bed").read_bytes().splitlines(keepends=True)
    found = []
    for bed in (lines, lines[::-1], [line.replace(b"\n", b"\r\n") for line in lines], [b"\xef\xbb\xbf", *lines]):
        result, out = define("biological_vs_artificial", bed=b"".join(bed))
        assert result.exit_code == 0, result.output
        found.append((out / "s.parquet").read_bytes())
    result, out = define("biological_vs_artificial", bed=gzip.compress(b"".join(lines)))
    assert result.exit_code == 0, result.output
    assert {*found, (out / "s.parquet").read_bytes()} == {found[0]}


@pytest.mark.parametrize(
    ("bed", "words"),
    [
        (b"", "p.bed: empty"),
        (b"# nothing\n", "p.bed: no promoter"),
        (b"chr1\t1\t2\n", "p.bed, line 1: 3 columns; without a strand there is no TSS"),
        (BED.format(1, 2, "A", ".").encode(), "p.bed, line 1: promoter A has strand '.'"),
        (BED.format(5, 2, "A", "+").encode(), "p.bed, line 1: start 5 does not lie before end 2"),
        (BED.format(1, 2, "A", "+").encode() + b"\xff\n", "p.bed, line 2: not UTF-8"),
        (gzip.compress(BED.format(1, 2, "A", "+").encode() * 9000)[:-20], "p.bed: the compressed file ends too early"),
        (
            BED.format(1, 9001, "A", "-").encode(),
            "A: its TSS at chr1:9,001 lies past the end of chr1 (8,000 bp in g.fa)",
        ),
        (BED.replace("chr1", "chr9").format(1, 2, "A", "+").encode(), "no chromosome in common"),
    ],
)
def test_a_bad_bed__is_refused_in_one_line_and_leaves_nothing(define, refused, bed, words):
    result, out = define("biological_vs_artificial", bed=bed)
    refused(result, words, nothing_in=out)


def test_genes_past_the_chromosomes_end__are_refused_with_gene_position_and_length(define, refused, tmp_path):
    (tmp_path / "short.fa").write_text(">1\n" + "C" * 6000 + "\n")
    result, out = define("coding_vs_lncrna", fasta="short.fa")
    refused(result, "ENSG00000000107: its TSS at 1:6,001 lies past the end of 1 (6,000 bp in short.fa)", nothing_in=out)
    result, out = define("coding_vs_lncrna", "--max-unplaced", "1", fasta="short.fa")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["coding_vs_lncRNAs"], "--task coding_vs_lncRNAs: no such task. Did you mean coding_vs_lncrna?"),
        (
            ["biological_vs_artificial", "--tata", "only"],
            "2 promoters without a TATA box); check the inputs and --tata",
        ),
    ],
)
def test_a_bad_option__is_refused_in_one_line_and_leaves_nothing(define, refused, arguments, words):
    result, out = define(*arguments)
    refused(result, words, nothing_in=out)


def test_a_genome_of_other_chromosomes__is_refused(define, refused, tmp_path):
    (tmp_path / "other.fa").write_text(">scaffold_1\nACGT\n")
    result, out = define("coding_vs_lncrna", fasta="other.fa")
    refused(result, "other.fa: no chromosome in common: it has scaffold_1;", "lie on 1;", nothing_in=out)


def test_genes_without_labels__are_refused_for_task_three(define, refused, step, tmp_path):
    out = tmp_path / "out"
    unlabelled = ("--genes", tmp_path / "genes.parquet", "--genome", tmp_path / "g.fa")
    result = step(
        "define_task", "--task", "high_vs_low_expression", *unlabelled, "--out", out / "s", "--card", out / "c"
    )
    refused(result, "no column expression; make it with label_expression", nothing_in=out)
