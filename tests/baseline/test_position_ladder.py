import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as Peer

from helpers_baseline import planted, random_sequences
from lncprom.baseline import classifier, position_ladder
from lncprom.baseline.position_ladder import PositionLadder


def values_of(ladder: PositionLadder, text: str) -> dict[str, float]:
    matrix = ladder.features([text]).values
    return {ladder.names[column]: value for column, value in zip(matrix.indices, matrix.data, strict=True)}


def test_six_bases_by_hand__bases_and_pairs_in_place_and_4mers_in_tents():
    found = values_of(PositionLadder(6, False, 4, 2), "ACGNAC")
    assert found == {"A@-4": 1, "C@-3": 1, "G@-2": 1, "A@0": 1, "C@1": 1, "AC@-4": 1, "CG@-3": 1, "AC@0": 1}
    tents = values_of(PositionLadder(6, False, 0, 2), "AAAAAC")
    # AAAA at 0 (all in the first tent) and at 1 (half in the first, half in the next), AAAC at 2 (all in the second)
    assert {name: value for name, value in tents.items() if len(name) > 5} == {
        "AAAA@0..1": 1.5,
        "AAAA@1..2": 0.5,
        "AAAC@1..2": 1,
    }
    assert values_of(PositionLadder(6, False, 0, None), "AAAAAA")["AAAA"] == 3


def test_300_bases__as_many_columns_as_published():
    for ladder, columns in (
        (PositionLadder(300, False, 249, 15), 11_360),
        (PositionLadder(3, False, 0, None), 44),
    ):
        assert ladder.features(["ACGT"]).shape == (1, columns)
        assert len(ladder.names) == len(set(ladder.names)) == columns


@pytest.mark.parametrize("width", position_ladder.WIDTHS)
def test_fit__the_probabilities_of_sklearn_to_1e_5(width):
    train, new = planted(200, seed=1), random_sequences(50, 60, letters="ACGTN")
    sequences, label = train["sequence"].to_list(), train["label"].to_numpy()
    ladder = PositionLadder(60, False, 0, width)
    features = ladder.features(sequences)
    assert features.norm > 5
    model = next(classifier.fit([(ladder, features)], sequences, label, [0.03]))[0]
    peer = Peer(C=0.03, tol=1e-9, max_iter=10_000).fit(features.values, label)
    theirs = peer.predict_proba(ladder.features(new).values)[:, 1]
    assert np.abs(model.predict_probability(new) - theirs).max() < 1e-5


@pytest.mark.parametrize(
    ("lengths", "tss", "anchor"),
    [
        ([60, 60], [49, 49], (60, False, 49, None)),
        ([60, 50], [49, 49], (60, False, 49, None)),
        ([60, 60], [None, None], (60, False, 0, None)),
        ([60, 60], [3, 4], (60, False, 0, "the TSS is not at one place of the windows")),
        ([60, 50], [None, None], (60, True, 59, "windows differ in length")),
    ],
)
def test_windows__laid_over_each_other_by_the_tss_where_it_is_known(lengths, tss, anchor):
    ladder, note = position_ladder.anchored(lengths, tss)
    assert ladder == PositionLadder(*anchor[:3], None)
    assert (note or "").startswith(anchor[3] or "none") or (note is anchor[3] is None)


@pytest.mark.parametrize("from_end", [False, True])
def test_window_of_another_length__its_bases_at_the_same_places(from_end):
    ladder, text = PositionLadder(8, from_end, 0, 4), "ACGTACGT"
    cut = (lambda end, rest: rest + end) if from_end else (lambda end, rest: end + rest)
    assert values_of(ladder, cut(text, "GGG")) == values_of(ladder, text)
    short = values_of(ladder, text[-5:] if from_end else text[:5])
    assert short.items() <= values_of(ladder, text).items() or "TATA" in short
    assert ladder.seen(11) == ((3, 11) if from_end else (0, 8))
