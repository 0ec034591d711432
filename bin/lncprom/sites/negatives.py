"""One negative for each positive of a task: made from it, drawn from the genome, or matched to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import provenance, text
from lncprom.errors import InputError
from lncprom.genes import promoter_bed
from lncprom.genome.chromosome_names import reconcile
from lncprom.genome.coordinates import window_bounds
from lncprom.genome.reader import Genome
from lncprom.sites import genomic_negatives, negatives
from lncprom.tables import sites as table

FOUND = ("genomic", "matched")
_MOVED = 0.05  # share of negatives that may come from other chromosomes than the positives'

PAST_END = "positives whose window runs past their chromosome's end"
ALL_N = "positives whose window is N throughout"
UNMATCHED = "positives without a window like them in GC and CpG"


@dataclass(frozen=True)
class Settings:
    """How negatives are come by; `window` is the greatest length that will be built."""

    kind: str
    window: int = 300
    min_distance: int = 1000
    tolerance: float = 0.05
    max_unmatched: float = 0.0
    seed: int = 42


class Sampled(NamedTuple):
    """Positives with their negatives, and the account of them."""

    sites: pl.DataFrame
    counts: dict[str, object]
    dropped: dict[str, int]
    notes: list[str]


class _Search(NamedTuple):
    """Positives on the genome, the windows that may be drawn for them, and what was kept off."""

    positives: pl.DataFrame
    chrom: np.ndarray  # each positive's chromosome, as a number of the supply
    wanted: np.ndarray  # positives of each chromosome
    supply: genomic_negatives.Supply
    counts: dict[str, object]
    notes: list[str]


def parameters(settings: Settings) -> dict[str, object]:
    """Those that bear on this kind of negatives, for the card."""
    unused = {"genomic": {"tolerance", "max_unmatched"}, "matched": set()}
    if settings.kind in unused:
        return {name: value for name, value in asdict(settings).items() if name not in unused[settings.kind]}
    return {"kind": settings.kind}


def inputs(kind: str, fasta: Path, assembly_report: Path | None, avoid: Sequence[Path]) -> dict[str, Path | None]:
    """The files besides the sites that bear on this kind of negatives, for the card; in an order of their own."""
    if kind not in FOUND:
        return {}
    beds = {f"avoid_{number}": bed for number, bed in enumerate(sorted(avoid, key=lambda bed: bed.name), 1)}
    return {"genome": fasta, "assembly_report": assembly_report} | beds


def sample(
    positives: pl.DataFrame, fasta: Path, avoid, assembly_report, settings: Settings, source: str, tell
) -> Sampled:
    """As `made` or `found`, whichever the kind asks for; the genome is opened for the latter alone."""
    if settings.kind in FOUND:
        return found(positives, Genome.open(fasta), avoid, assembly_report, settings, source, tell)
    return made(positives, settings, source)


def made(positives: pl.DataFrame, settings: Settings, source: str) -> Sampled:
    """A negative of every positive's own bases; they are re-ordered or replaced when sequences are cut."""
    negatives.refuse_odd(positives, source)
    nobody = [pl.lit(None, dtype=pl.String).alias(column) for column in ("gene_id", "gene_name", "biotype")]
    copies = positives.with_columns(
        *nobody,
        sample_id=pl.format("{}~{}", "sample_id", pl.lit(settings.kind)),
        label=pl.lit(0, dtype=pl.Int8),
        transform=pl.lit(settings.kind),
    )
    return Sampled(_together(positives, copies, settings.kind), _numbers(positives.height), {}, [])


def found(
    positives: pl.DataFrame,
    genome: Genome,
    avoid: Sequence[Path],
    assembly_report: Path | None,
    settings: Settings,
    source: str,
    tell: Callable[[str], None] = lambda line: None,
) -> Sampled:
    """Windows of the genome away from every TSS in `avoid` and every positive: random ones, or matched to positives.

    Nothing depends on the order of rows or files. `tell` hears how far a long search is.
    """
    negatives.refuse_odd(positives, source)
    search = _prepare(positives.sort("sample_id"), genome, avoid, assembly_report, settings, source)
    return (_matched if settings.kind == "matched" else _genomic)(search, genome, settings, source, tell)


def _prepare(positives, genome, avoid, assembly_report, settings: Settings, source: str) -> _Search:
    positives = negatives.on_genome(positives, genome, assembly_report, source)
    lengths = {name: genome.lengths[name] for name in positives["chrom"].unique().sort()}
    if settings.window > max(lengths.values()):
        longest = max(lengths, key=lengths.__getitem__)
        raise InputError(
            f"--window {settings.window}: longer than every chromosome with positives in {genome.path.name} "
            f"(the longest, {longest}, has {lengths[longest]:,} bases); give a smaller one"
        )
    number = {name: rank for rank, name in enumerate(lengths)}
    chrom = positives["chrom"].replace_strict(number, return_dtype=pl.Int64).to_numpy()
    start, end = window_bounds(positives["tss"].to_numpy(), positives["strand"].to_numpy(), settings.window)
    own = genomic_negatives.Zones(chrom, start, end)
    read, near = _starts_to_avoid(positives, genome, avoid, assembly_report)
    tss, distance = near["tss"].to_numpy(), settings.min_distance
    near_chrom = near["chrom"].replace_strict(number, return_dtype=pl.Int64).to_numpy()
    others = genomic_negatives.Zones(near_chrom, tss - distance, tss + distance + 1)
    wanted = np.bincount(chrom, minlength=len(lengths))
    zones = genomic_negatives.Zones(*(np.concatenate(columns) for columns in zip(own, others, strict=True)))
    supply = genomic_negatives.Supply(lengths, zones, settings.window, wanted, settings.seed)
    counts = {"tss_read_to_avoid": read, "tss_kept_off": near.height, "windows_to_draw_from": int(supply.size.sum())}
    notes = [] if avoid else ["no --avoid was given: windows keep off the positives alone"]
    return _Search(positives, chrom, wanted, supply, counts, notes)


def _starts_to_avoid(positives: pl.DataFrame, genome: Genome, avoid, assembly_report) -> tuple[int, pl.DataFrame]:
    """How many TSSs the files hold; and chrom and tss of all, positives included, on the positives' chromosomes."""
    starts = [positives.select("chrom", "tss")]
    read = 0
    for path in avoid:
        rows = promoter_bed.read(path).rows
        own = rows["chrom"].unique().sort()
        known = reconcile(own, genome.names, assembly_report)
        if not known:
            raise InputError(
                f"{path.name}: no chromosome in common with {genome.path.name} ({text.some(own)} against "
                f"{text.some(genome.names)}); give files of one assembly, or --assembly-report for accessions"
            )
        read += rows.height
        starts.append(rows.select(pl.col("chrom").replace_strict(known, default=None, return_dtype=pl.String), "tss"))
    near = pl.concat(starts).filter(pl.col("chrom").is_in(positives["chrom"].unique().implode()))
    return read, near.unique().sort("chrom", "tss")


def _genomic(search: _Search, genome: Genome, settings: Settings, source: str, tell) -> Sampled:
    drawn = genomic_negatives.draw(search.supply, genome, search.wanted, settings.window)
    short = np.maximum(search.wanted - drawn.number, 0)
    total, moved = int(search.wanted.sum()), int(short.sum())
    if moved > _MOVED * total or drawn.number.sum() < total:
        where = text.some(
            f"{search.supply.names[chrom]} {drawn.number[chrom]:,} of {search.wanted[chrom]:,}"
            for chrom in np.argsort(-short, kind="stable")
            if short[chrom]
        )
        raise InputError(
            f"{source}: {total:,} negatives of {settings.window:,} bp are wanted, {total - moved:,} could be had on "
            f"the positives' chromosomes, {settings.min_distance:,} bp or more from every TSS and without N ({where}); "
            "give a smaller --min-distance or --window, fewer positives, or the whole genome"
        )
    notes = search.notes
    if moved:
        notes = [*notes, f"{moved:,} negatives lie on other chromosomes than the positives', which had no more room"]
    rows = _rows(drawn.windows, search, settings)
    counts = search.counts | {"windows_passed_over_for_n": drawn.with_n, "on_other_chromosomes": moved}
    sites = _together(search.positives, rows, settings.kind)
    return Sampled(sites, _numbers(search.positives.height) | counts, {}, notes)


def _matched(search: _Search, genome: Genome, settings: Settings, source: str, tell) -> Sampled:
    from lncprom.sites import gc_matching

    dropped: dict[str, int] = {}
    positives, length = search.positives, settings.window
    locus = positives["chrom"], positives["tss"].to_numpy(), positives["strand"].to_numpy()
    fits = genome.fits(*locus, length)
    measures = np.full((positives.height, 2), np.nan)
    inside = positives.filter(fits)
    measures[fits] = gc_matching.measure(
        genome.windows(inside["chrom"], inside["tss"].to_numpy(), inside["strand"].to_numpy(), length)
    )
    known = ~np.isnan(measures[:, 0])
    rows = np.flatnonzero(known)
    result = gc_matching.match(
        measures[rows], search.chrom[rows], search.supply, genome, length, settings.tolerance, tell
    )
    lost = len(rows) - len(result.promoters)
    provenance.refuse_losses(
        lost,
        len(rows),
        settings.max_unmatched,
        f"positives of {source} have no window within {settings.tolerance} of their GC share and CpG "
        f"observed/expected among the {result.looked_at:,} on their chromosomes; "
        f"{len(result.promoters):,} negatives could be had",
        "raise --tolerance or --max-unmatched, lower --min-distance, or give the whole genome",
    )
    for reason, number in ((PAST_END, np.sum(~fits)), (ALL_N, np.sum(fits & ~known)), (UNMATCHED, lost)):
        if number:
            dropped[reason] = int(number)
    if not len(result.promoters):
        raise InputError(f"{source}: no positive is left ({', '.join(dropped)}); give the genome of these sites")
    kept = rows[result.promoters]
    positives = positives[np.sort(kept)]
    difference = np.abs(measures[kept] - result.measures)
    reached = {
        name: {
            "mean_difference": round(float(difference[:, column].mean()), 6),
            "greatest_difference": round(float(difference[:, column].max()), 6),
            "mean_of_positives": round(float(measures[kept, column].mean()), 6),
            "mean_of_random_windows": round(float(result.random_mean[column]), 6),
            "mean_of_negatives": round(float(result.measures[:, column].mean()), 6),
        }
        for column, name in enumerate(gc_matching.MEASURES)
    }
    counts = search.counts | {"windows_looked_at": result.looked_at, "match": reached}
    sites = _together(positives, _rows(result.windows, search, settings), settings.kind)
    return Sampled(sites, _numbers(positives.height) | counts, dropped, search.notes)


def _rows(windows: genomic_negatives.Windows, search: _Search, settings: Settings) -> pl.DataFrame:
    """Genomic negatives as rows of a sites table, named by the place where a TSS would stand."""
    rows = pl.DataFrame(
        {
            "chrom": pl.Series(search.supply.names[windows.chrom], dtype=pl.String),
            "tss": windows.tss(settings.window),
            "strand": pl.Series(windows.strand, dtype=pl.String),
        }
    )
    task = search.positives["task"][0]
    filled = {"task": pl.lit(task), "label": pl.lit(0, dtype=pl.Int8), "transform": pl.lit("none")}
    rows = rows.with_columns(sample_id=pl.format("{}:{}:{}", "chrom", "tss", "strand"), **filled)
    return rows.with_columns(
        pl.lit(None, dtype=column.dtype).alias(name)
        for name, column in table.COLUMNS.items()
        if name not in rows.columns
    )


def _together(positives: pl.DataFrame, rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    columns = list(table.COLUMNS)
    both = [positives.select(columns), rows.with_columns(negative_kind=pl.lit(kind)).select(columns)]
    return table.check(pl.concat(both).sort("label", "sample_id", descending=[True, False]), "the negatives")


def _numbers(samples: int) -> dict[str, object]:
    return {"label": {"positive": samples, "negative": samples}}


def refuse_odd(positives: pl.DataFrame, source: str) -> None:
    tasks = positives["task"].unique().sort().to_list()
    if not tasks:
        raise InputError(f"{source}: no sites in it; look at its card for what was left out")
    if len(tasks) > 1:
        raise InputError(f"{source}: sites of {len(tasks)} tasks ({text.some(tasks)}); give one task's at a time")
    others = positives.filter(pl.col("label") == 0)
    if others.height:
        raise InputError(
            f"{source}, sample {others['sample_id'].min()}: one of {others.height:,} negatives that it has already; "
            "give positives alone, as define_task writes them for tasks whose negatives are made"
        )
    gaps = positives.filter(pl.any_horizontal(pl.col("chrom", "tss", "strand").is_null()))
    if gaps.height:
        first = gaps["sample_id"].min()
        raise InputError(f"{source}, sample {first}: no chromosome, TSS or strand; negatives need the positive's locus")


def on_genome(positives: pl.DataFrame, genome: Genome, report: Path | None, source: str) -> pl.DataFrame:
    """The positives under the FASTA's names of their chromosomes; all of them must lie on it."""
    own = positives["chrom"].unique().sort()
    known = reconcile(own, genome.names, report)
    absent = [name for name in own if name not in known]
    if absent:
        raise InputError(
            f"{source}: {text.some(absent)} not in {genome.path.name} ({text.some(genome.names)}); "
            "give the FASTA that define_task had"
        )
    placed = positives.with_columns(pl.col("chrom").replace_strict(known, return_dtype=pl.String))
    length = pl.col("chrom").replace_strict(genome.lengths, return_dtype=pl.Int64)
    beyond = placed.filter((pl.col("tss") >= length) | (pl.col("tss") < 0))
    if beyond.height:
        sample, chrom, tss = beyond.select("sample_id", "chrom", "tss").row(0)
        raise InputError(
            f"{source}, sample {sample}: TSS at {chrom}:{tss + 1:,}, past its end ({genome.lengths[chrom]:,} bases in "
            f"{genome.path.name}); give the FASTA that define_task had"
        )
    return placed
