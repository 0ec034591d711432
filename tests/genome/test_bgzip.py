"""Bytes of a bgzip file by their offset in the text: the same as those of the text."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import numpy as np
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_genome import EOF, bgzip
from lncprom.errors import InputError
from lncprom.genome import bgzip as access


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=400), st.integers(1, 120), st.data())
def test_any_stretch_of_any_file__the_texts_own_bytes(data, block, draw):
    start = draw.draw(st.integers(0, len(data) - 1))
    size = draw.draw(st.integers(0, len(data) + 10 - start))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "f.gz")
        path.write_bytes(bgzip(data, block))
        packed = access.open_bytes(path)
        packed.expect(np.array([start]), np.array([min(start + size, len(data))]))
        assert packed.size == len(data)
        assert packed.read(start, size) == data[start : start + size]


def test_file_by_htslib__read_alike(tmp_path):
    data = np.random.default_rng(1).integers(0, 255, 300_000, dtype=np.uint8).tobytes()
    (tmp_path / "f").write_bytes(data)
    pysam.tabix_compress(str(tmp_path / "f"), str(tmp_path / "f.gz"))
    packed = access.open_bytes(tmp_path / "f.gz")
    for start in (0, 65_279, 65_280, 130_000, 299_990):
        assert packed.read(start, 70_000) == data[start : start + 70_000]


def test_plain_file__read_as_it_is(tmp_path):
    (tmp_path / "f").write_bytes(b"ACGTACGT")
    plain = access.open_bytes(tmp_path / "f")
    plain.expect(np.array([0]), np.array([4]))
    assert (plain.size, plain.read(2, 3)) == (8, b"GTA")


def test_plain_gzip__refused_with_what_mends_it(tmp_path):
    (tmp_path / "f.gz").write_bytes(gzip.compress(b"ACGT"))
    with pytest.raises(InputError, match=r"f\.gz: plain gzip .* prepare_genome .* bgzip"):
        access.open_bytes(tmp_path / "f.gz")


def test_cut_at_any_byte__refused(tmp_path):
    whole = bgzip(b"ACGT" * 20, block=32)
    assert whole.endswith(EOF)
    path = tmp_path / "f.gz"
    for size in range(18, len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"f\.gz: the bgzip file is damaged or ends too early"):
            access.open_bytes(path)


def test_damaged_block__refused_when_it_is_read(tmp_path):
    whole = bytearray(bgzip(bytes(range(200)), block=100))
    whole[30] ^= 0xFF
    path = tmp_path / "f.gz"
    path.write_bytes(whole)
    packed = access.open_bytes(path)
    with pytest.raises(InputError, match=r"f\.gz: the bgzip file is damaged"):
        packed.read(0, 10)
    assert packed.read(100, 3) == bytes([100, 101, 102])
