"""Small genomes and sites, made by hand or at random, for tests that read windows."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import polars as pl

from lncprom.tables import sites

EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def fasta_text(sequences: dict[str, str], width: int = 60, end: str = "\n", last_end: bool = True) -> bytes:
    lines = []
    for name, bases in sequences.items():
        lines += [f">{name} a description", *(bases[at : at + width] for at in range(0, len(bases), width))]
    return (end.join(lines) + (end if last_end else "")).encode()


def bgzip(data: bytes, block: int = 65280) -> bytes:
    """A bgzip file by the letter of the SAM specification, with blocks as small as a test wants them."""
    packed = []
    for at in range(0, len(data), block):
        part = data[at : at + block]
        deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        body = deflate.compress(part) + deflate.flush()
        head = bytes.fromhex("1f8b08040000000000ff060042430200") + (len(body) + 25).to_bytes(2, "little")
        packed.append(head + body + zlib.crc32(part).to_bytes(4, "little") + len(part).to_bytes(4, "little"))
    return b"".join(packed) + EOF


def write_fasta(path: Path, sequences: dict[str, str], compressed: str = "plain", block: int = 65280, **layout) -> Path:
    text = fasta_text(sequences, **layout)
    pack = {"plain": bytes, "gzip": lambda data: gzip.compress(data, mtime=0), "bgzip": lambda data: bgzip(data, block)}
    path.write_bytes(pack[compressed](text))
    return path


def make_sites(rows: list[tuple], **columns) -> pl.DataFrame:
    """Sites from (sample_id, label, chrom, tss, strand); everything else empty or as given."""
    table = pl.DataFrame(rows, schema=["sample_id", "label", "chrom", "tss", "strand"], orient="row")
    filled = {"task": "demo", "transform": "none"} | columns
    for column in sites.COLUMNS:
        if column not in table.columns:
            value = filled.get(column)
            value = pl.Series(value) if isinstance(value, list) else pl.lit(value)
            table = table.with_columns(value.alias(column))
    return sites.check(table.select(*sites.COLUMNS), "hand-made sites")


def naive_window(bases: str, tss: int, strand: str, length: int) -> str:
    """A window base by base, as the definition says it: TSS at index length-51 in the gene's direction."""
    letters = []
    for index in range(length):
        ahead = index - (length - 51)  # bases downstream of the TSS
        base = bases[tss + ahead if strand == "+" else tss - ahead].upper()
        base = base if base in "ACGT" else "N"
        letters.append(base if strand == "+" else dict(zip("ACGTN", "TGCAN", strict=True))[base])
    return "".join(letters)
