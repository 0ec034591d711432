"""The TSS of each gene of an annotation, one row per gene."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom import text
from lncprom.errors import InputError
from lncprom.genes import gtf
from lncprom.genes.expression_table import PAR_OF_Y, stable_ids
from lncprom.genome import primary

CANONICAL_TAGS = frozenset({"Ensembl_canonical", "MANE Select", "RefSeq Select"})
BASIC_TAG = "basic"

# biotypes of GENCODE up to 30 and Ensembl up to 96 that are called lncRNA since
FORMER_LNCRNA = frozenset(
    {
        "3prime_overlapping_ncrna",
        "antisense",
        "antisense_rna",
        "bidirectional_promoter_lncrna",
        "known_ncrna",
        "lincrna",
        "macro_lncrna",
        "non_coding",
        "processed_transcript",
        "sense_intronic",
        "sense_overlapping",
    }
)
_REMEDY = "Give a GTF of Ensembl, GENCODE or RefSeq"

PAR_TWIN = "copies on Y of genes in the pseudoautosomal regions (the one on X is kept)"
REPEATED = "further loci of a repeated gene id (the first is kept)"
_MENTIONED = 0.05  # share of genes on scaffolds that a reader of the results should know
_CHOSEN = {
    "gene": "TSS: the 5' end of each gene, since no transcript is tagged as canonical or basic",
    "canonical": "TSS: the 5' end of each gene's canonical transcript, where it has one",
}
OTHER_BIOTYPE = "of other biotypes"
STRANDLESS = "without a strand, so without a TSS"


class Annotation(NamedTuple):
    """A GTF's genes (one row per gene line), tagged transcripts, all TSSs, and the number of genes without a strand."""

    genes: pl.DataFrame
    tagged: pl.DataFrame
    all_tss: pl.DataFrame
    transcripts: int
    strandless: int


class Starts(NamedTuple):
    """The genes table, every annotated TSS as BED6 columns, and counts, losses by reason and notes for the card.

    `source` is `gene` or `canonical`: what the TSSs are.
    """

    genes: pl.DataFrame
    all_tss: pl.DataFrame
    counts: dict
    dropped: dict[str, int]
    notes: list[str]
    source: str


def transcription_starts(
    path: Path, biotypes: Sequence[str] = (), source="gene", primary_only=True, max_left_out=1.0
) -> Starts:
    """One TSS per gene of a GTF.

    Parameters
    ----------
    biotypes
        Biotypes to keep; empty: all.
    source
        `gene`: the 5' end of the gene. `canonical`: the 5' end of the canonical transcript, else of the most upstream
        basic one, else of the gene. `auto`: `canonical` if transcripts have such tags, else `gene`; a note says which.
    primary_only
        Drop genes on scaffolds, patches and alternate loci.
    max_left_out
        Largest share of the genes of these biotypes that may lie on scaffolds, judged by the names of the sequences.

    Raises
    ------
    InputError
        If the file is no GTF with genes and biotypes, no gene is left, or too many are left out by name.
    """
    found = read(path)
    genes, notes = with_current_biotypes(found.genes)
    genes = genes.with_columns(pl.when(~_wanted(path, genes, biotypes)).then(pl.lit(OTHER_BIOTYPE)).alias("reason"))
    if primary_only:
        outside = {chrom: primary.outside_primary(chrom) for chrom in genes["chrom"].unique()}
        genes = _drop(genes, pl.col("chrom").replace_strict(outside, return_dtype=pl.String))
        if genes["reason"].is_not_null().all():
            chroms = text.some(genes.filter(pl.col("reason") != OTHER_BIOTYPE)["chrom"].unique().sort())
            raise InputError(
                f"{path.name}: no gene lies on a primary chromosome by its name, only on {chroms}. "
                "Give --all-chromosomes."
            )
        notes += _left_out_by_name(path, genes, max_left_out)
    genes = _drop(genes, pl.when(par_twins(genes)).then(pl.lit(PAR_TWIN)))
    genes = genes.sort("gene_id", "chrom", "start", "end", "strand", "biotype", "gene_name")
    left = pl.col("reason").is_null()
    number = pl.col("gene_id").cum_count().over(stable_ids(genes["gene_id"]), left)  # versions of a gene are one gene
    genes = _drop(genes, pl.when(number > 1).then(pl.lit(REPEATED)))
    reasons = Counter(genes["reason"].drop_nulls().to_list()) + Counter({STRANDLESS: found.strandless})
    dropped = dict(sorted(reasons.items()))
    genes = genes.filter(left)

    in_file = found.genes.height + found.strandless
    counts: dict[str, object] = {"genes_in_file": in_file, "transcripts_in_file": found.transcripts}
    if source == "auto":
        source = "gene" if found.tagged.is_empty() else "canonical"
        notes.append(_CHOSEN[source])
    if source == "canonical":
        genes = canonical_starts(path, genes, found.tagged)
        counts["tss_from"] = dict(sorted(Counter(genes["tss_from"].to_list()).items()))
    genes = genes.select("gene_id", "gene_name", "biotype", "chrom", "strand", "tss")
    genes = genes.sort("chrom", "tss", "strand", "gene_id")
    counts |= {"genes": genes.height, "biotype": text.tally(genes["biotype"])}
    return Starts(genes, found.all_tss, counts, dropped, notes, source)


def _left_out_by_name(path: Path, genes: pl.DataFrame, most: float) -> list[str]:
    """A note if more than a twentieth of the genes lie on scaffolds; more than `most` are refused."""
    wanted = genes.filter(pl.col("reason").fill_null("") != OTHER_BIOTYPE)
    outside = wanted.filter(pl.col("reason") == primary.SCAFFOLD)
    share = outside.height / wanted.height
    finding = f"{share:.0%} of the genes lie on sequences whose names are not those of chromosomes"
    names = text.some(outside["chrom"].unique().sort())
    if share > most:
        raise InputError(
            f"{path.name}: {finding} ({names}), more than {most:.0%}. Keep them with --all-chromosomes "
            "(in the pipeline --primary_only false), or leave them out with a larger --max-left-out (--max_left_out)."
        )
    return [f"{finding} and are left out: {names}"] if share > _MENTIONED else []


def read(path: Path) -> Annotation:
    """Genes, tagged transcripts and TSSs of a GTF, read in one pass that keeps no other line."""
    genes: list[tuple] = []
    tagged: list[tuple] = []
    starts: dict[tuple[str, str], dict[int, str]] = {}
    transcripts = strandless = 0
    for feature in gtf.features(path, ("gene", "transcript")):
        transcripts += feature.kind == "transcript"
        if feature.tss is None:
            strandless += feature.kind == "gene"
            continue
        values = gtf.attributes(feature.attributes)
        gene_id = _first(values, "gene_id")
        if gene_id is None:
            gff3 = re.search(r"(^|;)\s*ID=", feature.attributes)
            remedy = "This looks like GFF3: give the GTF of the same release" if gff3 else _REMEDY
            raise InputError(f"{path.name}, line {feature.line}: a {feature.kind} without gene_id. {remedy}.")
        here = starts.setdefault((feature.chrom, feature.strand), {})
        here[feature.tss] = min(gene_id, here.get(feature.tss, gene_id))
        if feature.kind == "gene":
            biotype = _first(values, "gene_biotype", "gene_type")
            if biotype is None:
                where = f"{path.name}, line {feature.line}: gene {gene_id}"
                raise InputError(f"{where} has no biotype (gene_biotype or gene_type). {_REMEDY}.")
            # RefSeq keeps the symbol in `gene`: gene_id is made unique, `PLCXD1_1`
            name = _first(values, "gene_name", "gene")
            place = (feature.chrom, feature.strand, feature.start, feature.end, feature.tss)
            genes.append((gene_id, name, biotype, *place))
            continue
        tags = values.get("tag", ())
        rank = 0 if not CANONICAL_TAGS.isdisjoint(tags) else 1 if BASIC_TAG in tags else None
        if rank is not None:
            tagged.append((gene_id, feature.chrom, feature.strand, rank, feature.tss))
    if not genes:
        assembled = "transcripts, but " if transcripts else ""
        raise InputError(
            f"{path.name}: {assembled}no line of a gene in the third column. {_REMEDY}"
            + (": StringTie and Cufflinks write neither genes nor biotypes." if transcripts else ".")
        )
    columns = dict.fromkeys(("gene_id", "gene_name", "biotype", "chrom", "strand"), pl.String)
    frame = pl.DataFrame(genes, columns | dict.fromkeys(("start", "end", "tss"), pl.Int64), orient="row")
    columns = dict.fromkeys(("gene_id", "chrom", "strand"), pl.String) | {"rank": pl.Int8, "at": pl.Int64}
    return Annotation(frame, pl.DataFrame(tagged, columns, orient="row"), _all_tss(starts), transcripts, strandless)


def with_current_biotypes(genes: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Genes with `lncRNA` in place of older biotypes such as lincRNA, which `former` keeps; and notes."""
    former = pl.col("biotype").str.to_lowercase().is_in(list(FORMER_LNCRNA))
    old = text.tally(genes.filter(former)["biotype"])
    genes = genes.with_columns(pl.col("biotype").alias("former"))
    if not old:
        return genes, []
    kinds = ", ".join(f"{name} {number:,}" for name, number in old.items())
    note = f"{sum(old.values()):,} genes of older biotypes are read as lncRNA ({kinds})"
    return genes.with_columns(pl.when(former).then(pl.lit("lncRNA")).otherwise("biotype").alias("biotype")), [note]


def par_twins(genes: pl.DataFrame) -> pl.Series:
    """Whether each row is the copy on Y of a pseudoautosomal gene: bool (genes,).

    GENCODE marks copies by id (`_PAR_Y`). Where copies have ids of their own (Ensembl since 110), a copy has a name
    that occurs once on X and once on Y, with the same biotype, strand and length. A gene without a name is a copy if
    its shift from a like gene on X is that of a named pair.
    """
    genes = genes.with_row_index("row").with_columns((pl.col("end") - pl.col("start")).alias("span"))
    sex = {chrom: primary.sex_chromosome(chrom) for chrom in genes["chrom"].unique()}
    on = pl.col("chrom").replace_strict(sex, return_dtype=pl.String)
    alike = ["biotype", "strand", "span"]
    x, y = genes.filter(on == "X"), genes.filter((on == "Y") & ~pl.col("gene_id").str.contains(PAR_OF_Y))
    once = [side.filter(pl.col("gene_name").is_not_null() & pl.col("gene_name").is_unique()) for side in (x, y)]
    shift = (pl.col("start_right") - pl.col("start")).alias("shift")
    named = once[0].join(once[1], on=["gene_name", *alike]).select(pl.col("row_right").alias("row"), shift)
    nameless = x.filter(pl.col("gene_name").is_null()).join(y.filter(pl.col("gene_name").is_null()), on=alike)
    nameless = nameless.select(pl.col("row_right").alias("row"), shift)
    nameless = nameless.filter(pl.col("shift").is_in(named["shift"].unique().to_list()))
    twins = pl.concat([named["row"], nameless["row"]]).unique().to_list()
    return genes.select(pl.col("row").is_in(twins) | pl.col("gene_id").str.contains(PAR_OF_Y)).to_series()


def canonical_starts(path: Path, genes: pl.DataFrame, tagged: pl.DataFrame) -> pl.DataFrame:
    """Genes with the TSS of their canonical transcript, or the next best; `tss_from` says which.

    Of several transcripts of one rank, the most upstream one is used.
    """
    if tagged.is_empty():
        remedy = "Give a GTF of Ensembl or GENCODE with transcripts, or --tss-source gene."
        raise InputError(f"{path.name}: no transcript is tagged Ensembl_canonical or basic. {remedy}")
    at = pl.when(pl.col("strand") == "+").then(pl.col("at")).otherwise(-pl.col("at")).alias("downstream")
    best = (
        genes.join(tagged, on=["gene_id", "chrom", "strand"])
        .filter((pl.col("at") >= pl.col("start")) & (pl.col("at") < pl.col("end")))
        .with_columns(at)
        .sort("gene_id", "rank", "downstream")
        .unique("gene_id", keep="first", maintain_order=True)
        .select("gene_id", "rank", "at")
    )
    kinds = {0: "canonical transcript", 1: "basic transcript, the most upstream"}
    return genes.join(best, on="gene_id", how="left", maintain_order="left").with_columns(
        pl.coalesce("at", "tss").alias("tss"),
        pl.col("rank").replace_strict(kinds, default="gene's 5' end", return_dtype=pl.String).alias("tss_from"),
    )


def _all_tss(starts: dict[tuple[str, str], dict[int, str]]) -> pl.DataFrame:
    """BED6 columns of every TSS, each locus once, named by its first gene id."""
    rows = ((chrom, at, at + 1, gene, 0, strand) for (chrom, strand), of in starts.items() for at, gene in of.items())
    columns = {"chrom": pl.String, "start": pl.Int64, "end": pl.Int64, "name": pl.String, "score": pl.Int64}
    return pl.DataFrame(rows, schema=columns | {"strand": pl.String}, orient="row").sort("chrom", "start", "strand")


def _drop(genes: pl.DataFrame, reason: pl.Expr) -> pl.DataFrame:
    """Genes with this reason to drop them, where they have no reason yet."""
    return genes.with_columns(pl.coalesce("reason", reason).alias("reason"))


def _wanted(path: Path, genes: pl.DataFrame, biotypes: Sequence[str]) -> pl.Expr:
    """Whether genes are of these biotypes, under the current or the former name; no biotypes: all."""
    known = set(genes["biotype"]) | set(genes["former"])
    for biotype in biotypes:
        if biotype not in known:
            found = text.tally(genes["biotype"])
            raise InputError(f"{path.name}: no gene is of biotype {biotype}. {text.nearest(biotype, found)}")
    if not biotypes:
        return pl.lit(True)
    return pl.col("biotype").is_in(biotypes) | pl.col("former").is_in(biotypes)


def _first(values: dict[str, list[str]], *keys: str) -> str | None:
    """The first value that is not empty among these attributes."""
    return next((values[key][0] for key in keys if key in values and values[key][0]), None)
