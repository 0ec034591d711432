"""Windows around a TSS: against the definition base by base, from every kind of FASTA."""

from __future__ import annotations

import gzip
import os
import random
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_genome import EOF, bgzip, naive_window, write_fasta
from lncprom.errors import InputError
from lncprom.genome.coordinates import window_bounds
from lncprom.genome.reader import Genome

UPSTREAM, TSS, DOWNSTREAM = "C" * 249, "A", "T" * 50


def text(codes: np.ndarray) -> list[str]:
    return [row.tobytes().decode() for row in codes]


def test_genes_of_300_on_both_strands__tss_between_249_and_50_bases(tmp_path):
    # of the reverse gene on the forward strand: 50 downstream bases, the TSS, 249 upstream bases, each complemented
    bases = "G" * 10 + UPSTREAM + TSS + DOWNSTREAM + "A" * 50 + "T" + "G" * 249
    genome = Genome.open(write_fasta(tmp_path / "g.fa", {"chr1": bases}))
    assert text(genome.windows(["chr1"] * 2, [259, 360], ["+", "-"], 300)) == [UPSTREAM + TSS + DOWNSTREAM] * 2


_bases = st.builds(
    lambda seed, size: "".join(random.Random(seed).choices("ACGTNacgtnRyX", k=size)),
    st.integers(0, 1000),
    st.integers(1, 200),  # longer than a window more often than not, which st.text seldom is
)
_genomes = st.dictionaries(st.sampled_from(["chr1", "chr2", "chrM", "KI270302.1"]), _bases, min_size=1)


@settings(max_examples=40)
@given(
    _genomes,
    st.integers(52, 90),
    st.sampled_from(["plain", "bgzip"]),
    st.integers(1, 70),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_every_window_of_any_genome__is_that_of_the_definition(sequences, length, compressed, width, end, last_end):
    with tempfile.TemporaryDirectory() as folder:
        path = write_fasta(Path(folder, "g.fa"), sequences, compressed, 50, width=width, end=end, last_end=last_end)
        genome = Genome.open(path)
        assert genome.lengths == {name: len(bases) for name, bases in sequences.items()}
        sites = pl.DataFrame(
            [(name, tss, strand) for name, bases in sequences.items() for tss in range(len(bases)) for strand in "+-"],
            schema=["chrom", "tss", "strand"],
            orient="row",
        ).sample(fraction=1, shuffle=True, seed=1)
        fits = genome.fits(sites["chrom"], sites["tss"].to_numpy(), sites["strand"].to_numpy(), length)
        kept = sites.filter(fits)
        windows = genome.windows(kept["chrom"], kept["tss"].to_numpy(), kept["strand"].to_numpy(), length)
    wanted, wanted_fits = [], []
    for chrom, tss, strand in sites.rows():
        start, end_ = window_bounds(tss, strand, length)
        wanted_fits.append(start >= 0 and end_ <= len(sequences[chrom]))
        if wanted_fits[-1]:
            wanted.append(naive_window(sequences[chrom], tss, strand, length))
    assert fits.tolist() == wanted_fits
    assert text(windows) == wanted


def test_chromosome_that_is_not_there_or_missing__does_not_fit(tmp_path):
    genome = Genome.open(write_fasta(tmp_path / "g.fa", {"chr1": "A" * 200}))
    assert genome.fits(["chr1", "1", None], [100, 100, 100], ["+", "+", "-"], 60).tolist() == [True, False, False]


def test_protein_letters_in_a_window__refused_by_sequence(tmp_path):
    genome = Genome.open(write_fasta(tmp_path / "p.fa", {"ok": "ACGT" * 20, "sp|P1": "MEEPQSDPSV" * 20}))
    assert genome.windows(["ok"], [20], ["+"], 60).shape == (1, 60)
    with pytest.raises(InputError, match=r"p\.fa, sequence sp\|P1: letters that are not bases"):
        genome.windows(["ok", "sp|P1"], [20, 100], ["+", "-"], 60)


def test_index_absent__made_beside_the_fasta_and_used_again(tmp_path):
    path = write_fasta(tmp_path / "g.fa", {"chr1": "ACGT" * 50, "chr2": "A" * 10})
    Genome.open(path)
    made = tmp_path / "g.fa.fai"
    assert made.read_text() == "chr1\t200\t20\t60\t61\nchr2\t10\t244\t10\t11\n"
    before = made.stat().st_mtime_ns
    assert Genome.open(path).lengths == {"chr1": 200, "chr2": 10}
    assert made.stat().st_mtime_ns == before


def test_folder_that_cannot_be_written__no_index_and_the_same_windows(tmp_path, monkeypatch):
    path = write_fasta(tmp_path / "g.fa", {"chr1": "ACGT" * 50})
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert text(Genome.open(path).windows(["chr1"], [100], ["+"], 52)) == [("ACGT" * 50)[99:151]]
    assert [file.name for file in tmp_path.iterdir()] == ["g.fa"]


@pytest.mark.parametrize("compressed", ["plain", "bgzip"])
@pytest.mark.parametrize(
    "other",
    [
        {"chr1": "C" * 200},
        {"chrA": "ACGT" * 50, "chr2": "A" * 10},
        {"chr1": "ACGT" * 60, "chr2": "A" * 10},
        {"chr1": "ACGT" * 50, "chr2": "A" * 11},
        {"chr1": "ACGT" * 50, "chr2": "A" * 10, "chr3": "A" * 9},
        {"chr1": "ACGT" * 5},
    ],
)
def test_index_of_another_fasta__noticed_and_built_again(tmp_path, compressed, other):
    path = write_fasta(tmp_path / "g.fa", {"chr1": "ACGT" * 50, "chr2": "A" * 10}, compressed)
    Genome.open(path)
    write_fasta(path, other, compressed)
    assert Genome.open(path).lengths == {name: len(bases) for name, bases in other.items()}


def test_link_to_a_fasta__the_index_beside_its_target_is_used(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "here").mkdir()
    target = write_fasta(tmp_path / "there" / "g.fa", {"chr1": "ACGT" * 50})
    Genome.open(target)
    link = tmp_path / "here" / "staged.fa"
    link.symlink_to(target)
    assert Genome.open(link).names == ("chr1",)
    assert [file.name for file in link.parent.iterdir()] == ["staged.fa"]


@pytest.mark.parametrize("hidden", [0, 1, 2])
def test_index_that_leaves_out_a_sequence__noticed_and_built_again(tmp_path, hidden):
    path = write_fasta(tmp_path / "g.fa", {"chr1": "ACGT" * 50, "chr2": "A" * 10, "chr3": "C" * 9})
    Genome.open(path)
    made = tmp_path / "g.fa.fai"
    lines = made.read_text().splitlines(keepends=True)
    made.write_text("".join(lines[:hidden] + lines[hidden + 1 :]))
    assert Genome.open(path).names == ("chr1", "chr2", "chr3")


@pytest.mark.parametrize("index", ["chr1\t200\n", "", "chr1\t200\t6\t0\t0\n", "\xff"])
def test_broken_index__built_again(tmp_path, index):
    path = write_fasta(tmp_path / "g.fa", {"chr1": "ACGT" * 50})
    (tmp_path / "g.fa.fai").write_text(index, encoding="latin-1")
    assert Genome.open(path).lengths == {"chr1": 200}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b">chr1\nACGT\nAC\nACGT\n", "lines of different lengths in a sequence. Run prepare_genome on it."),
        (b">chr1\nACGT\n>chr1\nAC\n", "two sequences are named chr1"),
        (b">chr1\n>chr2\nAC\n", "sequence chr1: no bases"),
        (gzip.compress(b">chr1\nACGT\n", mtime=0), "plain gzip has no random access. Run prepare_genome on it."),
        (bgzip(b">chr1\nACGT\n", 8)[: -len(EOF)], "the bgzip file is damaged or ends too early"),
    ],
)
def test_fasta_without_an_index__refused_with_the_remedy_and_no_file_left(tmp_path, content, words):
    (tmp_path / "g.fa").write_bytes(content)
    with pytest.raises(InputError, match=r"^g\.fa") as caught:
        Genome.open(tmp_path / "g.fa")
    assert words in caught.value.message
    assert [file.name for file in tmp_path.iterdir()] == ["g.fa"]
