"""Overlapping intervals against the definition: connected pairs that share a base."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lncprom.genome import intervals

interval = st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(1, 12)).map(lambda i: (i[0], i[1], i[1] + i[2]))


def connected(rows):
    """Cluster numbers by joining every pair that overlaps, until nothing changes."""
    of = list(range(len(rows)))
    for _ in rows:
        for i, (chrom_i, start_i, end_i) in enumerate(rows):
            for j, (chrom_j, start_j, end_j) in enumerate(rows):
                if chrom_i == chrom_j and start_i < end_j and start_j < end_i:
                    of[i] = of[j] = min(of[i], of[j])
    return of


@given(st.lists(interval, max_size=12))
def test_random_intervals__clusters_are_what_overlapping_pairs_connect(rows):
    found = intervals.clusters(*np.array(rows, np.int64).reshape(-1, 3).T)
    expected = connected(rows)
    assert all((found.of[i] == found.of[j]) == (expected[i] == expected[j]) for i in range(len(rows)) for j in range(i))
    for number in range(len(found.start)):
        members = [row for row, of in zip(rows, found.of, strict=True) if of == number]
        assert {chrom for chrom, _, _ in members} == {found.chrom[number]}
        assert (min(m[1] for m in members), max(m[2] for m in members)) == (found.start[number], found.end[number])
    assert sorted(zip(found.chrom, found.start, strict=True)) == list(zip(found.chrom, found.start, strict=True))
