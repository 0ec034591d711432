"""Importance of single bases of the highest promoters and about variants, by models that learnt the planted motif."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from helpers_variants import LENGTH, MOTIF_AT, TSS_INDEX, bases, genome, models, promoters, window_start
from lncprom.application import panels, saturation, variant_effects
from lncprom.genome.bases import on_other_strand
from lncprom.genome.reader import Genome

TEXT = bases()
MOTIF = range(MOTIF_AT, MOTIF_AT + 6)


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> Genome:
    return Genome.open(genome(tmp_path_factory.mktemp("genome")))


def test_highest_sequences__the_planted_motif_and_the_numbers_of_saturation(opened):
    start = window_start(1)
    window = on_other_strand(TEXT[start : start + LENGTH])
    rows = pl.DataFrame({"id": ["low", "high", "odd"], "sequence": ["A" * LENGTH, window, window + "ACGT"]})
    scores = rows.select("id", logit=pl.Series([-9.0, 5.0, 2.0]))
    first, second = panels.of_highest(models(), scores, rows, 2)
    assert (first["id"], first["first"], first["tss_known"], first["sequence"]) == ("high", -TSS_INDEX, True, window)
    assert set(np.argsort(first["importance"])[-6:]) == set(MOTIF)
    region = pl.DataFrame({"chrom": ["chr1"], "start": [start], "end": [start + LENGTH]})
    every = saturation.saturate(region, promoters(), opened, models(), "r.bed")
    means = every.group_by("distance").agg(pl.col("delta").mean()).sort("distance")["delta"]
    np.testing.assert_allclose(first["importance"], -means, rtol=1e-3, atol=1e-5)
    assert (second["id"], second["first"], second["tss_known"]) == ("odd", 0, False)


def test_unknown_base__compared_with_all_four():
    text = "ACGTN" * 12
    [value] = panels.importance(models(), "x", text, 4, 5)
    logits = models().logits(["x"] * 5, [text, *(text[:4] + base + text[5:] for base in "ACGT")]).mean(axis=0)
    assert value == pytest.approx(logits[0] - logits[1:].mean(), rel=1e-3)


@pytest.mark.parametrize("promoter", [0, 1])
@pytest.mark.parametrize(
    ("index", "deleted", "inserted"),
    [
        (MOTIF_AT + 2, 1, "G"),  # in the motif
        (MOTIF_AT + 1, 4, ""),
        (MOTIF_AT - 2, 0, "ACGTT"),
        (TSS_INDEX, 0, "GG"),  # before the TSS's base
        (TSS_INDEX, 1, "N"),
        (TSS_INDEX + 5, 3, "A"),
        (LENGTH - 4, 0, "CAT"),
        (2, 1, "TTT"),
    ],
)
def test_variant__the_allele_between_the_same_flanks(opened, promoter, index, deleted, inserted):
    begin = window_start(promoter)
    start = begin + index if promoter == 0 else begin + LENGTH - index - deleted
    old = TEXT[start : start + deleted]
    rows = pl.DataFrame({"chrom": ["chr1"], "start": [start], "deleted": [old], "inserted": [inserted]})
    done = variant_effects.effects(rows, promoters(), opened, models(), null=0, seed=7)
    [one] = panels.of_variants(models(), done.rows, done.windows, opened, 3)
    assert one["distance"] == index - TSS_INDEX
    turned = (lambda text: on_other_strand(text)) if promoter else (lambda text: text)
    parts = []
    for allele, text in zip(one["alleles"], (old, inserted), strict=True):
        at, size, sequence = allele["at"], allele["size"], allele["sequence"]
        assert sequence[at : at + size] == turned(text)
        assert len(allele["importance"]) == len(sequence)
        parts.append((sequence[:at], sequence[at + size :]))
    (before, after), (changed_before, changed_after) = parts
    assert before.endswith(changed_before) or changed_before.endswith(before)
    assert after.startswith(changed_after) or changed_after.startswith(after)
    if index == MOTIF_AT + 2:
        motif = slice(one["alleles"][0]["at"] - 2, one["alleles"][0]["at"] + 4)
        reference, changed = (sum(allele["importance"][motif]) for allele in one["alleles"])
        assert reference > 2 * abs(changed)
