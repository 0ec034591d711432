"""A genome rewritten: one line a sequence, upper case, nothing else changed and everything counted."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pysam
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_genome import fasta_text, write_fasta
from lncprom.genome import fasta, prepare
from lncprom.genome.reader import Genome


def test_more_than_a_block__nothing_lost_between_blocks(tmp_path):
    letters = np.frombuffer(b"ACGTacgtN", np.uint8)
    drawn = np.random.default_rng(1).integers(0, 9, 2 * fasta.BLOCK + 12_345)
    sequences = {"chr1": letters[drawn].tobytes().decode(), "chr2": "ACGT" * 7}
    source = write_fasta(tmp_path / "in.fa.gz", sequences, "gzip")
    found = prepare.rewrite(source, tmp_path / "genome.fa", tmp_path / "genome.fa.fai")
    assert found.bases == sum(map(len, sequences.values()))
    assert found.n == sequences["chr1"].count("N")
    assert (tmp_path / "genome.fa").read_bytes() == "".join(
        f">{name}\n{bases.upper()}\n" for name, bases in sequences.items()
    ).encode()


@settings(max_examples=40)
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
        pysam.faidx(str(out), "--fai-idx", str(Path(folder, "samtools.fai")))
        assert Path(folder, "genome.fa.fai").read_text() == Path(folder, "samtools.fai").read_text()
        assert Genome.open(out).lengths == {name: len(bases) for name, bases in sequences.items()}
