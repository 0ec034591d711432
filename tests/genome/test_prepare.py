"""A genome rewritten: one line a sequence, upper case, its runs of lower case kept, and everything counted."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_genome import fasta_text, write_fasta
from lncprom.genome import fasta, prepare
from lncprom.genome.reader import Genome
from lncprom.genome.soft_mask import SoftMask


def rewritten(source, folder):
    return prepare.rewrite(source, *(Path(folder, f"genome.fa{end}") for end in ("", ".fai", ".bed")))


def runs(sequences: dict[str, str]) -> str:
    """The runs of lower case as BED, found by a pattern."""
    found = [(name, *run.span()) for name, bases in sequences.items() for run in re.finditer("[a-z]+", bases)]
    return "#chrom\tstart\tend\n" + "".join(f"{name}\t{start}\t{end}\n" for name, start, end in found)


@pytest.mark.parametrize("pack", ["gzip", "bgzip"])
def test_more_than_a_block__nothing_lost_between_blocks(tmp_path, pack):
    letters = np.frombuffer(b"ACGTacgtN", np.uint8)
    drawn = np.random.default_rng(1).integers(0, 9, 2 * fasta.BLOCK + 12_345)
    sequences = {"chr1": letters[drawn].tobytes().decode(), "chr2": "ACGT" * 7, "chr3": "acgt" * 200_000}
    found = rewritten(write_fasta(tmp_path / "in.fa.gz", sequences, pack), tmp_path)
    assert found.bases == sum(map(len, sequences.values()))
    assert found.n == sequences["chr1"].count("N")
    assert (tmp_path / "genome.fa").read_bytes() == "".join(
        f">{name}\n{bases.upper()}\n" for name, bases in sequences.items()
    ).encode()
    assert (tmp_path / "genome.fa.bed").read_text() == runs(sequences)
    assert found.soft_masked == sum(base.islower() for bases in sequences.values() for base in bases)


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from(["1", "2", "X"]), st.text("acgtnACGTN", min_size=1, max_size=80), min_size=1),
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
        rewritten(source, folder)
        assert Path(folder, "genome.fa.bed").read_text() == runs(sequences)
        assert out.read_bytes() == fasta_text({n: s.upper() for n, s in sequences.items()}, 1000).replace(
            b" a description", b""
        )
        pysam.faidx(str(out), "--fai-idx", str(Path(folder, "samtools.fai")))
        assert Path(folder, "genome.fa.fai").read_text() == Path(folder, "samtools.fai").read_text()
        assert Genome.open(out).lengths == {name: len(bases) for name, bases in sequences.items()}


@settings(max_examples=40)
@given(st.text("acgnACGN", min_size=1, max_size=60), st.text("acgnACGN", min_size=1, max_size=60), st.data())
def test_windows_anywhere__fraction_of_lower_case_as_counted_base_by_base(first, second, data):
    sequences = {"b": first, "a": second}
    windows = []
    for name in data.draw(st.lists(st.sampled_from("ab"), min_size=1, max_size=8)):
        start = data.draw(st.integers(0, len(sequences[name]) - 1))
        windows.append((name, start, data.draw(st.integers(start + 1, len(sequences[name])))))
    with tempfile.TemporaryDirectory() as folder:
        rewritten(write_fasta(Path(folder, "in.fa"), sequences), folder)
        mask = SoftMask.read(Path(folder, "genome.fa.bed"))
    names, start, end = zip(*windows, strict=True)
    found = mask.fractions(pl.Series(names), np.array(start), np.array(end))
    wanted = [np.mean([base.islower() for base in sequences[name][a:b]]) for name, a, b in windows]
    unmasked = not any(base.islower() for base in first + second)
    np.testing.assert_allclose(found, [np.nan] * len(windows) if unmasked else wanted, rtol=1e-12)
