"""Variants of a VCF: which alleles are kept, as what, and what is refused."""

from __future__ import annotations

import random
import shutil
import subprocess

import pytest

from helpers_genome import bgzip, write_fasta
from helpers_variants import COLUMNS, HEADER, vcf
from lncprom.application import vcf as reader
from lncprom.errors import InputError
from lncprom.genome.reader import Genome

BASES = "ACGTTTTTACGACGACGATTGCA" + "G" * 60 + "C" * 60


@pytest.fixture
def genome(tmp_path) -> Genome:
    return Genome.open(write_fasta(tmp_path / "g.fa", {"chr1": BASES, "chr2": "ACGT"}))


def rows_of(path, genome, **how) -> list[tuple]:
    found = reader.alleles(reader.read(path), genome, path.name, **how)
    return found.rows.select("record", "allele", "start", "deleted", "inserted").rows()


def test_several_alleles_and_kinds_in_a_record__each_kept_or_counted_by_its_reason(tmp_path, genome):
    path = vcf(
        tmp_path / "x.vcf",
        [
            ("1", 1, "A", "C,*,<DEL>,g"),
            ("chr1", 4, "TTT", "T,TTTC,TTA"),
            ("1", 2, "C", ".,N,A[chr1:9[,C"),
            ("1", 83, "GC", "G" + "A" * 51),
            ("7", 5, "A", "C"),
            ("2", 4, "TA", "T"),
        ],
    )
    found = reader.alleles(reader.read(path), genome, path.name)
    assert found.rows.select("record", "allele", "start", "deleted", "inserted").rows() == [
        (0, 0, 0, "A", "C"),
        (0, 3, 0, "A", "G"),
        (1, 0, 3, "TT", ""),  # shifted to the left of the run of T
        (1, 1, 6, "", "C"),
        (1, 2, 5, "T", "A"),
        (2, 3, 1, "C", "C"),
    ]
    assert found.dropped == {
        "beyond the sequence's end": 1,
        "deleted with an earlier variant (*)": 1,
        "longer than 50 bases": 1,
        "on sequences that the FASTA lacks": 1,
        "other letters than ACGT": 1,
        "symbolic alleles and breakends": 2,
        "without an alternative allele": 1,
    }
    assert found.counts == {"records": 6, "alleles": 14, "usable": 6}


def test_bgzip_and_windows_line_ends_and_a_lone_quote__the_same_records(tmp_path):
    text = (
        HEADER
        + COLUMNS.rstrip()
        + '\tFORMAT\tS\n1\t5\trs1\tT\tC\t9\tPASS\tX="a\tGT\t0|1\n1\t6\t.\tT\tC\t.\t.\t.\tGT\t.\n'
    )
    (tmp_path / "plain.vcf").write_text(text)
    (tmp_path / "bgzip.vcf.gz").write_bytes(bgzip(text.encode(), block=40))
    (tmp_path / "windows.vcf").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    found = [reader.read(tmp_path / name) for name in ("plain.vcf", "bgzip.vcf.gz", "windows.vcf")]
    assert found[0].records.rows()[0] == ("1", 5, "rs1", "T", "C", "9", "PASS", 'X="a')
    assert all(other.header == found[0].header and other.records.equals(found[0].records) for other in found)


def test_ref_of_another_assembly__counted_and_above_the_limit_refused(tmp_path, genome):
    path = vcf(tmp_path / "x.vcf", [("1", 1, "C", "A"), ("1", 2, "A", "T"), ("1", 3, "G", "A"), ("1", 4, "T", "A")])
    found = reader.alleles(reader.read(path), genome, path.name, most_mismatches=0.5)
    assert found.rows.height == 2
    assert found.dropped == {"REF differs from the FASTA": 2}
    words = (
        r"2 of 4 \(50.0%\) variants of x.vcf have another REF than g.fa \(1 of them have its base as ALT\).*assembly"
    )
    with pytest.raises(InputError, match=words):
        reader.alleles(reader.read(path), genome, path.name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1\t5\t.\tT\tC\t.\t.\t.\n", "line 1: no header of a VCF, '##fileformat=VCF'"),
        (HEADER + "1\t5\t.\tT\tC\t.\t.\t.\n", "line 5: no header of a VCF, '#CHROM"),
        (HEADER, "line 5: no header"),
        (HEADER + COLUMNS, "no variant"),
        (HEADER + COLUMNS + "1\t4\t.\tT\tC\t.\t.\t.\n1\tx\t.\tT\tC\t.\t.\t.\n", "line 7: position 'x'"),
        (HEADER + COLUMNS + "1\t4\t.\tT\tC\t.\t.\t.\n1\t5\n", "line 7: too few columns"),
        (HEADER + COLUMNS + "7\t4\t.\tT\tC\t.\t.\t.\n", r"none of its sequences \(7, ...\) is in g.fa \(chr1, chr2"),
    ],
)
def test_no_vcf__refused(tmp_path, genome, text, words):
    (tmp_path / "x.vcf").write_text(text)
    with pytest.raises(InputError, match=words):
        reader.alleles(reader.read(tmp_path / "x.vcf"), genome, "x.vcf")


def test_indels_written_in_any_way__as_bcftools_normalises_them(tmp_path):
    if shutil.which("bcftools") is None:
        pytest.skip("bcftools is not installed (apt-get install bcftools)")
    draw = random.Random(3)
    text = "".join(draw.choice(("AC", "A", "CAG", "T", "ACGT")) * draw.randint(1, 9) for _ in range(300))
    fasta = write_fasta(tmp_path / "g.fa", {"1": text})
    written = []
    for at in sorted(draw.sample(range(60, len(text) - 60), 150)):
        before, after, size = draw.randint(1, 5), draw.randint(0, 5), draw.randint(1, 8)
        ref, unit = text[at - before : at + size + after], text[at : at + size]
        alt = text[at - before : at] + draw.choice(("", unit * 2)) + text[at + size : at + size + after]
        written.append(("1", at - before + 1, ref, alt))
    path = vcf(tmp_path / "x.vcf", written, HEADER.replace("ID=1", f"ID=1,length={len(text)}"))
    command = ["bcftools", "norm", "-f", fasta, "-o", tmp_path / "norm.vcf", path]
    subprocess.run(command, check=True, capture_output=True)
    genome = Genome.open(fasta)
    ours = sorted(row[2:] for row in rows_of(path, genome))
    lines = [line.split("\t") for line in (tmp_path / "norm.vcf").read_text().splitlines() if line[0] != "#"]
    theirs = sorted((int(line[1]), line[3][1:], line[4][1:]) for line in lines)  # one base before an indel is shared
    assert ours == theirs
