"""What composition explains: models that can hold no motif have none, planted motifs stay."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from helpers_motifs import promoters
from lncprom.baseline import classifier, kmer_tfidf
from lncprom.motifs import compare, composition, controls, databases, discovery, seqlets, sequences_and_scores
from lncprom.motifs.controls import Settings


def scored(rows: pl.DataFrame, scores: np.ndarray) -> sequences_and_scores.Scored:
    """Of all rows, sorted by sample_id."""
    codes, first, known = sequences_and_scores.of_dataset(rows)
    group = np.unique(rows["group"].to_numpy(), return_inverse=True)[1]
    names, label = rows["sample_id"].to_list(), rows["label"].to_numpy()
    score = {"": scores.astype(np.float32)}
    return sequences_and_scores.Scored(names, label, group, codes, first, known, score, {"": [1]}, "kmer_weights")


def dinucleotides(rows: pl.DataFrame, learnt: pl.DataFrame, c: float) -> np.ndarray:
    """Contributions of a logistic regression on mono- and dinucleotides: 20 weights."""
    texts, label = learnt["sequence"].to_list(), learnt["label"].to_numpy()
    model = next(classifier.fit(kmer_tfidf.candidates(texts, 1, 2), texts, label, [c]))[0].centred(texts)
    assert len(model.weights) == 20
    return np.stack([model.contributions(text) for text in rows["sequence"]])


def blurred(scores: np.ndarray) -> np.ndarray:
    """As a model of 6-mers shares the score of a token among its bases."""
    kernel = np.convolve(np.ones(6), np.ones(6)) / 36
    return np.stack([np.convolve(row, kernel, "same") for row in scores])


def run(rows: pl.DataFrame, scores: np.ndarray) -> dict[str, pl.DataFrame]:
    """The tables of the step, rows of the model as trained."""
    compare.prefer_own_cache()
    database = databases.load(None, "JASPAR2024", 1)
    tables, _, _ = compare.compare(scored(rows, scores), rows, database, Settings("d", "m", "windows", 0.05, 1))
    return {name: table.filter(pl.col("control") == "") for name, table in tables.items()}


def no_motif(tables: dict[str, pl.DataFrame]) -> None:
    """Nothing is found, though windows beside the model's hold less of it."""
    motifs, enriched, elements = (tables[name] for name in ("motifs", "enrichment", "elements"))
    assert set(motifs["evidence"]) <= {"composition", "chance"}
    assert not motifs["named"].any()
    assert motifs.filter((pl.col("nearby_p") < 1e-10) & (pl.col("evidence") == "composition")).height >= 3
    assert enriched.filter(pl.col("p_value") < 1e-6).height >= 5
    assert enriched["q_value"].min() > 0.05
    assert elements["rank_q"].drop_nulls().min() > 0.05


@pytest.fixture(scope="module")
def simulated():
    """Promoters to explain, and others to learn from."""
    return promoters(100)[0], promoters(1500, seed=8)[0]


def test_model_of_20_weights__no_pattern_motif_or_element(simulated):
    no_motif(run(simulated[0], dinucleotides(*simulated, 10)))


@pytest.mark.parametrize("c", [0.1, 1, 100])
def test_20_weights_of_another_penalty_blurred_as_by_tokens__composition_explains_every_pattern(simulated, c):
    rows = simulated[0]
    given = scored(rows, blurred(dinucleotides(*simulated, c)))
    mine, half = np.flatnonzero(given.label == 1), controls.halves(given.group, 1)
    windows = seqlets.best(given.codes[mine], given.scores[""][mine])
    made = controls.chain(given.codes, windows._replace(row=mine[windows.row]), half, np.random.default_rng(1))
    assert made.patterns
    for pattern in made.patterns:
        row, middle = discovery.sites(pattern, given.codes[mine], half[mine])
        assert composition.above(composition.expected(given, 1), mine[row], middle, 1)["composition_p"] > 0.2


def test_model_of_20_weights_on_real_promoters__no_pattern_motif_or_element(real_data):
    """Non-TATA promoters of GUE, where every pattern was called found and over 80 motifs enriched without this null."""
    given = pl.read_csv(real_data / "gue" / "prom_300_notata.dev.csv.gz").with_row_index("at")
    names = pl.format("s{}", pl.col("at").cast(pl.String).str.zfill(6))
    rows = given.select("sequence", pl.col("label").cast(pl.Int8), sample_id=names, group=names)
    rows = rows.with_columns(pl.lit(249, pl.Int32).alias("tss_index"))
    test = rows.gather_every(13)
    no_motif(run(test, dinucleotides(test, rows.join(test, on="sample_id", how="anti"), 10)))


def test_any_20_weights__predicted_exactly_and_places_of_a_word_are_not_above():
    draw = np.random.default_rng(3)
    codes, one, two = draw.integers(0, 4, (40, 200)).astype(np.uint8), draw.normal(size=4), draw.normal(size=(4, 4))
    score = one[codes]
    pair = two[codes[:, :-1], codes[:, 1:]] / 2
    score[:, :-1] += pair
    score[:, 1:] += pair
    given = expected(codes, score)
    inside = slice(seqlets.WIDTH, -seqlets.WIDTH)
    assert given.expected[:, inside] == pytest.approx(given.score[:, inside], abs=0.02)
    high = np.nonzero(np.nan_to_num(given.score) > 2 * np.nanstd(given.score))
    found = composition.above(given, *high, 1)
    assert found["composition_share"] == pytest.approx(1, abs=0.02)
    assert found["composition_p"] > 0.999


def expected(codes: np.ndarray, score: np.ndarray, group: np.ndarray | None = None) -> composition.Expected:
    group = np.arange(len(codes)) if group is None else group
    samples = [""] * len(codes)
    part = sequences_and_scores.Scored(samples, group, group, codes, 0, True, {"": score}, {"": [1]}, "ism")
    return composition.expected(part, 1)


@pytest.fixture
def word():
    """Random bases, of which the 9 about position 100 are important."""
    draw = np.random.default_rng(4)
    codes, score = draw.integers(0, 4, (60, 200)).astype(np.uint8), draw.normal(size=(60, 200))
    codes[:, 96:105], score[:, 96:105] = [3, 0, 3, 0, 0, 0, 3, 0, 2], score[:, 96:105] + 2
    return codes, score, np.arange(60), np.full(60, 100)


def test_word_of_high_importance__above_for_the_class_it_supports_only(word):
    codes, score, row, middle = word
    given = expected(codes, score)
    found = composition.above(given, row, middle, 1)
    assert found["composition_p"] < 1e-20
    assert found["composition_share"] < 0.5
    assert composition.above(given, row, middle, -1)["composition_p"] == 1
    elsewhere = composition.above(given, row, middle - 50, 1)
    assert elsewhere["composition_p"] > 0.05


def test_two_groups_one_or_none__less_certain_and_no_claim(word):
    codes, score, row, middle = word
    few = composition.above(expected(codes, score, np.arange(60) % 2), row, middle, 1)["composition_p"]
    assert 1e-20 < few < 0.5
    one = composition.above(expected(codes, score, np.zeros(60, int)), row, middle, 1)
    assert one["composition_p"] == 1
    assert composition.above(expected(codes, score), row[:0], middle[:0], 1)["composition_p"] == 1


def test_bases_that_were_not_seen__left_out_and_nothing_seen_no_claim(word):
    codes, score, row, middle = word
    score[:30, 90:110] = np.nan
    given = expected(codes, score)
    assert np.isnan(given.score[:30, 86:114]).all()
    assert not np.isnan(given.score[30:, 4:-4]).any()
    assert composition.above(given, row, middle, 1) == composition.above(given, row[30:], middle[30:], 1)
    assert composition.above(expected(codes, np.full(codes.shape, np.nan)), row, middle, 1)["composition_p"] == 1
