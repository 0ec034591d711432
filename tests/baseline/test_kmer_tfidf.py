import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from helpers_baseline import random_sequences
from lncprom.baseline import kmer_tfidf, kmer_words
from lncprom.errors import InputError

SEQUENCES = st.lists(st.text("ACGTN", max_size=25), min_size=1, max_size=12)
LENGTHS = st.tuples(st.integers(1, 7), st.integers(1, 7)).map(sorted)


def ours(train: list[str], shortest: int, longest: int, new: list[str]) -> kmer_tfidf.Features:
    vocabulary = kmer_tfidf.Vocabulary.of(kmer_words.count_words(train, shortest, longest), shortest, longest)
    return kmer_tfidf.Features(kmer_words.count_words(new, shortest, longest), vocabulary)


def matrix_of(features: kmer_tfidf.Features) -> np.ndarray:
    """The features written out, row by row, of which products in the other direction are those of the matrix."""
    matrix = np.stack([features.transposed_times(row) for row in np.eye(features.shape[0])])
    weights = np.linspace(-1, 1, features.shape[1])
    assert np.allclose(features.times(weights), matrix @ weights, rtol=0, atol=1e-12)
    return matrix


def peers(train: list[str], shortest: int, longest: int, new: list[str]):
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(shortest, longest), lowercase=False)
    vectorizer.fit(train)
    return vectorizer.get_feature_names_out().tolist(), vectorizer.transform(new)


@given(train=SEQUENCES, new=SEQUENCES, lengths=LENGTHS)
@example(train=["ACGTNACGTNA"], new=["ACGTNACG", ""], lengths=[1, 8])
def test_any_sequences__as_sklearn_to_1e_12(train, new, lengths):
    for texts in (train, new):
        features = ours(train, *lengths, texts)
        if max(map(len, train)) < lengths[0]:  # here sklearn refuses: no vocabulary
            assert features.shape == (len(texts), 0)
            assert matrix_of(features).shape == (len(texts), 0)
            continue
        names, matrix = peers(train, *lengths, texts)
        assert features.vocabulary.names == names
        assert np.abs(matrix_of(features) - matrix.toarray()).max() < 1e-12


def test_many_rows_of_many_lengths__as_sklearn_across_blocks(monkeypatch):
    monkeypatch.setattr(kmer_words, "_CELLS", 500)
    monkeypatch.setattr(kmer_words, "_ROWS", 7)
    train = [text[: 5 + at * 37 % 150] for at, text in enumerate(random_sequences(200, 150, letters="ACGTN"))]
    names, matrix = peers(train, 3, 6, train)
    features = ours(train, 3, 6, train)
    assert features.vocabulary.names == names
    assert np.abs(matrix_of(features) - matrix.toarray()).max() < 1e-12


def test_five_letters_by_hand__words_and_their_prefixes():
    words = kmer_words.count_words(["ACACA", "ACA", "AC", ""], 3, 4)
    assert [kmer_words.name_of(code) for code in words.indices] == ["ACA", "ACAC", "CACA", "ACA"]
    assert words.indptr.tolist() == [0, 3, 4, 4, 4]
    vocabulary = kmer_tfidf.Vocabulary.of(words, 3, 4)
    assert vocabulary.names == ["ACA", "ACAC", "CAC", "CACA"]
    assert vocabulary.documents.tolist() == [2, 1, 1, 1]


@given(st.lists(st.text("ACGNT", min_size=1, max_size=8), max_size=20))
def test_name_and_number__each_other(names):
    codes = kmer_words.codes_of(names, 8)
    assert [kmer_words.name_of(code) for code in codes.tolist()] == names
    assert np.argsort(codes, kind="stable").tolist() == sorted(range(len(names)), key=names.__getitem__)


@pytest.mark.parametrize("text", ["ACGTacgt", "ACGU", "ACGTé", "AC GT"])
def test_other_letters__refused(text):
    with pytest.raises(InputError, match=f"beginning '{text}' has letters besides A, C, G, T, N"):
        kmer_words.count_words(["ACGT", text], 1, 3)


@pytest.mark.parametrize(("shortest", "longest"), [(0, 3), (4, 3), (3, 9)])
def test_impossible_lengths__refused(shortest, longest):
    with pytest.raises(InputError, match=r"letters are impossible\. Give 1 to 8"):
        kmer_words.count_words(["ACGT"], shortest, longest)
