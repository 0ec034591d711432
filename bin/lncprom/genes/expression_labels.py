"""Genes with high or low expression in all tissues, and TPM by biotype."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import provenance, text
from lncprom.errors import InputError
from lncprom.genes import tissues
from lncprom.genes.expression_table import Expression, stable_ids
from lncprom.tables.genes import EXPRESSION, TPM

ADDED = (
    *("expression", "tissues_high", "tissues_low", "median_tpm", "max_tpm"),
    *("mean_log_tpm", "max_log_tpm", "breadth", "tau", "target", "tissues", "tissue_targets"),
)
_EXPRESSED = 1.0  # TPM
TARGETS = {"mean": "mean_log_tpm", "max": "max_log_tpm", "breadth": "breadth", "tau": "tau"}
_OF_TISSUE = "tissue:"  # before a tissue's name
ALL_TISSUES = "all-tissues"


@dataclass(frozen=True)
class Rule:
    """When a gene is high or low: percentiles in each tissue over the universe, and in how many tissues.

    `share` is the smallest fraction of tissues. A gene exactly at a percentile is a tie. In GTEx the 25th percentile
    is 0, so that `low` would be empty without ties.
    """

    universe: tuple[str, ...] = ("protein_coding", "lncRNA")
    exclude_tissues: str = "study"
    high_percentile: float = 75.0
    low_percentile: float = 25.0
    share: float = 1.0
    high_ties: str = "exclude"
    low_ties: str = "include"

    def __post_init__(self) -> None:
        if not 0 <= self.low_percentile < self.high_percentile <= 100:
            given = f"--low-percentile {self.low_percentile:g} and --high-percentile {self.high_percentile:g}"
            raise InputError(f"{given}: not 0 <= low < high <= 100. Give a low percentile below the high one.")
        if not 0 < self.share <= 1:
            raise InputError(
                f"--rule {self.share:g}: not a fraction above 0 and at most 1. Give `all` or a fraction of the tissues."
            )

    def least(self, number: int) -> int:
        """Tissues needed, of `number`: 0.9 of 49 is 45."""
        return max(1, math.ceil(self.share * number - 1e-9))


class Labelled(NamedTuple):
    """Genes with labels, expression by tissue, TPM by biotype, and counts, losses by reason and notes for the card."""

    genes: pl.DataFrame
    expression: pl.DataFrame
    tpm: pl.DataFrame
    counts: dict
    dropped: dict[str, int]
    notes: list[str]


def share_of(rule: str) -> float:
    """The fraction of tissues from `all` or a number."""
    try:
        return 1.0 if rule == "all" else float(rule)
    except ValueError:
        raise InputError(f"--rule {rule}: not a number. Give `all` or a fraction of the tissues, e.g. 0.9.") from None


def label(
    genes: pl.DataFrame,
    table: Expression,
    rule: Rule,
    max_lost: float = 0.5,
    source: str = "table",
    target: str | None = None,
) -> Labelled:
    """Genes with `expression`: high, low, neither, or absent from the table; null outside the universe.

    A gene is high where it exceeds the high percentile of a tissue, and low where it is at or below the low one, in
    at least the fraction `rule.share` of the tissues. Percentiles are numpy's (linear), in each tissue over the
    universe: the genes of the universe's biotypes that annotation and table have in common. `target`: which number
    the column of this name is to hold, `mean`, `max`, `breadth`, `tau` or `tissue:NAME`; `all-tissues`: the mean,
    and columns with each tissue's number; None: no such column.

    Raises
    ------
    InputError
        If too many genes have no expression, or the ids of annotation and table differ in kind.
    """
    known = text.tally(genes["biotype"])
    for biotype in rule.universe:
        if biotype not in known:
            raise InputError(f"--universe: no gene is of biotype {biotype}. {text.nearest(biotype, known)}")
    choice = tissues.choose(source, table.tissues, rule.exclude_tissues)
    genes = genes.drop(ADDED, strict=False).sort("chrom", "tss", "strand", "gene_id")
    joined = _join(genes, table, source)
    universal, present = joined["biotype"].is_in(list(rule.universe)), joined["row"].is_not_null()
    absent = int((universal & ~present).sum())
    what = f"genes of the universe ({', '.join(rule.universe)}) have no row in {source}"
    remedy = table.hint or "Give annotation and expression of one assembly, or raise --max-lost."
    provenance.refuse_losses(absent, int(universal.sum()), max_lost, what, remedy)
    if not (universal & present).any():
        raise InputError(f"{source}: no gene of {', '.join(rule.universe)} in common with the annotation. {remedy}")

    measured = joined.filter(present)
    tpm = table.tpm[measured["row"].to_numpy()][:, choice.used]
    calls = _tissue_calls(tpm, universal.filter(present).to_numpy(), rule)
    columns = _columns(measured["gene_id"], tpm, calls)
    if target is not None:
        used = [table.tissues[number] for number in choice.used]
        found = _target(target, columns, tpm, used)
        columns = columns.with_columns(
            pl.when(pl.Series(calls.universe)).then(values).alias(name) for name, values in found.items()
        )
    labelled = genes.join(columns, on="gene_id", how="left", maintain_order="left").with_columns(
        pl.when(universal & ~present).then(pl.lit("absent")).otherwise("expression").alias("expression")
    )
    dropped = {
        "genes of the universe without a row in the expression table": absent,
        "rows of the expression table without a gene in the annotation": table.tpm.shape[0] - measured.height,
        "rows of the expression table for copies on Y of pseudoautosomal genes": table.par_rows,
    }
    counts = _counts(labelled, choice, calls, rule)
    notes = [*table.notes, *_notes(choice, calls)]
    by_tissue = expression_table(measured, tpm, [table.tissues[number] for number in choice.used])
    return Labelled(labelled, by_tissue, tpm_table(measured, tpm, rule.universe), counts, dropped, notes)


def tissue_specificity(log_tpm: np.ndarray) -> np.ndarray:
    """tau of each gene from its log2(TPM + 1), (genes, tissues): 0 the same in all, 1 in one alone.

    NaN where TPM is 0 in all tissues, and of a single tissue.
    Source: Yanai et al. 2005, doi 10.1093/bioinformatics/bti042.
    """
    largest = log_tpm.max(axis=1, keepdims=True)
    lacking = 1 - np.divide(log_tpm, largest, out=np.full_like(log_tpm, np.nan), where=largest > 0)
    others = log_tpm.shape[1] - 1
    return lacking.sum(axis=1) / others if others else np.full(len(log_tpm), np.nan)


def expression_table(genes: pl.DataFrame, tpm: np.ndarray, tissues: Sequence[str]) -> pl.DataFrame:
    """Expression of each gene in each tissue, with its quantile among the genes of its biotype."""
    wide = pl.DataFrame(np.log2(tpm + 1), schema=list(tissues)).with_columns(gene_id=genes["gene_id"])
    quantile = (pl.col(*tissues).rank("average") - 0.5) / pl.len()
    ranked = wide.with_columns(quantile.over(genes["biotype"]))
    rows = wide.unpivot(index="gene_id", variable_name="tissue", value_name="log2_tpm")
    rows = rows.with_columns(quantile=ranked.unpivot(on=list(tissues))["value"])
    return rows.select(list(EXPRESSION.columns))


def tpm_table(genes: pl.DataFrame, tpm: np.ndarray, biotypes: Sequence[str]) -> pl.DataFrame:
    """Mean, standard deviation (n-1), median and fraction of zeros over gene x tissue, by biotype.

    Sums are exact (math.fsum), so that the order of genes does not matter.

    Source: table 3 of the study.
    """
    rows = []
    for biotype in biotypes:
        values = tpm[(genes["biotype"] == biotype).to_numpy()]
        number = values.size
        if number == 0:
            rows.append((biotype, 0, tpm.shape[1], None, None, None, None))
            continue
        mean = math.fsum(chain.from_iterable(row.tolist() for row in values)) / number
        squares = math.fsum(chain.from_iterable(((row - mean) ** 2).tolist() for row in values))
        sd = math.sqrt(squares / (number - 1)) if number > 1 else None
        zeros = float(np.count_nonzero(values == 0) / number)
        rows.append((biotype, len(values), tpm.shape[1], mean, sd, float(np.median(values)), zeros))
    return TPM.frame(rows)


class _Calls(NamedTuple):
    """For each measured gene: tissues where it is high and low; and the percentiles, (low, high) x tissue."""

    universe: np.ndarray  # whether the gene is labelled
    high: np.ndarray
    low: np.ndarray
    cuts: np.ndarray
    least: int  # tissues needed

    @property
    def both(self) -> np.ndarray:
        """Genes that meet both rules."""
        return (self.high >= self.least) & (self.low >= self.least)


def _tissue_calls(tpm: np.ndarray, universe: np.ndarray, rule: Rule) -> _Calls:
    cuts = np.percentile(tpm[universe], [rule.low_percentile, rule.high_percentile], axis=0, method="linear")
    high = tpm >= cuts[1] if rule.high_ties == "include" else tpm > cuts[1]
    low = tpm <= cuts[0] if rule.low_ties == "include" else tpm < cuts[0]
    return _Calls(universe, high.sum(axis=1), low.sum(axis=1), cuts, rule.least(tpm.shape[1]))


def _columns(gene_ids: pl.Series, tpm: np.ndarray, calls: _Calls) -> pl.DataFrame:
    """The columns of ADDED, by gene id."""
    is_high = calls.high >= calls.least
    label = np.where(calls.both | ~(is_high | (calls.low >= calls.least)), "neither", np.where(is_high, "high", "low"))
    outside, log_tpm = pl.Series(~calls.universe), np.log2(tpm + 1)
    return pl.DataFrame(
        {
            "gene_id": gene_ids,
            "expression": pl.Series(label).set(outside, None),
            "tissues_high": pl.Series(calls.high, dtype=pl.Int32).set(outside, None),
            "tissues_low": pl.Series(calls.low, dtype=pl.Int32).set(outside, None),
            "median_tpm": np.median(tpm, axis=1),
            "max_tpm": tpm.max(axis=1),
            "mean_log_tpm": log_tpm.mean(axis=1),
            "max_log_tpm": log_tpm.max(axis=1),
            "breadth": (tpm >= _EXPRESSED).mean(axis=1),
            "tau": pl.Series(tissue_specificity(log_tpm)).fill_nan(None),
        }
    )


def _target(name: str, columns: pl.DataFrame, tpm: np.ndarray, used: Sequence[str]) -> dict[str, pl.Series]:
    """What the task expression_level predicts of each gene: `target`, and of all tissues each tissue's number too."""
    if name in TARGETS:
        return {"target": columns[TARGETS[name]]}
    if name == ALL_TISSUES:
        if len(used) < 2:
            raise InputError(f"--target {name}: {used[0]} is the only tissue that counts. Give {_OF_TISSUE}{used[0]}.")
        of_each = pl.Series(np.log2(tpm + 1).tolist(), dtype=pl.List(pl.Float64))
        return {
            "target": columns[TARGETS["mean"]],
            "tissues": pl.Series([list(used)] * len(tpm)),
            "tissue_targets": of_each,
        }
    tissue = name.removeprefix(_OF_TISSUE)
    if tissue == name:
        known = [*TARGETS, ALL_TISSUES, f"{_OF_TISSUE}NAME"]
        raise InputError(f"--target {name}: no such target. {text.nearest(name, known)}")
    if tissue not in used:
        raise InputError(f"--target {name}: no such tissue among those that count. {text.nearest(tissue, used)}")
    return {"target": pl.Series(np.log2(tpm[:, list(used).index(tissue)] + 1))}


def _counts(labelled: pl.DataFrame, choice: tissues.Choice, calls: _Calls, rule: Rule) -> dict:
    low, high = ({"least": float(cut.min()), "greatest": float(cut.max())} for cut in calls.cuts)
    return {
        "genes": labelled.height,
        "universe": int(calls.universe.sum()),
        "tissues": len(choice.used),
        "tissues_needed": calls.least,
        "tissues_excluded": choice.excluded,
        "expression": text.tally(labelled["expression"]),
        "expression_by_biotype": {
            biotype: text.tally(labelled.filter(pl.col("biotype") == biotype)["expression"])
            for biotype in rule.universe
        },
        "percentiles": {"high": high, "low": low},
    }


def _join(genes: pl.DataFrame, table: Expression, source: str) -> pl.DataFrame:
    """Genes with the number of their row in the table (null: none), joined by id without version."""
    rows = pl.DataFrame({"stable": table.gene_ids}).with_row_index("row")
    keyed = genes.with_columns(stable_ids(genes["gene_id"].str.replace("_PAR_Y", "", literal=True)).alias("stable"))
    if (twice := keyed["stable"].is_duplicated()).any():
        first = " and ".join(keyed.filter(twice).sort("stable", "gene_id")["gene_id"].to_list()[:2])
        raise InputError(f"genes {first} are versions of one gene. Keep one: extract_tss does.")
    joined = keyed.join(rows, on="stable", how="left", maintain_order="left")
    if joined["row"].null_count() == joined.height:
        mine, theirs = text.some(genes["gene_id"], 2), text.some(table.gene_ids, 2)
        raise InputError(
            f"{source}: no gene in common: its ids are like {theirs}; the annotation's like {mine}. "
            f"{table.hint or 'Give both with ids of one kind.'}"
        )
    return joined


def _notes(choice: tissues.Choice, calls: _Calls) -> list[str]:
    notes = []
    if choice.absent:
        notes.append(f"tissues to exclude that the table lacks: {', '.join(choice.absent)}")
    if zero := int((calls.cuts[0] == 0).sum()):
        number = calls.cuts.shape[1]
        notes.append(f"the low percentile is 0 TPM in {zero} of {number} tissues: low there means not detected")
    if both := int((calls.both & calls.universe).sum()):
        notes.append(f"{both:,} genes meet the rules for high and for low, each in enough tissues: neither")
    return notes
