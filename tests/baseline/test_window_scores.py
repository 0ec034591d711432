"""Windows of a long sequence: the scores of the same windows cut out, for every set of features."""

import numpy as np
import pytest

from lncprom.baseline import gapped_kmers, kmer_tfidf, position_ladder
from lncprom.genome.bases import LETTERS, texts_of

LENGTH = 60


def sequence(bases: int) -> np.ndarray:
    """Random bases with runs of one base, a repeat and N."""
    letters = LETTERS[np.random.default_rng(3).integers(0, 4, bases)]
    letters[100:200], letters[250:320], letters[400:403] = ord("A"), np.resize([ord("C"), ord("A")], 70), ord("N")
    return letters


def sets():
    texts = texts_of(np.lib.stride_tricks.sliding_window_view(sequence(900)[:500], LENGTH)[::40])
    yield next(kmer_tfidf.candidates(texts, 3, 6))[0]
    yield next(kmer_tfidf.candidates(texts, 1, 8))[0]
    yield position_ladder.PositionLadder(LENGTH, False, 9, 15)
    yield position_ladder.PositionLadder(LENGTH, True, 9, None)
    yield position_ladder.PositionLadder(LENGTH - 1, False, 9, 7)
    yield gapped_kmers.GappedKmers()


@pytest.mark.parametrize("step", [1, 7, 70])
@pytest.mark.parametrize("features", list(sets()), ids=lambda made: made.kind)
def test_every_set_of_features__as_windows_cut_out(features, step):
    letters, starts = sequence(900), range(5, 841, step)
    weights = np.random.default_rng(1).normal(size=len(features.names))
    cut = texts_of(np.array([letters[at : at + LENGTH] for at in starts]))
    expected = features.features(cut).times(weights)
    assert np.abs(features.window_scores(letters, starts, LENGTH, weights) - expected).max() < 1e-9
