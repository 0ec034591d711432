"""Files of other formats: told by their first bytes, and refused with the command that converts them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import polars as pl
import pytest

from helpers_genome import bgzip
from lncprom import files
from lncprom.datasets import readers
from lncprom.errors import InputError
from lncprom.genes import expression_table, gtf, promoter_bed
from lncprom.genome import chromosome_names, fasta
from lncprom.genome.reader import Genome
from lncprom.hub import pin
from lncprom.motifs import motif_files
from lncprom.tables import base


def zipped(name: str) -> bytes:
    with zipfile.ZipFile(made := io.BytesIO(), "w") as archive:
        archive.writestr(name, "text")
    return made.getvalue()


def tarred() -> bytes:
    with tarfile.open(fileobj=(made := io.BytesIO()), mode="w") as archive:
        archive.addfile(tarfile.TarInfo("genes.gtf"))
    return made.getvalue()


OTHERS = {
    "zip": (zipped("genes.gtf"), "a zip archive, not text. Unpack it with unzip x.bin"),
    "xlsx": (zipped("xl/workbook.xml"), "an Excel workbook"),
    "xls": (bytes.fromhex("d0cf11e0a1b11ae1"), "an Excel workbook"),
    "Parquet": (b"PAR1rest", "polars.read_parquet('x.bin').write_csv('x.tsv'"),
    "SQLite": (b"SQLite format 3\0", "sqlite3 -csv -header x.bin"),
    "zstd": (bytes.fromhex("28b52ffd00"), "zstd -d x.bin"),
    "2bit": (bytes.fromhex("4327411a"), "twoBitToFa x.bin x.fa"),
    "bigWig": (bytes.fromhex("26fc8f88"), "bigWigToWig"),
    "bigBed": (bytes.fromhex("ebf28987"), "bigBedToBed"),
    "BAM": (bgzip(b"BAM\1rest", 100), "samtools fasta x.bin"),
    "CRAM": (b"CRAM\3\0", "samtools fasta x.bin"),
    "HDF5": (b"\x89HDF\r\n\x1a\n", "h5dump -n x.bin"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "page": (b"\n<!DOCTYPE html>\n<html>", "a web page (HTML), not text. Download the file itself: curl"),
    "XML": (b"<?xml version='1.0'?><Error/>", "an XML file"),
    "tar.gz": (gzip.compress(tarred()), "tar -xf x.bin"),
    "gz.gz": (gzip.compress(gzip.compress(b"text")), "a gzip file, not text"),
    "R": (gzip.compress(b"X\n\0\0\0\3"), "write.table(readRDS('x.bin')"),
    "UTF-16": ("gene\tLiver\n".encode("utf-16"), "iconv -f UTF-16"),
    "other": (b"text\0\1\2", "binary data"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_no_text__named_with_its_converter(tmp_path, kind):
    path = tmp_path / "x.bin"
    content, words = OTHERS[kind]
    path.write_bytes(content)
    with pytest.raises(InputError) as fault:
        next(files.read_lines(path))
    assert fault.value.message.startswith("x.bin: ")
    assert words in fault.value.message
    assert "\n" not in fault.value.message


READERS = {
    "GTF": lambda path: list(gtf.features(path, ("gene",))),
    "FASTA": lambda path: list(fasta.pieces(fasta.blocks(path), path.name)),
    "genome": Genome.open,
    "BED": promoter_bed.read,
    "expression": expression_table.read,
    "assembly report": chromosome_names.read_report,
    "data set": lambda path: readers.read_fold([path], "train"),
    "motifs": motif_files.read,
    "sheet": lambda path: pin.pinned(path, path.parent, None, print),
    "TSV": lambda path: base.read_tsv(path, {"x": pl.String}),
    "Parquet": lambda path: base.parquet(path).__enter__(),
}


@pytest.mark.parametrize("start", ["PK1\t", "RDX\t", "CRAMP1\t", "BZW1\t", "version\t", "7z\t", ">PAR1\n"])
def test_text_that_starts_alike__is_text(tmp_path, start):
    (tmp_path / "x").write_text(start)
    assert next(files.read_lines(tmp_path / "x")) == (1, start.rstrip("\n"))


@pytest.mark.parametrize("reader", READERS)
def test_an_archive_for_any_reader__named_as_such(tmp_path, reader):
    (tmp_path / "x.txt").write_bytes(zipped("genes.gtf"))
    with pytest.raises(InputError, match=r"^x\.txt: a zip archive, not .*unzip x\.txt"):
        READERS[reader](tmp_path / "x.txt")


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress, lambda raw: lzma.compress(raw, lzma.FORMAT_ALONE)])
def test_bz2_and_xz__read_as_gzip_is_and_refused_when_cut_or_damaged(tmp_path, pack):
    raw = pack(b"text\n" + b"".join(b"%d\n" % number for number in range(5000)))
    path = tmp_path / "x"
    path.write_bytes(raw)
    assert next(files.read_lines(path)) == (1, "text")
    for broken in (raw[:-20], raw[:50] + bytes(byte ^ 0xFF for byte in raw[50:90]) + raw[90:]):
        path.write_bytes(broken)
        with pytest.raises(InputError, match=r"^x: .*compressed file.*Download or copy it again\.$"):
            list(files.read_lines(path))


def test_bz2_genome__no_random_access(tmp_path):
    (tmp_path / "g.fa").write_bytes(bz2.compress(b">a\nACGT\n"))
    with pytest.raises(InputError, match="plain bz2 has no random access"):
        Genome.open(tmp_path / "g.fa")
