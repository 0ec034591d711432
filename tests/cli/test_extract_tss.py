"""extract_tss.py on files: good input, and every bad one named in a line."""

import gzip
import json
import subprocess
import sys

import polars as pl
import pytest

GENE = '1\te\tgene\t{first}\t{last}\t.\t{strand}\t.\tgene_id "{id}"; gene_biotype "{biotype}";\n'


def line(first=1, last=9, strand="+", id="G1", biotype="lncRNA"):
    return GENE.format(first=first, last=last, strand=strand, id=id, biotype=biotype)


@pytest.fixture
def extract(step, tmp_path):
    """Run the step on a GTF's path or bytes; outputs go to a folder of their own."""
    (tmp_path / "out").mkdir()

    def call(gtf, *arguments, name="a.gtf"):
        if isinstance(gtf, bytes):
            (tmp_path / name).write_bytes(gtf)
            gtf = tmp_path / name
        out = tmp_path / "out"
        outputs = ("--out", out / "g.parquet", "--all-tss", out / "a.bed", "--card", out / "c.json")
        return step("extract_tss", "--gtf", gtf, *outputs, *arguments), out

    return call


def test_three_genes__table_bed_and_card(extract, root):
    result, out = extract(root / "tests/data/three_genes.gtf", "--biotype", "protein_coding", "--biotype", "lncRNA")
    assert result.exit_code == 0, result.output
    assert pl.read_parquet(out / "g.parquet")["gene_id"].to_list() == ["G1", "G2"]
    bed = "1\t100\t101\tG1\t0\t+\n1\t899\t900\tG2\t0\t-\n2\t10\t11\tG3\t0\t+\n"
    assert (out / "a.bed").read_text() == bed
    card = json.loads((out / "c.json").read_text())
    assert card["step"] == "extract_tss"
    assert card["dropped"] == {"of other biotypes": 1}
    assert card["counts"] == {
        "genes_in_file": 3,
        "transcripts_in_file": 0,
        "genes": 2,
        "biotype": {"lncRNA": 1, "protein_coding": 1},
    }
    assert card["parameters"]["biotypes"] == ["protein_coding", "lncRNA"]
    assert card["inputs"]["gtf"]["file"] == "three_genes.gtf"
    assert "2 genes kept, 1 dropped" in result.stderr


def test_canonical_starts_by_default_and_all_chromosomes_and_cage_as_options(extract, root, tmp_path):
    (tmp_path / "cage.bed").write_text("chr1\t1120\t1130\tp1\t0\t+\n")
    cage = ("--tss-support", tmp_path / "cage.bed", "--support-distance", 20)
    result, out = extract(root / "tests/data/ensembl.gtf", "--all-chromosomes", *cage)
    assert result.exit_code == 0, result.output
    assert "TSS: the 5' end of each gene's canonical transcript" in result.stderr
    assert "1 of 11 TSSs have a peak of cage.bed within 20 bp" in result.stderr
    card = json.loads((out / "c.json").read_text())
    assert (card["parameters"]["tss_source"], card["inputs"]["tss_support"]["file"]) == ("canonical", "cage.bed")
    genes = pl.read_parquet(out / "g.parquet")
    assert genes.filter("tss_support").select("gene_id", "cage_distance").rows() == [("ENSG00000000001", 20)]
    result, out = extract(root / "tests/data/ensembl.gtf", "--tss-source", "gene", "--all-chromosomes")
    assert pl.read_parquet(out / "g.parquet").filter(pl.col("gene_id") == "ENSG00000000001")["tss"].item() == 1000
    assert genes.filter(pl.col("gene_id") == "ENSG00000000001")["tss"].item() == 1100
    assert "KI270728.1" in genes["chrom"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\xef\xbb\xbf" + text,
        gzip.compress,
        lambda text: gzip.compress(text[:100]) + gzip.compress(text[100:]),
    ],
    ids=["CRLF", "BOM", "gzip", "gzip of two members"],
)
def test_other_spellings_of_a_file__give_the_same_tables(extract, root, change):
    _, out = extract(root / "tests/data/ensembl.gtf")
    expected = {name: (out / name).read_bytes() for name in ("g.parquet", "a.bed")}
    result, out = extract(change((root / "tests/data/ensembl.gtf").read_bytes()))
    assert result.exit_code == 0, result.output
    assert {name: (out / name).read_bytes() for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "a.gtf: empty"),
        (gzip.compress(line().encode() * 5000, mtime=0)[:-20], "a.gtf: the compressed file ends too early"),
        (b"\x1f\x8b\x08\x00damaged, surely", "a.gtf: "),
        (line().encode() + "1\té".encode("latin-1") + b"\n", "a.gtf, line 2: not UTF-8"),
        (line().replace("\tgene\t", "\texon\t").encode(), "a.gtf: no line of a gene"),
        (line().encode() + b"1\te\tgene\t1\t2\n", "a.gtf, line 2: 5 columns, GTF needs 9"),
        (line().replace("gene_biotype", "kind").encode(), "a.gtf, line 1: gene G1 has no biotype (gene_biotype or"),
        (line().replace("gene_id", "id").encode(), "a.gtf, line 1: a gene without gene_id"),
        (b"1\te\tgene\t1\t9\t.\t+\t.\tID=gene:G1;biotype=lncRNA\n", "a.gtf, line 1: a gene without gene_id. This"),
        (line().replace("1\te", "scaffold_7\te").encode(), "only on scaffold_7. Give --all-chromosomes"),
    ],
)
def test_a_bad_gtf__is_refused_in_one_line_and_leaves_nothing(extract, refused, text, words):
    result, out = extract(text)
    refused(result, words, nothing_in=out)


def test_a_biotype_that_is_not_there__is_refused_with_the_nearest(extract, refused, root):
    result, out = extract(root / "tests/data/three_genes.gtf", "--biotype", "lincRNA")
    refused(result, "three_genes.gtf: no gene is of biotype lincRNA. Did you mean lncRNA or", nothing_in=out)


def test_a_gtf_of_100_mb__is_streamed(root, tmp_path):
    """Peak memory must not grow with the file: 100 MB of exons of 4,000 genes, under 500 MiB with all libraries."""
    exon = '1\te\texon\t{0}\t{0}\t.\t+\t.\tgene_id "G{0}"; transcript_id "T{0}"; note "' + "x" * 200 + '";\n'
    with open(tmp_path / "big.gtf", "w") as handle:
        for number in range(1, 4001):
            handle.write(line(first=number, last=number + 5, id=f"G{number}"))
            handle.write(exon.format(number) * 100)
    assert (tmp_path / "big.gtf").stat().st_size > 100e6
    outputs = ["--out", tmp_path / "g", "--all-tss", tmp_path / "a", "--card", tmp_path / "c"]
    command = [sys.executable, root / "bin/extract_tss.py", "--gtf", tmp_path / "big.gtf", *outputs]
    # started by a small process: a child's ru_maxrss begins with the size of the one that forked it
    measure = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    small = [sys.executable, "-I", "-c", measure, *map(str, command)]
    peak = int(subprocess.run(small, check=True, capture_output=True, text=True).stdout.split()[-1]) / 1024  # from KiB
    assert peak < 500, f"{peak:.0f} MiB"
    assert len(pl.read_parquet(tmp_path / "g")) == 4000
