"""TATA boxes: planted ones, a naive scan, and the published calls of EPD as GUE has them."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lncprom.sites import tata_box

BOX = b"GTATAAAAGGCGGGG"  # the matrix's own consensus; its second T is position 0
TSS = 249
# Bucher's counts, as JASPAR has them (MA0108)
COUNTS = np.array(
    [
        [61, 16, 352, 3, 354, 268, 360, 222, 155, 56, 83, 82, 82, 68, 77],
        [145, 46, 0, 10, 0, 0, 3, 2, 44, 135, 147, 127, 118, 107, 101],
        [152, 18, 2, 2, 5, 0, 20, 44, 157, 150, 128, 128, 128, 139, 140],
        [31, 309, 35, 374, 30, 121, 6, 121, 33, 48, 31, 52, 61, 75, 71],
    ]
)


def with_box(offset, box=BOX, background=b"C"):
    """A window of 300 bases with the box's position 0 at an offset from the TSS."""
    window = bytearray(background * 300)
    window[TSS + offset - 3 : TSS + offset - 3 + len(box)] = box
    return np.frombuffer(bytes(window), np.uint8)[None, :]


def test_the_weights__are_greatest_where_the_counts_are():
    assert (tata_box.WEIGHTS.max(axis=0) == 0).all()
    best = np.take_along_axis(tata_box.WEIGHTS, COUNTS.argmax(axis=0)[None, :], axis=0)
    assert (best >= -1).all()  # Bucher's weights count A+T of the genome in: once A at 155 of 389 ties with G at 157
    assert bytes(b"ACGT"[base] for base in tata_box.WEIGHTS.argmax(axis=0)) == BOX
    assert (COUNTS.sum(axis=0) == 389).all()


@pytest.mark.parametrize("offset", range(-40, -15))
def test_a_planted_box__is_found_from_31_to_26_upstream_only(offset):
    found = tata_box.has_tata(with_box(offset), TSS)[0]
    assert found == (-31 <= offset <= -26)
    assert (tata_box.best_scores(with_box(offset), TSS)[0] == 0) == found  # the consensus scores 0, the most there is


def test_a_box_with_an_unknown_base__is_not_called():
    assert not tata_box.has_tata(with_box(-28, BOX.replace(b"TATAAAA", b"TATANAA")), TSS)[0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("ACGTN", min_size=85, max_size=85), min_size=1, max_size=4))
def test_any_window__scores_as_a_loop_does(texts):
    windows = np.array([list(text.encode()) for text in texts], np.uint8)
    expected = []
    for text in texts:
        scores = []
        for zero in range(34 - 31, 34 - 26 + 1):
            place = text[zero - 3 : zero + 12]
            weights = (
                -10_000 if base == "N" else tata_box.WEIGHTS["ACGT".index(base), n] for n, base in enumerate(place)
            )
            scores.append(sum(map(int, weights)))
        expected.append(max(scores))
    assert tata_box.best_scores(windows, 34).tolist() == expected


def test_a_window_too_short_upstream__is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="33 bases upstream of the TSS, the search needs 34"):
        tata_box.best_scores(np.full((1, 84), ord("A"), np.uint8), 33)


def gue(folder, name):
    table = pl.read_csv(folder / "gue" / name).filter(pl.col("label") == 1)
    return np.array([list(sequence.encode()) for sequence in table["sequence"]], np.uint8)


@pytest.mark.real
def test_gues_promoters__are_called_as_epd_called_them(real_data):
    """The place was read off the train half; dev is the check. Every TATA promoter, and 1 of 2,626 of the others."""
    calls = {
        name: tata_box.has_tata(gue(real_data, f"prom_300_{name}.csv.gz"), TSS)
        for name in ("tata.train", "tata.dev", "notata.dev")
    }
    assert {name: (int(found.sum()), len(found)) for name, found in calls.items()} == {
        "tata.train": (2444, 2444),
        "tata.dev": (323, 323),
        "notata.dev": (1, 2626),
    }
