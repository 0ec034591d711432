"""A window with a variant: against editing the genome's text and cutting the window again."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_baseline import random_sequences
from helpers_genome import write_fasta
from lncprom.application.variant_windows import Windows
from lncprom.genome.bases import on_other_strand
from lncprom.genome.reader import Genome

BASES = random_sequences(1, 400, seed=8)[0]
GENOME = Genome.open(write_fasta(Path(tempfile.mkdtemp()) / "g.fa", {"c": BASES}))
_allele = st.text("ACGT", max_size=50)


def naive(tss: int, strand: str, index: int, length: int, text: str) -> str:
    start = tss - index if strand == "+" else tss - (length - 1 - index)
    window = text[start : start + length]
    return window if strand == "+" else on_other_strand(window)


@settings(max_examples=60)
@given(
    st.integers(150, 250), st.sampled_from("+-"), st.integers(90, 290), st.integers(0, 50), _allele, st.integers(1, 39)
)
def test_any_variant_on_both_strands__as_cut_from_the_edited_genome(tss, strand, start, size, inserted, index):
    length = 40
    promoters = pl.DataFrame({"chrom": ["c"], "tss": [tss], "strand": [strand]})
    windows = Windows.of(promoters, GENOME, length, index)
    deleted = BASES[start : start + size]
    change = pl.DataFrame({"chrom": ["c"], "start": [start], "deleted": [deleted], "inserted": [inserted]})
    pairs = windows.holding(change)
    first = tss - index if strand == "+" else tss - (length - 1 - index)
    touched = {*range(start, start + size)} & {*range(first, first + length)} or (
        not size and first < start < first + length
    )
    assert pairs.height == bool(touched)
    if not touched:
        return
    pairs = pairs.hstack(change.select("start", "deleted", "inserted"))
    moved = len(inserted) - size
    covers = bool(moved) and start <= tss < start + size
    assert windows.move_tss(pairs).to_list() == [covers]
    if covers:
        return
    edited = BASES[:start] + inserted + BASES[start + size :]
    now = tss + (moved if start <= tss else 0)
    ((_, found),) = windows.changed(GENOME, pairs)
    assert found == [naive(now, strand, index, length, edited)]
    offset = windows.offsets(*(pairs[name].to_numpy() for name in ("window", "start")), size)
    assert windows.starts(pairs["window"].to_numpy(), offset, size).tolist() == [start]


def test_windows_within_50_bases_of_an_end__left_out():
    promoters = pl.DataFrame({"chrom": ["c"] * 4, "tss": [89, 90, 339, 340], "strand": ["+"] * 4})
    assert Windows.of(promoters, GENOME, 50, 39).rows["tss"].to_list() == [89, 90, 339]
    assert Windows.of(promoters, GENOME, 50, 40).rows["tss"].to_list() == [90, 339, 340]
