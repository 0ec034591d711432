import json

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression as Peer
from sklearn.metrics import roc_auc_score

from helpers_baseline import planted, random_sequences
from lncprom.baseline import classifier, kmer_tfidf
from lncprom.baseline.classifier import LogisticRegression
from lncprom.baseline.gapped_kmers import GappedKmers
from lncprom.baseline.position_ladder import PositionLadder
from lncprom.errors import InputError


def fitted(rows, grid=(1.0,), shortest=3, longest=6) -> LogisticRegression:
    sequences = rows["sequence"].to_list()
    candidates = kmer_tfidf.candidates(sequences, shortest, longest)
    return list(classifier.fit(candidates, sequences, rows["label"].to_numpy(), grid))[-1][0].centred(sequences)


def fitted_on(features: str, rows) -> LogisticRegression:
    """A model on a feature set, c = 1."""
    if features == "kmers":
        return fitted(rows)
    sequences = rows["sequence"].to_list()
    found = GappedKmers() if features == "gapped_kmers" else PositionLadder(60, False, 49, 15)
    fits = classifier.fit([(found, found.features(sequences))], sequences, rows["label"].to_numpy(), [1.0])
    return next(fits)[0].centred(sequences)


@pytest.mark.parametrize("grid", [(1.0,), (0.1, 1, 30)])
def test_probabilities__sklearn_s_to_1e_6(grid):
    train, new = planted(400, seed=1), planted(100, seed=2)["sequence"].to_list()
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(3, 6), lowercase=False)
    peer = Peer(C=grid[-1], tol=1e-9, max_iter=10_000).fit(vectorizer.fit_transform(train["sequence"]), train["label"])
    theirs = peer.predict_proba(vectorizer.transform(new))[:, 1]
    assert np.abs(fitted(train, grid).predict_probability(new) - theirs).max() < 1e-6


def test_planted_motif__learned_and_its_shuffled_twin_not():
    train, new = planted(400, seed=1), planted(200, seed=2)
    twin = train.with_columns(train["label"].shuffle(seed=5))
    area = [
        roc_auc_score(new["label"], fitted(rows).predict_probability(new["sequence"].to_list()))
        for rows in (train, twin)
    ]
    assert area[0] > 0.9
    assert 0.35 < area[1] < 0.65


@pytest.mark.parametrize("features", classifier.FEATURE_SETS)
def test_saved_and_loaded__the_same_bits(tmp_path, features):
    model = fitted_on(features, planted())
    model.save(tmp_path / classifier.FILE)
    loaded = LogisticRegression.load(tmp_path)
    new = [*random_sequences(20, 80, letters="ACGTN"), "AC", ""]
    assert np.array_equal(loaded.predict_probability(new), model.predict_probability(new))
    assert np.array_equal(loaded.contributions(new[0]), model.contributions(new[0]), equal_nan=True)
    loaded.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / classifier.FILE).read_bytes()


def test_many_sequences__the_same_in_parts(monkeypatch):
    model, new = fitted(planted()), random_sequences(50, 70)
    whole = model.predict_probability(new)
    monkeypatch.setattr(classifier, "_AT_ONCE", 200)
    assert np.array_equal(model.predict_probability(new), whole)
    assert model.predict_probability([]).tolist() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (None, "No such file"),
        ({"format": "other"}, "its format is 'other'"),
        ({"weights": [1.0]}, "its lists differ in length"),
        ({"kmers": 5}, "int"),
        ({"features": "genes"}, "genes"),
        ({"features": "position_ladder"}, "length"),
        ({"train_mean_contribution": [1.0, 2.0]}, "its lists differ in length"),
        ({"kmers": [first + last for first in "acgt" for last in "acgt"]}, "its k-mers are not of A, C, G, N, T"),
        ({"kmers": [first + last for first in "TGCA" for last in "ACGT"]}, "in alphabetical order"),
        ("{", "model.json: no model that can be loaded"),
    ],
)
def test_damaged_model__one_line_that_says_so(tmp_path, change, words):
    path = tmp_path / classifier.FILE
    fitted(planted(), shortest=2, longest=2).save(path)
    if change is None:
        path.unlink()
    elif isinstance(change, str):
        path.write_text(change)
    else:
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=words) as caught:
        LogisticRegression.load(tmp_path)
    assert "train it again" in caught.value.message


def test_log_loss__mean_of_minus_the_logarithm():
    assert classifier.log_losses(np.array([1, 0]), np.array([0.5, 0.75])) == pytest.approx(-np.log([0.5, 0.25]))
    assert np.isfinite(classifier.log_losses(np.array([1, 0]), np.array([0.0, 1.0]))).all()
