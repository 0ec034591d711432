"""Baselines on planted and on published data: each finds what its features can hold, and nothing else."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import matthews_corrcoef

from helpers_baseline import planted, random_sequences, table
from lncprom import random_keys
from lncprom.baseline import classifier, train, trivial
from lncprom.baseline.position_ladder import PositionLadder
from lncprom.datasets import sequences, shuffles

MOTIF = "GATTACAT"
SAMPLES = 600


def planted_at(place: int | None) -> pl.DataFrame:
    """Positives have the motif at a place or (None) anywhere; negatives have its letters in other orders there."""
    draw, rows = np.random.default_rng(4), []
    for at, text in enumerate(random_sequences(SAMPLES, 80, seed=3)):
        where = int(draw.integers(80 - len(MOTIF))) if place is None else place
        # at a fixed place, negatives have the motif too, but elsewhere
        if place is not None and at % 2 == 0:
            where = int(draw.integers(place + len(MOTIF), 80 - len(MOTIF)))
        word = MOTIF if place is not None or at % 2 else "".join(draw.permutation(list(MOTIF)))
        rows.append(text[:where] + word + text[where + len(MOTIF) :])
    return planted(SAMPLES, sequence=rows)


def scores(rows: pl.DataFrame, *features: str) -> dict[str, float]:
    """MCC on dev and test of feature sets and trivial baselines."""
    held, found = rows.filter(pl.col("fold") != "train"), {}
    for name in features:
        if name in trivial.BASELINES:
            probability = trivial.BASELINES[name](rows.with_columns(answer="label"))[0]
            called = probability[(rows["fold"] != "train").to_numpy()] >= 0.5
        else:
            settings = train.Settings(features=name, baselines=("none",))
            model = train.train(rows, "planted", "d.parquet", settings, lambda line: None).model
            called = model.predict_probability(held["sequence"].to_list()) >= 0.5
        found[name] = matthews_corrcoef(held["label"], called)
    return found


def test_motif_at_a_fixed_place__found_by_the_ladder_and_hardly_by_counts():
    found = scores(planted_at(20), "position_ladder", "position", "kmers")
    assert found["position_ladder"] > 0.9
    assert found["position"] > 0.9
    assert found["kmers"] < 0.4


def test_motif_anywhere__found_by_counts_and_not_by_bases_in_place():
    found = scores(planted_at(None), "kmers", "gapped_kmers", "position")
    assert found["kmers"] > 0.7
    assert found["gapped_kmers"] > 0.7
    assert abs(found["position"]) < 1.96 / math.sqrt(SAMPLES / 5)


def test_shuffled_labels__nothing_found():
    rows = planted_at(20).with_columns(pl.col("label").shuffle(seed=8))
    for name, mcc in scores(rows, *classifier.FEATURE_SETS, "gc_cpg", "dinucleotide", "position").items():
        assert abs(mcc) < 2.6 / math.sqrt(SAMPLES / 5), name  # 99% of a normal MCC at 0


@pytest.mark.parametrize(("shuffle", "low", "high"), [("shuffle", 0.8, 1), ("dinucleotide_shuffle", -0.1, 0.1)])
def test_shuffled_negatives__seen_by_the_dinucleotide_baseline_unless_they_keep_dinucleotides(shuffle, low, high):
    pairs = np.array(["CG", "CG", "TA", "AC", "GT"])[np.random.default_rng(1).integers(5, size=(SAMPLES // 2, 50))]
    codes = sequences.to_codes(pl.Series(["".join(row) for row in pairs]))
    negatives = getattr(shuffles, shuffle)(codes, random_keys.keys(map(str, range(len(codes))), 1, "test"))
    both = np.stack([negatives, codes], axis=1).reshape(SAMPLES, -1)
    rows = planted(SAMPLES, sequence=sequences.to_strings(both))
    assert low <= scores(rows, "dinucleotide")["dinucleotide"] <= high


@pytest.fixture(scope="module")
def tata(real_data) -> pl.DataFrame:
    parts = [
        pl.read_csv(real_data / "gue" / f"prom_300_tata.{part}.csv.gz").with_columns(fold=pl.lit(part))
        for part in ("train", "dev")
    ]
    rows = pl.concat(parts)
    names = [f"s{at:05d}" for at in range(rows.height)]
    of_all = {"task": "tata", "transform": "none"}
    return table(
        sample_id=names,
        group=names,
        **{name: [value] * rows.height for name, value in of_all.items()},
        **rows.select("label", "fold", "sequence").to_dict(),
    )


def test_gue_tata__bases_in_place_on_dev_above_74(tata):
    assert scores(tata, "position")["position"] >= 0.74


def test_gue_tata__the_ladder_on_dev_above_79(tata):
    """With the width and c that dev chooses (.03 and 15 bases), to save the eight other fits."""
    known, dev = (tata.filter(pl.col("fold") == part) for part in ("train", "dev"))
    ladder, sequences = PositionLadder(300, False, 249, 15), known["sequence"].to_list()
    fits = classifier.fit([(ladder, ladder.features(sequences))], sequences, known["label"].to_numpy(), [0.03])
    probability = next(fits)[0].predict_probability(dev["sequence"].to_list())
    assert matthews_corrcoef(dev["label"], probability >= 0.5) >= 0.79
