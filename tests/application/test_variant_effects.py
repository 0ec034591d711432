"""Effects of variants on planted promoters, by models that learnt the planted motif."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from helpers_genome import write_fasta
from helpers_variants import LENGTH, MOTIF_AT, PROMOTERS, TSS_INDEX, bases, genome, models, promoters, window_start
from lncprom.application import saturation, variant_effects
from lncprom.attribution import changes as ism
from lncprom.errors import InputError
from lncprom.genome.bases import on_other_strand
from lncprom.genome.reader import Genome

EFFECT = ["delta", "delta_sd", "agree", "delta_probability", "null_n", "percentile", "p"]
TEXT = bases()


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> Genome:
    return Genome.open(genome(tmp_path_factory.mktemp("genome")))


def snvs(number: int = 400, seed: int = 1) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    start = np.sort(draw.choice(PROMOTERS, number) * 400 + 150 + draw.integers(0, LENGTH, number))
    deleted = [TEXT[at] for at in start]
    inserted = [draw.choice([base for base in "ACGT" if base != old]) for old in deleted]
    rows = pl.DataFrame({"chrom": "chr1", "start": start, "deleted": deleted, "inserted": inserted})
    return rows.unique(["start", "inserted"], maintain_order=True)


@pytest.fixture(scope="module")
def found(opened) -> pl.DataFrame:
    return variant_effects.effects(snvs(), promoters(), opened, models(), null=50, seed=7).rows


def test_variants_in_the_planted_motif__ranked_above_the_others_and_rare_in_the_null(found):
    index = found["distance"] + TSS_INDEX
    broken = index.is_between(MOTIF_AT, MOTIF_AT + 5).to_numpy()
    assert 20 < broken.sum() < 80
    assert roc_auc_score(broken, found["delta"].abs()) > 0.9
    assert found.filter(broken)["delta"].mean() < -1
    assert abs(found.filter(~broken)["delta"].mean()) < 0.1
    assert found.filter(broken)["agree"].mean() > 0.95
    assert found.filter(broken)["delta_probability"].mean() < found.filter(~broken)["delta_probability"].mean() - 0.05
    # the null of other positions holds variants like any other: their p is that of any
    neutral = found.filter(~broken, pl.col("null_n") >= 5)
    assert neutral.height > 100
    assert 0.4 < neutral["p"].mean() < 0.65
    assert 40 < neutral["percentile"].mean() < 60


def test_genome_read_from_its_other_strand__the_same_effects(found, tmp_path):
    size = len(TEXT)
    other = Genome.open(write_fasta(tmp_path / "g.fa", {"chr1": on_other_strand(TEXT)}))
    turned = promoters().with_columns(
        tss=size - 1 - pl.col("tss"), strand=pl.col("strand").replace({"+": "-", "-": "+"})
    )
    base = pl.col("deleted", "inserted").replace(dict(zip("ACGT", "TGCA", strict=True)))
    variants = snvs().with_columns(base, start=size - 1 - pl.col("start"))
    there = variant_effects.effects(variants, turned, other, models(), null=0, seed=7).rows
    assert there["promoter"].equals(found["promoter"])
    assert there["distance"].equals(found["distance"])
    np.testing.assert_allclose(there["delta"], found["delta"], atol=1e-12)


def test_ref_equal_to_alt__no_change_and_p_of_1(opened):
    same = snvs().head(20).with_columns(inserted="deleted")
    rows = variant_effects.effects(same, promoters(), opened, models(), null=20, seed=7).rows
    assert rows["delta"].to_list() == [0.0] * rows.height
    assert set(rows["p"].drop_nulls()) == {1.0}


def test_variants_in_another_order_and_beside_others__the_same_numbers(opened, found):
    variants = snvs()
    part = variants.with_row_index("own").sample(fraction=0.5, shuffle=True, seed=3)
    rows = variant_effects.effects(part.drop("own"), promoters(), opened, models(), null=50, seed=7).rows
    rows = rows.with_columns(variant=part["own"].gather(rows["variant"]).cast(pl.Int64)).sort("variant", "promoter")
    same = found.filter(pl.col("variant").is_in(part["own"].implode())).sort("variant", "promoter")
    assert rows.select(EFFECT).equals(same.select(EFFECT))


def test_each_window__scored_once_without_a_variant(opened):
    scorer = models()
    rows = variant_effects.effects(snvs(), promoters(), opened, scorer, null=0, seed=7)
    assert len(scorer.seen) == rows.counts["windows"] + rows.counts["scored"]
    assert rows.counts["scored"] == rows.counts["pairs"] == snvs().height


def test_saturation_of_a_window__in_silico_mutagenesis_and_the_route_of_variants(opened):
    start = window_start(1)
    region = pl.DataFrame({"chrom": ["chr1"], "start": [start], "end": [start + LENGTH]})
    every = saturation.saturate(region, promoters(), opened, models(), "r.bed").sort("position", "alt")
    assert every.height == 3 * LENGTH
    variants = every.select("chrom", start=pl.col("position") - 1, deleted="ref", inserted="alt")
    rows = variant_effects.effects(variants, promoters(), opened, models(), null=0, seed=7).rows
    np.testing.assert_allclose(every["delta"], rows["delta"], rtol=1e-5)

    class Explained:  # what attribution asks of a model
        logit = staticmethod(lambda texts, names, index: models().logits(names, texts).mean(axis=0))
        seen = staticmethod(lambda texts, names, index: [(0, LENGTH)])

    window = on_other_strand(TEXT[start : start + LENGTH])
    scores = ism.mutagenesis(Explained, window, "w", TSS_INDEX)
    means = every.group_by("distance").agg(pl.col("delta").mean()).sort("distance")["delta"]
    np.testing.assert_allclose(-means, scores, rtol=1e-4, atol=1e-6)


def test_deletion_of_the_motif_and_insertion_before_it__one_breaks_it_the_other_does_not_move_it(opened):
    at = window_start(0) + MOTIF_AT
    rows = [(at + 1, TEXT[at + 1 : at + 5], ""), (at, "", "ACGT"), (at + 3, "", "GC"), (at + 30, TEXT[at + 30], "GGGG")]
    rows += [(window_start(0) + TSS_INDEX - 1, TEXT[window_start(0) + TSS_INDEX - 1 :][:3], "A")]
    variants = pl.DataFrame(rows, ["start", "deleted", "inserted"], orient="row").with_columns(chrom=pl.lit("chr1"))
    done = variant_effects.effects(variants, promoters(), opened, models(), null=20, seed=7)
    delta = dict(done.rows.select("variant", "delta").iter_rows())
    # what is anchored at the TSS: bases added upstream of the motif leave it where it is
    assert max(delta[0], delta[2]) < -1
    assert abs(delta[1]) < 1
    assert abs(delta[3]) < 1
    assert done.dropped == {"insertions and deletions that move the TSS's base": 1}
    assert done.rows["null_n"].min() > 10
    with pytest.raises(InputError, match=r"none of 1 variants .*beside 1 that move a TSS"):
        variant_effects.effects(variants.tail(1), promoters(), opened, models(), null=20, seed=7)
