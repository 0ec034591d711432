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
    found = truncation.stretches(["A" * length for length in lengths], room, way, tss, overlap)
    return list(zip(found.sample.tolist(), found.first.tolist(), found.last.tolist(), strict=True))


@pytest.mark.parametrize("way", truncation.WAYS)
def test_sequences_that_fit__seen_whole_however_truncated_and_without_a_tss(way):
    assert cut(10, 3, way=way) == [(0, 0, 10), (1, 0, 3)]


def test_tss_six_from_the_end__all_downstream_and_what_fits_upstream():
    assert cut(25, 4, way="tss", tss=19) == [(0, 15, 25), (1, 0, 4)]


def test_tss_whose_downstream_bases_do_not_fit__from_the_tss_on():
    assert cut(25, way="tss", tss=5) == [(0, 5, 15)]
    assert cut(25, way="tss", tss=20) == [(0, 15, 25)]
    assert cut(25, way="tss", tss=15) == [(0, 15, 25)]
    assert cut(25, way="tss", tss=14) == [(0, 14, 24)]


def test_right_and_left__the_named_end_is_cut_off():
    assert cut(25, way="right") == [(0, 0, 10)]
    assert cut(25, way="left") == [(0, 15, 25)]


def test_chunk__every_base_seen_and_the_last_chunk_may_be_short():
    assert cut(25, 4, way="chunk") == [(0, 0, 10), (0, 10, 20), (0, 20, 25), (1, 0, 4)]


def test_chunk_of_overlapping_tokens__no_token_across_a_border_is_lost():
    assert cut(25, way="chunk", overlap=2) == [(0, 0, 10), (0, 8, 18), (0, 16, 25)]


def test_error__the_record_its_length_and_the_ways_out_are_named():
    with pytest.raises(
        InputError, match=r"gene7: 25 bases, the model sees 10 .* --truncation tss, right, left or chunk"
    ):
        truncation.stretches(["A" * 5, "A" * 25], room, "error", names=["gene1", "gene7"])


def test_tss_unknown_and_a_sequence_too_long__refused_with_what_would_mend_it():
    with pytest.raises(InputError, match=r"sequence 2: 25 bases.*no TSS is known.*--tss-index"):
        cut(5, 25, way="tss")


def test_tss_behind_the_end_of_a_long_sequence__refused():
    words = r"sequence 1: has no base at the TSS index 25, there are 25 from 0 on; give .* or choose --truncation right"
    with pytest.raises(InputError, match=words):
        cut(25, way="tss", tss=25)


def test_way_of_no_name__the_ways_listed():
    with pytest.raises(InputError, match="'middle' is none of tss, right, left, chunk, error"):
        cut(5, way="middle")


def test_seen__bases_and_tss_counted_by_hand():
    lengths, tss = (20, 4), 15
    of = {}
    for way in ("right", "left", "chunk"):
        found = truncation.stretches(["A" * length for length in lengths], room, way, tss)
        of[way] = truncation.seen(*found, lengths, tss)
    assert of["right"] == (2, 1, 14 / 24, 0.0)  # the short one has no base 15 either
    assert of["left"] == (2, 1, 14 / 24, 0.5)
    assert of["chunk"] == (2, 0, 1.0, 0.5)


def test_seen_without_a_tss__no_share_of_it():
    found = truncation.stretches(["A" * 20], room, "right")
    assert truncation.seen(*found, [20], None) == (1, 1, 0.5, None)


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
