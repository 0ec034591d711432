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
from lncprom.genome.coordinates import window_bounds
from lncprom.genome.reader import Genome
from lncprom.sites import checks, gc_matching, genomic_negatives
from lncprom.tables import sites as table

_MOVED = 0.05  # fraction of negatives that may come from other chromosomes than the positives'

PAST_END = "positives whose window runs past their chromosome's end"
ALL_N = "positives whose window is N throughout"
UNMATCHED = "positives without a window like them in GC and CpG"


@dataclass(frozen=True)
class Settings:
    """How negatives are chosen; `window` is the longest length that will be built."""

    kind: str
    window: int = 300
    min_distance: int = 1000
    tolerance: float = 0.05
    max_unmatched: float = 0.0
    seed: int = 42


class Sampled(NamedTuple):
    """Positives with their negatives, and counts, losses by reason and notes for the card."""

    sites: pl.DataFrame
    counts: dict[str, object]
    dropped: dict[str, int]
    notes: list[str]


class _Search(NamedTuple):
    """Positives, the windows that may be drawn for them, and how many TSSs were avoided."""

    positives: pl.DataFrame
    source: str  # name of the positives' file
    chrom: np.ndarray  # each positive's chromosome, as a number of the supply
    wanted: np.ndarray  # positives of each chromosome
    supply: genomic_negatives.Supply
    counts: dict[str, object]
    notes: list[str]


def parameters(settings: Settings) -> dict[str, object]:
    """The settings that this kind of negatives uses, for the card."""
    if settings.kind not in table.GENOMIC_KINDS:
        return {"kind": settings.kind}
    unused = ("tolerance", "max_unmatched") if settings.kind == "genomic" else ()
    return {name: value for name, value in asdict(settings).items() if name not in unused}


def inputs(kind: str, fasta: Path, avoid: Sequence[Path]) -> dict[str, Path]:
    """The files besides the sites that this kind of negatives uses, for the card; sorted by name."""
    if kind not in table.GENOMIC_KINDS:
        return {}
    beds = {f"avoid_{number}": bed for number, bed in enumerate(sorted(avoid, key=lambda bed: bed.name), 1)}
    return {"genome": fasta} | beds


def sample(
    positives: pl.DataFrame,
    genome: Genome | None,
    avoid: Sequence[Path],
    settings: Settings,
    source: str,
    report: Callable[[str], None] = lambda line: None,
) -> Sampled:
    """The positives with a negative for each, of the kind that the settings name; the order of rows does not matter.

    A negative that is made lies at its positive's place; build_length_variants replaces or reorders its bases. One that
    is found is a window of the genome away from every TSS in `avoid` and every positive.

    Parameters
    ----------
    positives
        Sites of one task, all of label 1, under the FASTA's chromosome names.
    genome
        Needed for `genomic` and `matched` negatives.
    avoid
        BED files of TSSs, under the FASTA's chromosome names.
    source
        Name of the positives' file, for messages.
    report
        Receives progress lines of a long search.

    Raises
    ------
    InputError
        If the sites are not positives of this FASTA, or the genome holds too few windows.
    """
    checks.refuse_several_tasks(positives, source)
    others = positives.filter(pl.col("label") == 0)
    if others.height:
        raise InputError(
            f"{source}, sample {others['sample_id'].min()}: one of {others.height:,} negatives. Give positives alone, "
            "as define_task writes them for tasks whose negatives are made."
        )
    checks.refuse_without_locus(positives, source)
    if settings.kind not in table.GENOMIC_KINDS:
        copies = positives.with_columns(
            **dict.fromkeys(("gene_id", "gene_name", "biotype"), pl.lit(None, dtype=pl.String)),
            sample_id=pl.format("{}~{}", "sample_id", pl.lit(settings.kind)),
            label=pl.lit(0, dtype=pl.Int8),
            transform=pl.lit(settings.kind),
        )
        return _sampled(positives, copies, settings.kind, {}, {}, [])
    _refuse_off_genome(positives, genome, source)
    search = _prepare(positives.sort("sample_id"), genome, avoid, settings, source)
    if settings.kind == "matched":
        return _matched(search, genome, settings, report)
    return _genomic(search, genome, settings)


def _prepare(positives: pl.DataFrame, genome: Genome, avoid, settings: Settings, source: str) -> _Search:
    """The windows that keep away from the positives and from every TSS to avoid."""
    lengths = {name: genome.lengths[name] for name in positives["chrom"].unique().sort()}
    where = f"with positives in {genome.path.name}"
    checks.refuse_longer(f"--window {settings.window}", settings.window, lengths, where)
    number = {name: rank for rank, name in enumerate(lengths)}
    chrom = positives["chrom"].replace_strict(number, return_dtype=pl.Int64).to_numpy()
    start, end = window_bounds(positives["tss"].to_numpy(), positives["strand"].to_numpy(), settings.window)
    own = genomic_negatives.Zones(chrom, start, end)
    in_files, near = _starts_to_avoid(positives, genome, avoid)
    tss, distance = near["tss"].to_numpy(), settings.min_distance
    near_chrom = near["chrom"].replace_strict(number, return_dtype=pl.Int64).to_numpy()
    others = genomic_negatives.Zones(near_chrom, tss - distance, tss + distance + 1)
    wanted = np.bincount(chrom, minlength=len(lengths))
    zones = genomic_negatives.Zones(*(np.concatenate(columns) for columns in zip(own, others, strict=True)))
    supply = genomic_negatives.Supply(lengths, zones, settings.window, wanted, settings.seed)
    counts = {
        "tss_read_to_avoid": in_files,
        "tss_kept_off": near.height,
        "windows_to_draw_from": int(supply.size.sum()),
    }
    notes = [] if avoid else ["no --avoid given: windows keep away from the positives alone"]
    return _Search(positives, source, chrom, wanted, supply, counts, notes)


def _starts_to_avoid(positives: pl.DataFrame, genome: Genome, avoid: Sequence[Path]) -> tuple[int, pl.DataFrame]:
    """How many TSSs the files hold; and chrom and tss of all, positives included, on the positives' chromosomes."""
    starts = [positives.select("chrom", "tss")]
    for path in avoid:
        rows = promoter_bed.read(path).rows
        if not rows["chrom"].is_in(list(genome.names)).any():
            own = text.some(rows["chrom"].unique().sort())
            raise InputError(
                f"{path.name}: no chromosome in common with {genome.path.name}: {own} against "
                f"{text.some(genome.names)}. Give the --out-tss of define_task."
            )
        starts.append(rows.select("chrom", "tss"))
    near = pl.concat(starts).filter(pl.col("chrom").is_in(positives["chrom"].unique().implode()))
    return sum(part.height for part in starts[1:]), near.unique().sort("chrom", "tss")


def _genomic(search: _Search, genome: Genome, settings: Settings) -> Sampled:
    """Random windows, as many on each chromosome as it has positives."""
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
            f"{search.source}: {total:,} negatives of {settings.window:,} bp needed, {total - moved:,} found on the "
            f"positives' chromosomes, {settings.min_distance:,} bp or more from every TSS and without N ({where}). "
            "Give a smaller --min-distance or --window, fewer positives, or the whole genome."
        )
    notes = search.notes
    if moved:
        notes = [*notes, f"{moved:,} negatives lie on other chromosomes than the positives', which have no more room"]
    rows = _rows(drawn.windows, search, settings)
    counts = search.counts | {"windows_passed_over_for_n": drawn.with_n, "on_other_chromosomes": moved}
    return _sampled(search.positives, rows, settings.kind, counts, {}, notes)


def _matched(search: _Search, genome: Genome, settings: Settings, report: Callable[[str], None]) -> Sampled:
    """For each positive a window of like GC content and CpG observed/expected, on its chromosome."""
    measures, fits = gc_matching.measure_sites(search.positives, genome, settings.window)
    known = ~np.isnan(measures[:, 0])
    rows = np.flatnonzero(known)
    result = gc_matching.match(
        measures[rows], search.chrom[rows], search.supply, genome, settings.window, settings.tolerance, report
    )
    lost = len(rows) - len(result.promoters)
    provenance.refuse_losses(
        lost,
        len(rows),
        settings.max_unmatched,
        f"positives of {search.source} have no window within {settings.tolerance} of their GC content and CpG "
        f"observed/expected among the {result.looked_at:,} on their chromosomes; "
        f"{len(result.promoters):,} have one",
        "Raise --tolerance or --max-unmatched, lower --min-distance, or give the whole genome.",
    )
    losses = {PAST_END: np.sum(~fits), ALL_N: np.sum(fits & ~known), UNMATCHED: lost}
    dropped = {reason: int(number) for reason, number in losses.items() if number}
    if not len(result.promoters):
        raise InputError(f"{search.source}: no positive is left ({', '.join(dropped)}). Give their genome.")
    kept = rows[result.promoters]
    positives = search.positives[np.sort(kept)]
    counts = {"windows_looked_at": result.looked_at, "match": gc_matching.agreement(measures[kept], result)}
    rows = _rows(result.windows, search, settings)
    return _sampled(positives, rows, settings.kind, search.counts | counts, dropped, search.notes)


def _rows(windows: genomic_negatives.Windows, search: _Search, settings: Settings) -> pl.DataFrame:
    """Genomic negatives as rows of a sites table, named by the place where a TSS would stand."""
    rows = pl.DataFrame(
        {
            "chrom": pl.Series(search.supply.names[windows.chrom], dtype=pl.String),
            "tss": windows.tss(settings.window),
            "strand": pl.Series(windows.strand, dtype=pl.String),
        }
    )
    rows = rows.with_columns(
        sample_id=pl.format("{}:{}:{}", "chrom", "tss", "strand"),
        task=pl.lit(search.positives["task"][0]),
        label=pl.lit(0, dtype=pl.Int8),
        transform=pl.lit("none"),
    )
    absent = {name: pl.lit(None, column.dtype) for name, column in table.COLUMNS.items() if name not in rows.columns}
    return rows.with_columns(**absent)


def _sampled(positives: pl.DataFrame, rows: pl.DataFrame, kind: str, counts: dict, dropped: dict, notes: list):
    """Positives and negatives in one table, with the card's content."""
    columns = [name for name in table.COLUMNS if name in positives.columns]
    both = [positives.select(columns), rows.with_columns(negative_kind=pl.lit(kind)).select(columns)]
    sites = table.check(pl.concat(both).sort("label", "sample_id", descending=[True, False]), "the negatives")
    label = {"positive": positives.height, "negative": positives.height}
    return Sampled(sites, {"label": label} | counts, dropped, notes)


def _refuse_off_genome(positives: pl.DataFrame, genome: Genome, source: str) -> None:
    """Refuse positives that do not lie on a chromosome of the FASTA."""
    checks.refuse_unknown_chromosomes(positives, genome.names, genome.path.name, source)
    length = pl.col("chrom").replace_strict(genome.lengths, return_dtype=pl.Int64)
    beyond = positives.filter((pl.col("tss") >= length) | (pl.col("tss") < 0)).sort("sample_id")
    if beyond.height:
        sample_id, chrom, tss = beyond.select("sample_id", "chrom", "tss").row(0)
        raise InputError(
            f"{source}, sample {sample_id}: TSS at {chrom}:{tss + 1:,}, past its end ({genome.lengths[chrom]:,} bases "
            f"in {genome.path.name}). Give the FASTA that define_task read."
        )
