"""Sites and a genome to the sequences of one length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import provenance
from lncprom.datasets import sequences, shuffles
from lncprom.errors import InputError
from lncprom.genome.coordinates import DOWNSTREAM, tss_index, window_bounds
from lncprom.genome.reader import Genome
from lncprom.genome.soft_mask import SoftMask
from lncprom.sites import checks
from lncprom.tables.base import from_numpy
from lncprom.tables.sites import GENOMIC_KINDS


class Built(NamedTuple):
    """A data set's rows, the same sequences as letters, and the sites that were left out, by reason."""

    rows: pl.DataFrame
    codes: np.ndarray  # uint8 (samples, length)
    dropped: Counter[str]


def build(
    sites: pl.DataFrame,
    genome: Genome,
    length: int,
    max_n_share: float,
    max_lost: float,
    seed: int,
    source: str,
    mask: SoftMask | None = None,
) -> Built:
    """Windows of `length` bases, TSS at index length-51 in the gene's direction, each transformed as its site says.

    Parameters
    ----------
    sites
        Rows of one task, under the FASTA's chromosome names; `source` is their file name.
    max_n_share, max_lost
        Largest fractions, 0..1: of N in a window, and of sites without a usable window.
    mask
        The genome's runs of lower case, for the column `repeat_fraction`; an artificial negative has its positive's.

    Raises
    ------
    InputError
        If a site lies on a chromosome that the FASTA lacks, too many windows are lost, or a class is empty.
    """
    checks.refuse_several_tasks(sites, source)
    checks.refuse_without_locus(sites, source)
    if length <= DOWNSTREAM + 1:
        raise InputError(
            f"--length {length}: too short for a base upstream, the TSS and {DOWNSTREAM} bases downstream. "
            f"Give more than {DOWNSTREAM + 1}."
        )
    checks.refuse_longer(f"--length {length}", length, genome.lengths, f"of {genome.path.name}")
    checks.refuse_unknown_chromosomes(sites, genome.names, genome.path.name, source)
    if mask and (foreign := mask.runs.keys() - set(genome.names)):
        raise InputError(f"--soft-mask: {min(foreign)} is not in {genome.path.name}. Give the BED of this genome.")
    sites, codes, dropped = _windows(sites.sort("sample_id"), genome, length, max_n_share)
    lost = dropped.total()
    remedy = f"Choose a shorter length, check that {source} belongs to this genome, or raise --max-lost."
    provenance.refuse_losses(lost, lost + sites.height, max_lost, f"sites of {source} have no usable window", remedy)
    if not sites.height:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in dropped.items())
        raise InputError(f"{source}: no site has a usable window ({reasons}). Give the genome of these sites.")
    labels = sites["label"].unique().to_list()
    if len(labels) < 2:
        raise InputError(f"{source}: only samples of label {labels[0]}. Give sites of both labels, 0 and 1.")
    if (sites["transform"] != "none").any():
        codes = shuffles.transform(codes, sites["transform"].to_list(), sites["sample_id"].to_list(), seed)
    start, end = window_bounds(sites["tss"].to_numpy(), sites["strand"].to_numpy(), length)
    rows = sites.with_columns(
        *from_numpy(start=start, end=end),
        tss_index=pl.lit(tss_index(length), dtype=pl.Int32),
        sequence=sequences.to_strings(codes),
    )
    if mask:
        masked = from_numpy(repeat_fraction=mask.fractions(rows["chrom"], start, end))
        rows = rows.hstack(masked.fill_nan(None))
    return Built(rows, codes, dropped)


def refuse_beyond(length: int, sites: pl.DataFrame, records: Sequence[Mapping]) -> None:
    """Refuse a length beyond the window for which earlier steps, by their records, assigned folds or drew negatives."""
    found = set(sites["negative_kind"].unique()) & set(GENOMIC_KINDS)
    for record in records:
        given = record.get("parameters")
        window = given.get("window") if isinstance(given, Mapping) else None
        if not isinstance(window, int) or window >= length:
            continue
        if record["step"] == "assign_folds":
            why = "loci that overlap at this length only lie in different splits"
        elif record["step"] == "sample_negatives" and given.get("kind") in found:
            why = "negatives of this length may overlap each other, a positive or a TSS to avoid"
        else:
            continue
        raise InputError(
            f"--length {length}: {record['step']} was run with --window {window}, so {why}. "
            f"Run it with --window {length} or more (the pipeline with --group_length)."
        )


def _windows(
    sites: pl.DataFrame, genome: Genome, length: int, n_share: float
) -> tuple[pl.DataFrame, np.ndarray, Counter[str]]:
    """Sites with a usable window, the letters of each, and the losses by reason."""
    tss, strand = sites["tss"].to_numpy(), sites["strand"].to_numpy()
    inside = (tss >= 0) & (tss < sites["chrom"].replace_strict(genome.lengths, return_dtype=pl.Int64).to_numpy())
    fits = genome.fits(sites["chrom"], tss, strand, length)
    sites = sites.filter(*from_numpy(fits=fits))
    codes = genome.windows(sites["chrom"], tss[fits], strand[fits], length)
    known = np.count_nonzero(codes == ord("N"), axis=1) / length <= n_share
    losses = {
        "TSSs past a chromosome's end": ~inside,
        "windows past a chromosome's end": inside & ~fits,
        f"windows with a fraction of N above {n_share:g}" if n_share else "windows with N": ~known,
    }
    dropped = Counter({reason: int(lost.sum()) for reason, lost in losses.items() if lost.any()})
    return (sites, codes, dropped) if known.all() else (sites.filter(*from_numpy(known=known)), codes[known], dropped)
