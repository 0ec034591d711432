import numpy as np

from helpers_baseline import random_sequences
from lncprom.baseline import gapped_kmers
from lncprom.baseline.gapped_kmers import GappedKmers
from lncprom.genome.bases import reverse_complement

NAMES = GappedKmers().names


def values_of(text: str) -> dict[str, float]:
    matrix = GappedKmers().features([text]).values
    return {NAMES[column]: value for column, value in zip(matrix.indices, matrix.data, strict=True)}


def test_eight_bases_by_hand__every_choice_of_six_of_them():
    found = values_of("AACCGGTC")
    words = {"AACCGG", "ACCGGT", "CCGGTC"}  # the first without a gap, of three places
    assert {name for name in found if "." not in name} <= words | {other(word) for word in words}
    # 3 without a gap, 2 x 5 of 7 bases, 15 of 8; all different, so each is 1 / sqrt(28)
    assert len(found) == 28
    assert np.allclose(list(found.values()), 1 / np.sqrt(28))
    assert values_of("AACCGG").keys() == {min("AACCGG", other("AACCGG"))}
    assert values_of("AACCG") == values_of("AACNNNGGT") == {}


def other(word: str) -> str:
    return reverse_complement(np.frombuffer(word.encode(), np.uint8)).tobytes().decode()


def test_both_strands__the_same_features():
    for text in random_sequences(5, 40, letters="ACGTN"):
        assert values_of(text) == values_of(other(text))
    assert len(gapped_kmers.columns()[1]) == 8 * 4096 + 5 * (4096 + 64) // 2
