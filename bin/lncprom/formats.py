"""What a file is by its first bytes, whatever its name, and the command that makes text of it."""

from __future__ import annotations

from typing import NamedTuple

HEAD = 4096  # bytes that `of` looks at
GZIP_MAGIC = b"\x1f\x8b"
BGZF_EXTRA = b"BC\x02\x00"  # SAM specification, section 4.1: the extra field of a bgzip block


class Format(NamedTuple):
    """A format with its article, and the remedy, in which {file} and {stem} stand for the file's name."""

    name: str
    remedy: str

    def message(self, file: str, wanted: str = "text") -> str:
        """One line for a file of this format where another one is expected."""
        return f"{file}: {self.name}, not {wanted}. {self.remedy.format(file=file, stem=file.split('.')[0])}"


_COLUMNS = "python -c \"import polars; polars.read_parquet('{file}').write_csv('{stem}.tsv', separator='\\t')\""
_CSV = "Save the sheet as text, or: soffice --headless --convert-to csv {file}"
_BINARY = Format("binary data", "See what it is with `file {file}`, and convert it")
_EXCEL = Format("an Excel workbook", _CSV)
_ODS = Format("an OpenDocument sheet", _CSV)
_PAGE = Format("a web page (HTML)", "Download the file itself: curl -L -o {file} ADDRESS, with the file's own address")
_TAR = Format("a tar archive", "Unpack it with tar -xf {file} and give the file in it")
_XML = Format("an XML file, perhaps a server's error", "Give the text format, or download it again: curl -L -O ADDRESS")
_ZIP = Format("a zip archive", "Unpack it with unzip {file} and give the file in it")
GZIP = Format("a gzip file", "Decompress it: gzip -d {file}")
BGZIP = Format("a bgzip file", "Decompress it: bgzip -d {file}")
BZ2 = Format("a bzip2 file", "Decompress it: bzip2 -d {file}")
XZ = Format("an xz file", "Decompress it: xz -d {file}")
PARQUET = Format("a Parquet table", f"Convert it: {_COLUMNS}")
LFS_POINTER = Format("a Git LFS pointer instead of the file", "Download the file: git lfs pull, inside its repository")

_BY_START = (  # formats, and how their files may start
    (BZ2, *(b"BZh%d" % level for level in range(1, 10))),
    (XZ, b"\xfd7zXZ\0", b"\x5d\0\0"),  # the second is .lzma
    (Format("a zstd file", "Decompress it: zstd -d {file}"), b"\x28\xb5\x2f\xfd"),
    (Format("a file of compress (.Z)", "Decompress it: gzip -d {file}"), b"\x1f\x9d"),
    (Format("a 7z archive", "Unpack it with 7z x {file} and give the file in it"), b"7z\xbc\xaf"),
    (PARQUET, b"PAR1"),
    (_EXCEL, b"\xd0\xcf\x11\xe0"),  # .xls
    (
        Format("an SQLite database", "Export a table: sqlite3 -csv -header {file} 'SELECT * FROM NAME'"),
        b"SQLite format 3",
    ),
    (Format("a 2bit genome", "Convert it: twoBitToFa {file} {stem}.fa"), b"\x1a\x41\x27\x43", b"\x43\x27\x41\x1a"),
    (Format("a bigWig file", "Convert it: bigWigToWig {file} {stem}.wig"), b"\x88\x8f\xfc\x26", b"\x26\xfc\x8f\x88"),
    (Format("a bigBed file", "Convert it: bigBedToBed {file} {stem}.bed"), b"\x87\x89\xf2\xeb", b"\xeb\xf2\x89\x87"),
    (Format("a BAM file", "Convert its reads: samtools fasta {file} > {stem}.fa"), b"BAM\1"),
    (Format("a CRAM file", "Convert its reads: samtools fasta {file} > {stem}.fa"), b"CRAM\2", b"CRAM\3"),
    (
        Format("an HDF5 file (h5, h5ad, loom, gctx)", "List its tables: h5dump -n {file}; export one as text"),
        b"\x89HDF",
    ),
    (
        Format("an R data file", "In R: write.table(readRDS('{file}'), sep='\\t', col.names=NA)"),
        b"RDX2\n",
        b"RDX3\n",
        b"X\n\0\0\0",
    ),
    (LFS_POINTER, b"version https://git-lfs"),
    (Format("UTF-16", "Convert it: iconv -f UTF-16 -t UTF-8 {file} > {stem}.utf8.txt"), b"\xff\xfe", b"\xfe\xff"),
)


def of(head: bytes) -> Format | None:
    """The format of a file by its first bytes; None: text, or what looks like it."""
    if head.startswith(GZIP_MAGIC):
        return BGZIP if head[12:16] == BGZF_EXTRA else GZIP
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        office = {b"opendocument.spreadsheet": _ODS, b"[Content_Types].xml": _EXCEL, b"xl/": _EXCEL}
        return next((found for mark, found in office.items() if mark in head), _ZIP)
    if head[257:262] == b"ustar":
        return _TAR
    if found := next((found for found, *starts in _BY_START if head.startswith(tuple(starts))), None):
        return found
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        return _PAGE
    return _XML if start.startswith(b"<?xml") else _BINARY if b"\0" in head else None
