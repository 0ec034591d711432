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


GZIP = Format("a gzip file", "Decompress it: gzip -d {file}")
BGZIP = Format("a bgzip file", "Decompress it: bgzip -d {file}")
BZ2 = Format("a bzip2 file", "Decompress it: bzip2 -d {file}")
XZ = Format("an xz file", "Decompress it: xz -d {file}")
PARQUET = Format(
    "a Parquet table",
    "Convert it: python -c \"import polars; polars.read_parquet('{file}').write_csv('{stem}.tsv', separator='\\t')\"",
)
LFS_POINTER = Format("a Git LFS pointer instead of the file", "Download the file: git lfs pull, inside its repository")
_PAGE = Format("a web page (HTML)", "Download the file itself: curl -L -o {file} ADDRESS, with the file's own address")
_XML = Format("an XML file, perhaps a server's error", "Give the text format, or download it again: curl -L -O ADDRESS")
_EXCEL = Format("an Excel workbook", "Save the sheet as text, or: soffice --headless --convert-to csv {file}")
_ODS = Format("an OpenDocument sheet", "Save it as text, or: soffice --headless --convert-to csv {file}")
_ZIP = Format("a zip archive", "Unpack it with unzip {file} and give the file in it")
_TAR = Format("a tar archive", "Unpack it with tar -xf {file} and give the file in it")
_UNKNOWN = Format("binary data", "See what it is with `file {file}`, and convert it")
_2BIT = Format("a 2bit genome", "Convert it: twoBitToFa {file} {stem}.fa")
_BIGWIG = Format("a bigWig file", "Convert it: bigWigToBedGraph {file} {stem}.bedGraph")
_BIGBED = Format("a bigBed file", "Convert it: bigBedToBed {file} {stem}.bed")
_R = Format("an R data file", "Convert it in R: write.table(readRDS('{file}'), '{stem}.tsv', sep='\\t', col.names=NA)")
_UTF16 = Format("UTF-16", "Convert it: iconv -f UTF-16 -t UTF-8 {file} > {stem}.utf8.txt")
_SQLITE = Format(
    "an SQLite database", "Export: sqlite3 -header -separator $'\\t' {file} 'SELECT * FROM TABLE' > {stem}.tsv"
)

_BY_START = {
    b"BZh": BZ2,
    b"\xfd7zXZ\0": XZ,
    b"\x5d\0\0": XZ,  # .lzma, the older layout
    b"\x28\xb5\x2f\xfd": Format("a zstd file", "Decompress it: zstd -d {file}"),
    b"\x1f\x9d": Format("a file of compress (.Z)", "Decompress it: gzip -d {file}"),
    b"7z\xbc\xaf": Format("a 7z archive", "Unpack it with 7z x {file} and give the file in it"),
    b"PAR1": PARQUET,
    b"\xd0\xcf\x11\xe0": _EXCEL,  # .xls
    b"SQLite format 3": _SQLITE,
    b"\x1a\x41\x27\x43": _2BIT,
    b"\x43\x27\x41\x1a": _2BIT,
    b"\x88\x8f\xfc\x26": _BIGWIG,
    b"\x26\xfc\x8f\x88": _BIGWIG,
    b"\x87\x89\xf2\xeb": _BIGBED,
    b"\xeb\xf2\x89\x87": _BIGBED,
    b"BAM\1": Format("a BAM file", "Convert its reads: samtools fasta {file} > {stem}.fa"),
    b"CRAM": Format("a CRAM file", "Convert its reads: samtools fasta {file} > {stem}.fa"),
    b"\x89HDF": Format(
        "an HDF5 file (h5, h5ad, loom, gctx)", "See its tables with h5dump -n {file}; export one as text"
    ),
    b"RDX": _R,
    b"X\n\0\0\0": _R,
    b"version https://git-lfs": LFS_POINTER,
    b"\xff\xfe": _UTF16,
    b"\xfe\xff": _UTF16,
}


def of(head: bytes) -> Format | None:
    """The format of a file by its first bytes; None: text, or what looks like it."""
    if head.startswith(GZIP_MAGIC):
        return BGZIP if head[12:16] == BGZF_EXTRA else GZIP
    if head.startswith(b"PK"):
        office = {b"opendocument.spreadsheet": _ODS, b"[Content_Types].xml": _EXCEL, b"xl/": _EXCEL}
        return next((found for mark, found in office.items() if mark in head), _ZIP)
    if head[257:262] == b"ustar":
        return _TAR
    if found := next((found for start, found in _BY_START.items() if head.startswith(start)), None):
        return found
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        return _PAGE
    return _XML if start.startswith(b"<?xml") else _UNKNOWN if b"\0" in head else None
