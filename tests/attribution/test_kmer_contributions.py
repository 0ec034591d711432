"""The logistic regression taken apart: what its k-mers add to each base, and that it adds up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers_baseline import planted
from lncprom.attribution.explained_model import Regression
from lncprom.baseline import classifier, kmer_tfidf
from lncprom.baseline.classifier import LogisticRegression


@pytest.fixture(scope="module")
def model() -> LogisticRegression:
    rows = planted(120)
    fits = classifier.fit(rows["sequence"].to_list(), rows["label"].to_numpy(), 2, 4, [10])
    return next(iter(fits))[0]


@given(text=st.text(alphabet="ACGTN", min_size=1, max_size=80))
def test_scores_of_all_bases__add_up_to_the_logit_without_its_intercept(model, text):
    found = Regression(model).contributions(text)
    assert len(found) == len(text)
    probability = model.predict_probability([text])[0]
    logit = np.log(probability / (1 - probability))
    assert found.sum() + model.intercept == pytest.approx(logit, abs=1e-9)
    assert Regression(model).logit([text], ["s"], None)[0] == pytest.approx(logit, abs=1e-9)


def test_planted_motif__the_highest_bases(model):
    text = planted(30, seed=5)["sequence"][1]
    found = Regression(model).contributions(text)
    assert found[20:26].min() > np.delete(found, slice(17, 29)).max()


def test_two_kmers_by_hand__weight_times_idf_over_the_length_in_equal_parts():
    vocabulary = kmer_tfidf.Vocabulary(2, 3, 3, kmer_tfidf.codes_of(["AC", "ACG"], 3), np.array([3, 1]))
    model = LogisticRegression(vocabulary, np.array([2.0, -3.0]), 0.5, 1.0)
    of_ac, of_acg = 1.0, np.log(4 / 2) + 1
    length = np.hypot(2 * of_ac, of_acg)  # TACGAC: AC twice, ACG once
    found = Regression(model).contributions("TACGAC") * length
    each_ac, each_acg = 2 * of_ac / 2, -3 * of_acg / 3
    expected = [0, each_ac + each_acg, each_ac + each_acg, each_acg, each_ac, each_ac]
    np.testing.assert_allclose(found, expected, atol=1e-12)
