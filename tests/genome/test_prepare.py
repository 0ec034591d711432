"""A genome rewritten: one line a sequence, upper case, nothing else changed and everything counted."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_genome import fasta_text, write_fasta
from lncprom.errors import InputError
from lncprom.genome import fasta, prepare
from lncprom.genome.reader import Genome


@pytest.fixture
def rewrite(tmp_path):
    def call(path: Path):
        return prepare.rewrite(path, tmp_path / "genome.fa", tmp_path / "genome.fa.fai")

    return call


@pytest.mark.parametrize("compressed", ["plain", "gzip", "bgzip"])
def test_masked_lines_with_ambiguity__one_upper_line_a_sequence_and_an_index(tmp_path, rewrite, compressed):
    path = write_fasta(tmp_path / "in.fa.gz", {"chr1": "acgtNNNNRYacgu", "chrM": "AC"}, compressed, width=5)
    assert rewrite(path) == prepare.Prepared(sequences=2, bases=16, longest=14, n=6, ambiguous=2)
    assert (tmp_path / "genome.fa").read_text() == ">chr1\nACGTNNNNNNACGT\n>chrM\nAC\n"
    assert (tmp_path / "genome.fa.fai").read_text() == "chr1\t14\t6\t14\t15\nchrM\t2\t27\t2\t3\n"


def test_index_written__is_that_of_samtools(tmp_path, rewrite):
    rewrite(write_fasta(tmp_path / "in.fa", {"chr1": "acgt" * 50, "chr2": "A", "chr3": "N" * 61}))
    ours = (tmp_path / "genome.fa.fai").read_text()
    (tmp_path / "genome.fa.fai").unlink()
    pysam.faidx(str(tmp_path / "genome.fa"))
    assert ours == (tmp_path / "genome.fa.fai").read_text()


def test_lines_of_different_lengths__read_here_where_an_index_cannot_be_made(tmp_path, rewrite):
    (tmp_path / "in.fa").write_text(">chr1\nACGT\nAC\n\nACGT\n")
    rewrite(tmp_path / "in.fa")
    assert (tmp_path / "genome.fa").read_text() == ">chr1\nACGTACACGT\n"


def test_more_than_a_block__nothing_lost_between_blocks(tmp_path, rewrite):
    letters = np.frombuffer(b"ACGTacgtN", np.uint8)
    drawn = np.random.default_rng(1).integers(0, 9, 2 * fasta.BLOCK + 12_345)
    sequences = {"chr1": letters[drawn].tobytes().decode(), "chr2": "ACGT" * 7}
    found = rewrite(write_fasta(tmp_path / "in.fa.gz", sequences, "gzip"))
    assert found.bases == sum(map(len, sequences.values()))
    assert found.n == sequences["chr1"].count("N")
    assert (tmp_path / "genome.fa").read_bytes() == "".join(
        f">{name}\n{bases.upper()}\n" for name, bases in sequences.items()
    ).encode()


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["1", "2", "X"]), st.text("acgtACGTN", min_size=1, max_size=80), min_size=1),
    st.sampled_from(["plain", "gzip", "bgzip"]),
    st.integers(1, 90),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_any_genome__windows_before_and_after_are_the_same(sequences, compressed, width, end, bom):
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "in.fa"), Path(folder, "genome.fa")
        write_fasta(source, sequences, compressed, width=width, end=end)
        if bom and compressed == "plain":
            source.write_bytes(fasta.BOM + source.read_bytes())
        prepare.rewrite(source, out, Path(folder, "genome.fa.fai"))
        assert out.read_bytes() == fasta_text({n: s.upper() for n, s in sequences.items()}, 1000).replace(
            b" a description", b""
        )
        assert fasta.read_index(Path(folder, "genome.fa.fai")) == fasta.index(fasta.blocks(out), "genome.fa")
        assert Genome.open(out).lengths == {name: len(bases) for name, bases in sequences.items()}


def test_protein__refused_by_sequence_base_and_letter(tmp_path, rewrite):
    (tmp_path / "p.fa").write_text(">ok\nACGT\n>sp|P1\nACGTAC\nMSTEFQ\n")
    with pytest.raises(InputError, match=r"p\.fa, sequence sp\|P1, base 10: 'E' is not a nucleotide; .*protein"):
        rewrite(tmp_path / "p.fa")
    assert [path.name for path in tmp_path.iterdir()] == ["p.fa"]
