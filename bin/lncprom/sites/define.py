"""The samples of a task: its positives, and its negatives where these are genes, placed on the genome and balanced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import provenance, random_keys, text
from lncprom.errors import InputError
from lncprom.genes import promoter_bed
from lncprom.genes.promoter_bed import Promoters
from lncprom.genome.chromosome_names import reconcile
from lncprom.genome.coordinates import tss_index
from lncprom.genome.reader import Genome
from lncprom.sites import divergent, matching, tata_box
from lncprom.sites.tasks import Pool, Task
from lncprom.tables import sites

_LOCUS = ["chrom", "tss", "strand"]
_CODING = "protein_coding"

UNSUPPORTED = "genes whose TSS has no CAGE peak near it"
UNPLACED = "on chromosomes that the FASTA lacks"
PAST_END = "past the end of their chromosome in the FASTA"
NEAR_START = "too near a chromosome's end to look for a TATA box"
WITH_TATA, WITHOUT_TATA = "promoters with a TATA box", "promoters without a TATA box"
TWICE = "promoters that stand twice in the BED file"
IN_BOTH = "with a TSS of both classes"
REPEATED = "with the TSS of another of their class (the first by id is kept)"
BALANCED = "of the larger class, left out to balance the classes"


@dataclass(frozen=True)
class Settings:
    """How the samples of a task are chosen."""

    tata: str = "exclude"
    balance: bool = True
    max_unplaced: float = 0.1
    seed: int = 42
    require_tss_support: bool = False
    match: tuple[str, ...] | None = None
    caliper: float = 0.005  # standard deviations
    window: int = 300  # bp, of GC and CpG


def parameters(task: Task, settings: Settings) -> dict:
    """The settings for the card, of matching where it is asked for; `tata` is null in tasks between genes."""
    unused = () if settings.match else ("match", "caliper", "window")
    unused += () if settings.require_tss_support else ("require_tss_support",)
    found = {name: value for name, value in asdict(settings).items() if name not in unused}
    return {"task": task.name} | found | ({} if task.of_promoters else {"tata": None})


_Kept = tuple[pl.DataFrame, dict[str, int]]  # rows that a filter keeps, and how many it drops, by reason


class Defined(NamedTuple):
    """A task's sites, and counts, losses by reason and notes for the card."""

    sites: pl.DataFrame
    counts: dict
    dropped: dict[str, int]
    notes: list[str]


def define(
    task: Task,
    genes: pl.DataFrame,
    promoters: Promoters | None,
    genome: Genome,
    settings: Settings,
    assembly_report: Path | None = None,
    starts: pl.DataFrame | None = None,
) -> Defined:
    """The sites of one task, under the FASTA's chromosome names.

    Tasks between promoters take them from `promoters`. Without promoters, the TSSs of protein-coding genes stand in,
    or those of all genes where none is protein-coding; a note says so. sample_negatives adds negatives that are made
    from positives. `starts`, as `tss_to_avoid` returns them, are the TSSs for the column `bidirectional`.

    Raises
    ------
    InputError
        If genes and FASTA belong to different assemblies, or a class is empty.
    """
    _refuse_unfit(task, settings)
    real = [(label, pool) for label, pool in ((1, task.positives), (0, task.negatives)) if pool.source != "made"]
    chosen = [_candidates(label, pool, genes, promoters, task.regression) for label, pool in real]
    rows = pl.concat([part for part, _ in chosen], how="diagonal")
    notes = [note for _, more in chosen for note in more]
    twice = promoters.repeated if task.of_promoters and promoters else 0
    candidates = rows.height + twice
    rows, dropped = _usable(rows, task, genome, settings, assembly_report)
    dropped = {TWICE: twice} | dropped
    for label, pool in real:
        if label not in rows["label"]:
            reasons = "; ".join(f"{number:,} {reason}" for reason, number in dropped.items() if number)
            remedy = "Check the inputs and --tata." if task.of_promoters else "Check the inputs."
            raise InputError(f"{task.name}: no {pool} left ({reasons or 'none found'}). {remedy}")
    balance = {}
    if settings.match:
        shuffled = rows.sort(pl.Series(random_keys.keys(rows["sample_id"].to_list(), settings.seed, "match")))
        rows, of_match, lost, more = matching.match(shuffled, genome, settings.match, settings.caliper, settings.window)
        dropped, notes, balance = dropped | lost, [*notes, *more], {"match": of_match}
    elif len(real) == 2 and settings.balance and not task.regression:
        rows, lost = _balanced(rows, settings.seed)
        dropped |= lost
    if starts is not None:
        rows = divergent.bidirectional(rows, starts.rename({"start": "tss"}))
    table = _as_sites(rows, task.name)
    counts = {"candidates": candidates} | _counts(table) | balance
    return Defined(table, counts, {reason: number for reason, number in dropped.items() if number}, notes)


def _refuse_unfit(task: Task, settings: Settings) -> None:
    """Stop at a setting that a task cannot have."""
    between_genes = task.positives.source == task.negatives.source == "genes"
    if settings.match and (task.regression or not between_genes):
        raise InputError(f"--match: {task.name} has no two classes of genes. Leave it out.")
    defining = {condition.column for pool in (task.positives, task.negatives) for condition in pool.where}
    if named := [name for name in settings.match or () if matching.COLUMNS.get(name) in defining]:
        raise InputError(f"--match {named[0]}: it defines the classes of {task.name}, so no pair agrees. Leave it out.")
    if settings.require_tss_support and not between_genes:
        raise InputError(f"--require-tss-support: {task.name} is no task between genes. Leave it out.")


def _usable(
    rows: pl.DataFrame, task: Task, genome: Genome, settings: Settings, assembly_report: Path | None
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Candidates on the genome that the settings allow, each TSS once; losses by reason."""
    dropped: dict[str, int] = {}
    if settings.require_tss_support:
        rows, lost = _supported(rows)
        dropped |= lost
    rows, lost = _placed(rows, genome, settings.max_unplaced, assembly_report)
    dropped |= lost
    if task.of_promoters and settings.tata != "any":
        rows, lost = _by_tata(rows, genome, settings.tata)
        dropped |= lost
    rows, lost = _once(rows)
    return rows, dropped | lost


def _counts(table: pl.DataFrame) -> dict[str, object]:
    """Sites, by class and by biotype."""
    by_label = {"positive": table.filter(pl.col("label") == 1), "negative": table.filter(pl.col("label") == 0)}
    return {
        "sites": table.height,
        "label": {name: part.height for name, part in by_label.items()},
        "biotype_by_label": {name: text.tally(part["biotype"]) for name, part in by_label.items()},
    }


def tss_to_avoid(paths: Sequence[Path], genome: Genome, assembly_report: Path | None) -> pl.DataFrame:
    """BED6 columns of every TSS in these BED files, each locus once, under the FASTA's chromosome names.

    Loci on chromosomes that the FASTA lacks are left out.
    """
    starts = []
    for path in paths:
        rows = promoter_bed.read(path).rows
        names = _names_in(genome, rows["chrom"], path.name, assembly_report)
        chrom = pl.col("chrom").replace_strict(names, default=None, return_dtype=pl.String)
        starts.append(rows.with_columns(chrom.alias("chrom")).drop_nulls("chrom"))
    rows = pl.concat(starts).sort("chrom", "tss", "strand", "name").unique(_LOCUS, keep="first", maintain_order=True)
    return rows.select("chrom", start="tss", end=pl.col("tss") + 1, name="name", score=pl.lit(0), strand="strand")


def _candidates(
    label: int, pool: Pool, genes: pl.DataFrame, promoters: Promoters | None, regression: bool
) -> tuple[pl.DataFrame, list[str]]:
    """One class before any loss: sample_id, label, locus, and the gene where there is one; and notes."""
    notes: list[str] = []
    if pool.source == "promoters" and promoters is not None:
        none = [pl.lit(None, dtype=pl.String).alias(column) for column in ("gene_id", "gene_name", "biotype")]
        chosen = promoters.rows.select(pl.col("name").alias("sample_id"), *_LOCUS, *none)
        notes.append(f"TSS of each promoter: {promoters.layout}")
    else:
        if pool.source == "promoters":  # none were given
            coding = genes.filter(pl.col("biotype") == _CODING)
            whose = "protein-coding genes" if coding.height else "all genes (none is protein_coding)"
            notes.append(f"no promoters given: the annotated TSSs of {whose} replace them")
            genes = coding if coding.height else genes
        carried = [column for column in matching.COLUMNS.values() if column in genes.columns]
        carried += [name for name in ("target", "tissues", "tissue_targets") if regression and name in genes.columns]
        columns = ["gene_id", "gene_name", "biotype", *carried]
        chosen = pool.of(genes).select(pl.col("gene_id").alias("sample_id"), *_LOCUS, *columns)
    return chosen.with_columns(label=pl.lit(label, dtype=pl.Int8)), notes


def _names_in(genome: Genome, chrom: pl.Series, what: str, report: Path | None) -> dict[str, str]:
    """The FASTA's name of each chromosome; refused if none has one."""
    own = chrom.unique().sort()
    known = reconcile(own, genome.names, report)
    if not known:
        raise InputError(
            f"{genome.path.name}: no chromosome in common with {what}: {text.some(genome.names)} against "
            f"{text.some(own)}. Give files of one assembly, or --assembly-report for accessions."
        )
    return known


def _placed(rows: pl.DataFrame, genome: Genome, max_unplaced: float, report: Path | None) -> _Kept:
    """Rows on chromosomes of the genome, under its names.

    A TSS past its chromosome's end means another assembly and is refused. A `max_unplaced` of 1 says that the FASTA
    holds a part of the genome: then such TSSs are dropped.
    """
    names = _names_in(genome, rows["chrom"], "the genes or promoters", report)
    chrom = pl.col("chrom").replace_strict(names, default=None, return_dtype=pl.String)
    placed = rows.with_columns(pl.col("chrom").alias("given"), chrom.alias("chrom")).drop_nulls("chrom")
    unplaced = rows.height - placed.height
    provenance.refuse_losses(
        unplaced,
        rows.height,
        max_unplaced,
        f"genes or promoters lie on chromosomes that {genome.path.name} lacks",
        "Give the whole genome, --assembly-report for accessions, or a larger --max-unplaced.",
    )
    length = pl.col("chrom").replace_strict(genome.lengths, return_dtype=pl.Int64)
    beyond = placed.filter(pl.col("tss") >= length).sort("given", "tss", "sample_id")
    if beyond.height and max_unplaced < 1:
        first = beyond.row(0, named=True)
        raise InputError(
            f"{first['sample_id']}: its TSS at {first['given']}:{first['tss'] + 1:,} lies past the end of "
            f"{first['chrom']} ({genome.lengths[first['chrom']]:,} bp in {genome.path.name}). Give the FASTA of the "
            "annotation's assembly, or --max-unplaced 1 if the FASTA holds a part of it."
        )
    return placed.filter(pl.col("tss") < length).drop("given"), {UNPLACED: unplaced, PAST_END: beyond.height}


def _supported(rows: pl.DataFrame) -> _Kept:
    """Genes whose TSS CAGE supports."""
    if "tss_support" not in rows.columns:
        raise InputError(
            "--require-tss-support: the genes table has no tss_support. Give --tss-support to extract_tss."
        )
    kept = rows.filter("tss_support")
    for label, title in ((1, "positive"), (0, "negative")):
        if (of_class := rows.filter(pl.col("label") == label)).height and label not in kept["label"]:
            raise InputError(
                f"--require-tss-support: no peak supports any TSS of the {of_class.height:,} {title} genes. Give CAGE "
                "peaks of the annotation's assembly to extract_tss, or a larger --support-distance."
            )
    return kept, {UNSUPPORTED: rows.height - kept.height}


def _by_tata(rows: pl.DataFrame, genome: Genome, choice: str) -> _Kept:
    """Promoters without a TATA box (`exclude`) or with one (`only`)."""
    fits = genome.fits(rows["chrom"], rows["tss"].to_numpy(), rows["strand"].to_numpy(), tata_box.WINDOW)
    near = int((~fits).sum())
    rows = rows.filter(fits)
    windows = genome.windows(rows["chrom"], rows["tss"].to_numpy(), rows["strand"].to_numpy(), tata_box.WINDOW)
    has_box = tata_box.has_tata(windows, tss_index(tata_box.WINDOW))
    kept = has_box if choice == "only" else ~has_box
    reason = WITHOUT_TATA if choice == "only" else WITH_TATA
    return rows.filter(kept), {NEAR_START: near, reason: int((~kept).sum())}


def _once(rows: pl.DataFrame) -> _Kept:
    """Each TSS once: none that is in both classes, and of several in one class the first by id."""
    both = pl.col("label").n_unique().over(_LOCUS) > 1
    single = rows.filter(~both)
    first = single.sort("sample_id").unique(_LOCUS, keep="first", maintain_order=True)
    return first, {IN_BOTH: rows.height - single.height, REPEATED: single.height - first.height}


def _balanced(rows: pl.DataFrame, seed: int) -> _Kept:
    """Equally many of both classes; the choice depends on ids and seed, not on the order of rows."""
    least = int(rows["label"].value_counts()["count"].min())
    draw = random_keys.keys(rows["sample_id"].to_list(), seed, "balance")
    kept = rows.with_columns(pl.Series("draw", draw, dtype=pl.UInt64)).filter(
        pl.struct("draw", "sample_id").rank("ordinal").over("label") <= least
    )
    return kept.drop("draw"), {BALANCED: rows.height - kept.height}


def _as_sites(rows: pl.DataFrame, task: str) -> pl.DataFrame:
    table = rows.with_columns(
        task=pl.lit(task),
        transform=pl.lit("none"),
        negative_kind=pl.when(pl.col("label") == 0).then(pl.lit("annotated")),
        **dict.fromkeys(("group", "fold"), pl.lit(None, dtype=pl.String)),
    ).sort("label", *_LOCUS, descending=[True, False, False, False])
    columns = [name for name, column in sites.COLUMNS.items() if not column.optional or name in table.columns]
    return sites.check(table.select(columns), task)
