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


def with_box(offset, box=BOX, background=b"C"):
    """A window of 300 bases with the box's position 0 at an offset from the TSS."""
    window = bytearray(background * 300)
    window[TSS + offset - 3 : TSS + offset - 3 + len(box)] = box
    return np.frombuffer(bytes(window), np.uint8)[None, :]


@pytest.mark.parametrize("offset", range(-40, -15))
def test_a_planted_box__is_found_from_31_to_26_upstream_only(offset):
    found = tata_box.has_tata(with_box(offset), TSS)[0]
    assert found == (-31 <= offset <= -26)
    assert (tata_box.best_scores(with_box(offset), TSS)[0] == 0) == found  # the consensus scores 0, the most there is


def test_a_box_with_an_unknown_base__is_not_called():
    assert not tata_box.has_tata(with_box(-28, BOX.replace(b"TATAAAA", b"TATANAA")), TSS)[0]


@settings(max_examples=50)
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
