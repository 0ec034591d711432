"""Names of patterns, motifs in regions, elements, odds: each against another route to the same number."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from lncprom.genome.bases import CODES
from lncprom.motifs import (
    composition,
    core_elements,
    databases,
    enrichment,
    enrichment_tests,
    outputs,
    seqlets,
    sequences_and_scores,
)
from lncprom.motifs import tomtom as matching

DATA = Path(__file__).parents[1] / "data" / "motifs"


@pytest.fixture(scope="module")
def jaspar():
    return databases.load(None, "JASPAR2024", 1)


def resampled(motif: databases.Motif, sites: int, chance: np.random.Generator) -> np.ndarray:
    counts = np.stack([chance.multinomial(sites, column / column.sum()) for column in motif.shares.T], axis=1)
    return databases.shares(counts.astype(float))


def test_jaspar_2024__latest_vertebrate_matrices_each_once(jaspar):
    ids = [motif.id for motif in jaspar.motifs]
    assert (len(ids), len({identity.split(".")[0] for identity in ids})) == (879, 879)
    assert {"MA0079.5", "MA0108.3", "MA0506.3"} <= set(ids)
    for motif in jaspar.motifs:
        assert motif.shares.sum(axis=0) == pytest.approx(np.ones(motif.shares.shape[1]))
    (sp1,) = [motif for motif in jaspar.motifs if motif.id == "MA0079.5"]
    assert (sp1.name, sp1.family) == ("SP1", "Three-zinc finger Kruppel-related")


def test_resampled_motifs__their_own_name_first_on_either_strand(jaspar):
    chance = np.random.default_rng(1)
    chosen = chance.choice(len(jaspar.motifs), 60, replace=False)
    queries = [resampled(jaspar.motifs[at], 30, chance) for at in chosen]
    turned = [query[::-1, ::-1] for query in queries]
    found = matching.match([*queries, *turned], jaspar, 0.05)
    own = [jaspar.motifs[at].id for at in chosen] * 2
    rank = [[hit["motif_id"] for hit in hits].index(name) for hits, name in zip(found, own, strict=True)]
    assert min(np.mean(np.array(part) == 0) for part in (rank[:60], rank[60:])) > 0.8
    assert max(rank) < 8
    first, second = (
        [hits[at] for hits, at in zip(part, places, strict=True)]
        for part, places in ((found[:60], rank[:60]), (found[60:], rank[60:]))
    )
    p = [np.log10([hit["p_value"] for hit in part]) for part in (first, second)]
    assert p[0] == pytest.approx(p[1], abs=0.7)  # it bins its scores
    turned = [one["strand"] != other["strand"] for one, other in zip(first, second, strict=True)]
    assert np.mean(turned) > 0.8  # the rest are their own reverse


def test_p_values__memelite_s_own_and_q_over_all_patterns(jaspar):
    from memelite import tomtom

    queries = [jaspar.motifs[at].shares for at in (3, 70, 500)]
    p = np.clip(tomtom(queries, [motif.shares for motif in jaspar.motifs])[0], 0, 1)
    q = stats.false_discovery_control(p.ravel()).reshape(p.shape)
    place = {motif.id: at for at, motif in enumerate(jaspar.motifs)}
    for row, hits in enumerate(matching.match(queries, jaspar, 0.05)):
        at = [place[hit["motif_id"]] for hit in hits]
        assert [hit["p_value"] for hit in hits] == pytest.approx(np.sort(p[row])[: len(hits)])
        assert [hit["q_value"] for hit in hits] == pytest.approx(q[row, at])
        assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1))
        assert all(rank < 5 or hit["q_value"] <= 0.05 for rank, hit in enumerate(hits))
    assert matching.match([], jaspar, 0.05) == []


def test_three_motifs_of_a_file__null_filled_by_jaspar_and_only_they_are_named(jaspar):
    own = databases.load(DATA / "three.meme", "JASPAR2024", 1)
    assert [motif.id for motif in own.motifs] == ["GCBOX", "TATA", "CCAAT"]
    assert len(own.fillers) == 879
    noise = databases.shares(np.random.default_rng(0).multinomial(20, [0.25] * 4, size=9).T.astype(float))
    tata, none = matching.match([own.motifs[1].shares, noise], own, 0.05)
    assert (len(tata), len(none), tata[0]["motif_id"]) == (3, 3, "TATA")
    assert tata[0]["q_value"] < 0.01 < none[0]["q_value"]


def test_odds__fisher_s_p_and_woolf_s_interval():
    one = enrichment_tests.enriched([8, 0, 0], [20, 10, 0], [2, 3, 1], [30, 10, 9])
    expected = [stats.fisher_exact(cells, "greater").pvalue for cells in ([[8, 12], [2, 28]], [[0, 10], [3, 7]])]
    assert one["p_value"][:2] == pytest.approx(expected)
    ratio = 8.5 * 28.5 / (12.5 * 2.5)
    spread = 1.959964 * np.sqrt(1 / 8.5 + 1 / 12.5 + 1 / 2.5 + 1 / 28.5)
    assert [one[name][0] for name in ("odds_ratio", "ci_low", "ci_high")] == pytest.approx(
        (ratio, ratio * np.exp(-spread), ratio * np.exp(spread)), rel=1e-5
    )
    assert np.isnan([part[2] for part in one.values()]).all()
    both = enrichment_tests.enriched(8, 20, 2, 30, two_sided=True)
    assert float(both["p_value"]) == pytest.approx(stats.fisher_exact([[8, 12], [2, 28]]).pvalue)
    q = enrichment_tests.false_discovery(np.array([0.01, np.nan, 0.04]))
    assert q.tolist() == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)


def test_background__same_place_other_sequence_like_gc_and_no_window_of_its_own():
    chance = np.random.default_rng(1)
    codes = chance.integers(0, 4, (40, 150)).astype(np.uint8)
    codes[:, 90:] = chance.choice([1, 2], (40, 60))
    row = np.arange(20)
    start = np.repeat([60, 95], 10)
    windows = seqlets.Windows(row, start, start + 9, np.ones(20), np.ones(20))
    other = enrichment.background(windows, codes, np.arange(40), np.random.default_rng(2))
    important = enrichment.regions(windows, codes)
    assert important.shape == (20, 31)
    assert (important[0] == codes[0, 49:80]).all()
    assert 30 <= len(other) <= 60
    there = {tuple(codes[at, place : place + 31]) for place in (49, 84) for at in range(40)}
    mine = {tuple(region) for region in important.tolist()}
    assert {tuple(region) for region in other.tolist()} <= there - mine
    gc = [((part == 1) | (part == 2)).mean() for part in (important, other)]
    assert gc[0] == pytest.approx(gc[1], abs=0.03)


def test_enriched_motif__first_with_its_counts(jaspar):
    chance = np.random.default_rng(1)
    here, there = (chance.integers(0, 4, (200, 31)).astype(np.uint8) for _ in range(2))
    here[:80, 10:17] = [3, 0, 3, 0, 0, 0, 0]
    chosen = [motif for motif in jaspar.motifs if motif.id in ("MA0108.3", "MA0506.3", "MA0139.2")]
    ((first, *rest),) = enrichment.compare(chosen, [(here, there)])
    assert (first["motif_id"], first["important"], first["background"]) == ("MA0108.3", 200, 200)
    assert first["important_with"] >= 80
    assert first["q_value"] < 1e-10
    assert min(row["q_value"] for row in rest) > 0.01
    assert [enrichment.threshold(motif) for motif in chosen] == [1e-3, 1e-4, 1e-4]
    assert all(np.isnan(row["p_value"]) for row in enrichment.compare(chosen, [(here[:0], there[:0])])[0])


LETTERS = {"B": "[CGT]", "D": "[AGT]", "K": "[GT]", "N": ".", "R": "[AG]", "S": "[CG]", "V": "[ACG]", "W": "[AT]"}
LETTERS |= {"Y": "[CT]"}


def by_regex(element: core_elements.Element, text: str, tss: int) -> bool:
    pattern = "".join(LETTERS.get(letter, letter) for letter in element.consensus)
    strands = [pattern, pattern.translate(str.maketrans("ACGT[]", "TGCA]["))[::-1]]
    for place in range(element.first, element.last + 1):
        at = tss + (place - 1 if place > 0 else place)
        if place and any(re.match(strand, text[at:]) for strand in strands[: 1 + element.both_strands]):
            return True
    return False


@pytest.mark.parametrize("element", core_elements.ELEMENTS, ids=lambda element: element.name)
def test_element__as_a_regular_expression_finds_it(element):
    chance = np.random.default_rng(7)
    texts = ["".join(chance.choice(list("ACGT"), size=300)) for _ in range(400)]
    codes = CODES[np.array([list(text.encode()) for text in texts])]
    at, held = core_elements.found(element, codes, -249)
    expected = [by_regex(element, text, 249) for text in texts]
    assert (at >= 0).tolist() == expected
    assert sum(expected) > 0 or element.name in ("TATA box", "BREu")
    assert held.all()


def test_tata_box_at_minus_30__is_held_and_its_importance_told_from_other_sequences():
    chance = np.random.default_rng(7)
    codes = chance.integers(0, 4, (80, 300)).astype(np.uint8)
    codes[:30, 219:227] = [3, 0, 3, 0, 0, 0, 0, 2]
    label = np.repeat([1, 0], 40)
    given = chance.normal(size=(80, 300))
    given[:30, 219:227] += 3
    (row,) = [row for row in core_elements.presence(codes, label, np.arange(80), -249) if row["element"] == "TATA box"]
    assert (row["positives_with"], row["positives"], row["negatives_with"], row["negatives"]) == (30, 40, 0, 40)
    assert row["p_value"] == pytest.approx(stats.fisher_exact([[30, 10], [0, 40]]).pvalue)
    scored = sequences_and_scores.Scored(
        [""] * 80, label, np.arange(80), codes, -249, True, {"": given}, {"": [1]}, "integrated_gradients"
    )
    expected = composition.expected(scored, 1)
    ranked = core_elements.ranked(scored, "", np.arange(40), 1, expected, np.random.default_rng(1))
    tata = next(row for row in ranked if row["element"] == "TATA box")
    assert (tata["with_n"], tata["without_n"]) == (30, 10)
    assert tata["rank_with"] > 0.9 > 0.7 > tata["rank_without"]
    assert tata["superiority"] == 1
    assert tata["rank_p"] < 1e-5
    assert tata["composition_p"] < 1e-5
    rest = core_elements.ranked(scored, "", np.arange(80), 1, None, np.random.default_rng(1))
    assert min(row["rank_p"] for row in rest if row["element"] != "TATA box" and "rank_p" in row) > 1e-3


def test_samples_twice_in_their_groups__p_values_and_intervals_of_the_samples_themselves():
    draw = np.random.default_rng(2)
    found, first, group = draw.random(90) < np.repeat([0.5, 0.2], 45), np.repeat([True, False], 45), np.arange(90)

    def odds(times: int) -> dict[str, float]:
        mine, of, at = (np.tile(part, times) for part in (found, first, group))
        counts = (mine[of].sum(), of.sum(), mine[~of].sum(), (~of).sum())
        alone = {name: float(part) for name, part in enrichment_tests.enriched(*counts, two_sided=True).items()}
        return enrichment_tests.over_groups(alone, mine, of, at), alone

    (once, alone), (twice, wrong) = odds(1), odds(2)
    assert once == pytest.approx(alone)
    assert np.log(twice["p_value"]) == pytest.approx(np.log(once["p_value"]), rel=0.2)
    assert np.log(wrong["p_value"]) < 1.6 * np.log(once["p_value"])
    assert twice["ci_low"] == pytest.approx(once["ci_low"], rel=0.05)
    inside, outside = draw.normal(0.6, 1, 40), draw.normal(0, 1, 50)
    groups = np.arange(40), np.arange(40, 90)
    once = enrichment_tests.higher(inside, outside, groups)
    pairs = (np.tile(part, 2) for part in (inside, outside))
    twice = enrichment_tests.higher(*pairs, tuple(np.tile(part, 2) for part in groups))
    assert once[1] == pytest.approx(stats.mannwhitneyu(inside, outside, alternative="greater").pvalue, rel=0.05)
    assert once[0] == pytest.approx((inside[:, None] > outside).mean())
    assert (twice[0], np.log(twice[1])) == (pytest.approx(once[0]), pytest.approx(np.log(once[1]), rel=0.05))


def test_consensus__letters_within_half_the_greatest_share():
    shares = np.array([[97, 1, 1, 1], [48, 1, 3, 48], [25, 25, 25, 25], [40, 10, 10, 40]]).T / 100
    assert core_elements.consensus(shares) == "AWNW"


def test_logo__same_bytes_twice_and_no_date(jaspar):
    one, two = (outputs.logo(jaspar.motifs[5].shares, "a < b") for _ in range(2))
    assert one == two
    assert "date" not in one.lower()
    assert one.startswith("<?xml")
    assert len(one) < 60_000
