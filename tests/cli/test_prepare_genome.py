"""prepare_genome from the shell: what it writes, and one line for every genome that cannot be read."""

from __future__ import annotations

import gzip
import json
import random
from hashlib import sha256

import pytest

from helpers_genome import bgzip

GOOD = b">chr1\nacgtN\nACR\n>chr2\nAC\n"


@pytest.fixture
def prepare(step, tmp_path):
    (tmp_path / "out").mkdir()

    def call(content: bytes | None, name: str = "in.fa", out: str = "out"):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        folder = tmp_path / out
        return step(
            *("prepare_genome", "--fasta", tmp_path / name, "--card", folder / "genome.json"),
            *("--out-fasta", folder / "genome.fa", "--out-fai", folder / "genome.fa.fai"),
            *("--out-mask", folder / "mask.bed"),
        )

    return call


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bgzip])
def test_genome__one_line_fasta_index_and_card(prepare, tmp_path, pack):
    result = prepare(pack(GOOD), "in.fa.gz")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert result.stderr == "2 sequences, 10 bases, 2 of them N\n"
    assert (tmp_path / "out" / "genome.fa").read_text() == ">chr1\nACGTNACN\n>chr2\nAC\n"
    assert (tmp_path / "out" / "genome.fa.fai").read_text() == "chr1\t8\t6\t8\t9\nchr2\t2\t21\t2\t3\n"
    card = json.loads((tmp_path / "out" / "genome.json").read_text())
    assert card["counts"] == {"sequences": 2, "bases": 10, "longest": 8, "n": 2, "ambiguous": 1, "soft_masked": 4}
    assert (tmp_path / "out" / "mask.bed").read_text() == "#chrom\tstart\tend\nchr1\t0\t4\n"
    source = {"file": "in.fa.gz", "bytes": len(pack(GOOD)), "sha256": sha256(pack(GOOD)).hexdigest()}
    assert card["inputs"] == {"fasta": source} or pack is gzip.compress  # gzip writes the time
    assert card["outputs"] == {"genome.fa": card["inputs"]["fasta"]}


BIG = gzip.compress(b">chr1\n" + bytes(random.Random(1).choices(b"ACGT", k=300_000)) + b"\n", mtime=0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["in.fa: no such file"]),
        (b"", ["in.fa: empty"]),
        (BIG[:-40_000], ["in.fa: the compressed file ends too early"]),
        (BIG[:30_000] + bytes(2000) + BIG[32_000:], ["in.fa: damaged compressed file"]),
        (bgzip(GOOD, 20)[:-28], ["in.fa: the bgzip file is damaged or ends too early"]),
        (b"@read\nACGT\n+\nIIII\n", ["in.fa: text before the first '>'"]),
        (b">sp|P1\nACDEFGHIK\n", ["in.fa, sequence sp|P1, base 4: 'E' is not a nucleotide"]),
        (GOOD + b">chr3\nAC>GT\n", ["in.fa, sequence chr3, base 3: '>' is not a nucleotide"]),
        (GOOD + b">chr3\nAC-GT\n", ["in.fa, sequence chr3, base 3: '-' is not a nucleotide"]),
        (GOOD + b">chr3\nAC\xc3\xa9\n", ["in.fa, sequence chr3, base 3", "not a nucleotide"]),
    ],
)
def test_genome_that_cannot_be_read__one_line_and_nothing_written(prepare, refused, tmp_path, content, words):
    refused(prepare(content), *words, nothing_in=tmp_path / "out")
