"""The logistic regression taken apart: what its k-mers add to each base, and that it adds up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_baseline import planted
from lncprom.attribution.explained_model import Regression
from lncprom.baseline import classifier, kmer_tfidf, kmer_words
from lncprom.baseline.classifier import LogisticRegression
from lncprom.baseline.gapped_kmers import GappedKmers
from lncprom.baseline.position_ladder import PositionLadder

SETS = {
    "gapped": GappedKmers(),
    "ladder": PositionLadder(60, False, 50, 15),
    "ladder over the whole window": PositionLadder(60, False, 50, None),
    "ladder from the end": PositionLadder(60, True, 50, 15),
}


@pytest.fixture(scope="module", params=["kmers", *SETS])
def model(request) -> LogisticRegression:
    rows = planted(120)
    sequences = rows["sequence"].to_list()
    if request.param == "kmers":
        candidates = kmer_tfidf.candidates(sequences, 2, 4)
    else:
        candidates = [(SETS[request.param], SETS[request.param].features(sequences))]
    return next(classifier.fit(candidates, sequences, rows["label"].to_numpy(), [10]))[0].centred(sequences)


@settings(max_examples=30)
@given(text=st.text(alphabet="ACGTN", min_size=1, max_size=80))
def test_scores_of_all_bases__add_up_to_the_logit_without_the_base_value(model, text):
    found = Regression(model).contributions(text)
    first, last = Regression(model).seen([text], ["s"], None)[0]
    assert np.flatnonzero(~np.isnan(found)).tolist() == list(range(first, last))
    probability = model.predict_probability([text])[0]
    assert model.logit([text])[0] == pytest.approx(np.log(probability / (1 - probability)), abs=1e-9)
    assert np.nansum(found) + model.base_value(len(text)) == pytest.approx(model.logit([text])[0], abs=1e-9)
    assert Regression(model).logit([text], ["s"], None)[0] == model.logit([text])[0]


def test_base_value__the_mean_logit_of_the_training_sequences_so_that_contributions_average_0(model):
    sequences = planted(120)["sequence"].to_list()
    assert model.base_value(60) == pytest.approx(model.logit(sequences).mean(), abs=1e-9)
    means = np.mean([model.contributions(text) for text in sequences], axis=0)
    assert means.sum() == pytest.approx(0, abs=1e-9)
    if isinstance(model.feature_set, PositionLadder):
        np.testing.assert_allclose(means, 0, atol=1e-9)  # also at each base


def test_planted_motif__the_highest_bases(model):
    text = planted(30, seed=5)["sequence"][1]
    found = Regression(model).contributions(text)
    assert found[20:26].min() > np.delete(found, slice(17, 29)).max()


def test_two_kmers_by_hand__weight_times_idf_over_the_length_in_equal_parts():
    vocabulary = kmer_tfidf.Vocabulary(2, 3, 3, kmer_words.codes_of(["AC", "ACG"], 3), np.array([3, 1]))
    model = LogisticRegression(vocabulary, np.array([2.0, -3.0]), 0.5, 1.0, mean=np.array([1.5]))
    of_ac, of_acg = 1.0, np.log(4 / 2) + 1
    length = np.hypot(2 * of_ac, of_acg)  # TACGAC: AC twice, ACG once
    found = (Regression(model).contributions("TACGAC") + 1.5 / 6) * length
    each_ac, each_acg = 2 * of_ac / 2, -3 * of_acg / 3
    expected = [0, each_ac + each_acg, each_ac + each_acg, each_acg, each_ac, each_ac]
    np.testing.assert_allclose(found, expected, atol=1e-12)
