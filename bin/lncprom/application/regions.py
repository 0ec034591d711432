"""What models are applied to: sequences of a FASTA, promoters of a BED, or genes by their ids."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import files, text
from lncprom.application.ensemble import Ensemble
from lncprom.errors import InputError
from lncprom.genes import promoter_bed, tss
from lncprom.genes.expression_table import stable_ids
from lncprom.genome import chromosome_names, fasta
from lncprom.genome.bases import texts_of
from lncprom.genome.coordinates import DOWNSTREAM, window_bounds
from lncprom.genome.reader import Genome
from lncprom.inference import fasta_scores

FASTA, BED, GENES, VCF = "FASTA", "BED", "gene ids", "VCF"
NOWHERE = pl.DataFrame(schema={"start": pl.Int64, "end": pl.Int64})
_PLACE = {"chrom": pl.String, "start": pl.Int64, "end": pl.Int64, "strand": pl.String, "tss": pl.Int64}


class Inputs(NamedTuple):
    """One row per sequence (id, place where known, sequence), counts and notes for the card."""

    rows: pl.DataFrame
    kind: str
    counts: dict
    notes: list[str]


def kind_of(path: Path) -> str:
    """`FASTA`, `BED`, `VCF` or `gene ids`, by the first line that is no comment of a browser."""
    for _, line in files.read_lines(path):
        if line.startswith("##fileformat=VCF"):
            return VCF
        if line.strip() and not line.startswith(("#", "track", "browser")):
            return FASTA if line.startswith(">") else BED if "\t" in line else GENES
    raise InputError(f"{path.name}: no sequence, promoter or gene in it. Give FASTA, BED6, BED8 or a list of gene ids.")


def read(path: Path, models: Ensemble, genome: Path | None, gtf: Path | None, report: Path | None = None) -> Inputs:
    """The sequences of any kind of file; windows lie around a TSS as in training.

    Raises
    ------
    InputError
        if a genome or annotation is missing, or lacks a chromosome or gene, or a window ends beyond its chromosome.
    """
    kind = kind_of(path)
    if kind == VCF:
        raise InputError(f"{path.name}: a VCF. Run score_variants.py on it.")
    if kind == FASTA:
        return _sequences(path)
    if genome is None:
        raise InputError(f"{path.name}: {kind} without a genome. Give it with --fasta.")
    if kind == GENES and gtf is None:
        raise InputError(f"{path.name}: {kind} without an annotation. Give it with --gtf.")
    found, notes = _promoters(path) if kind == BED else _genes(path, gtf)
    rows, more = windows(found, path.name, models, genome, report)
    return Inputs(rows, kind, {"promoters": rows.height}, [*notes, *more])


def _sequences(path: Path) -> Inputs:
    parts, codes, coded = [], 0, 0
    for names, texts in fasta_scores.blocks(path):
        texts, number, records = fasta.as_bases(texts)
        codes, coded = codes + number, coded + records
        parts.append(pl.DataFrame({"id": names, "sequence": texts}))
    rows = pl.concat(parts).select(
        "id", *(pl.lit(None, dtype).alias(name) for name, dtype in _PLACE.items()), "sequence"
    )
    notes = [fasta.codes_note(codes, coded)] if codes else []
    return Inputs(rows, FASTA, {"sequences": rows.height}, notes)


def _promoters(path: Path) -> tuple[pl.DataFrame, list[str]]:
    found = promoter_bed.read(path)
    notes = [f"{path.name}: TSS from {found.layout}"]
    if found.repeated:
        notes.append(f"{path.name}: {found.repeated:,} lines repeat an earlier promoter and count once")
    return found.rows.rename({"name": "id"}), notes


def _genes(path: Path, gtf: Path) -> tuple[pl.DataFrame, list[str]]:
    ids = [line.strip() for _, line in files.read_lines(path) if line.strip() and not line.startswith("#")]
    asked = pl.DataFrame({"id": list(dict.fromkeys(ids))})
    found = tss.transcription_starts(gtf, (), "auto", primary_only=False)
    genes = found.genes.select("chrom", "strand", "tss", stable=stable_ids(found.genes["gene_id"]))
    rows = asked.with_columns(stable=stable_ids(asked["id"])).join(
        genes, on="stable", how="left", maintain_order="left"
    )
    if lacking := rows.filter(pl.col("tss").is_null())["id"].to_list():
        raise InputError(
            f"{path.name}: {text.some(lacking)} not among the gene ids of {gtf.name}. Remove them, or give another GTF."
        )
    return rows.drop("stable"), found.notes


def windows(
    found: pl.DataFrame, source: str, models: Ensemble, genome: Path, report: Path | None = None
) -> tuple[pl.DataFrame, list[str]]:
    """Promoters (id, chrom, strand, tss) with the window of the models around each TSS, and notes."""
    reader, length = Genome.open(genome), models.length
    names = chromosome_names.reconcile(found["chrom"].unique().sort().to_list(), reader.names, report)
    if (absent := found.filter(~pl.col("chrom").is_in(list(names)))).height:
        first = absent.row(0, named=True)
        raise InputError(
            f"{source}, {first['id']}: {genome.name} has no sequence {first['chrom']} ({absent.height:,} such rows). "
            "Give the genome that the regions belong to."
        )
    found = found.with_columns(pl.col("chrom").replace_strict(names, return_dtype=pl.String))
    at, strand = found["tss"].to_numpy(), found["strand"].to_numpy()
    anchor = anchors(at, strand, models)
    fits = reader.fits(found["chrom"], anchor, strand, length)
    if not fits.all():
        first = found.row(int(np.flatnonzero(~fits)[0]), named=True)
        raise InputError(
            f"{source}, {first['id']}: {length:,} bases around {first['chrom']}:{first['tss'] + 1:,} end "
            f"beyond the sequence of {reader.lengths[first['chrom']]:,} bases ({(~fits).sum():,} such rows). Remove it."
        )
    letters = reader.windows(found["chrom"], anchor, strand, length)
    start, end = window_bounds(anchor, strand, length)
    notes = (
        []
        if models.tss_index is not None
        else [f"the models know no TSS: it is base {length - DOWNSTREAM} of a window"]
    )
    rows = found.with_columns(start=pl.Series(start), end=pl.Series(end), sequence=pl.Series(texts_of(letters)))
    return rows.select("id", *_PLACE, "sequence"), notes


def anchors(tss: np.ndarray, strand: np.ndarray, models: Ensemble) -> np.ndarray:
    """Positions whose windows, by the rule of `coordinates`, have `tss` at the index that the models know."""
    index = models.tss_index
    shift = 0 if index is None else models.length - DOWNSTREAM - 1 - index
    return tss + np.where(strand == "-", -shift, shift)


def bed_lines(path: Path) -> Iterator[tuple[int, str, int, int]]:
    """Number of the line, chromosome, start and end of each region of a BED (three columns at least)."""
    for number, line in files.read_lines(path):
        if not line.strip() or line.startswith(("#", "track", "browser")):
            continue
        chrom, *place = line.split("\t")[:3]
        if len(place) < 2 or not all(position.isdecimal() for position in place) or int(place[0]) >= int(place[1]):
            raise InputError(
                f"{path.name}, line {number}: not a region of a BED. Give chrom, start and end (0-based, half-open), "
                "by tabs."
            )
        yield number, chrom, int(place[0]), int(place[1])


def stretches(path: Path, genome: Genome) -> dict[str, pl.DataFrame]:
    """Regions of a BED (three columns at least) by chromosome: start and end, sorted, those that touch joined."""
    rows = [place for _, *place in bed_lines(path)]
    names = chromosome_names.reconcile(sorted({chrom for chrom, *_ in rows}), genome.names)
    for chrom, start, end in rows:
        if end > genome.lengths.get(names.get(chrom, ""), 0):
            raise InputError(
                f"{path.name}: {chrom}:{start}-{end} does not lie on a sequence of {genome.path.name}. "
                "Give regions of this genome."
            )
    found: dict[str, list] = {}
    for chrom, start, end in sorted((names[chrom], start, end) for chrom, start, end in rows):
        here = found.setdefault(chrom, [])
        if here and start <= here[-1][1]:
            here[-1][1] = max(end, here[-1][1])
        else:
            here.append([start, end])
    return {chrom: pl.DataFrame(here, schema=NOWHERE.schema, orient="row") for chrom, here in found.items()}
