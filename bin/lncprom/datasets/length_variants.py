"""Sites and a genome -> the sequences of one length, with what had to be left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import provenance
from lncprom.datasets import artificial_negatives, sequences
from lncprom.errors import InputError
from lncprom.genome.chromosome_names import reconcile
from lncprom.genome.coordinates import DOWNSTREAM, tss_index, window_bounds
from lncprom.genome.reader import Genome


class Built(NamedTuple):
    """A data set's rows, the same sequences as letters, and the sites that were left out, by reason."""

    rows: pl.DataFrame
    codes: np.ndarray  # uint8 (samples, length)
    dropped: Counter[str]


class Limits(NamedTuple):
    """Shares, 0..1: of N in a window that is kept, and of sites that may be lost."""

    n_share: float
    lost: float


def build(
    sites: pl.DataFrame,
    genome: Genome,
    length: int,
    limits: Limits,
    seed: int,
    source: str,
    assembly_report: Path | None = None,
) -> Built:
    """Windows of `length` bases, TSS at index length-51 in the gene's direction, each transformed as its site says.

    Parameters
    ----------
    sites
        Rows of one task; `source` is their file's name.
    """
    _refuse_odd_sites(sites, source)
    _refuse_length(length, genome)
    sites = sites.sort("sample_id")
    sites, dropped = _placed(sites, genome, length, source, assembly_report)
    codes = genome.windows(sites["chrom"], sites["tss"].to_numpy(), sites["strand"].to_numpy(), length)
    known = np.count_nonzero(codes == ord("N"), axis=1) / length <= limits.n_share
    dropped[f"more than {limits.n_share:g} of the window is N"] = int(np.count_nonzero(~known))
    if not known.all():
        sites, codes = sites.filter(known), codes[known]
    lost = dropped.total()
    mend = f"choose a shorter length, check that {source} belongs to this genome, or raise --max-lost"
    provenance.refuse_losses(lost, lost + sites.height, limits.lost, f"sites of {source} have no usable window", mend)
    if not sites.height:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in dropped.items() if number)
        raise InputError(f"{source}: no site has a usable window ({reasons}); give the genome that they belong to")
    _refuse_one_class(sites, source)
    if (sites["transform"] != "none").any():
        codes = artificial_negatives.transform(codes, sites["transform"].to_list(), sites["sample_id"].to_list(), seed)
    start, end = window_bounds(sites["tss"].to_numpy(), sites["strand"].to_numpy(), length)
    rows = sites.with_columns(
        start=pl.Series(start),
        end=pl.Series(end),
        tss_index=pl.lit(tss_index(length), dtype=pl.Int32),
        sequence=sequences.to_strings(codes),
    )
    return Built(rows, codes, Counter({reason: number for reason, number in dropped.items() if number}))


def refuse_beyond(length: int, sites: pl.DataFrame, records: Sequence[Mapping]) -> None:
    """Stop where steps before, by their records, dealt folds or drew these negatives for a shorter length only."""
    found = set(sites["negative_kind"]) & set(artificial_negatives.FOUND)
    for record in records:
        given = record.get("parameters")
        window = given.get("window") if isinstance(given, Mapping) else None
        if not isinstance(window, int) or window >= length:
            continue
        if record["step"] == "assign_folds":
            why = "loci that overlap at this length only lie in different folds"
        elif record["step"] == "sample_negatives" and given.get("kind") in found:
            why = "negatives of this length may overlap each other, a positive or a TSS to keep away from"
        else:
            continue
        raise InputError(
            f"--length {length}: {record['step']} was run with --window {window}, so {why}; "
            f"run it with --window {length} or more (the pipeline with --group_length)"
        )


def _placed(
    sites: pl.DataFrame, genome: Genome, length: int, source: str, assembly_report: Path | None
) -> tuple[pl.DataFrame, Counter[str]]:
    """The sites whose window lies on a chromosome of the FASTA, under the FASTA's names."""
    given = sites["chrom"].unique(maintain_order=True).to_list()
    names = reconcile(given, genome.names, assembly_report)
    if not names:
        raise InputError(
            f"{source}: no chromosome in common with {genome.path.name} ({min(given)} against {genome.names[0]}); "
            "give the FASTA of the same assembly, or its assembly report"
        )
    dropped: Counter[str] = Counter()
    sites = sites.with_columns(pl.col("chrom").replace_strict(names, default=None, return_dtype=pl.String))
    dropped["chromosome not in the FASTA"] = sites["chrom"].null_count()
    sites = sites.drop_nulls("chrom")
    ends = sites["chrom"].replace_strict(genome.lengths, return_dtype=pl.Int64).to_numpy()
    tss = sites["tss"].to_numpy()
    inside = (tss >= 0) & (tss < ends)
    fits = genome.fits(sites["chrom"], tss, sites["strand"].to_numpy(), length)
    dropped["TSS past the chromosome's end"] = int(np.count_nonzero(~inside))
    dropped["window past the chromosome's end"] = int(np.count_nonzero(inside & ~fits))
    return (sites if fits.all() else sites.filter(fits)), dropped


def _refuse_odd_sites(sites: pl.DataFrame, source: str) -> None:
    if not sites.height:
        raise InputError(f"{source}: no sites in it; look at its card for what was left out")
    tasks = sites["task"].unique().sort().to_list()
    if len(tasks) > 1:
        raise InputError(f"{source}: sites of {len(tasks)} tasks ({tasks[0]}, {tasks[1]}); give one task's at a time")
    for column in ("chrom", "tss", "strand"):
        if sites[column].null_count():
            first = sites.filter(pl.col(column).is_null())["sample_id"][0]
            raise InputError(f"{source}, {first}: no {column}; a window needs chrom, tss and strand of its site")


def _refuse_length(length: int, genome: Genome) -> None:
    if length <= DOWNSTREAM + 1:
        raise InputError(
            f"--length {length}: a window has the TSS, {DOWNSTREAM} bases after it and some before; "
            f"give more than {DOWNSTREAM + 1}"
        )
    longest = max(genome.names, key=genome.lengths.__getitem__)
    if length > genome.lengths[longest]:
        raise InputError(
            f"--length {length}: longer than every chromosome of {genome.path.name} "
            f"(the longest, {longest}, has {genome.lengths[longest]:,} bases); give a smaller one"
        )


def _refuse_one_class(sites: pl.DataFrame, source: str) -> None:
    labels = sites["label"].unique().to_list()
    if len(labels) < 2:
        raise InputError(f"{source}: only samples of label {labels[0]}; a task has 0 and 1, see the card of that step")
