"""Which stretch of a sequence a model sees, and how much of the sequence that is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lncprom.errors import InputError
from lncprom.models import truncation

ROOM = 10


def room(sequences, from_end):
    return np.minimum([len(text) for text in sequences], ROOM)


def cut(*lengths, way, tss=None, overlap=0):
    found = truncation.stretches(["A" * length for length in lengths], lengths, room, way, tss, overlap)
    return list(zip(found.sample.tolist(), found.first.tolist(), found.last.tolist(), strict=True))


@pytest.mark.parametrize("way", truncation.WAYS)
def test_sequences_that_fit__seen_whole_however_truncated_and_without_a_tss(way):
    assert cut(10, 3, way=way) == [(0, 0, 10), (1, 0, 3)]


@pytest.mark.parametrize(
    ("lengths", "options", "seen"),
    [
        ((25, 4), {"way": "tss", "tss": 19}, [(0, 15, 25), (1, 0, 4)]),  # all downstream, and what fits upstream
        ((25,), {"way": "tss", "tss": 15}, [(0, 15, 25)]),
        ((25,), {"way": "tss", "tss": 14}, [(0, 14, 24)]),  # downstream does not fit: from the TSS on
        ((25,), {"way": "tss", "tss": 5}, [(0, 5, 15)]),
        ((25,), {"way": "right"}, [(0, 0, 10)]),
        ((25,), {"way": "left"}, [(0, 15, 25)]),
        ((25, 4), {"way": "chunk"}, [(0, 0, 10), (0, 10, 20), (0, 20, 25), (1, 0, 4)]),
        ((25,), {"way": "chunk", "overlap": 2}, [(0, 0, 10), (0, 8, 18), (0, 16, 25)]),  # no token is lost in between
    ],
)
def test_sequences_that_are_too_long__cut_as_asked(lengths, options, seen):
    assert cut(*lengths, **options) == seen


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"way": "error"}, "gene7: 25 bases, the model sees 10 .* --truncation tss, right, left or chunk"),
        ({"way": "tss"}, r"gene7: 25 bases.*no TSS is known.*--tss-index"),
        ({"way": "tss", "tss_index": 25}, "gene7: has no base at the TSS index 25, there are 25 .* --truncation right"),
        ({"way": "middle"}, "'middle' is none of tss, right, left, chunk, error"),
    ],
)
def test_sequence_that_cannot_be_cut_so__refused_with_the_ways_out(options, words):
    with pytest.raises(InputError, match=words):
        truncation.stretches(["A" * 5, "A" * 25], ["gene1", "gene7"], room, **options)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.integers(0, 59), st.integers(0, 3))
def test_any_lengths__tss_is_always_seen_and_chunks_leave_no_gap(lengths, tss, overlap):
    lengths = [max(length, tss + 1) for length in lengths]
    for sample, first, last in cut(*lengths, way="tss", tss=tss):
        assert 0 <= first <= tss < last <= lengths[sample]
        assert last - first == min(ROOM, lengths[sample]) or (first == tss and last - first == ROOM)
    for index, length in enumerate(lengths):
        parts = [
            (first, last) for sample, first, last in cut(*lengths, way="chunk", overlap=overlap) if sample == index
        ]
        assert parts[0][0] == 0
        assert parts[-1][1] == length
        assert all(last - overlap == first for (_, last), (first, _) in itertools.pairwise(parts))
