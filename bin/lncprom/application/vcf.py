"""A VCF: its records, each alternative allele by itself, and the file with further INFO."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import polars as pl

from lncprom import files
from lncprom.errors import InputError
from lncprom.genome import chromosome_names
from lncprom.genome.bases import texts_of
from lncprom.genome.reader import Genome
from lncprom.provenance import refuse_losses

COLUMNS = ("CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
LONGEST = 50  # bases that an allele may remove or add
_FLANK = 200  # bases to the left in which an indel is shifted
_BLOCK = 1 << 26
_PLACE = {"at": pl.Int64, "deleted": pl.String, "inserted": pl.String}
_REMEDY = "Give a VCF with its header, plain or bgzip."
_BASES = "^[ACGT]+$"
_ABSENT = "on sequences that the FASTA lacks"
_MISMATCH = "REF differs from the FASTA"


class Vcf(NamedTuple):
    """Header lines that start with `##`, and the first eight columns of all records as text."""

    header: list[str]
    records: pl.DataFrame


class Alleles(NamedTuple):
    """One row per alternative allele that can be scored, counts, alleles left out by reason, and notes.

    `rows`: `record` and `allele` (row of the records, number within ALT from 0); `chrom` as in the FASTA; `start`,
    `deleted`, `inserted`: bases from the 0-based start are replaced; bases that REF and ALT share are removed, and
    insertions and deletions are shifted to the left.
    """

    rows: pl.DataFrame
    counts: dict
    dropped: dict[str, int]
    notes: list[str]


def read(path: Path) -> Vcf:
    """The records of a VCF, plain or compressed, without genotypes.

    Raises
    ------
    InputError
        If the header or a column is missing, or a position is not a number.
    """
    header: list[str] = []
    with files.open_bytes(path) as handle:
        for raw in handle:
            line = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").rstrip("\r\n")
            if not line.startswith("##"):
                break
            header.append(line)
        else:
            line = ""
        names = line.removeprefix("#").split("\t")
        if not (header and line.startswith("#") and tuple(names[: len(COLUMNS)]) == COLUMNS):
            missing = "'##fileformat=VCF' on top" if not header else f"'#{' '.join(COLUMNS)}' (tabs)"
            raise InputError(f"{path.name}, line {len(header) + 1}: no header of a VCF, {missing}. {_REMEDY}")
        parts = [_parsed(block, path, len(names)) for block in _blocks(handle)]
    records = pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    position = records["POS"].str.strip_chars().cast(pl.Int64, strict=False)
    for odd in (records["ALT"].is_null() | records["REF"].is_null(), position.is_null() | (position < 0)):
        if (row := odd.arg_max()) is not None and odd[row]:
            what = f"position {records['POS'][row]!r}" if records["ALT"][row] is not None else "too few columns"
            raise InputError(f"{path.name}, line {len(header) + 2 + row}: {what}. Correct or remove the line.")
    return Vcf(header, records.with_columns(POS=position))


def _blocks(handle: IO[bytes]) -> Iterator[bytes]:
    """Whole lines, some tens of megabytes at a time."""
    rest = b""
    while block := handle.read(_BLOCK):
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield whole + newline
    if rest:
        yield rest


def _parsed(block: bytes, path: Path, width: int) -> pl.DataFrame:
    """The first eight columns; genotypes are passed over."""
    try:
        rows = pl.read_csv(
            block,
            separator="\t",
            has_header=False,
            quote_char=None,  # INFO may hold a lone quote
            schema={f"column_{at}": pl.String for at in range(width)},
            columns=range(len(COLUMNS)),
            truncate_ragged_lines=True,
        )
    except pl.exceptions.PolarsError as fault:
        raise InputError(f"{path.name}: not a VCF ({str(fault).splitlines()[0]}). {_REMEDY}") from None
    return rows.rename(dict(zip(rows.columns, COLUMNS, strict=True)))


def alleles(
    found: Vcf, genome: Genome, source: str, most_mismatches: float = 0.01, report: Path | None = None
) -> Alleles:
    """Every allele of ACGT of at most 50 bases whose REF is that of the FASTA.

    Parameters
    ----------
    source
        The VCF's name for messages.
    most_mismatches
        Largest fraction of alleles whose REF differs from the FASTA.
    report
        NCBI's assembly report, if names are accessions.

    Raises
    ------
    InputError
        If the file has no allele, none on a sequence of the FASTA, or too many that differ from it.
    """
    rows = _split(found.records, genome, report)
    if rows.is_empty():
        raise InputError(f"{source}: no variant. {_REMEDY}")
    on_genome = rows.filter(pl.col("chrom").is_not_null())
    if on_genome.is_empty():
        ours, theirs = found.records["CHROM"][0], ", ".join(genome.names[:3])
        raise InputError(
            f"{source}: none of its sequences ({ours}, ...) is in {genome.path.name} ({theirs}, ...). "
            "Give the FASTA of its assembly, or --assembly-report."
        )
    rows, flips = _compared(rows, genome)
    checked = rows.filter(pl.col("reason").is_null() | (pl.col("reason") == _MISMATCH))
    lost = checked["reason"].is_not_null().sum()
    what = f"variants of {source} have another REF than {genome.path.name} ({flips:,} of them have its base as ALT)"
    remedy = "It may be another assembly: give the FASTA that the variants were called on."
    refuse_losses(lost, checked.height, most_mismatches, what, remedy)
    dropped = dict(rows["reason"].drop_nulls().value_counts().sort("reason").iter_rows())
    rows = rows.filter(pl.col("reason").is_null())
    if rows.is_empty():
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in dropped.items())
        raise InputError(f"{source}: no allele that can be scored ({reasons}). Give SNVs or short indels.")
    counts = {"records": found.records.height, "alleles": rows.height + sum(dropped.values()), "usable": rows.height}
    notes = [f"{lost:,} of {checked.height:,} variants have another REF than the FASTA"] if lost else []
    return Alleles(rows.select("record", "allele", "chrom", "start", "deleted", "inserted"), counts, dropped, notes)


def _split(records: pl.DataFrame, genome: Genome, report: Path | None) -> pl.DataFrame:
    """One row per alternative allele, shared bases removed, with the reason why it is left out."""
    known = chromosome_names.reconcile(records["CHROM"].unique(), genome.names, report)
    rows = (
        records.with_row_index("record")
        .select(
            pl.col("record").cast(pl.Int64),
            chrom=pl.col("CHROM").replace_strict(known, default=None, return_dtype=pl.String),
            start=pl.col("POS") - 1,  # VCF is 1-based
            ref=pl.col("REF").str.to_uppercase(),
            alt=pl.col("ALT").str.to_uppercase().str.split(","),
        )
        .explode("alt")
        .with_columns(allele=pl.int_range(pl.len()).over("record"))
    )
    alt = pl.col("alt")
    reason = (
        pl.when(alt == ".").then(pl.lit("without an alternative allele"))
        .when(alt == "*").then(pl.lit("deleted with an earlier variant (*)"))
        .when(alt.str.contains(r"[<>\[\]]")).then(pl.lit("symbolic alleles and breakends"))
        .when(~alt.str.contains(_BASES) | ~pl.col("ref").str.contains(_BASES)).then(pl.lit("other letters than ACGT"))
        .when(pl.col("chrom").is_null()).then(pl.lit(_ABSENT))
    )  # fmt: skip
    rows = rows.with_columns(reason=reason, deleted="ref", inserted="alt", at="start")
    both = pl.col("ref").str.len_bytes() + alt.str.len_bytes()
    longer = pl.col("reason").is_null() & (pl.col("ref") != alt) & (both > 2)
    plain, others = rows.filter(~longer), rows.filter(longer)
    trimmed = [_trimmed(*row) for row in others.select("start", "ref", "alt").iter_rows()]
    trimmed = others.with_columns(pl.DataFrame(trimmed, _PLACE, orient="row"))
    rows = pl.concat([plain, trimmed]).sort("record", "allele")
    most = pl.max_horizontal(pl.col("deleted", "inserted").str.len_bytes())
    too_long = pl.when(most > LONGEST).then(pl.lit(f"longer than {LONGEST} bases"))
    return rows.with_columns(reason=pl.coalesce("reason", too_long))


def _trimmed(start: int, ref: str, alt: str) -> tuple[int, str, str]:
    """Without the bases that both share, first those at the end."""
    shared = 0
    while shared < min(len(ref), len(alt)) and ref[-1 - shared] == alt[-1 - shared]:
        shared += 1
    ref, alt = ref[: len(ref) - shared], alt[: len(alt) - shared]
    shared = 0
    while shared < min(len(ref), len(alt)) and ref[shared] == alt[shared]:
        shared += 1
    return start + shared, ref[shared:], alt[shared:]


def _compared(rows: pl.DataFrame, genome: Genome) -> tuple[pl.DataFrame, int]:
    """The rows with a reason where REF differs from the FASTA, indels shifted; and how many have it as ALT."""
    length = pl.col("ref").str.len_bytes().cast(pl.Int64)
    end = pl.col("chrom").replace_strict(genome.lengths, default=None, return_dtype=pl.Int64)
    beyond = pl.when((pl.col("start") < 0) | (pl.col("start") + length > end)).then(pl.lit("beyond the sequence's end"))
    rows = rows.with_columns(reason=pl.coalesce("reason", beyond)).with_row_index("row")
    differs, flips = [], 0
    for (size,), part in rows.filter(pl.col("reason").is_null()).group_by(length.alias("size"), maintain_order=True):
        letters = genome.stretches(part["chrom"], part["start"].to_numpy(), size)
        given = np.frombuffer("".join(part["ref"]).encode(), np.uint8).reshape(-1, size)
        other = (letters != given).any(axis=1)
        differs.append(part["row"].filter(pl.Series(other)))
        there = pl.Series(texts_of(letters[other]), dtype=pl.String)
        flips += int((part["alt"].filter(pl.Series(other)) == there).sum())
    mismatch = pl.col("row").is_in(pl.concat(differs).implode()) if differs else pl.lit(False)
    rows = rows.with_columns(reason=pl.coalesce("reason", pl.when(mismatch).then(pl.lit(_MISMATCH))))
    return _shifted(rows, genome).drop("row"), flips


def _shifted(rows: pl.DataFrame, genome: Genome) -> pl.DataFrame:
    """Insertions and deletions as far left as the sequence allows (Tan et al. 2015, Bioinformatics 31:2202)."""
    one_empty = (pl.col("deleted") == "") != (pl.col("inserted") == "")
    moves = pl.col("reason").is_null() & one_empty
    rest, indels = rows.filter(~moves), rows.filter(moves)
    each = indels.select("at", "deleted", "inserted").iter_rows()
    found = [_left(*row, before) for row, before in zip(each, _before(indels, genome), strict=True)]
    moved = indels.with_columns(pl.DataFrame(found, _PLACE, orient="row"))
    return pl.concat([rest, moved]).sort("row").with_columns(start="at")


def _before(indels: pl.DataFrame, genome: Genome) -> list[str]:
    """The bases before each indel, fewer at the start of a sequence."""
    found, size = [""] * indels.height, np.minimum(indels["at"].to_numpy(), _FLANK)
    for length in np.unique(size[size > 0]):
        rows = np.flatnonzero(size == length)
        letters = genome.stretches(indels["chrom"][rows], indels["at"].to_numpy()[rows] - length, int(length))
        for row, text in zip(rows.tolist(), texts_of(letters), strict=True):
            found[row] = text
    return found


def _left(start: int, deleted: str, inserted: str, before: str) -> tuple[int, str, str]:
    allele, at = deleted or inserted, len(before)
    while at and before[at - 1] == allele[-1]:
        allele, at = allele[-1] + allele[:-1], at - 1
    return start - (len(before) - at), allele if deleted else "", allele if inserted else ""
