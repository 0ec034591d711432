"""Random windows: away from the zones, apart from each other, every place as likely as any other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers_sites import write_fasta
from lncprom.genome.coordinates import window_bounds
from lncprom.genome.reader import Genome
from lncprom.sites import genomic_negatives
from lncprom.sites.genomic_negatives import Supply, Zones

zone = st.tuples(st.integers(0, 1), st.integers(-20, 220), st.integers(0, 40))


def zones_of(*rows) -> Zones:
    chrom, start, size = np.array(rows, np.int64).reshape(-1, 3).T
    return Zones(chrom, start, start + size)


def everything(supply: Supply) -> genomic_negatives.Windows:
    return supply.between(np.zeros(len(supply.size)), np.ones(len(supply.size)))


def free_bases(length: int, zones: Zones, chrom: int) -> np.ndarray:
    free = np.ones(length, bool)
    for start, end in zip(zones.start[zones.chrom == chrom], zones.end[zones.chrom == chrom], strict=True):
        free[max(0, start) : max(0, end)] = False
    return free


@given(st.lists(zone, max_size=8), st.integers(1, 30), st.booleans(), st.integers(0, 50))
def test_random_zones__windows_inside_the_free_bases_and_apart(rows, length, scarce, seed):
    zones, lengths = zones_of(*rows), {"a": 200, "b": 97}
    supply = Supply(lengths, zones, length, np.full(2, 10_000 if scarce else 0), seed)
    drawn = everything(supply)
    assert np.bincount(drawn.chrom, minlength=2).tolist() == supply.size.tolist()
    for chrom, size in enumerate(lengths.values()):
        free = free_bases(size, zones, chrom)
        starts = drawn.start[drawn.chrom == chrom]
        assert all(start >= 0 and start + length <= size and free[start : start + length].all() for start in starts)
        assert (np.diff(np.sort(starts)) >= length).all()
        runs = np.diff(np.flatnonzero(np.diff(np.r_[0, free, 0])))[::2]
        most = int((runs // length).sum())
        assert supply.size[chrom] == most if scarce else most - len(runs) <= supply.size[chrom] <= most


def test_many_seeds__every_start_in_the_free_stretches_equally_often():
    length, seeds = 7, 3000
    zones = zones_of((0, 30, 5), (0, 46, 10))  # free: 30, 11 and 24 bases
    met = np.zeros(80)
    for seed in range(seeds):
        met[everything(Supply({"a": 80}, zones, length, np.zeros(1), seed)).start] += 1
    possible = np.r_[0:24, 35:40, 56:74]
    assert set(np.flatnonzero(met)) == set(possible)
    deviation = np.sqrt(seeds / length * (1 - 1 / length))
    assert np.abs(met[possible] - seeds / length).max() < 4 * deviation


def test_lots_in_two_parts_and_other_chromosomes_beside__the_same_windows():
    supply = Supply({"a": 9000, "b": 9000}, zones_of((0, 100, 50)), 60, np.zeros(2), 1)
    whole = everything(supply)
    parts = [supply.between(np.array(low), np.array(high)) for low, high in (([0, 0], [0.3, 0]), ([0.3, 0], [1, 0]))]
    assert np.concatenate([part.start for part in parts]).tolist() == whole.start[whole.chrom == 0].tolist()
    alone = Supply({"b": 9000}, zones_of(), 60, np.zeros(1), 1)
    assert everything(alone).start.tolist() == whole.start[whole.chrom == 1].tolist()


def test_strands__half_and_half_and_the_anchor_gives_the_window_back():
    drawn = everything(Supply({"a": 60_000}, zones_of(), 60, np.zeros(1), 1))
    assert 400 < (drawn.strand == "-").sum() < 600
    start, end = window_bounds(drawn.tss(60), drawn.strand, 60)
    assert (start == drawn.start).all()
    assert (end == drawn.start + 60).all()


@pytest.fixture
def genome(tmp_path) -> Genome:
    """Three chromosomes of 6,000 bases; `b` is known for 600 bases only."""
    known = "ACGT" * 1500
    return Genome.open(write_fasta(tmp_path / "g.fa", a=known, b="N" * 5400 + known[:600], c=known))


def drawn_of(genome: Genome, wanted: list[int]) -> genomic_negatives.Drawn:
    supply = Supply(genome.lengths, zones_of(), 60, np.array(wanted), 1)
    return genomic_negatives.draw(supply, genome, np.array(wanted), 60)


def test_enough_room__as_many_of_each_chromosome_as_wanted(genome):
    drawn = drawn_of(genome, [20, 5, 3])
    assert np.bincount(drawn.windows.chrom).tolist() == drawn.number.tolist() == [20, 5, 3]
    assert drawn.with_n > 0
    assert (drawn.windows.start[drawn.windows.chrom == 1] >= 5400).all()


def test_a_chromosome_without_room__the_rest_from_the_others_in_proportion(genome):
    drawn = drawn_of(genome, [20, 25, 40])
    here = drawn.number[1]
    assert here in (9, 10)
    assert drawn.number.tolist() == [20 + round((25 - here) / 3), here, 40 + round((25 - here) * 2 / 3)]
    assert np.bincount(drawn.windows.chrom).tolist() == drawn.number.tolist()
    assert len(set(zip(drawn.windows.chrom, drawn.windows.start, strict=True))) == 85


def test_no_room_anywhere__all_there_is(genome):
    drawn = drawn_of(genome, [95, 95, 95])
    assert drawn.number.tolist()[::2] == [100, 100]
    assert drawn.number[1] in (9, 10)


@given(st.integers(0, 50), st.lists(st.integers(0, 9), min_size=1, max_size=6).filter(any))
def test_largest_remainder__whole_numbers_that_add_up_and_are_off_by_less_than_one(number, weights):
    weights = np.array(weights)
    whole = genomic_negatives.largest_remainder(number, weights)
    assert whole.sum() == number
    assert np.abs(whole - number * weights / weights.sum()).max() < 1
