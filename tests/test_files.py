"""Reading what users bring and writing so that nobody sees half a file."""

from __future__ import annotations

import errno
import gzip
import os

import pysam
import pytest

from helpers_genome import bgzip
from lncprom import files, formats
from lncprom.errors import InputError

BLOCKS = bgzip(b"A gene of a line\n" * 30, 170)  # three blocks of ten lines, and the empty one


def test_plain_gzip_and_bgzip__told_apart_by_content_not_by_name(tmp_path):
    plain, packed, blocked = tmp_path / "a.gz", tmp_path / "b.txt", tmp_path / "c"
    plain.write_bytes(b"text\n")
    packed.write_bytes(gzip.compress(b"text\n"))
    pysam.tabix_compress(str(plain), str(blocked))
    assert [files.compression(path) for path in (plain, packed, blocked)] == ["plain", "gzip", "bgzip"]
    for path in (plain, packed, blocked):
        assert list(files.read_lines(path)) == [(1, "text")]


def test_byte_order_mark_and_crlf__read_as_if_they_were_not_there(tmp_path):
    path = tmp_path / "windows.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    assert list(files.read_lines(path)) == [(1, "one"), (2, "two")]


def test_latin_1__refused_with_the_line(tmp_path):
    path = tmp_path / "old.txt"
    path.write_bytes(b"one\nt\xfcr\n")
    with pytest.raises(InputError, match=r"old\.txt, line 2: not UTF-8"):
        list(files.read_lines(path))


@pytest.mark.parametrize("cut", [-1, -8, 30])
def test_gzip_cut_short__refused_by_name(tmp_path, cut):
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(os.urandom(5000), mtime=0)[:cut])
    with (
        pytest.raises(InputError, match=r"cut\.gz: the compressed file ends too early"),
        files.open_bytes(path) as handle,
    ):
        handle.read()


@pytest.mark.parametrize("block", [1, 2, 3])
def test_bgzip_cut_between_two_blocks__refused_before_anything_is_read(tmp_path, block):
    starts = [at for at in range(len(BLOCKS)) if BLOCKS.startswith(formats.GZIP_MAGIC, at)]
    path = tmp_path / "cut.gtf.gz"
    path.write_bytes(BLOCKS[: starts[block]])
    with pytest.raises(
        InputError, match=r"^cut\.gtf\.gz: the bgzip file .* ends too early\. Download or copy it again\.$"
    ):
        next(files.read_lines(path))
    path.write_bytes(BLOCKS)
    assert len(list(files.read_lines(path))) == 30


def test_gzip_with_a_damaged_middle__refused_by_name(tmp_path):
    whole = bytearray(gzip.compress(b"ACGT" * 5000, mtime=0))
    whole[len(whole) // 2] ^= 0xFF
    path = tmp_path / "bad.gz"
    path.write_bytes(whole)
    with pytest.raises(InputError, match=r"bad\.gz: (damaged|the) compressed file"), files.open_bytes(path) as handle:
        handle.read()


def test_writing_that_fails_midway__the_old_file_stays_and_nothing_lies_beside(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("old")
    with pytest.raises(TypeError), files.writing(path) as beside:
        beside.write_text("half of the n") + "and then"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_writing__permissions_are_those_of_a_new_file(tmp_path):
    (tmp_path / "plain").write_text("")
    files.write_text("x\n", tmp_path / "written")
    assert (tmp_path / "written").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_several_outputs_of_which_one_fails__none_is_there(tmp_path):
    paths = [tmp_path / "new" / "a", tmp_path / "b"]
    with pytest.raises(TypeError), files.writing_all(paths) as beside:
        beside[paths[0]].write_text("whole") + "and then"
    assert list(tmp_path.iterdir()) == []


def test_several_outputs_of_one_path__refused_and_no_folder_is_made(tmp_path):
    with (
        pytest.raises(InputError, match="a: two outputs have this path"),
        files.writing_all([tmp_path / "new" / "a", tmp_path / "new" / ".." / "new" / "a"]),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk__one_line_and_no_file(tmp_path):
    path = tmp_path / "table.parquet"
    with (
        pytest.raises(InputError, match=r"table\.parquet: No space left on device\. Free some space"),
        files.writing(path),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_not_there__refused(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        files.write_text("x", tmp_path / "nowhere" / "x")
