"""Who is in a task: its positives, and its negatives where these are genes, placed on the genome and balanced."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import provenance, random_keys, text
from lncprom.errors import InputError
from lncprom.genes.promoter_bed import Promoters
from lncprom.genome.chromosome_names import reconcile
from lncprom.genome.coordinates import tss_index
from lncprom.genome.reader import Genome
from lncprom.sites import tata_box
from lncprom.sites.tasks import Pool, Task
from lncprom.tables import sites

TATA_CHOICES = ("exclude", "only", "any")
_LOCUS = ["chrom", "tss", "strand"]
_CODING = "protein_coding"

UNPLACED = "on chromosomes that the FASTA lacks"
PAST_END = "past the end of their chromosome in the FASTA"
NEAR_START = "too near a chromosome's end to look for a TATA box"
WITH_TATA, WITHOUT_TATA = "promoters with a TATA box", "promoters without a TATA box"
TWICE = "the same promoter twice in the BED file"
IN_BOTH = "the same TSS in both classes"
REPEATED = "the same TSS again in its class (the first by id is kept)"
BALANCED = "of the larger class, left out to balance the classes"


@dataclass(frozen=True)
class Settings:
    """How a task's samples are chosen; each is in the card."""

    tata: str = "exclude"
    balance: bool = True
    max_unplaced: float = 0.1
    seed: int = 42


def parameters(task: Task, settings: Settings) -> dict:
    """What chose the samples, for the card; `tata` is null in tasks between genes, where nobody asks for it."""
    return {"task": task.name} | asdict(settings) | ({} if task.of_promoters else {"tata": None})


class Defined(NamedTuple):
    """A task's sites and the account of them."""

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
) -> Defined:
    """The sites of one task.

    Tasks between promoters take them from `promoters`; without, the TSSs of protein-coding genes (of all genes, where
    none is protein-coding) stand in, which the notes say. Negatives that are made from positives come in a later step.
    """
    dropped: dict[str, int] = {}
    notes: list[str] = []
    pools = [(1, task.positives), (0, task.negatives)]
    real = [(label, pool) for label, pool in pools if pool.source != "made"]
    rows = pl.concat([_candidates(label, pool, genes, promoters, notes) for label, pool in real])
    repeated = promoters.repeated if task.of_promoters and promoters else 0
    _count(dropped, TWICE, repeated)
    candidates = rows.height + repeated
    rows = _placed(rows, genome, settings, assembly_report, dropped)
    if task.of_promoters:
        rows = _by_tata(rows, genome, settings.tata, dropped)
    rows = _once(rows, dropped)
    for label, pool in real:
        if not (rows["label"] == label).any():
            raise InputError(f"{task.name}: no {pool} left ({_told(dropped)}); check the inputs and --tata")
    if len(real) == 2 and settings.balance:
        rows = _balanced(rows, settings.seed, dropped)
    table = rows.with_columns(
        pl.lit(task.name).alias("task"),
        pl.lit("none").alias("transform"),
        pl.when(pl.col("label") == 0).then(pl.lit("annotated")).alias("negative_kind"),
        pl.lit(None, dtype=pl.String).alias("group"),
        pl.lit(None, dtype=pl.String).alias("fold"),
    ).sort("label", *_LOCUS, descending=[True, False, False, False])
    table = sites.check(table.select(list(sites.COLUMNS)), task.name)
    by_label = [("positive", 1), ("negative", 0)]
    counts = {
        "candidates": candidates,
        "sites": table.height,
        "label": {name: int((table["label"] == label).sum()) for name, label in by_label},
        "biotype_by_label": {
            name: text.tally(table.filter(pl.col("label") == label)["biotype"]) for name, label in by_label
        },
    }
    return Defined(table, counts, dropped, notes)


def _candidates(label: int, pool: Pool, genes: pl.DataFrame, promoters: Promoters | None, notes: list) -> pl.DataFrame:
    """One class before anything is left out: sample_id, label, locus, and the gene where there is one."""
    if pool.source == "promoters" and promoters is not None:
        notes.append(f"TSS of each promoter: {promoters.layout}")
        none = [pl.lit(None, dtype=pl.String).alias(column) for column in ("gene_id", "gene_name", "biotype")]
        chosen = promoters.rows.select(pl.col("name").alias("sample_id"), *_LOCUS, *none)
    else:
        chosen = _genes_of(pool, genes, notes).select(
            pl.col("gene_id").alias("sample_id"), *_LOCUS, "gene_id", "gene_name", "biotype"
        )
    return chosen.with_columns(pl.lit(label, dtype=pl.Int8).alias("label"))


def _genes_of(pool: Pool, genes: pl.DataFrame, notes: list[str]) -> pl.DataFrame:
    if pool.source == "promoters":
        coding = genes.filter(pl.col("biotype") == _CODING)
        whose = "protein-coding genes" if coding.height else "all genes (none is protein_coding)"
        notes.append(f"no promoters were given: annotated TSSs of {whose} stand in for them")
        return coding if coding.height else genes
    for column, values in pool.where:
        if column not in genes.columns:
            raise InputError(f"the genes table has no column {column}; make it with label_expression and a TPM table")
        known = text.tally(genes[column])
        genes = genes.filter(pl.col(column).is_in(list(values)))
        if genes.is_empty():
            raise InputError(f"no gene has {column} {' or '.join(values)}; there are {text.some(known, 6)}")
    return genes


def _placed(
    rows: pl.DataFrame, genome: Genome, settings: Settings, report: Path | None, dropped: dict[str, int]
) -> pl.DataFrame:
    """Rows on chromosomes of the genome, under its names for them.

    A TSS past its chromosome's end means another assembly, and is refused; with a `max_unplaced` of 1, which says that
    the FASTA is a part of the genome, it is left out and counted.
    """
    own = rows["chrom"].unique().sort()
    known = reconcile(own, genome.names, report)
    if not known:
        raise InputError(
            f"{genome.path.name}: no chromosome in common: it has {text.some(genome.names)}; the genes or promoters "
            f"lie on {text.some(own)}; give files of one assembly, or --assembly-report for accessions"
        )
    chrom = pl.col("chrom").replace_strict(known, default=None, return_dtype=pl.String)
    placed = rows.with_columns(chrom.alias("chrom"), pl.col("chrom").alias("given")).filter(
        pl.col("chrom").is_not_null()
    )
    _count(dropped, UNPLACED, rows.height - placed.height)
    provenance.refuse_losses(
        rows.height - placed.height,
        rows.height,
        settings.max_unplaced,
        f"genes or promoters lie on chromosomes that {genome.path.name} lacks",
        "give the whole genome, --assembly-report where names are accessions, or raise --max-unplaced",
    )
    length = pl.col("chrom").replace_strict(genome.lengths, return_dtype=pl.Int64)
    beyond = placed.filter(pl.col("tss") >= length).sort("given", "tss", "sample_id")
    if beyond.height and settings.max_unplaced < 1:
        first = beyond.row(0, named=True)
        has = genome.lengths[first["chrom"]]
        raise InputError(
            f"{first['sample_id']}: its TSS at {first['given']}:{first['tss'] + 1:,} lies past the end of "
            f"{first['chrom']} ({has:,} bp in {genome.path.name}); give the assembly it was annotated on, or, "
            "where the FASTA is a part of it, --max-unplaced 1"
        )
    _count(dropped, PAST_END, beyond.height)
    return placed.filter(pl.col("tss") < length).drop("given")


def _by_tata(rows: pl.DataFrame, genome: Genome, choice: str, dropped: dict[str, int]) -> pl.DataFrame:
    """Promoters without a TATA box (`exclude`), with one (`only`), or all of them."""
    if choice == "any":
        return rows
    fits = genome.fits(rows["chrom"], rows["tss"].to_numpy(), rows["strand"].to_numpy(), tata_box.WINDOW)
    _count(dropped, NEAR_START, int((~fits).sum()))
    rows = rows.filter(fits)
    windows = genome.windows(rows["chrom"], rows["tss"].to_numpy(), rows["strand"].to_numpy(), tata_box.WINDOW)
    called = tata_box.has_tata(windows, tss_index(tata_box.WINDOW))
    kept = called if choice == "only" else ~called
    _count(dropped, WITHOUT_TATA if choice == "only" else WITH_TATA, int((~kept).sum()))
    return rows.filter(kept)


def _once(rows: pl.DataFrame, dropped: dict[str, int]) -> pl.DataFrame:
    """Each TSS once: none that is in both classes, of several in one class the first by id."""
    both = pl.col("label").n_unique().over(_LOCUS) > 1
    single = rows.filter(~both)
    _count(dropped, IN_BOTH, rows.height - single.height)
    first = single.sort("sample_id").unique(_LOCUS, keep="first", maintain_order=True)
    _count(dropped, REPEATED, single.height - first.height)
    return first


def _balanced(rows: pl.DataFrame, seed: int, dropped: dict[str, int]) -> pl.DataFrame:
    """As many of one class as of the other; who stays depends on ids and seed, not on order or on the others."""
    least = int(rows["label"].value_counts()["count"].min())
    draw = random_keys.keys(rows["sample_id"].to_list(), seed, "balance")
    kept = rows.with_columns(pl.Series("draw", draw, dtype=pl.UInt64)).filter(
        pl.struct("draw", "sample_id").rank("ordinal").over("label") <= least
    )
    _count(dropped, BALANCED, rows.height - kept.height)
    return kept.drop("draw")


def _count(dropped: dict[str, int], reason: str, number: int) -> None:
    if number:
        dropped[reason] = number


def _told(dropped: dict[str, int]) -> str:
    return "; ".join(f"{number:,} {reason}" for reason, number in dropped.items()) or "none was found"
